"""Byte-pair encoding from scratch, over bytes, in four steps.

1. Cut the text into pieces (words with the space before them, numbers, marks).
2. Write each piece as its UTF-8 bytes: 256 ids are enough for any text.
3. Train: merge the most frequent pair of neighbors into a new id; repeat.
4. Encode: apply the merges to a piece, in the order in which they were learned.

Source: Sennrich, Haddow and Birch, "Neural machine translation of rare words
with subword units", 2016, algorithm 1; over bytes as in GPT-2 (Radford et al.,
2019). Trained merges equal those of the ``tokenizers`` library.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Annotated, Any

from n2t._fields import LARGEST, Range, Size
from n2t.data.text.vocabulary import SPECIALS, Tokenizer, check_text, check_texts

Pair = tuple[int, int]

# 1. Pieces. Letters are named by what they are not, in ranges that do not move
# when Unicode grows, so two regular-expression engines always agree on them.
BLANKS = " \t\n\r\x0b\x0c"
MARKS = (
    "\x00-\x08\x0e-\x1f!-/:-@\\[-`{-\xbf\xd7\xf7"  # ASCII and Latin-1
    "\u2000-\u2bff\u3000-\u303f\ufe00-\ufe6f"  # dashes, arrows, CJK marks
    "\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufff0-\uffff"
    "\U0001f000-\U0001faff"  # emoji
)
PIECE = (
    f" ?[^{BLANKS}0-9{MARKS}]{{1,64}}"  # a word; bounded, so that no input is slow
    f"| ?[0-9]{{1,64}}"
    f"| ?[{MARKS}]{{1,64}}"
    f"|[{BLANKS}]{{1,64}}(?![^{BLANKS}])"  # blanks leave the last to the next word
    f"|[{BLANKS}]{{1,64}}"
)
_PIECE = re.compile(PIECE)

# 2. Bytes. Printable ones come first, as in GPT-2; ids decide ties in training.
_PRINTABLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
BYTES = bytes(_PRINTABLE + sorted(set(range(256)) - set(_PRINTABLE)))
BYTE_ID = {byte: len(SPECIALS) + rank for rank, byte in enumerate(BYTES)}
FIRST_MERGE = len(SPECIALS) + len(BYTES)  # the id that the first merge makes
VocabSize = Annotated[int, Range(FIRST_MERGE, LARGEST)]
_CACHE_SIZE = 50_000


def split_pieces(text: str) -> list[str]:
    """Cut a text into pieces, which joined give the text again.

    >>> split_pieces("The cat  sat, 12 times.")
    ['The', ' cat', ' ', ' sat', ',', ' 12', ' times', '.']
    """
    return _PIECE.findall(text)


def replace_pair(ids: list[int], pair: Pair, new_id: int) -> list[int]:
    """Put ``new_id`` wherever the pair stands, from left to right."""
    merged, i = [], 0
    while i < len(ids):
        if ids[i] == pair[0] and i + 1 < len(ids) and ids[i + 1] == pair[1]:
            merged.append(new_id)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


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
    """The training algorithm: the pairs to merge, in order.

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


def count_pieces(texts: Iterable[str]) -> Counter[str]:
    """How often each piece occurs in the texts, checked one by one."""
    pieces: Counter[str] = Counter()
    for text in check_texts(texts):
        check_text(text)
        pieces.update(split_pieces(text))
    if not pieces:
        raise ValueError("texts must hold at least one character")
    return pieces


def merges_wanted(vocab_size: int) -> int:
    """How many merges a vocabulary of this size has room for."""
    if vocab_size < FIRST_MERGE:
        raise ValueError(f"vocab_size ({vocab_size}) must be at least {FIRST_MERGE}")
    return vocab_size - FIRST_MERGE


# 4. Encoding and decoding.
class BytePairTokenizer(Tokenizer):
    """Byte-level byte-pair encoding: every Unicode text, no unknown token.

    Ids: 0 to 3 special, 4 to 259 the bytes, from 260 on the merges in order.

    Args:
        merges: pairs of ids, in the order in which they were learned.

    Raises:
        ValueError: a merge names an id that does not exist before it, or twice
            the same pair.
    """

    kind = "byte_pair"

    def __init__(self, merges: Iterable[Pair]):
        self.merges = [tuple(pair) for pair in merges]
        self._bytes = [b""] * len(SPECIALS) + [bytes([byte]) for byte in BYTES]
        for new_id, pair in enumerate(self.merges, FIRST_MERGE):
            known = all(type(i) is int and len(SPECIALS) <= i < new_id for i in pair)
            if len(pair) != 2 or not known:
                raise ValueError(f"merges: {pair} cannot make id {new_id}")
            self._bytes.append(self._bytes[pair[0]] + self._bytes[pair[1]])
        self._new_id = {pair: i for i, pair in enumerate(self.merges, FIRST_MERGE)}
        if len(self._new_id) < len(self.merges):
            raise ValueError("merges must differ from one another")
        self._cache: dict[str, list[int]] = {}

    @classmethod
    def train(
        cls, texts: Iterable[str], vocab_size: VocabSize = 10_260, min_count: Size = 2
    ) -> "BytePairTokenizer":
        """Learn merges from texts.

        Args:
            texts: many strings; no piece crosses from one to the next.
            vocab_size: ids in the end, special ones and bytes included.
            min_count: a pair seen less often is not merged.
        """
        n_merge = merges_wanted(vocab_size)
        return cls(learn_merges(count_pieces(texts), n_merge, min_count))

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """What each id stands for; bytes that are no text alone as ``\\xe4``."""
        tokens = (token.decode("utf-8", "backslashreplace") for token in self._bytes)
        return (*SPECIALS, *list(tokens)[len(SPECIALS) :])

    @property
    def vocab_size(self) -> int:
        """Number of ids: 4 special ones, 256 bytes, one for each merge."""
        return len(self._bytes)

    def token_bytes(self, i: int) -> bytes:
        """The bytes that an id stands for (none for a special id)."""
        return self._bytes[i]

    def _encode(self, text: str) -> list[int]:
        return [i for piece in split_pieces(text) for i in self._encode_piece(piece)]

    def _encode_piece(self, piece: str) -> list[int]:
        """Merge the pair that was learned first, while there is one."""
        if piece in self._cache:
            return self._cache[piece]
        ids = [BYTE_ID[byte] for byte in piece.encode()]
        while len(ids) > 1:
            first = min(self._new_id.get(p, len(self._bytes)) for p in pairwise(ids))
            if first == len(self._bytes):
                break
            ids = replace_pair(ids, self.merges[first - FIRST_MERGE], first)
        if len(self._cache) < _CACHE_SIZE:
            self._cache[piece] = ids
        return ids

    def _decode(self, ids: list[int]) -> str:
        """Bytes that are no text (half of a character) become U+FFFD."""
        return b"".join(self._bytes[i] for i in ids).decode("utf-8", "replace")

    def _state(self) -> dict[str, Any]:
        return {"merges": self.merges}

    @classmethod
    def _from_state(cls, state: dict[str, Any]) -> "BytePairTokenizer":
        return cls(tuple(pair) for pair in state["merges"])  # JSON has only lists
