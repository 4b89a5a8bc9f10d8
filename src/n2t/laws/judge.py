"""How a law decides: what is the same, and what is said when it is not."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

TOLERANCE = {torch.float64: 1e-10, torch.float32: 1e-5, torch.bfloat16: 3e-2}
"""How far two results may differ, as a share of the largest value, by dtype.

bfloat16 keeps 8 bits, so that one rounding moves a value by up to 0.4%; a model of a
few layers rounds some tens of times.
"""

NO_GRADIENT = "the output has no gradient: it is detached, or made without autograd"

Run = Callable[..., Tensor]
"""Any layer or model, batch first: what a law runs."""


class BrokenLaw(AssertionError):
    """What a law says when it does not hold; `gap`: by how much, where it is known."""

    def __init__(self, what: str, gap: float | None = None):
        super().__init__(what)
        self.gap = gap


def difference(actual: Float[Tensor, "..."], expected: Float[Tensor, "..."]) -> float:
    """The largest difference, as a share of `expected`'s largest value; NaN is inf."""
    if actual.shape != expected.shape:
        return torch.inf
    if not expected.numel():
        return 0.0
    actual, expected = actual.detach().double(), expected.detach().double()
    scale = float(expected.abs().max()) or 1.0
    gap = float((actual - expected).abs().max()) / scale
    return gap if gap == gap else torch.inf


def same(actual: Tensor, expected: Tensor, what: str) -> None:
    """Raise BrokenLaw, saying `what`, unless both agree to the dtype's tolerance.

    Raises TypeError for a dtype that has none.
    """
    if expected.dtype not in TOLERANCE:
        known = ", ".join(map(str, TOLERANCE))
        raise TypeError(f"no tolerance is stated for {expected.dtype}; run in {known}")
    gap, allowed = difference(actual, expected), TOLERANCE[expected.dtype]
    if gap > allowed:
        raise BrokenLaw(f"{what}: {apart(actual, expected, allowed)}", gap)


def apart(actual: Tensor, expected: Tensor, allowed: float) -> str:
    """In words how two results differ that should be within `allowed` of each other."""
    if actual.shape != expected.shape:
        return f"shape {tuple(actual.shape)}, wanted {tuple(expected.shape)}"
    if not (actual.isfinite().all() and expected.isfinite().all()):
        return "NaN or infinity came out"
    return f"off by {difference(actual, expected):.1e}, allowed {allowed:.0e}"
