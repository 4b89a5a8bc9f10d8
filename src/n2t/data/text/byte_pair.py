"""Byte-pair encoding from scratch, over bytes, in four steps.

1. Cut the text into pieces (words with the space before them, numbers, marks):
   see ``n2t.data.text.pieces``.
2. Write each piece as its UTF-8 bytes: 256 ids are enough for any text.
3. Train: merge the most frequent pair of neighbors into a new id; repeat.
4. Encode: apply the merges to a piece, in the order in which they were learned.

Source: Sennrich, Haddow and Birch, "Neural machine translation of rare words
with subword units", 2016, algorithm 1; over bytes as in GPT-2 (Radford et al.,
2019). Trained merges equal those of the ``tokenizers`` library.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Annotated, Any

from n2t._checks import check_choice
from n2t._fields import LARGEST, OneOf, Range, Size
from n2t.data.text.merging import Pair, merge_long, merge_pairs, replace_pair
from n2t.data.text.pieces import CUTS, split_pieces
from n2t.data.text.specials import STANDARD, check_special_ids, in_order, other_ids
from n2t.data.text.vocabulary import Tokenizer, check_text, check_texts

# 2. Bytes. Printable ones come first, as in GPT-2; ids decide ties in training.
_PRINTABLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
BYTES = bytes(_PRINTABLE + sorted(set(range(256)) - set(_PRINTABLE)))
BYTE_ID = {byte: len(STANDARD) + rank for rank, byte in enumerate(BYTES)}
FIRST_MERGE = len(STANDARD) + len(BYTES)  # the id that the first merge makes
LONG = 128  # characters: a longer piece is merged in the other way, and not kept
VocabSize = Annotated[int, Range(FIRST_MERGE, LARGEST)]
_CACHE_SIZE = 50_000


# 3. Training.
class PairCounts:
    """How often each pair of neighbors stands in a list of words.

    Counting again after every merge would take merges × text steps. A merge
    changes only the words that hold its pair, so only those are counted again.

    Attributes:
        words: ids of each different word.
        weights: how often each word occurs.
        count: pair → occurrences; overlapping ones count (``aaa`` has two).
        where: pair → numbers of the words that hold it, or once did.
        heap: ``(-count, pair)``: the first is the most frequent pair, and the
            one of smallest ids among equals. Entries may be out of date.
    """

    def __init__(self, words: list[list[int]], weights: list[int]):
        self.words, self.weights = words, weights
        self.count: Counter[Pair] = Counter()
        self.where: defaultdict[Pair, set[int]] = defaultdict(set)
        for number, word in enumerate(words):
            for pair in pairwise(word):
                self.count[pair] += weights[number]
                self.where[pair].add(number)
        self.heap = [(-count, pair) for pair, count in self.count.items()]
        heapify(self.heap)

    def most_frequent(self) -> tuple[Pair | None, int]:
        """The pair to merge next and its count; ``(None, 0)`` if none is left."""
        while self.heap:
            noted, pair = heappop(self.heap)
            count = self.count[pair]
            if count == -noted and count > 0:
                return pair, count
            if 0 < count < -noted:  # it was counted down since: back in line
                heappush(self.heap, (-count, pair))
        return None, 0

    def merge(self, pair: Pair, new_id: int) -> None:
        """Merge a pair in every word and bring the counts up to date."""
        change: Counter[Pair] = Counter()
        for number in self.where.pop(pair):
            old, weight = self.words[number], self.weights[number]
            new = self.words[number] = replace_pair(old, pair, new_id)
            for gone in pairwise(old):
                change[gone] -= weight
            for here in pairwise(new):
                change[here] += weight
                self.where[here].add(number)
        for changed, difference in change.items():
            self.count[changed] += difference
            if difference > 0:
                heappush(self.heap, (-self.count[changed], changed))


def learn_merges(pieces: Counter[str], n_merge: int, min_count: int) -> list[Pair]:
    """The training algorithm: the pairs to merge, in order, as standard ids.

    Args:
        pieces: piece → how often it occurs.
        n_merge: how many merges to learn at most.
        min_count: stop when no pair occurs at least this often.
    """
    words = [[BYTE_ID[byte] for byte in piece.encode()] for piece in pieces]
    pairs = PairCounts(words, list(pieces.values()))
    merges: list[Pair] = []
    while len(merges) < n_merge:
        pair, count = pairs.most_frequent()
        if pair is None or count < min_count:
            break
        pairs.merge(pair, FIRST_MERGE + len(merges))
        merges.append(pair)
    return merges


def count_pieces(texts: Iterable[str], cut: str = "gpt2") -> Counter[str]:
    """How often each piece occurs in the texts, checked one by one."""
    pieces: Counter[str] = Counter()
    for text in check_texts(texts):
        check_text(text)
        pieces.update(split_pieces(text, cut))
    if not pieces:
        raise ValueError("texts must hold at least one character")
    return pieces


def merges_wanted(vocab_size: int, special_ids: Mapping[str, int] = STANDARD) -> int:
    """How many merges a vocabulary of this size has room for."""
    least = len(BYTES) + len(set(special_ids.values()))
    if vocab_size < least:
        raise ValueError(f"vocab_size ({vocab_size}) must be at least {least}")
    return vocab_size - least


def renumbered(merges: list[Pair], special_ids: Mapping[str, int]) -> list[Pair]:
    """Merges in standard ids, in those that other special tokens leave."""
    ids = other_ids(special_ids, len(BYTES) + len(merges))
    first = len(STANDARD)
    return [(ids[left - first], ids[right - first]) for left, right in merges]


# 4. Encoding and decoding.
class BytePairTokenizer(Tokenizer):
    """Byte-level byte-pair encoding: every Unicode text, no unknown token.

    Ids: 0 to 3 special, 4 to 259 the bytes, from 260 on the merges in order. With
    ``special_ids={"<|endoftext|>": 50256}`` and GPT-2's merges, they are GPT-2's ids.

    Args:
        merges: pairs of ids, in the order in which they were learned.
        cut: how texts are cut into pieces, one of ``n2t.data.text.pieces.CUTS``.
        special_ids: as in ``Tokenizer``; bytes and merges take the ids they leave.

    Raises:
        ValueError: a merge names an id that does not exist before it, or twice
            the same pair; or an unknown cut.
    """

    kind = "byte_pair"

    def __init__(
        self,
        merges: Iterable[Pair],
        cut: str = "gpt2",
        special_ids: Mapping[str, int] | None = None,
    ):
        super().__init__(special_ids)
        self.cut = check_choice("cut", cut, CUTS)
        self.merges = [tuple(pair) for pair in merges]
        self._ids = other_ids(self._special_ids, len(BYTES) + len(self.merges))
        #: byte → id, and pair → the id that it becomes
        self.byte_ids = dict(zip(BYTES, self._ids, strict=False))
        self.new_ids = dict(zip(self.merges, self._ids[len(BYTES) :], strict=True))
        self._bytes = {i: bytes([byte]) for byte, i in self.byte_ids.items()}
        for pair, made in zip(self.merges, self._ids[len(BYTES) :], strict=True):
            if len(pair) != 2 or not all(type(i) is int for i in pair):
                raise ValueError(f"merges: {pair} must be two ids")
            if not all(i in self._bytes for i in pair):
                raise ValueError(f"merges: {pair} cannot make id {made}")
            self._bytes[made] = self._bytes[pair[0]] + self._bytes[pair[1]]
        if len(self.new_ids) < len(self.merges):
            raise ValueError("merges must differ from one another")
        self._cache: dict[str, list[int]] = {}

    @classmethod
    def train(
        cls,
        texts: Iterable[str],
        vocab_size: VocabSize = 10_260,
        min_count: Size = 2,
        *,
        cut: Annotated[str, OneOf(CUTS)] = "gpt2",
        special_ids: Mapping[str, int] | None = None,
    ) -> "BytePairTokenizer":
        """Learn merges from texts.

        Args:
            texts: many strings; no piece crosses from one to the next.
            vocab_size: ids in the end, special ones and bytes included.
            min_count: a pair seen less often is not merged.
            cut, special_ids: as in the class.
        """
        specials = check_special_ids(special_ids)
        n_merge = merges_wanted(vocab_size, specials)
        merges = cls._learn(texts, n_merge, min_count, check_choice("cut", cut, CUTS))
        return cls(renumbered(merges, specials), cut, specials)

    @classmethod
    def _learn(
        cls, texts: Iterable[str], n_merge: int, min_count: int, cut: str
    ) -> list[Pair]:
        return learn_merges(count_pieces(texts, cut), n_merge, min_count)

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """What each id stands for; bytes that are no text alone as ``\\xe4``."""
        tokens = (self._bytes[i].decode("utf-8", "backslashreplace") for i in self._ids)
        return in_order(self._special_ids, tokens)

    @property
    def vocab_size(self) -> int:
        """Number of ids: special ones, 256 bytes, one for each merge."""
        return len(self._silent) + len(self._ids)

    def token_bytes(self, i: int) -> bytes:
        """The bytes that an id stands for (none for a special id)."""
        if not 0 <= i < self.vocab_size:
            raise IndexError(f"i ({i}) must be from 0 to {self.vocab_size - 1}")
        return self._bytes.get(i, b"")

    def pieces(self, text: str) -> list[str]:
        """Where a text is cut before pairs are merged."""
        return split_pieces(text, self.cut)

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = []
        known = self._cache
        for piece in split_pieces(text, self.cut):
            found = known.get(piece)
            ids += self._encode_piece(piece) if found is None else found
        return ids

    def _encode_piece(self, piece: str) -> list[int]:
        """Ids of a piece, kept for the next time if it is short."""
        if len(piece) > LONG:
            return merge_long([self.byte_ids[b] for b in piece.encode()], self.new_ids)
        ids = self._merge(piece)
        if len(self._cache) < _CACHE_SIZE:
            self._cache[piece] = ids
        return ids

    def _merge(self, piece: str) -> list[int]:
        return merge_pairs([self.byte_ids[b] for b in piece.encode()], self.new_ids)

    def _decode(self, ids: list[int]) -> str:
        """Bytes that are no text (half of a character) become U+FFFD."""
        return b"".join([self._bytes[i] for i in ids]).decode("utf-8", "replace")

    def _state(self) -> dict[str, Any]:
        return {"cut": self.cut, "merges": self.merges}

    @classmethod
    def _from_state(cls, state: dict[str, Any]) -> "BytePairTokenizer":
        """Files from before there was a choice name no cut; JSON has only lists."""
        merges = (tuple(pair) for pair in state["merges"])
        return cls(merges, state.get("cut", "bounded"), state.get("special_ids"))
