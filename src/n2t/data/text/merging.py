"""Learned merges, applied to a piece of text: in rounds, or by places if it is long."""

from array import array
from collections.abc import Mapping
from heapq import heappop, heappush
from itertools import pairwise

Pair = tuple[int, int]


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


def merge_pairs(ids: list[int], new_id: Mapping[Pair, int]) -> list[int]:
    """Merge the pair that was learned first, everywhere, while there is one.

    Args:
        ids: of a piece's bytes.
        new_id: pair → the id that it becomes; the smallest was learned first.
    """
    last = float("inf")
    while len(ids) > 1:
        pair = min(pairwise(ids), key=lambda pair: new_id.get(pair, last))
        if pair not in new_id:
            break
        ids = replace_pair(ids, pair, new_id[pair])
    return ids


def merge_long(piece: list[int], new_id: Mapping[Pair, int]) -> list[int]:
    """``merge_pairs`` for pieces of any length: no round over the whole for each pair.

    The places of each pair that can be merged are noted. Those of the pair that was
    learned first are merged from left to right; its merges make only pairs that were
    learned later. An id that was merged into the one before it is -1.
    """
    n = len(piece)
    ids, places, waiting = array("q", piece), {}, []
    after, before = array("q", range(1, n + 1)), array("q", range(-1, n - 1))

    def look_at(i: int) -> None:
        made = new_id.get((ids[i], ids[after[i]]))
        if made is not None and made not in places:
            places[made] = array("q")
            heappush(waiting, made)
        if made is not None:
            places[made].append(i)

    for i in range(n - 1):
        look_at(i)
    while waiting:
        made = heappop(waiting)
        for i in sorted(places.pop(made)):
            j = after[i]
            if j == n or new_id.get((ids[i], ids[j])) != made:
                continue  # a merge took one of the two
            ids[i], ids[j], after[i] = made, -1, after[j]
            if after[i] < n:
                before[after[i]] = i
                look_at(i)
            if before[i] >= 0:
                look_at(before[i])
    return [i for i in ids if i >= 0]
