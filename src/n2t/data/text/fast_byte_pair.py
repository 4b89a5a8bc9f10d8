"""The same byte-pair encoding on the ``tokenizers`` library, for big corpora.

Same pieces, same merges, same ids, same files as ``BytePairTokenizer``; training and
the merging of pieces run in compiled code. Cutting a text and looking up the pieces
that were met before do not: the library's own way through a text keeps the place of
every byte, which takes longer and seven times the memory.
"""

import json
from collections.abc import Iterable, Iterator, Mapping

import tokenizers
from tokenizers import models, pre_tokenizers, trainers

from n2t.data.text.byte_pair import BYTES, FIRST_MERGE, BytePairTokenizer
from n2t.data.text.merging import Pair
from n2t.data.text.pieces import pattern
from n2t.data.text.specials import STANDARD
from n2t.data.text.vocabulary import check_text, check_texts

# The library writes each byte as one printable character: printable Latin-1 as
# itself, the rest from U+0100 on. In this order the characters are ascending.
_N_PRINTABLE = 188
SYMBOL = {
    byte: chr(byte if rank < _N_PRINTABLE else 0x100 + rank - _N_PRINTABLE)
    for rank, byte in enumerate(BYTES)
}


_AS_SYMBOLS = {byte: ord(symbol) for byte, symbol in SYMBOL.items()}


class FastBytePairTokenizer(BytePairTokenizer):
    """``BytePairTokenizer`` with compiled training and merging.

    Args:
        merges, cut, special_ids: as in ``BytePairTokenizer``.

    Attributes:
        library: the library's tokenizer with the same pieces, merges and ids.
    """

    kind = "byte_pair"

    def __init__(
        self,
        merges: Iterable[Pair],
        cut: str = "gpt2",
        special_ids: Mapping[str, int] | None = None,
    ):
        super().__init__(merges, cut, special_ids)
        symbols = {i: _symbols(token) for i, token in self._bytes.items()}
        vocabulary = {symbol: i for i, symbol in symbols.items()}
        if len(vocabulary) < len(symbols):
            raise ValueError("merges: two of them make the same token")
        pairs = [(symbols[first], symbols[second]) for first, second in self.merges]
        self._model = models.BPE(vocab=vocabulary, merges=pairs)
        self.library = _pipeline(self._model, cut)

    @classmethod
    def _learn(
        cls, texts: Iterable[str], n_merge: int, min_count: int, cut: str
    ) -> list[Pair]:
        fast = _pipeline(models.BPE(), cut)
        trainer = trainers.BpeTrainer(
            vocab_size=len(BYTES) + n_merge,
            min_frequency=min_count,
            initial_alphabet=list(SYMBOL.values()),
            special_tokens=[],
            show_progress=False,
        )
        texts = _Checked(texts)
        fast.train_from_iterator(texts, trainer=trainer)
        if not texts.characters:
            raise ValueError("texts must hold at least one character")
        return _merges(fast)

    def _merge(self, piece: str) -> list[int]:
        return [token.id for token in self._model.tokenize(_symbols(piece.encode()))]


def _symbols(token: bytes) -> str:
    return token.decode("latin-1").translate(_AS_SYMBOLS)


class _Checked:
    """Texts on their way to the library, checked one by one and counted."""

    def __init__(self, texts: Iterable[str]):
        self.texts, self.characters = check_texts(texts), 0

    def __iter__(self) -> Iterator[str]:
        for text in self.texts:
            check_text(text)
            self.characters += len(text)
            yield text


def _pipeline(model: models.BPE, cut: str) -> tokenizers.Tokenizer:
    """The library's tokenizer, cutting pieces as ``split_pieces`` does."""
    fast = tokenizers.Tokenizer(model)
    fast.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(tokenizers.Regex(pattern(cut)), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return fast


def _merges(fast: tokenizers.Tokenizer) -> list[Pair]:
    """Learned merges, as pairs of standard ids."""
    names = json.loads(fast.to_str())["model"]["merges"]
    ids = {symbol: len(STANDARD) + rank for rank, symbol in enumerate(SYMBOL.values())}
    merges = []
    for first, second in names:
        merges.append((ids[first], ids[second]))
        ids[first + second] = FIRST_MERGE + len(merges) - 1
    return merges
