"""The work of a strategy on one batch: what is kept, what leaves, what is chosen."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from n2t.decoding.logits import length_penalty


class DecodingError(ValueError):
    """A search cannot go on, or has not found what was asked for.

    row: which sequence of the batch; what: what is wrong with it.
    """

    def __init__(self, row: int, what: str):
        super().__init__(f"row {row}: {what}")
        self.row, self.what = row, what


def check_logits(
    bad: Bool[Tensor, " rows"], sequences: Int[Tensor, " rows"], step: int
) -> None:
    """Raise DecodingError if a row's logits are `bad`, from which nothing follows.

    That is where one is NaN or +inf, or all are -inf: a softmax of them is NaN.
    `sequences` says to which sequence of the batch each row belongs.
    """
    if bad.any():
        raise DecodingError(
            int(sequences[bad][0]),
            f"the model's logits at step {step} give no probabilities: "
            "one is NaN or +inf, or all are -inf",
        )


class Search:
    """One batch being decoded; sequences that have ended leave it.

    Attributes:
        width: rows that each sequence takes in the model's batch.
        history: (rows, t), prompt and tokens of each row now in the batch.
        done: whether every sequence has ended.
    """

    width = 1
    history: Int[Tensor, "rows time"]
    done = False

    def choose(
        self, logits: Float[Tensor, "rows vocabulary"]
    ) -> tuple[Int[Tensor, " new_rows"] | None, Int[Tensor, " new_rows"]]:
        """(rows, ids): which rows go on (None: all, as they are), each with its id."""
        raise NotImplementedError

    def result(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """ids, lengths, scores, stopped: the fields of `Decoded`."""
        raise NotImplementedError


class SingleSearch(Search):
    """One hypothesis a sequence: greedy and sampling."""

    def __init__(
        self,
        pick: Callable[[Tensor], Tensor],
        prompt: Int[Tensor, "batch prompt"],
        max_new_tokens: int,
        stops: Int[Tensor, " stops"],
        pad_id: int,
    ):
        B = len(prompt)
        self.pick, self.stops, self.history = pick, stops, prompt
        self.pad_id = pad_id
        self.ids = prompt.new_full((B, max_new_tokens), pad_id)
        self.lengths = prompt.new_zeros(B)
        self.scores: Tensor | float = 0.0
        self.stopped = prompt.new_zeros(B, dtype=torch.bool)
        self.rows = torch.arange(B, device=prompt.device)  # the sequence of each row
        self.n_new = 0

    def choose(self, logits):
        """See `Search.choose`."""
        log_p = logits.log_softmax(-1)
        check_logits(log_p[:, 0].isnan(), self.rows, self.n_new + 1)
        chosen = self.pick(logits)  # (rows,)
        self._record(log_p.gather(-1, chosen[:, None])[:, 0], chosen)
        self.n_new += 1
        self.last = chosen
        self.history = torch.cat([self.history, chosen[:, None]], dim=1)
        self.done = self.n_new == self.ids.shape[1]
        if self.done or not len(self.stops):
            return None, chosen
        return self._leave(chosen)

    def _record(self, log_p: Tensor, chosen: Tensor) -> None:
        """Write the chosen ids of the sequences that had not ended yet."""
        if self.n_new == 0:
            self.scores = torch.zeros_like(log_p)
        rows, live = self.rows, ~self.stopped[self.rows]
        self.ids[rows, self.n_new] = chosen.where(live, self.pad_id)
        self.scores[rows] += log_p.where(live, 0)
        self.lengths[rows] += live
        self.stopped[rows] |= live & torch.isin(chosen, self.stops)

    def _leave(self, chosen: Tensor):
        """Drop ended rows once they are an eighth: a drop copies the whole cache."""
        going = ~self.stopped[self.rows]
        n_ended = len(going) - int(going.sum())
        self.done = n_ended == len(going)
        if self.done or n_ended == 0 or n_ended * 8 < len(going):
            return None, chosen
        keep = going.nonzero()[:, 0]
        self.rows, self.history = self.rows[keep], self.history[keep]
        return keep, chosen[keep]

    def result(self):
        """See `Search.result`."""
        longest = int(self.lengths.max())
        return self.ids[:, :longest], self.lengths, self.scores, self.stopped


@dataclass
class _Finished:
    """The best ended hypotheses of every sequence, best first: (B, size, ...)."""

    scores: Float[Tensor, "batch size"]
    ids: Int[Tensor, "batch size new"]
    lengths: Int[Tensor, "batch size"]
    stopped: Bool[Tensor, "batch size"]

    def add(self, rows: Tensor, new: "_Finished") -> None:
        """Keep the best of old and `new` for the sequences `rows`."""
        size = self.scores.shape[1]
        scores = torch.cat([self.scores[rows], new.scores], 1)
        self.scores[rows], best = scores.topk(size)
        for name in ("ids", "lengths", "stopped"):
            both = torch.cat([getattr(self, name)[rows], getattr(new, name)], 1)
            getattr(self, name)[rows] = torch.take_along_dim(
                both, best[..., None] if both.dim() == 3 else best, 1
            )


class BeamSearch(Search):
    """`size` hypotheses a sequence, side by side in the model's batch."""

    def __init__(
        self,
        size: int,
        alpha: float,
        n_best: int,
        prompt: Int[Tensor, "batch prompt"],
        max_new_tokens: int,
        stops: Int[Tensor, " stops"],
        pad_id: int,
    ):
        B, self.n_prompt = prompt.shape
        self.width, self.alpha, self.n_best, self.stops = size, alpha, n_best, stops
        self.max_new_tokens, self.n_new = max_new_tokens, 0
        self.history = prompt.repeat_interleave(size, 0)  # (B * size, t)
        self.sequences = torch.arange(B, device=prompt.device)
        self.pad_id = pad_id
        self.live: Tensor | None = None  # (B, size) log-probabilities

    def _begin(self, logits: Tensor) -> None:
        """All rows of a sequence are equal at first: only one of them may count."""
        shape = (len(self.sequences), self.width)
        self.live = logits.new_full(shape, -torch.inf)
        self.live[:, 0] = 0
        self.finished = _Finished(
            torch.full_like(self.live, -torch.inf),
            self.history.new_full((*shape, self.max_new_tokens), self.pad_id),
            self.history.new_zeros(shape),
            self.history.new_zeros(shape, dtype=torch.bool),
        )

    def choose(self, logits):
        """See `Search.choose`."""
        if self.live is None:
            self._begin(logits)
        self.n_new += 1
        scores, parent, token = self._candidates(logits)
        is_stop = torch.isin(token, self.stops)
        self._finish(scores, parent, token, is_stop)
        k = self.width
        self.live, pick = scores.masked_fill(is_stop, -torch.inf).topk(k)
        parent, token = parent.gather(1, pick), token.gather(1, pick)
        going = ~self._ended()
        self.done = self.n_new == self.max_new_tokens or not bool(going.any())
        first = torch.arange(len(parent), device=parent.device)[:, None] * k
        rows, ids = (first + parent)[going].flatten(), token[going].flatten()
        self.live, self.sequences = self.live[going], self.sequences[going]
        self.history = torch.cat([self.history[rows], ids[:, None]], 1)
        return rows, ids

    def _candidates(self, logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Best continuations, best first: score, beam and token, each (B, m).

        Each beam may offer every stop token, so m = size * (1 + stops) leaves at least
        `size` candidates that go on.
        """
        B, k, V = len(self.sequences), self.width, logits.shape[-1]
        log_p = logits.log_softmax(-1)
        of = self.sequences.repeat_interleave(k)
        check_logits(log_p[:, 0].isnan(), of, self.n_new)
        log_p = log_p.view(B, k, V)
        total = (self.live[:, :, None] + log_p).flatten(1)  # (B, k * V)
        scores, index = total.topk(min(k * (1 + len(self.stops)), k * V))
        return scores, index // V, index % V

    def _finish(self, scores, parent, token, is_stop) -> None:
        """Keep what ends here: a stop among the `size` best, or the last step's all."""
        k, n = self.width, self.n_new
        scores, parent, token = scores[:, :k], parent[:, :k], token[:, :k]
        is_stop = is_stop[:, :k]
        ends = is_stop if n < self.max_new_tokens else torch.ones_like(is_stop)
        old = self.history[:, self.n_prompt :].view(len(parent), k, -1)
        old = torch.take_along_dim(old, parent[..., None], 1)  # (B, k, n - 1)
        ids = torch.cat([old, token[..., None]], -1)
        ids = torch.nn.functional.pad(
            ids, (0, self.max_new_tokens - n), value=self.pad_id
        )
        scores = scores / length_penalty(n, self.alpha)
        scores = scores.masked_fill(~ends, -torch.inf)
        new = _Finished(scores, ids, torch.full_like(token, n), is_stop)
        self.finished.add(self.sequences, new)

    def _ended(self) -> Bool[Tensor, " batch"]:
        """Enough hypotheses, or none that goes on can reach the n best.

        A log-probability only falls, so the most that a live one can reach is what it
        has now over the largest length penalty to come.
        """
        scores = self.finished.scores[self.sequences]
        ends = (self.n_new + 1, max(self.n_new + 1, self.max_new_tokens))
        largest = max(length_penalty(length, self.alpha) for length in ends)
        hopeless = scores[:, self.n_best - 1] >= self.live.amax(1) / largest
        return hopeless | scores.isfinite().all(1)

    def result(self):
        """See `Search.result`."""
        n, found = self.n_best, self.finished
        self._check_enough()
        ids = found.ids[:, :n, : int(found.lengths[:, :n].max())]
        fields = (ids, found.lengths[:, :n], found.scores[:, :n], found.stopped[:, :n])
        return tuple(field[:, 0] for field in fields) if n == 1 else fields

    def _check_enough(self) -> None:
        """Raise DecodingError where fewer than `n_best` hypotheses have ended."""
        counts = self.finished.scores.isfinite().sum(1)
        few = (counts < self.n_best).nonzero()[:, 0]
        if len(few):
            raise DecodingError(
                int(few[0]),
                f"n_best ({self.n_best}) is more than the {int(counts[few[0]])} "
                f"sequences of at most {self.max_new_tokens} tokens that there are",
            )
