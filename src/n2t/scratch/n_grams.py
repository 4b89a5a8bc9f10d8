"""Kneser-Ney on millions of ids: chapter 7's language model, counted in arrays.

Every run of m ids that occurs has a rank; a run is the rank of all but its last id,
and that id, so one number names it however long it is. Counting is sorting.

Sources: Kneser and Ney, "Improved backing-off for m-gram language modeling", 1995;
Chen and Goodman, "An empirical study of smoothing techniques for language modeling",
1999, for discounts that the counts give themselves (section 3, equation 26).
"""

import numpy as np

UNSEEN = -1


class _Order:
    """Runs of m ids: their keys in order, counts, and what their contexts add up to."""

    def __init__(self, keys: np.ndarray, counts: np.ndarray, d: float | None, V: int):
        self.keys, self.counts = keys, counts.astype(float)
        discounts = _discounts(counts) if d is None else np.array([0.0, d, d, d])
        taken = np.minimum(discounts[np.minimum(counts, 3)], self.counts)
        self.left = self.counts - taken
        context = keys // V
        size = int(context.max()) + 1
        self.total = np.bincount(context, self.counts, size)
        self.given = np.bincount(context, taken, size)


def _discounts(counts: np.ndarray) -> np.ndarray:
    """What a count of 0, 1, 2, and 3 or more loses, from how often each occurs."""
    n1, n2, n3, n4 = (max(int((counts == k).sum()), 1) for k in (1, 2, 3, 4))
    share = n1 / (n1 + 2 * n2)
    found = [1 - 2 * share * n2 / n1, 2 - 3 * share * n3 / n2, 3 - 4 * share * n4 / n3]
    return np.array([0.0, *np.clip(found, 0.1, [1.0, 2.0, 3.0])])


class KneserNey:
    """Kneser-Ney, mixed in at every length of context, on one line of ids.

    The longest contexts have plain counts; shorter ones count after how many
    different ids a run came. Under all lies 1/V.

    Args:
        ids: the training text, (N,), from 0 to V - 1.
        n: ids in an n-gram: n - 1 that are seen and one that is predicted.
        d: what is taken from every count, as in chapter 7; None: from counts of 1, 2
            and more, what Chen and Goodman's formula says, for every m its own.
        V: size of the vocabulary.

    Raises:
        ValueError: fewer ids than n, n below 1, or ids outside the vocabulary.
    """

    def __init__(self, ids: np.ndarray, n: int, V: int, d: float | None = None):
        ids = np.asarray(ids, dtype=np.int64)
        if n < 1 or len(ids) < n:
            raise ValueError(f"n ({n}) must be from 1 to the number of ids, {len(ids)}")
        if ids.min() < 0 or ids.max() >= V:
            raise ValueError(f"ids must be from 0 to {V - 1}")
        self.n, self.V = n, V
        tables = _tables(ids, n, V)
        self.orders = [_Order(keys, counts, d, V) for keys, counts in tables]

    def log_p(self, ids: np.ndarray) -> np.ndarray:
        """Nats, at most 0, of each id of a line, (N,), after the ids before it."""
        ids = np.asarray(ids, dtype=np.int64)
        p = np.full(len(ids), 1 / self.V)
        ranks = np.zeros(len(ids), dtype=np.int64)
        for m, order in enumerate(self.orders, 1):
            ends = slice(m - 1, None)
            place, found = _find(order.keys, ranks, ids[ends], self.V)
            known = (ranks >= 0) & (ranks < len(order.total))
            context = np.where(known, ranks, 0)
            total = np.where(known, order.total[context], 0)
            left = np.where(found, order.left[place], 0)
            safe = np.maximum(total, 1)
            mixed = (left + order.given[context] * p[ends]) / safe
            p[ends] = np.where(total > 0, mixed, p[ends])
            ranks = np.where(found, place, UNSEEN)[:-1]
        return np.log(p)

    def distribution(self, context: np.ndarray) -> np.ndarray:
        """The probability of every id, (V,), after the last n - 1 of ``context``."""
        context = np.asarray(context, dtype=np.int64)
        p = np.full(self.V, 1 / self.V)
        for m, order in enumerate(self.orders, 1):
            rank = self._rank(context[len(context) - m + 1 :]) if m > 1 else 0
            if len(context) < m - 1 or not 0 <= rank < len(order.total):
                break
            if order.total[rank] == 0:
                continue
            low, high = np.searchsorted(
                order.keys, [rank * self.V, (rank + 1) * self.V]
            )
            p *= order.given[rank] / order.total[rank]
            some = order.keys[low:high] - rank * self.V
            p[some] += order.left[low:high] / order.total[rank]
        return p

    def _rank(self, run: np.ndarray) -> int:
        """The rank of a run of ids, or UNSEEN."""
        rank = 0
        for order, i in zip(self.orders, run.tolist(), strict=False):
            place = int(np.searchsorted(order.keys, rank * self.V + i))
            here = place < len(order.keys) and order.keys[place] == rank * self.V + i
            if not here:
                return UNSEEN
            rank = place
        return rank


def _tables(ids: np.ndarray, n: int, V: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Keys and counts of the runs of 1 to n ids."""
    before = np.zeros(len(ids), dtype=np.int64)  # rank of the m - 1 ids before each
    found, runs = [], None
    for m in range(1, n + 1):
        keys, first, here, counts = np.unique(
            before * V + ids[m - 1 :],
            return_index=True,
            return_inverse=True,
            return_counts=True,
        )
        if runs is not None:  # each run continues the one that lacks its first id
            less = runs[first + 1]
            found[-1] = found[-1][0], np.bincount(less, minlength=len(found[-1][0]))
        found.append((keys, counts))
        runs, before = here, here[:-1]
    return found


def _find(
    keys: np.ndarray, ranks: np.ndarray, ids: np.ndarray, V: int
) -> tuple[np.ndarray, np.ndarray]:
    """Places of runs among sorted keys, and whether they are there."""
    wanted = np.where(ranks >= 0, ranks * V + ids, -1)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return place, keys[place] == wanted
