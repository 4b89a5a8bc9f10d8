"""What the machine has, what it can do at best, and how to use it well."""

import contextlib
import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint
from torch.utils.flop_counter import FlopCounterMode

from n2t.training.distributed import World
from n2t.training.losses import check_sum
from n2t.training.state import random_state, set_random_state

# Dense bfloat16 (T4 and V100: float16) matrix products, FLOP/s, from NVIDIA's data
# sheets; the longest name that occurs in the device's own name counts.
PEAK_FLOPS = {
    "V100": 125e12,
    "T4": 65e12,
    "L4": 121e12,
    "A10": 125e12,
    "A100": 312e12,
    "L40S": 362e12,
    "H100": 989e12,
    "H200": 989e12,
    "B200": 2250e12,
    "RTX 3090": 71e12,
    "RTX 4090": 165e12,
}
#: torch's fused attentions; its counter knows some of them.
FUSED = (
    "_scaled_dot_product_flash_attention_for_cpu",
    "_scaled_dot_product_flash_attention",
    "_scaled_dot_product_efficient_attention",
    "_scaled_dot_product_cudnn_attention",
    "_scaled_dot_product_attention_math_for_mps",
)


def best_device() -> torch.device:
    """CUDA if there is a card, else MPS if there is, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def devices_here() -> list[str]:
    """The names of this machine's devices: "cpu", "cuda", "cuda:0", ..., "mps"."""
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    found = ["cpu", *["cuda"] * bool(cards), *(f"cuda:{i}" for i in range(cards))]
    return found + ["mps"] * torch.backends.mps.is_available()


def device_of(name: str | None) -> torch.device:
    """The device of that name; None is the best one.

    Raises:
        ValueError: this machine, or this build of torch, has none of that name.
    """
    if name is None:
        return best_device()
    here = devices_here()
    if name not in here:
        raise ValueError(
            f"device ({name!r}) is not on this machine; there is {', '.join(here)}"
        )
    return torch.device(name)


def place_of(model: nn.Module) -> torch.device:
    """The device of a model's weights.

    Raises:
        ValueError: the model has none to train.
    """
    for parameter in model.parameters():
        if parameter.requires_grad:
            return parameter.device
    raise ValueError(f"model ({type(model).__name__}) has no parameters to train")


def device_name(device: torch.device) -> str:
    """The device's own name, such as "NVIDIA H100 80GB HBM3"."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return device.type


def peak_flops(name: str) -> float | None:
    """The most FLOP/s of the device of that name; None where it is not known."""
    known = [key for key in PEAK_FLOPS if key.replace("RTX ", "") in name]
    return PEAK_FLOPS[max(known, key=len)] if known else None


def flops_per_token(objective: nn.Module, batch: Any) -> float:
    """Floating-point operations of training on a batch, for each token of its loss.

    Counted in the matrix products of a forward pass, times 3: the backward pass makes
    two products for each one forward. Attention stays fused, and counts in full, as
    its two products would. Changes no state.
    """
    before = random_state()
    ops = [getattr(torch.ops.aten, name, None) for name in FUSED]
    fused = {op: attention_flops for op in ops if op is not None}
    counter = FlopCounterMode(display=False, custom_mapping=fused)
    with torch.no_grad(), counter:
        _, tokens = objective(batch)
    set_random_state(before)
    return 3.0 * counter.get_total_flops() / max(int(tokens), 1)


def mfu_scale(objective: nn.Module, batch: Any, world: World) -> float | None:
    """MFU for each token a second of all processes; None where no peak is known."""
    peak = peak_flops(device_name(world.device))
    if peak is None:
        return None
    return flops_per_token(objective, batch) / (peak * world.size)


def attention_flops(
    query: Sequence[int], key: Sequence[int], value: Sequence[int], *_: Any, **__: Any
) -> int:
    """Operations of attention's two products, from shapes (..., T, d)."""
    *heads, Tq, d_k = query
    return 2 * math.prod(heads) * Tq * key[-2] * (d_k + value[-1])


def attention_backends() -> list[str]:
    """The kinds of fused attention that torch may use here."""
    cuda = torch.backends.cuda
    switches = {
        "flash": cuda.flash_sdp_enabled(),
        "memory-efficient": cuda.mem_efficient_sdp_enabled(),
        "cudnn": cuda.cudnn_sdp_enabled() and torch.cuda.is_available(),
        "math": cuda.math_sdp_enabled(),
    }
    return [name for name, on in switches.items() if on]


def compile_where_possible(
    objective: nn.Module, batch: Any, say: Callable[[str], None]
) -> bool:
    """Compile a module in place if that works on ``batch``; else say why not.

    Raises:
        ValueError: its loss is a mean, which the compiled graph would no longer tell.
    """
    before = random_state()
    check_sum(*objective(batch))
    try:
        objective.compile()
        objective(batch)
    except Exception as error:  # whatever a compiler may raise
        objective._compiled_call_impl = None
        reason = str(error).strip().splitlines() or [type(error).__name__]
        say(f"torch.compile does not work here, going on without: {reason[0][:120]}")
        return False
    finally:
        set_random_state(before)
    return True


@contextlib.contextmanager
def recomputing(model: nn.Module, enabled: bool) -> Iterator[None]:
    """Inside, layers keep no activations: the backward pass computes them again.

    A layer is a member of an ``nn.ModuleList``. Memory falls from all layers'
    activations to one layer's, for about a third more computing (Chen et al. 2016).
    """
    lists = [module for module in model.modules() if isinstance(module, nn.ModuleList)]
    layers = [layer for group in lists for layer in group] if enabled else []
    for layer in layers:
        layer.forward = functools.partial(
            checkpoint, layer.forward, use_reentrant=False
        )
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward
