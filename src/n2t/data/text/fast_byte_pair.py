"""The same byte-pair encoding on the ``tokenizers`` library, for big corpora.

Same pieces, same merges, same ids, same files as ``BytePairTokenizer``; only
the loops run in compiled code.
"""

import json
from collections.abc import Iterable

import tokenizers
from tokenizers import models, pre_tokenizers, trainers

from n2t._fields import Size
from n2t._special_ids import BOS, EOS
from n2t.data.text.byte_pair import (
    BYTES,
    FIRST_MERGE,
    PIECE,
    BytePairTokenizer,
    Pair,
    VocabSize,
    merges_wanted,
)
from n2t.data.text.vocabulary import SPECIALS, check_text, check_texts

# The library writes each byte as one printable character: printable Latin-1 as
# itself, the rest from U+0100 on. In this order the characters are ascending.
_N_PRINTABLE = 188
_SYMBOL = {
    byte: chr(byte if rank < _N_PRINTABLE else 0x100 + rank - _N_PRINTABLE)
    for rank, byte in enumerate(BYTES)
}


class FastBytePairTokenizer(BytePairTokenizer):
    """``BytePairTokenizer`` with compiled training and encoding.

    Args:
        merges: pairs of ids, in the order in which they were learned.

    Attributes:
        library: the tokenizer of the library that does the work.
    """

    kind = "byte_pair"

    def __init__(self, merges: Iterable[Pair]):
        super().__init__(merges)
        symbols = ["".join(_SYMBOL[byte] for byte in token) for token in self._bytes]
        vocabulary = {symbols[i]: i for i in range(len(SPECIALS), len(symbols))}
        if len(vocabulary) < len(symbols) - len(SPECIALS):
            raise ValueError("merges: two of them make the same token")
        pairs = [(symbols[first], symbols[second]) for first, second in self.merges]
        self.library = _pipeline(models.BPE(vocab=vocabulary, merges=pairs))

    @classmethod
    def train(
        cls, texts: Iterable[str], vocab_size: VocabSize = 10_260, min_count: Size = 2
    ) -> "FastBytePairTokenizer":
        """Learn merges from texts; see ``BytePairTokenizer.train``."""
        wanted = merges_wanted(vocab_size)
        fast = _pipeline(models.BPE())
        trainer = trainers.BpeTrainer(
            vocab_size=len(BYTES) + wanted,
            min_frequency=min_count,
            initial_alphabet=list(_SYMBOL.values()),
            special_tokens=[],
            show_progress=False,
        )
        texts = _Checked(texts)
        fast.train_from_iterator(texts, trainer=trainer)
        if not texts.characters:
            raise ValueError("texts must hold at least one character")
        return cls(_merges(fast))

    def encode(self, text: str, bos: bool = False, eos: bool = False) -> list[int]:
        """Ids of a text; see ``Tokenizer.encode``."""
        return self.encode_batch([text], bos, eos)[0]

    def encode_batch(
        self, texts: Iterable[str], bos: bool = False, eos: bool = False
    ) -> list[list[int]]:
        """Ids of many texts, side by side on all processor cores."""
        texts = list(check_texts(texts))
        try:
            rows = [row.ids for row in self.library.encode_batch_fast(texts)]
        except (TypeError, UnicodeError):
            for text in texts:
                check_text(text)
            raise
        if bos or eos:
            rows = [[BOS] * bos + row + [EOS] * eos for row in rows]
        return rows


class _Checked:
    """Texts on their way to the library, checked one by one and counted."""

    def __init__(self, texts: Iterable[str]):
        self.texts, self.characters = check_texts(texts), 0

    def __iter__(self):
        for text in self.texts:
            check_text(text)
            self.characters += len(text)
            yield text


def _pipeline(model: models.BPE) -> tokenizers.Tokenizer:
    """The library's tokenizer, cutting pieces as ``split_pieces`` does."""
    fast = tokenizers.Tokenizer(model)
    fast.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(tokenizers.Regex(PIECE), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return fast


def _merges(fast: tokenizers.Tokenizer) -> list[Pair]:
    """Learned merges, as pairs of our ids."""
    names = json.loads(fast.to_str())["model"]["merges"]
    ids = {symbol: len(SPECIALS) + rank for rank, symbol in enumerate(_SYMBOL.values())}
    merges = []
    for first, second in names:
        merges.append((ids[first], ids[second]))
        ids[first + second] = FIRST_MERGE + len(merges) - 1
    return merges
