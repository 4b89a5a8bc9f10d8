"""What reading a long text cannot do without, alone, and where its time goes.

Products and attention are run with the same shapes, layouts and kernel as
`n2t.models.prepared` runs them, on fixed inputs: what is left of a reading is norms,
activations, positions, caches and checks. `benchmarks.talking` times them beside it.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from n2t.models import DecoderOnly
from n2t.models.prepared.layers import attend

SAID = (
    "beside the peer's time our products alone take {long_prefill_products:.2f} and "
    "attention alone {long_prefill_attention:.2f}, together "
    "{long_prefill_floor:.2f}: no less without faster products. By the profiler, of "
    "our own time products have {long_prefill_share_products:.0%}, attention "
    "{long_prefill_share_attention:.0%}, norms {long_prefill_share_norms:.1%}, the "
    "activation {long_prefill_share_activation:.1%}, and all else (positions, caches, "
    "sums, looking whether weights have changed) {long_prefill_share_rest:.1%}"
)
OPERATIONS = {
    "products": ("mkldnn::_linear_pointwise", "aten::linear"),
    "attention": ("aten::scaled_dot_product_attention",),
    "norms": ("aten::rms_norm",),
    "activation": ("aten::silu", "aten::mul_"),
}
"""What a profiler calls them; none of these runs inside another."""


def alone(model: DecoderOnly, length: int) -> dict[str, Callable[[], None]]:
    """Functions: a reading's products, and its attention, of one row of `length` ids.

    Of the last layer all places are projected, and only the last goes on.
    """
    form = model.prepare(1)
    form.start(None, 1, length)
    parts, c = form.parts, model.config
    own = parts.layers[0].own
    x = torch.randn(1, length, c.d_model)
    hidden = torch.randn(1, length, c.d_ff)
    query, key, value = (
        torch.randn(1, length, heads, width).transpose(1, 2)
        for heads, width in (
            (own.n_head, own.d_k), (own.n_kv_head, own.d_k), (own.n_kv_head, own.d_v)
        )
    )  # fmt: skip
    mixed = torch.randn(1, length, own.n_head * own.d_v)
    *before, last = parts.layers

    def through(layer, places: slice) -> None:
        layer.own.project(x)
        layer.own.project_output(mixed[:, places])
        layer.network.expand(x[:, places])
        layer.network.contract(hidden[:, places])

    def products() -> None:
        for layer in before:
            through(layer, slice(None))
        through(last, slice(-1, None))
        parts.output(x[:, -1])

    def attention() -> None:
        for _ in before:
            attend(query, key, value, causal=True)
        attend(query[:, :, -1:], key, value)

    return {"products": products, "attention": attention}
