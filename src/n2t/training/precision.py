"""Which numbers to compute with, picked for the device and said in one line."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.optim import Optimizer

from n2t.training.config import PRECISIONS
from n2t.training.distributed import World

#: What a processor may have that multiplies matrices of bfloat16, by torch's names:
#: Intel's AMX, AVX-512 of Intel and AMD, and ARM's instructions.
BFLOAT16 = ("amx_bf16", "avx512_bf16", "bf16", "sve_bf16")


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
        """float32 products in TF32 inside if that was asked for, and only then.

        Whatever torch's switches were before, they are again afterwards.
        """
        wanted, cudnn = self.name == "tf32", torch.backends.cudnn
        before = torch.get_float32_matmul_precision(), cudnn.allow_tf32
        torch.set_float32_matmul_precision("high" if wanted else "highest")
        cudnn.allow_tf32 = wanted
        try:
            yield
        finally:
            torch.set_float32_matmul_precision(before[0])
            cudnn.allow_tf32 = before[1]

    def backward(self, loss: Tensor) -> None:
        """Gradients of the loss, scaled up where float16 needs it."""
        (self.scaler.scale(loss) if self.scaler else loss).backward()

    def unscale(self, optimizers: list[Optimizer]) -> None:
        """Take the scale out of the gradients again."""
        if self.scaler:
            for optimizer in optimizers:
                self.scaler.unscale_(optimizer)

    def step(self, optimizers: list[Optimizer]) -> None:
        """Move the weights; float16 skips an update whose gradients overflowed.

        In bfloat16 the products that Muon takes have no more bits than the model's.
        """
        lower = self.name == "bfloat16"
        with self.autocast() if lower else contextlib.nullcontext():
            for optimizer in optimizers:
                self.scaler.step(optimizer) if self.scaler else optimizer.step()
        if self.scaler:
            self.scaler.update()


def choose(name: str, device: torch.device | str) -> Precision:
    """The precision of that name on that device; "auto" picks the fastest safe one.

    On CUDA bfloat16, or float16 where the card has no bfloat16; on a CPU bfloat16
    only where the processor says that it multiplies it; elsewhere float32. Nothing is
    timed, so that the same machine always picks the same.

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
        found = bfloat16_instructions()
        if found:
            return "bfloat16", f"this processor multiplies it ({', '.join(found)})"
        return "float32", "this processor has no instructions for bfloat16"
    return "float32", "the safe choice here"


def bfloat16_instructions() -> list[str]:
    """The names of what this processor has to multiply bfloat16; empty for nothing."""
    has = torch.cpu.get_capabilities()
    return [name for name in BFLOAT16 if has.get(name)]
