"""Wrong arguments get an error that names what came and what was wanted."""

import pytest
import torch

from n2t.attention import (
    AdditiveAttention,
    MultiHeadAttention,
    scaled_dot_product_attention,
)
from n2t.cache import KeyValueCache
from n2t.masks import causal_mask, combine_masks, masked_softmax, padding_mask

pytestmark = pytest.mark.usefixtures("own_checks_only")
x = torch.randn(2, 5, 8)
ids = torch.ones(2, 5, dtype=torch.long)
empty, none_long = torch.randn(0, 5, 8), torch.randn(2, 0, 8)
elsewhere = torch.randn(2, 5, 8, device="meta")
sdpa = scaled_dot_product_attention
heads = MultiHeadAttention(8, 2)
additive = AdditiveAttention(8, 8, 4)


WRONG = {
    # name: (call, kind of error, words that the message must hold)
    "mask of floats": (
        lambda: sdpa(x, x, x, torch.ones(5, 5)), TypeError, "mask.*bool.*float32",
    ),
    "mask of ints": (lambda: sdpa(x, x, x, ids), TypeError, "mask.*bool.*int64"),
    "mask of the wrong shape": (
        lambda: sdpa(x, x, x, causal_mask(4)),
        ValueError, r"mask \(4, 4\).*\(2, 5, 5\)",
    ),
    "mask with heads where there are none": (
        lambda: sdpa(x, x, x, padding_mask(ids, 0)), ValueError, r"mask \(2, 1, 1, 5\)",
    ),
    "mask elsewhere": (
        lambda: sdpa(x, x, x, causal_mask(5, device="meta")),
        ValueError, "mask is on meta",
    ),
    "query is a list": (lambda: sdpa([1.0], x, x), TypeError, "query.*list"),
    "query of ints": (lambda: sdpa(ids, x, x), TypeError, "query.*int64"),
    "query is a vector": (lambda: sdpa(x[0, 0], x, x), ValueError, r"query.*\(8,\)"),
    "no rows": (lambda: sdpa(empty, empty, empty), ValueError, "query is empty"),
    "no keys": (lambda: sdpa(x, none_long, none_long), ValueError, "key is empty"),
    "key of another width": (
        lambda: sdpa(x, x[..., :4], x), ValueError, "key.*last axis of 8",
    ),
    "key and value of other lengths": (
        lambda: sdpa(x, x, x[:, :3]), ValueError, "key.*value.*differ",
    ),
    "other batches": (
        lambda: sdpa(x[:, None], x[:1, None], x[:1, None]),
        ValueError, "query.*key.*axes",
    ),
    "heads that do not divide": (
        lambda: sdpa(x, *[x[:1].expand(3, 5, 8)] * 2),
        ValueError, r"query's heads \(2\).*key's heads \(3\)",
    ),
    "devices mixed": (lambda: sdpa(x, elsewhere, elsewhere), ValueError, "key on meta"),
    "bias of the wrong shape": (
        lambda: sdpa(x, x, x, bias=torch.ones(4, 5)), ValueError, "bias.*broadcast",
    ),
    "bias of ints": (lambda: sdpa(x, x, x, bias=ids), TypeError, "bias.*floats"),
    "dropout of 1": (lambda: sdpa(x, x, x, dropout=1.0), ValueError, "dropout.*below"),
    "no queries for a mask": (lambda: causal_mask(0), ValueError, r"Tq \(0\)"),
    "half a key for a mask": (lambda: causal_mask(2, 2.5), TypeError, "Tk.*2.5"),
    "padding of floats": (lambda: padding_mask(x[0], 0), TypeError, "ids.*float32"),
    "padding of one row": (lambda: padding_mask(ids[0], 0), ValueError, r"ids.*\(B, T"),
    "padding with words": (lambda: padding_mask(ids, "<pad>"), TypeError, "pad_id"),
    "combined with floats": (
        lambda: combine_masks(causal_mask(5), torch.zeros(5)), TypeError, "float32",
    ),
    "softmax with floats": (
        lambda: masked_softmax(x, torch.zeros(5, 8)), TypeError, "mask.*float32",
    ),
    "cache of nothing": (lambda: KeyValueCache(0), ValueError, r"max_length \(0\)"),
    "heads do not divide": (
        lambda: MultiHeadAttention(250, 4), ValueError,
        r"d_model \(250\) must be divisible by n_head \(4\)",
    ),
    "key heads do not divide": (
        lambda: MultiHeadAttention(8, 4, n_kv_head=3), ValueError, r"n_kv_head \(3\)",
    ),
    "no heads": (lambda: MultiHeadAttention(8, 0), ValueError, r"n_head \(0\)"),
    "d_model of 8.0": (lambda: MultiHeadAttention(8.0, 2), TypeError, "d_model.*8.0"),
    "d_k of 0": (lambda: MultiHeadAttention(8, 2, d_k=0), ValueError, r"d_k \(0\)"),
    "heads' dropout": (
        lambda: MultiHeadAttention(8, 2, dropout=-0.1), ValueError, r"dropout \(-0.1\)",
    ),
    "heads' query width": (lambda: heads(x[..., :4]), ValueError, "query.*axis of 8"),
    "heads' query axes": (lambda: heads(x[0]), ValueError, r"query.*\(B, Tq, d_mod"),
    "heads' empty batch": (lambda: heads(empty), ValueError, "query is empty"),
    "heads' length 0": (lambda: heads(none_long), ValueError, "query is empty"),
    "heads' key width": (lambda: heads(x, x[..., :4]), ValueError, "key.*axis of 8"),
    "heads' batches": (lambda: heads(x, x[:1]), ValueError, "query.*key.*leading"),
    "heads' value alone": (lambda: heads(x, value=x), ValueError, "value.*without key"),
    "heads' mask of ints": (lambda: heads(x, mask=ids), TypeError, "mask.*int64"),
    "additive d_hidden": (lambda: AdditiveAttention(3, 4, 0), ValueError, "d_hidden"),
    "additive query width": (
        lambda: additive(x[..., :3], x), ValueError, "query.*d_query.*axis of 8",
    ),
    "additive batches": (lambda: additive(x, x[:1]), ValueError, "differ in B"),
    "additive value length": (lambda: additive(x, x, x[:, :2]), ValueError, "or Tk"),
    "additive float mask": (
        lambda: additive(x, x, mask=torch.ones(5, 5)), TypeError, "mask.*float32",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_named(name):
    call, kind, words = WRONG[name]
    with pytest.raises(kind, match=words):
        call()
