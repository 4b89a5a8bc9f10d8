"""Ids for words that the vocabulary lacks, so that a model can copy them.

A source's unknown words are numbered as they come, from ``vocab_size`` on: the first
is ``vocab_size``, the next that differs one more. The numbers hold for this source and
its target alone (See, Liu and Manning 2017, "Get to the point", section 2.2).

>>> words = WordTokenizer(["the", "name", "of"])
>>> ids, unknown = source_ids(words, "the name of zlib, of zlib")
>>> ids, unknown
([4, 5, 6, 7, 8, 6, 7], ['zlib', ','])
>>> target_ids(words, "name zlib lzma", unknown)
[5, 7, 3]
>>> words_of(words, [5, 7, 3], unknown)
['name', 'zlib', '<unk>']
"""

from collections.abc import Iterable, Sequence

from n2t.data.text.tokenizers import WordTokenizer, split_words


def source_ids(
    tokenizer: WordTokenizer, text: str, length: int | None = None
) -> tuple[list[int], list[str]]:
    """Ids of a source, and its unknown words in the order of their ids.

    Args:
        tokenizer: whose vocabulary counts.
        text: any text.
        length: keep the first that many words.
    """
    words = split_words(text, tokenizer.lowercase)[:length]
    known = _known(tokenizer, words)
    unknown = list(
        dict.fromkeys(w for w, i in zip(words, known, strict=True) if i is None)
    )
    return _numbered(tokenizer, words, known, unknown), unknown


def target_ids(
    tokenizer: WordTokenizer, text: str, unknown: Sequence[str]
) -> list[int]:
    """Ids of a target: a word that only its source knows gets the source's number.

    What neither knows is ``<unk>``.
    """
    words = split_words(text, tokenizer.lowercase)
    return _numbered(tokenizer, words, _known(tokenizer, words), unknown)


def words_of(
    tokenizer: WordTokenizer, ids: Iterable[int], unknown: Sequence[str]
) -> list[str]:
    """The words of ids, numbered ones included.

    Raises:
        ValueError: a number that this source has no word for.
    """
    names, size = tokenizer.vocabulary, tokenizer.vocab_size
    words = []
    for i in map(int, ids):
        if not 0 <= i < size + len(unknown):
            raise ValueError(
                f"ids ({i}) must lie between 0 and {size + len(unknown) - 1}: "
                f"{size} words, and {len(unknown)} of the source's own"
            )
        words.append(names[i] if i < size else unknown[i - size])
    return words


def _known(tokenizer: WordTokenizer, words: Sequence[str]) -> list[int | None]:
    """The vocabulary's id of each word; None where there is none."""
    listed = set(tokenizer.tokens)
    known = iter(tokenizer.encode(" ".join(word for word in words if word in listed)))
    return [next(known) if word in listed else None for word in words]


def _numbered(
    tokenizer: WordTokenizer,
    words: Sequence[str],
    known: Sequence[int | None],
    unknown: Sequence[str],
) -> list[int]:
    """Ids of words: the vocabulary's, else the source's, else ``<unk>``."""
    own = {word: tokenizer.vocab_size + n for n, word in enumerate(unknown)}
    unk = tokenizer.special_ids["<unk>"]
    return [
        own.get(word, unk) if i is None else i
        for word, i in zip(words, known, strict=True)
    ]
