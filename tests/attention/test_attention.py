"""Attention against loops, against torch, and against itself with a cache."""

import math

import jaxtyping
import pytest
import torch
from copying import assert_gradients_equal, attention_pairs, copy, randomize
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from n2t.attention import MultiHeadAttention, scaled_dot_product_attention
from n2t.masks import causal_mask, combine_masks, masked_softmax, padding_mask

few = settings(max_examples=30, deadline=None)
close = {"atol": 1e-10, "rtol": 1e-10}


def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def by_loops(q, k, v, mask, bias=None, scale=None):
    """Attention (H, Tq, d) by the definition: one query, one key at a time."""
    H, Tq, d = q.shape
    output = torch.zeros(H, Tq, v.shape[-1]).double()
    weights = torch.zeros(H, Tq, k.shape[1]).double()
    for h in range(H):
        for i in range(Tq):
            allowed = [j for j in range(k.shape[1]) if mask[i, j]]
            scores = [
                float(q[h, i] @ k[h, j]) * (d**-0.5 if scale is None else scale)
                + (0.0 if bias is None else float(bias[h, i, j]))
                for j in allowed
            ]
            exponentials = [math.exp(s - max(scores)) for s in scores]
            for j, e in zip(allowed, exponentials, strict=True):
                weights[h, i, j] = e / sum(exponentials)
                output[h, i] += weights[h, i, j] * v[h, j]
    return output, weights


# Masks


def test_causal_mask_lets_a_query_see_itself_and_the_past():
    assert causal_mask(3).int().tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]


def test_causal_mask_stands_its_last_query_at_the_last_key():
    assert causal_mask(2, 4).int().tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert causal_mask(3, 2).int().tolist() == [[0, 0], [1, 0], [1, 1]]


def test_padding_mask_hides_keys_not_queries():
    mask = padding_mask(torch.tensor([[5, 6, 0], [7, 0, 0]]), pad_id=0)
    assert mask.shape == (2, 1, 1, 3)
    assert mask[:, 0, 0].tolist() == [[True, True, False], [True, False, False]]


def test_combine_masks_allows_what_all_allow():
    padding = torch.tensor([True, True, False])
    combined = combine_masks(None, causal_mask(3), padding)
    assert combined.int().tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 0]]
    assert combine_masks(None, None) is None and combine_masks() is None


def test_masked_softmax_of_an_empty_row_is_zero():
    weights = masked_softmax(randn(2, 3), torch.tensor([[True, True, False]] * 2))
    torch.testing.assert_close(weights.sum(-1), torch.ones(2).double(), **close)
    assert (weights[:, 2] == 0).all()
    assert (masked_softmax(randn(2, 3), torch.zeros(2, 3).bool()) == 0).all()


# Scaled dot products


@st.composite
def problems(draw):
    """Random q, k, v with a mask, a bias, grouped heads, each present or not."""
    B, groups, shared, Tq, Tk, d_k, d_v = (draw(st.integers(1, 4)) for _ in range(7))
    torch.manual_seed(draw(st.integers(0, 999)))
    H = groups * shared
    q, k, v = randn(B, H, Tq, d_k), randn(B, shared, Tk, d_k), randn(B, shared, Tk, d_v)
    shape = draw(st.sampled_from([None, (Tq, Tk), (B, 1, 1, Tk), (B, H, Tq, Tk)]))
    mask = None if shape is None else torch.rand(shape) < 0.6
    bias = randn(H, Tq, Tk) if draw(st.booleans()) else None
    causal = draw(st.booleans())
    scale = draw(st.sampled_from([None, 0.3]))
    return (q, k, v, mask), {"bias": bias, "causal": causal, "scale": scale}


@few
@given(problems())
def test_both_paths_equal_the_loops(problem):
    (q, k, v, mask), options = problem
    plain, weights = scaled_dot_product_attention(
        q, k, v, mask, return_weights=True, **options
    )
    fused = scaled_dot_product_attention(q, k, v, mask, **options)
    torch.testing.assert_close(plain, fused, **close)
    B, H, Tq, Tk = weights.shape
    full = (
        torch.ones(B, H, Tq, Tk).bool() if mask is None else mask.expand(B, H, Tq, Tk)
    )
    if options["causal"]:
        full = full & causal_mask(Tq, Tk)
    for b in range(B):
        shared = [x[b].repeat_interleave(H // x.shape[1], dim=0) for x in (k, v)]
        for h in range(H):
            bias = None if options["bias"] is None else options["bias"][h : h + 1]
            one = [x[h : h + 1] for x in (q[b], *shared)]
            wanted = by_loops(*one, full[b, h], bias, options["scale"])
            torch.testing.assert_close(plain[b, h : h + 1], wanted[0], **close)
            torch.testing.assert_close(weights[b, h : h + 1], wanted[1], **close)


@pytest.mark.parametrize(("Tq", "Tk"), [(1, 4), (2, 4), (4, 2), (3, 3)])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("biased", [False, True])
def test_causal_means_the_causal_mask_beside_a_mask_and_a_bias(Tq, Tk, masked, biased):
    torch.manual_seed(0)
    q, k, v = randn(2, 3, Tq, 4), randn(2, 3, Tk, 4), randn(2, 3, Tk, 4)
    mask = torch.rand(2, 1, Tq, Tk) < 0.6 if masked else None
    bias = randn(3, Tq, Tk) if biased else None
    both = combine_masks(mask, causal_mask(Tq, Tk))
    wanted, weights = scaled_dot_product_attention(
        q, k, v, both, bias=bias, return_weights=True
    )
    got = scaled_dot_product_attention(q, k, v, mask, bias=bias, causal=True)
    torch.testing.assert_close(got, wanted, **close)
    assert (weights.masked_select(~both) == 0).all()


@few
@given(problems())
def test_both_paths_have_the_same_gradients_and_never_nan(problem):
    (*inputs, mask), options = problem
    gradients = []
    for return_weights in (True, False):
        leaves = [x.clone().requires_grad_() for x in inputs]
        with torch.autograd.set_detect_anomaly(True):
            output = scaled_dot_product_attention(
                *leaves, mask, return_weights=return_weights, **options
            )
            output = output[0] if return_weights else output
            (
                output * torch.linspace(1, 2, output.numel()).view_as(output)
            ).sum().backward()
        gradients.append([x.grad for x in leaves])
    for plain, fused in zip(*gradients, strict=True):
        assert plain.isfinite().all()
        torch.testing.assert_close(plain, fused, **close)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize("return_weights", [False, True])
def test_a_row_that_may_attend_to_nothing_gives_zeros(dtype, with_bias, return_weights):
    q, k, v = (torch.randn(2, 3, 4, 8, dtype=dtype).requires_grad_() for _ in range(3))
    mask = torch.ones(4, 4).bool()
    mask[1] = False
    result = scaled_dot_product_attention(
        q, k, v, mask, return_weights=return_weights,
        bias=torch.randn(3, 4, 4, dtype=dtype) if with_bias else None,
    )  # fmt: skip
    output = result[0] if return_weights else result
    assert (output[:, :, 1] == 0).all() and (output[:, :, 0] != 0).any()
    output.sum().backward()
    assert (q.grad[:, :, 1] == 0).all()
    assert all(x.grad.isfinite().all() for x in (q, k, v))


def test_huge_scores_do_not_overflow():
    q = randn(1, 3, 4) * 1e4
    output, weights = scaled_dot_product_attention(q, q, q, return_weights=True)
    assert output.isfinite().all()
    torch.testing.assert_close(weights.sum(-1), torch.ones(1, 3).double(), **close)


def test_dropout_keeps_the_mean_and_leaves_the_returned_weights_whole():
    torch.manual_seed(0)
    q, v = torch.zeros(1, 4000, 2), torch.ones(1, 50, 1)
    for return_weights in (True, False):
        result = scaled_dot_product_attention(
            q, torch.zeros(1, 50, 2), v, dropout=0.5, return_weights=return_weights
        )
        output = result[0] if return_weights else result
        assert abs(float(output.mean()) - 1) < 0.01 and float(output.std()) > 0.1
        if return_weights:
            torch.testing.assert_close(result[1].sum(-1), torch.ones(1, 4000))


# Many heads


def both_attentions(**options):
    torch.manual_seed(1)
    theirs = nn.MultiheadAttention(12, 3, batch_first=True, **options).double()
    ours = MultiHeadAttention(12, 3).double()
    randomize(theirs)
    copy(attention_pairs(ours, theirs))
    return ours, theirs


@pytest.mark.parametrize("kind", ["self", "cross", "causal", "padded"])
def test_equals_torch_multihead_attention_with_its_gradients(kind):
    ours, theirs = both_attentions()
    x = randn(2, 5, 12).requires_grad_()
    memory = randn(2, 7, 12).requires_grad_() if kind == "cross" else x
    ids = torch.tensor([[4, 4, 4, 4, 4], [4, 4, 0, 0, 0]])
    forbidden = {"attn_mask": ~causal_mask(5)} if kind == "causal" else {}
    if kind == "padded":
        forbidden = {"key_padding_mask": ids == 0}
    wanted, wanted_weights = theirs(
        x, memory, memory, average_attn_weights=False, **forbidden
    )
    mask = padding_mask(ids, 0) if kind == "padded" else None
    key = memory if kind == "cross" else None
    causal = kind == "causal"
    output, weights = ours(x, key, mask=mask, causal=causal, return_weights=True)
    fused = ours(x, key, mask=mask, causal=causal)
    for got, want in ((output, wanted), (fused, wanted), (weights, wanted_weights)):
        torch.testing.assert_close(got, want, **close)
    probe = randn(*wanted.shape)
    inputs = [x, memory] if kind == "cross" else [x]
    got = torch.autograd.grad((fused * probe).sum(), inputs, retain_graph=True)
    want = torch.autograd.grad((wanted * probe).sum(), inputs, retain_graph=True)
    torch.testing.assert_close(got, want, **close)
    (fused * probe).sum().backward()
    (wanted * probe).sum().backward()
    assert_gradients_equal(attention_pairs(ours, theirs))


def test_widths_of_keys_and_values_are_free_of_d_model():
    attention = randomize(MultiHeadAttention(10, 3, d_k=4, d_v=7)).double()
    x = randn(2, 5, 10)
    q = attention.project_query(x).view(2, 5, 3, 4)
    k = attention.project_key(x).view(2, 5, 3, 4)
    v = attention.project_value(x).view(2, 5, 3, 7)
    heads = []
    for h in range(3):
        scores = q[:, :, h] @ k[:, :, h].mT / 2  # √4
        heads.append(scores.softmax(-1) @ v[:, :, h])
    wanted = attention.project_output(torch.cat(heads, dim=-1))
    torch.testing.assert_close(attention(x), wanted, **close)


@pytest.mark.parametrize("n_kv_head", [1, 2])
def test_shared_key_value_heads_equal_repeated_ones(n_kv_head):
    grouped = randomize(MultiHeadAttention(16, 4, n_kv_head=n_kv_head)).double()
    whole = MultiHeadAttention(16, 4).double()
    weights = grouped.state_dict()
    for name in ("project_key", "project_value"):
        for end in ("weight", "bias"):
            heads = weights[f"{name}.{end}"].unflatten(0, (n_kv_head, 4))
            repeated = heads.repeat_interleave(4 // n_kv_head, dim=0).flatten(0, 1)
            weights[f"{name}.{end}"] = repeated
    whole.load_state_dict(weights)
    x = randn(2, 5, 16)
    wanted, wanted_weights = whole(x, causal=True, return_weights=True)
    output, got_weights = grouped(x, causal=True, return_weights=True)
    torch.testing.assert_close(output, wanted, **close)
    torch.testing.assert_close(got_weights, wanted_weights, **close)
    torch.testing.assert_close(grouped(x, causal=True), wanted, **close)


def test_normalized_queries_and_keys_forget_their_length():
    attention = MultiHeadAttention(8, 2, bias=False, normalize_query_key=True).double()
    x = randn(1, 4, 8)
    before = attention(x, return_weights=True)[1]
    with torch.no_grad():
        attention.project_query.weight.mul_(50)
    after = attention(x, return_weights=True)[1]
    torch.testing.assert_close(before, after, atol=1e-6, rtol=1e-6)


def test_attention_dropout_acts_in_training_only():
    attention = MultiHeadAttention(8, 2, dropout=0.5).eval()
    x = torch.randn(1, 6, 8)
    assert torch.equal(attention(x), attention(x))
    attention.train()
    assert not torch.equal(attention(x), attention(x))


def test_bias_false_leaves_no_bias():
    names = [
        name for name, _ in MultiHeadAttention(8, 2, bias=False).named_parameters()
    ]
    assert len(names) == 4 and not any("bias" in name for name in names)


def test_annotations_are_checked_while_testing():
    with pytest.raises(jaxtyping.TypeCheckError):
        scaled_dot_product_attention(randn(2, 3, 4), randn(2, 5, 6), randn(2, 5, 6))
