"""How the next token is chosen: `Greedy`, `Sample` and `Beam`.

A strategy is a frozen description. Its `search` method makes the object that does the
work for one batch (`n2t.decoding.searches`); the loop in `n2t.decoding.loop` drives it.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from n2t._checks import check_size
from n2t.decoding.logits import keep_top_k, keep_top_p
from n2t.decoding.searches import BeamSearch, Search, SingleSearch


class Strategy:
    """What `Greedy`, `Sample` and `Beam` are."""

    def search(
        self,
        prompt: Int[Tensor, "batch prompt"],
        max_new_tokens: int,
        stops: Int[Tensor, " stops"],
        pad_id: int,
        generator: torch.Generator | None,
    ) -> Search:
        """A search for one batch."""
        raise NotImplementedError


@dataclass(frozen=True)
class Greedy(Strategy):
    """The most likely token, always."""

    def search(self, prompt, max_new_tokens, stops, pad_id, generator) -> Search:
        """See `Strategy.search`."""
        pick = lambda logits: logits.argmax(-1)  # noqa: E731
        return SingleSearch(pick, prompt, max_new_tokens, stops, pad_id)


@dataclass(frozen=True)
class Sample(Strategy):
    """A token drawn at random, after temperature, then top-k, then top-p.

    Args:
        temperature: logits are divided by it; below 1 sharpens, above 1 flattens.
        top_k: draw from the k most likely only.
        top_p: draw from the fewest tokens that hold this probability together.

    Raises:
        ValueError: temperature not above 0, top_k below 1, top_p outside (0, 1].
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.temperature < math.inf:
            raise ValueError(
                f"temperature ({self.temperature}) must be above 0 and finite; "
                "for 0 use Greedy()"
            )
        if self.top_k is not None:
            check_size("top_k", self.top_k)
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise ValueError(f"top_p ({self.top_p}) must be above 0 and at most 1")

    def probabilities(
        self, logits: Float[Tensor, "*rows vocabulary"]
    ) -> Float[Tensor, "*rows vocabulary"]:
        """The distribution that a token is drawn from."""
        logits = logits / self.temperature
        if self.top_k is not None:
            logits = keep_top_k(logits, self.top_k)
        if self.top_p is not None:
            logits = keep_top_p(logits, self.top_p)
        return logits.softmax(-1)

    def search(self, prompt, max_new_tokens, stops, pad_id, generator) -> Search:
        """See `Strategy.search`."""

        def pick(logits: Tensor) -> Tensor:
            drawn = torch.multinomial(
                self.probabilities(logits), 1, generator=generator
            )
            return drawn[:, 0]

        return SingleSearch(pick, prompt, max_new_tokens, stops, pad_id)


@dataclass(frozen=True)
class Beam(Strategy):
    """Beam search: the `size` best beginnings go on, the `n_best` best wholes return.

    A hypothesis is ranked by its log-probability over `length_penalty(length, alpha)`,
    alpha being `length_penalty` here (Wu et al. 2016). A sequence is finished when
    `size` hypotheses have ended, or when none that goes on can still reach the n best.
    With size 1 this is `Greedy`.

    Where a sequence has fewer than `n_best` hypotheses (few tokens, a small vocabulary,
    logits of -inf), decoding raises `DecodingError`: a score is never -inf.

    Raises:
        ValueError: size or n_best below 1, n_best above size.
    """

    size: int
    length_penalty: float = 0.6
    n_best: int = 1

    def __post_init__(self) -> None:
        check_size("size", self.size)
        check_size("n_best", self.n_best)
        if self.n_best > self.size:
            raise ValueError(f"n_best ({self.n_best}) is above size ({self.size})")
        if not math.isfinite(self.length_penalty):
            raise ValueError(f"length_penalty ({self.length_penalty}) must be finite")

    def search(self, prompt, max_new_tokens, stops, pad_id, generator) -> Search:
        """See `Strategy.search`."""
        how = (self.size, self.length_penalty, self.n_best)
        return BeamSearch(*how, prompt, max_new_tokens, stops, pad_id)
