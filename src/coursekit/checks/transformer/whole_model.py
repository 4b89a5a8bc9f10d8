"""Checks of chapter 16: sizes are drawn, all different; each says what is wrong."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from n2t import models

KINDS = ("post", "pre", "inside", "none")


def check_count(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(V, D, H, d_k, d_v, F, L)` must be what the library's model trains."""
    H, L = rng.permutation([2, 3, 4])[:2].tolist()
    d_k, d_v = (5 + rng.permutation(6)[:2]).tolist()
    D, F, V = 12 * int(rng.integers(2, 5)), 100 + int(rng.integers(9)), 31
    config = models.TransformerConfig(
        V, V, d_model=D, n_head=H, d_k=d_k, d_v=d_v, d_ff=F, n_layer=L,
        tie_embeddings="all",
    )  # fmt: skip
    with torch.device("meta"):
        right = models.Transformer(config).n_parameters()
    got = call(
        answer, V, D, H, d_k, d_v, F, L, hint="seven whole numbers come in, by place"
    )
    assert isinstance(got, int | np.integer), f"wanted a whole number, got {got!r}"
    attention = 2 * D * H * (d_k + d_v) + H * (2 * d_k + d_v) + D
    plain = 4 * (D * D + D)
    for difference, words in (
        (2 * V * D, "three tables are counted, but one serves three times"),
        (V, "the map to the logits has no bias"),
        (3 * L * (plain - attention), "heads need not be of width D / H"),
        (-L * attention, "the decoder has two attentions in each layer"),
        (-L * 2 * D, "the decoder has three norms, the encoder two"),
        (-5 * L * D, "a norm has a gain and a bias"),
        (-L * (3 * (H * (2 * d_k + d_v) + D) + 2 * (F + D)), "where are the biases"),
        (4 * D, "the last norm on each stack belongs to pre-norm"),
        (-(right - V * D) * (L - 1) // L, "only one layer is counted"),
    ):
        assert got != right + difference, f"off by {difference:+,}: {words}?"
    assert got == right, (
        f"got {got:,}, the model has {right:,}: go through the parts one by one"
    )


class Block(nn.Module):
    """One sublayer and its residual, normalized in one of four ways."""

    def __init__(self, kind: str, D: int) -> None:
        super().__init__()
        self.kind, self.width = kind, D
        self.sublayer = nn.Sequential(
            nn.Linear(D, 3 * D), nn.ReLU(), nn.Linear(3 * D, D)
        )
        self.norm = nn.LayerNorm(D)

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        if self.kind == "post":
            return self.norm(x + self.sublayer(x))
        if self.kind == "pre":
            return x + self.sublayer(self.norm(x))
        added = self.sublayer(x)
        return x + (self.norm(added) if self.kind == "inside" else added)


class Widthless:
    """A block of whatever width comes first; its weights are out of sight."""

    def __init__(self, kind: str, seed: int) -> None:
        self._kind, self._seed, self._blocks = kind, seed, {}

    def __call__(self, x: Tensor) -> Tensor:
        if x.dim() != 3 or x.shape[-1] < 8 or x.dtype != torch.float64:
            raise ValueError(f"x {tuple(x.shape)} {x.dtype}: float64 (B, T, D), D ≥ 8")
        D = x.shape[-1]
        if D not in self._blocks:
            with torch.random.fork_rng(devices=()):
                torch.manual_seed(self._seed)
                self._blocks[D] = Block(self._kind, D).double()
        return self._blocks[D](x)


def check_which_norm(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(block)` must name the kind of every block, twelve times."""
    for kind in rng.permutation(np.repeat(KINDS, 3)).tolist():
        block = Widthless(kind, int(rng.integers(2**31)))
        got = call(answer, block, hint="feed it float64 (B, T, D), D of 8 or more")
        assert got in KINDS, f"{got!r} is none of {', '.join(KINDS)}"
        assert got == kind, _confused(kind, got)


def _confused(kind: str, got: str) -> str:
    """What to look at when `kind` was called `got`."""
    hints = {
        ("pre", "post"): "the output of pre-norm is not normal: look at its size",
        ("inside", "post"): "only what is added is normal, not the output",
        ("post", "inside"): "test for a normal output before you subtract x",
        ("inside", "pre"): "both add the same for a large x and a larger one: "
        "look at the mean and variance of what is added",
        ("pre", "inside"): "what is added has no mean of 0 and no variance of 1",
        ("none", "pre"): "a plain sum adds more when x doubles",
        ("pre", "none"): "what pre-norm adds does not change when x doubles",
        ("inside", "none"): "what is added has mean 0 and variance 1",
        ("post", "none"): "the output itself has mean 0 and variance 1",
    }
    return f"{kind!r} was called {got!r}: " + hints.get(
        (kind, got), "which of the two stays when x doubles, output or sum?"
    )
