"""Which numbers to compute with, picked for the device and said in one line."""

import contextlib
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.optim import Optimizer

from n2t.training.config import PRECISIONS
from n2t.training.distributed import World

WORTH_IT = 1.2  # how many times faster bfloat16 must be on a CPU to be picked


@dataclass
class Precision:
    """How to compute: weights stay in float32, products may use fewer bits.

    Attributes:
        name: "float32", "tf32", "bfloat16" or "float16".
        device: the device's type, "cpu", "cuda" or "mps".
        reason: why, in a few words.
        scaler: keeps float16's small gradients from becoming 0; else None.
    """

    name: str
    device: str
    reason: str = "as asked"
    scaler: torch.amp.GradScaler | None = None

    def __str__(self) -> str:
        return f"precision {self.name} on {self.device}: {self.reason}"

    def autocast(self) -> contextlib.AbstractContextManager:
        """The context in which a forward pass runs."""
        if self.name in ("bfloat16", "float16"):
            return torch.autocast(self.device, getattr(torch, self.name))
        return contextlib.nullcontext()

    @contextlib.contextmanager
    def products(self) -> Iterator[None]:
        """float32 matrix products in TF32 inside, if that was asked for."""
        before = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision("high" if self.name == "tf32" else before)
        try:
            yield
        finally:
            torch.set_float32_matmul_precision(before)

    def backward(self, loss: Tensor) -> None:
        """Gradients of the loss, scaled up where float16 needs it."""
        (self.scaler.scale(loss) if self.scaler else loss).backward()

    def unscale(self, optimizers: list[Optimizer]) -> None:
        """Take the scale out of the gradients again."""
        if self.scaler:
            for optimizer in optimizers:
                self.scaler.unscale_(optimizer)

    def step(self, optimizers: list[Optimizer]) -> None:
        """Move the weights; float16 skips an update whose gradients overflowed."""
        for optimizer in optimizers:
            self.scaler.step(optimizer) if self.scaler else optimizer.step()
        if self.scaler:
            self.scaler.update()


def choose(name: str, device: torch.device | str) -> Precision:
    """The precision of that name on that device; "auto" picks the fastest safe one.

    On CUDA bfloat16, or float16 where the card has no bfloat16; on a CPU bfloat16
    only where a quick timing says that it is faster; elsewhere float32.

    Raises:
        ValueError: an unknown name.
    """
    device = torch.device(device).type
    if name == "auto":
        name, reason = _automatic(device)
    else:
        reason = "as asked"
    if name not in ("float32", "tf32", "bfloat16", "float16"):
        raise ValueError(f"precision ({name!r}) is none that is known")
    scaler = None
    if name == "float16" and device != "cpu":
        scaler = torch.amp.GradScaler(device)
    return Precision(name, device, reason, scaler)


def agree(name: str, world: World) -> Precision:
    """The precision of that name, the same one in all processes.

    Where "auto" picks several, it is the one that is last in ``PRECISIONS``.
    """
    own = choose(name, world.device)
    agreed = PRECISIONS[world.most(PRECISIONS.index(own.name))]
    return own if agreed == own.name else choose(agreed, world.device)


def _automatic(device: str) -> tuple[str, str]:
    if device == "cuda":
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return "bfloat16", "this card multiplies it fastest"
        return "float16", "this card has no bfloat16"
    if device == "cpu":
        gain = cpu_gain()
        name = "bfloat16" if gain >= WORTH_IT else "float32"
        return name, f"bfloat16 was timed at {gain:.1f} times float32's speed"
    return "float32", "the safe choice here"


def cpu_gain(size: int = 512, repeats: int = 5) -> float:
    """How many times faster this CPU multiplies bfloat16 matrices than float32 ones."""
    medians = {}
    for dtype in (torch.float32, torch.bfloat16):
        matrix = torch.ones(size, size, dtype=dtype)
        matrix @ matrix  # the first product sets the library up
        times = []
        for _ in range(repeats):
            start = time.perf_counter()
            matrix @ matrix
            times.append(time.perf_counter() - start)
        medians[dtype] = statistics.median(times)
    return medians[torch.float32] / medians[torch.bfloat16]
