"""Call an answer on a tensor that lies in memory otherwise than its axes say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def stored_swapped(answer: Callable, x: Any, one: int, other: int) -> Any:
    """What ``answer(x)`` returns when two axes of `x` are swapped in memory alone.

    The values and the shape are those of `x`; it is not contiguous.
    """
    stored = x.transpose(one, other).contiguous()
    return answer(stored.transpose(one, other))


def all_stored_swapped(answer: Callable, *inputs: Any, one: int, other: int) -> Any:
    """What ``answer(*inputs)`` returns when all inputs are stored with swapped axes."""
    stored = [x.transpose(one, other).contiguous() for x in inputs]
    return answer(*[x.transpose(one, other) for x in stored])
