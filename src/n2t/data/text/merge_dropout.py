"""BPE-dropout: the same text cut otherwise in every epoch, against overfitting.

While a piece is merged, each merge that could be made next is left out with a small
probability, so that a word now and then falls into smaller parts, and a model sees
how it is built. Only what is learned from is cut so; translating uses every merge.

Source: Provilkov, Emelianenko and Voita, "BPE-Dropout: simple and effective subword
regularization", 2020, algorithm 1. Ours draws for each different piece a number of
ways to cut it beforehand, and in each epoch one of them for each place.
"""

from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush
from itertools import pairwise
from random import Random

import numpy as np

from n2t.data.text.byte_pair import BYTE_ID, LONG, BytePairTokenizer
from n2t.data.text.merging import Pair
from n2t.data.text.vocabulary import Tokenizer, check_text, check_texts


def encode_with_dropout(
    piece: str,
    new_id: Mapping[Pair, int],
    dropout: float,
    random: Random,
    byte_ids: Mapping[int, int] = BYTE_ID,
) -> list[int]:
    """Merge a piece, each possible merge of each round left out at random.

    Args:
        piece: one of ``BytePairTokenizer.pieces``.
        new_id: pair → the id that it becomes; the smallest was learned first.
        dropout: 0 merges as ``BytePairTokenizer`` does, 1 leaves single bytes.
        random: where draws come from.
        byte_ids: byte → id.
    """
    ids = [byte_ids[byte] for byte in piece.encode()]
    if len(piece) > LONG:
        return merge_long_with_dropout(ids, new_id, dropout, random)
    while True:
        left = [
            (new_id[pair], place)
            for place, pair in enumerate(pairwise(ids))
            if pair in new_id and random.random() >= dropout
        ]
        if not left:
            return ids
        made, place = min(left)
        ids[place : place + 2] = [made]


def merge_long_with_dropout(
    ids: list[int], new_id: Mapping[Pair, int], dropout: float, random: Random
) -> list[int]:
    """Ids of bytes merged as likely so as in rounds over the whole, for any length.

    In each round the possible merges are looked at in their order, until one is not
    left out: what is drawn of the others would change nothing.
    """
    n = len(ids)
    after, before = list(range(1, n + 1)), list(range(-1, n - 1))
    waiting = [(new_id[p], i) for i, p in enumerate(pairwise(ids)) if p in new_id]
    heapify(waiting)  # each pair of neighbors that can be merged, once
    left_out: list[tuple[int, int]] = []
    while waiting:
        made, i = heappop(waiting)
        j = after[i]
        if j == n or new_id.get((ids[i], ids[j])) != made:
            continue  # a merge took one of the two
        if random.random() < dropout:
            left_out.append((made, i))
            continue
        ids[i], ids[j], after[i] = made, -1, after[j]
        for first, second in ((before[i], i), (i, after[i])):
            if first >= 0 and second < n:
                before[second] = first
                if (pair := (ids[first], ids[second])) in new_id:
                    heappush(waiting, (new_id[pair], first))
        while left_out:  # a new round
            heappush(waiting, left_out.pop())
    return [i for i in ids if i >= 0]


class MergeDropout:
    """Texts whose ids can be drawn again and again, by BPE-dropout.

    Args:
        tokenizer: one of byte pairs.
        texts: what is to be cut.
        dropout: with what probability a merge is left out (the paper: 0.1).
        ways: how many ways to cut are drawn for each different piece.
        seed: of those draws.

    Raises:
        TypeError: a tokenizer without merges.
        ValueError: ``dropout`` out of [0, 1], or ``ways`` below 1.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        texts: Iterable[str],
        *,
        dropout: float = 0.1,
        ways: int = 16,
        seed: int = 0,
    ) -> None:
        if not isinstance(tokenizer, BytePairTokenizer):
            kind = type(tokenizer).__name__
            raise TypeError(f"tokenizer ({kind}) must be one of byte pairs")
        if not 0.0 <= dropout <= 1.0:
            raise ValueError(f"dropout ({dropout}) must be from 0 to 1")
        if ways < 1:
            raise ValueError(f"ways ({ways}) must be at least 1")
        self.dropout, self.ways = dropout, ways
        numbers: dict[str, int] = {}  # piece → its number
        for text in (texts := list(check_texts(texts))):
            check_text(text)
        cut = (tokenizer.pieces(text) for text in texts)
        texts = [[numbers.setdefault(p, len(numbers)) for p in row] for row in cut]
        self._pieces = np.array([i for text in texts for i in text], dtype=np.int64)
        self._ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        new_id, byte_ids, random = tokenizer.new_ids, tokenizer.byte_ids, Random(seed)
        drawn = [
            encode_with_dropout(piece, new_id, dropout, random, byte_ids)
            for piece in numbers
            for _ in range(ways)
        ]
        self._ids = np.array([i for ids in drawn for i in ids], dtype=np.int64)
        self._lengths = np.array([len(ids) for ids in drawn], dtype=np.int64)
        self._starts = np.cumsum(self._lengths) - self._lengths

    def longest(self) -> np.ndarray:
        """How many ids each text has where every piece is cut in its longest way."""
        pieces = self._lengths.reshape(-1, self.ways).max(1)[self._pieces]
        sums = np.concatenate([[0], np.cumsum(pieces)])[self._ends]
        return np.diff(sums, prepend=0)

    def draw(self, rng: np.random.Generator) -> list[list[int]]:
        """Ids of every text, each piece cut in one of its ways."""
        way = rng.integers(self.ways, size=len(self._pieces))
        row = self._pieces * self.ways + way
        lengths = self._lengths[row]
        ends = np.cumsum(lengths)
        offsets = np.repeat(self._starts[row] - (ends - lengths), lengths)
        ids = self._ids[offsets + np.arange(len(offsets))].tolist()
        cuts = [0, *np.concatenate([[0], ends])[self._ends].tolist()]
        return [ids[start:end] for start, end in pairwise(cuts)]
