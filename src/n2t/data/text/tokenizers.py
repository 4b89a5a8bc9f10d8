"""Two plain ways to cut text into tokens: characters and words.

Characters: few ids, long sequences. Words: short sequences, many ids, and
words never seen.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from n2t._fields import LARGEST, Range, Size
from n2t.data.text.specials import STANDARD, check_special_ids, in_order, other_ids
from n2t.data.text.vocabulary import Tokenizer, check_text, check_texts, check_tokens

MaxSize = Annotated[int, Range(len(STANDARD) + 1, LARGEST)]
# A Chinese or Japanese character, a word with its apostrophes, or one mark.
_HAN = "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_WORD = re.compile(rf"{_HAN}|(?:(?!{_HAN})\w)+(?:['’](?:(?!{_HAN})\w)+)*|[^\w\s]")


class _ListTokenizer(Tokenizer):
    """Tokens looked up in a list; what is not in it is ``<unk>``."""

    def __init__(
        self, tokens: Iterable[str], special_ids: Mapping[str, int] | None = None
    ):
        super().__init__(special_ids)
        self.tokens, self._unk = check_tokens(tokens), self._special_id("<unk>")
        ids = other_ids(self._special_ids, len(self.tokens))
        self._id = dict(zip(self.tokens, ids, strict=True))
        self._vocabulary = in_order(self._special_ids, self.tokens)

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """What each id stands for: special tokens, and ``tokens`` in their order."""
        return self._vocabulary

    def _look_up(self, tokens: Iterable[str]) -> list[int]:
        return [self._id.get(token, self._unk) for token in tokens]

    def _names(self, ids: list[int]) -> list[str]:
        return [self._vocabulary[i] for i in ids]

    def _state(self) -> dict[str, Any]:
        return {"tokens": self.tokens}

    @classmethod
    def _from_state(cls, state: dict[str, Any]) -> "_ListTokenizer":
        return cls(**state)


class CharacterTokenizer(_ListTokenizer):
    """One id a character (a Unicode code point).

    ``decode(encode(text))`` gives the text again if every character of it is
    in the vocabulary; an unknown one becomes ``UNK`` and is lost.

    Args:
        tokens: different characters; the first gets id 4.
        special_ids: as in ``Tokenizer``; ``<unk>`` must be among them.
    """

    kind = "character"

    @classmethod
    def train(
        cls,
        texts: Iterable[str],
        max_size: MaxSize | None = None,
        min_count: Size = 1,
        special_ids: Mapping[str, int] | None = None,
    ) -> "CharacterTokenizer":
        """The characters that occur, in the order of their code points.

        Args:
            texts: many strings.
            max_size: keep the most frequent ones, so that the vocabulary with
                its special ids is no larger than this.
            min_count: leave out what occurs less often.
            special_ids: as in the class.
        """
        room = _room(max_size, special_ids)
        kept = _frequent(_count(texts, list), room, min_count)
        return cls(sorted(kept), special_ids)

    def _encode(self, text: str) -> list[int]:
        return self._look_up(text)

    def _decode(self, ids: list[int]) -> str:
        return "".join(self._names(ids))


class WordTokenizer(_ListTokenizer):
    """One id a word or mark; blanks only separate.

    ``decode`` joins with single spaces, so blanks and the place of marks are
    lost, as they are in published word-level vocabularies.

    Args:
        tokens: different words; the first gets id 4.
        lowercase: fold case before looking up.
        special_ids: as in ``Tokenizer``; ``<unk>`` must be among them.
    """

    kind = "word"

    def __init__(
        self,
        tokens: Iterable[str],
        lowercase: bool = False,
        special_ids: Mapping[str, int] | None = None,
    ):
        super().__init__(tokens, special_ids)
        self.lowercase = bool(lowercase)

    @classmethod
    def train(
        cls,
        texts: Iterable[str],
        max_size: MaxSize | None = None,
        min_count: Size = 1,
        lowercase: bool = False,
        special_ids: Mapping[str, int] | None = None,
    ) -> "WordTokenizer":
        """The words that occur, most frequent first, then by the alphabet.

        Args:
            texts: many strings.
            max_size: size of the vocabulary at most, special ids included.
            min_count: leave out what occurs less often.
            lowercase: fold case.
            special_ids: as in the class.
        """
        room = _room(max_size, special_ids)
        counts = _count(texts, lambda text: split_words(text, lowercase))
        return cls(_frequent(counts, room, min_count), lowercase, special_ids)

    def _encode(self, text: str) -> list[int]:
        return self._look_up(split_words(text, self.lowercase))

    def _decode(self, ids: list[int]) -> str:
        return " ".join(self._names(ids))

    def _state(self) -> dict[str, Any]:
        return {"tokens": self.tokens, "lowercase": self.lowercase}


def split_words(text: str, lowercase: bool = False) -> list[str]:
    """Words, single marks, and single Chinese or Japanese characters.

    >>> split_words("It's 5 o'clock (or 六点).")
    ["It's", '5', "o'clock", '(', 'or', '六', '点', ')', '.']
    """
    return _WORD.findall(text.lower() if lowercase else text)


def _count(texts: Iterable[str], split) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text in check_texts(texts):
        check_text(text)
        counts.update(split(text))
    if not counts:
        raise ValueError("texts must hold at least one token")
    return counts


def _room(max_size: int | None, special_ids: Mapping[str, int] | None) -> int | None:
    """How many tokens fit beside the special ones; None is no bound."""
    taken = len(set(check_special_ids(special_ids).values()))
    if max_size is not None and max_size <= taken:
        raise ValueError(f"max_size ({max_size}) must be above {taken}")
    return None if max_size is None else max_size - taken


def _frequent(counts: Counter[str], room: int | None, min_count: int) -> list[str]:
    """Tokens by falling count, ties by the alphabet, cut to size."""
    ranked = sorted(counts, key=lambda token: (-counts[token], token))
    kept = [token for token in ranked if counts[token] >= min_count]
    return kept[:room]
