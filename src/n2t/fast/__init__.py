"""Attention at long lengths: the same answer in less memory, and cheaper ones.

`flash_attention` and `triton_attention` are exact and keep no table of (Tq, Tk).
`window_mask`, `windowed_attention` and `linear_attention` compute something else.
"""

from n2t.fast.kernel import triton_attention
from n2t.fast.linear import linear_attention, linear_attention_steps
from n2t.fast.local import window_mask, windowed_attention
from n2t.fast.tiled import flash_attention

__all__ = [
    "flash_attention",
    "linear_attention",
    "linear_attention_steps",
    "triton_attention",
    "window_mask",
    "windowed_attention",
]
