"""A report says of one attention which laws hold, and lets no trouble hide another."""

from functools import partial

import numpy as np
import pytest
import torch
from laws.subjects import ATTENTION, shaken
from laws.test_broken import attention, over_all_queries

from n2t import laws
from n2t.attention import MultiHeadAttention, scaled_dot_product_attention
from n2t.laws.examination import CHECKS
from n2t.laws.report import BROKEN, ERROR, HELD, LEFT_OUT


def verdicts(report):
    return {finding.law: finding.verdict for finding in report.findings}


def broken(attend, **options):
    """The names of the laws that are not held."""
    return {finding.law for finding in laws.examine(attend, **options).troubles}


def causal_from_the_first_key(query, key, value, mask, causal=False):
    if causal:
        Tq, Tk = query.shape[1], key.shape[1]
        mask = torch.ones(Tq, Tk, dtype=torch.bool).tril().expand(len(query), -1, -1)
    return attention(query, key, value, mask)


def late(query, key, value, mask):
    return ((query @ key.mT / query.shape[-1] ** 0.5).softmax(-1) * mask) @ value


def over_the_batch(scores):
    return scores.softmax(0)


def half_fill(query, key, value, mask):
    scores = (query @ key.mT / query.shape[-1] ** 0.5).masked_fill(~mask, -1e10)
    return scores.softmax(-1).masked_fill(~mask, 0) @ value


def heads_by_view(query, key, value, mask):
    def split(x):
        return x.reshape(len(x), 2, x.shape[1], -1)

    out = attention(split(query), split(key), split(value), mask[:, None])
    return out.reshape(query.shape)


def with_einsum(query, key, value, mask):
    scores = torch.einsum("bqd,bkd->bqk", query, key) / query.shape[-1] ** 0.5
    scores = torch.where(mask, scores, -torch.inf)
    highest = scores.amax(-1, keepdim=True).clamp_min(torch.finfo(scores.dtype).min)
    powers = (scores - highest).exp()
    total = powers.sum(-1, keepdim=True)
    weights = powers / torch.where(total == 0, 1, total)
    return torch.einsum("bqk,bkd->bqd", weights, value)


def in_chunks(query, key, value, mask):
    """Two keys at a time, with a running maximum; everything shaped like the query."""
    total, found = torch.zeros_like(query[..., :1]), torch.zeros_like(query)
    highest = torch.full_like(total, -torch.inf)
    for chunk in range(0, key.shape[1], 2):
        keys = slice(chunk, chunk + 2)
        scores = query @ key[:, keys].mT / query.shape[-1] ** 0.5
        scores = scores.masked_fill(~mask[..., keys], -torch.inf)
        risen = torch.maximum(highest, scores.detach().amax(-1, keepdim=True))
        base = risen.masked_fill(risen == -torch.inf, 0.0)
        powers, shrunk = (scores - base).exp(), (highest - base).exp()
        total = total * shrunk + powers.sum(-1, keepdim=True)
        found = found * shrunk + powers @ value[:, keys]
        highest = risen
    return found / total.masked_fill(total == 0, 1.0)


def query_by_query(query, key, value, mask):
    rows = [
        (key[b, seen] @ query[b, i] / query.shape[-1] ** 0.5).softmax(0)
        @ value[b, seen]
        for b in range(len(query))
        for i in range(query.shape[1])
        for seen in [mask[b, i]]
    ]
    return torch.stack(rows).view_as(query)


def in_two_heads(query, key, value, mask):
    heads = [x.unflatten(-1, (2, -1)).transpose(1, 2) for x in (query, key, value)]
    return (
        scaled_dot_product_attention(*heads, mask[:, None]).transpose(1, 2).flatten(2)
    )


def in_numpy(query, key, value, mask):
    q, k, v, seen = (x.detach().numpy() for x in (query, key, value, mask))
    scores = np.where(seen, q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5, -np.inf)
    highest = scores.max(-1, keepdims=True)
    powers = np.exp(scores - np.where(np.isfinite(highest), highest, 0))
    total = powers.sum(-1, keepdims=True)
    return torch.from_numpy(powers / np.where(total == 0, 1, total) @ v)


def in_float64_only(query, key, value, mask):
    if query.dtype != torch.float64:
        raise TypeError("float64, please")
    return attention(query, key, value, mask)


NO_GRADIENTS = {"past, gradient", "empty rows, gradient"}

RIGHT = {
    "einsum": (with_einsum, set()),
    "in chunks": (in_chunks, set()),
    "query by query": (query_by_query, set()),
    "two heads": (in_two_heads, set()),
    "NumPy": (in_numpy, NO_GRADIENTS | {"dtype"}),
    "float64 only": (in_float64_only, {"dtype"}),
    "under no_grad": (torch.no_grad()(attention), NO_GRADIENTS),
    "a mean that looks at no query": (
        lambda q, k, v, mask: attention(torch.zeros_like(q), k, v, mask),
        set(),
    ),
}
"""Right attentions in other styles, and the laws that may be left out."""


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_attention_of_another_style_is_never_accused(name):
    attend, not_bound = RIGHT[name]
    for seed in range(5):
        report = laws.examine(attend, seed=seed)
        assert {finding.law for finding in report.troubles} <= not_bound, str(report)
        assert all(finding.unless for finding in report.troubles)
        assert laws.examine(attend, seed=seed, leave_out=list(not_bound)).held


FAULTS = {
    "a mask after the softmax": (late, {"past, values", "past, gradient"}),
    "a mask turned round": (
        lambda q, k, v, mask: attention(q, k, v, ~mask),
        {"hidden keys", "past, values"},
    ),
    "an empty row gives NaN": (partial(attention, mend=False), {"empty rows"}),
    "softmax over the queries": (
        partial(attention, softmax=lambda scores: scores.softmax(-2)),
        {"a query alone", "weights sum to 1"},
    ),
    "softmax over queries and keys": (
        partial(attention, softmax=over_all_queries),
        {"a query alone", "weights sum to 1"},
    ),
    "softmax over the batch": (
        partial(attention, softmax=over_the_batch),
        {"rows of a batch"},
    ),
    "no scale": (partial(attention, scale=1.0), {"width"}),
    "heads by a view": (heads_by_view, {"order of keys"}),
    "a fill that float16 has not": (half_fill, {"dtype"}),
    "dropout that is left on": (
        lambda *inputs: torch.nn.functional.dropout(attention(*inputs), 0.3),
        {"asked twice"},
    ),
    "values that are not those of their keys": (
        lambda q, k, v, mask: attention(q, k, v.roll(1, 1), mask),
        {"order of keys", "hidden keys"},
    ),
    "the first row's mask for all": (
        lambda q, k, v, mask: attention(q, k, v, mask[:1].expand_as(mask)),
        {"rows of a batch"},
    ),
    "a mask that is added as ones and zeros": (
        lambda q, k, v, mask: (q @ k.mT / q.shape[-1] ** 0.5 + mask).softmax(-1) @ v,
        {"hidden keys", "past, values", "empty rows"},
    ),
    "zeros in place of NaN after the softmax": (
        lambda *inputs: attention(*inputs, mend=False).nan_to_num(),
        {"empty rows, gradient"},
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_for_every_seed(name):
    attend, laws_broken = FAULTS[name]
    for seed in range(5):
        assert laws_broken <= broken(attend, seed=seed)


def test_a_right_attention_holds_for_every_seed():
    for seed in range(5):
        report = laws.examine(scaled_dot_product_attention, causal_flag=True, seed=seed)
        assert report.held and set(verdicts(report).values()) == {HELD}
        assert laws.examine(attention, seed=seed).held


def test_only_its_own_causal_flag_shows_a_triangle_that_starts_at_the_first_key():
    assert not broken(causal_from_the_first_key)
    assert broken(causal_from_the_first_key, causal_flag=True) == {"cached = uncached"}


@pytest.mark.parametrize("subject", ATTENTION, ids=str)
def test_every_attention_of_the_library_holds(subject):
    module = shaken(subject.make(), torch.float64)
    leave_out = ["dtype"] + ["width"] * (not subject.scaled)
    leave_out += ["empty rows"] * subject.projects  # zeros leave it as a bias
    report = laws.examine(subject.attend(module), leave_out=leave_out)
    assert report.held, str(report)
    left = {name for name, verdict in verdicts(report).items() if verdict == LEFT_OUT}
    assert left == set(leave_out)


def test_an_exception_is_a_line_and_hides_no_broken_law():
    def moody(query, key, value, mask):
        if query.shape[1] == 1:
            raise RuntimeError("one query\nis too few")
        return attention(query, key, value, ~mask)

    report = laws.examine(moody)
    found = verdicts(report)
    assert found["a query alone"] == ERROR and found["hidden keys"] == BROKEN
    assert len(report.findings) == len(CHECKS)
    text = str(report)
    assert "RuntimeError: one query" in text and "hidden keys matter" in text
    assert all(name in text for name in CHECKS)


def test_a_wrong_shape_is_a_broken_law_or_an_error_and_never_held():
    report = laws.examine(lambda q, k, v, mask: v)
    assert not report.held
    assert set(verdicts(laws.examine(lambda *inputs: None)).values()) == {ERROR}


def test_an_interrupt_passes_through():
    def stopped(*inputs):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        laws.examine(stopped)


def test_a_seed_gives_the_same_report_and_leaves_the_random_numbers_alone():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    one = laws.examine(late, seed=1)
    assert torch.equal(torch.rand(2), expected)
    assert laws.examine(late, seed=1) == one and str(laws.examine(late, seed=1))
    assert laws.examine(late, seed=2) != one


def test_leaving_a_law_out_changes_no_other():
    whole = verdicts(laws.examine(late))
    part = verdicts(laws.examine(late, leave_out=["order of keys", "past, values"]))
    gaps = {f.law: f.gap for f in laws.examine(late).findings}
    rest = {f.law: f.gap for f in laws.examine(late, leave_out=["width"]).findings}
    assert {**whole, "order of keys": LEFT_OUT, "past, values": LEFT_OUT} == part
    assert gaps == rest
    with pytest.raises(ValueError, match=r"leave_out has \['heads'\]"):
        laws.examine(late, leave_out=["heads"])


def test_a_report_gives_numbers_places_and_causes():
    report = laws.examine(late)
    (hidden,) = (f for f in report.findings if f.law == "hidden keys")
    assert (
        hidden.gap > 0.1 and "B=" in hidden.said and "after the softmax" in str(report)
    )
    assert max(map(len, str(report).split("\n"))) <= 72
    (empty,) = laws.examine(partial(attention, mend=False)).troubles[:1]
    assert empty.gap == torch.inf


def test_float32_inputs_are_judged_by_float32s_bound():
    layer = shaken(MultiHeadAttention(8, 2, bias=False), torch.float32)

    def attend(query, key, value, mask):
        return layer(query, key, value, mask[:, None])

    options = {"dtype": torch.float32, "leave_out": ("width", "dtype")}
    assert laws.examine(attend, **options).held


def test_a_dtype_that_comes_out_wider_is_named():
    def widened(query, key, value, mask):
        return attention(query, key, value, mask) * torch.ones(1, dtype=torch.float64)

    (finding,) = laws.examine(widened).troubles
    assert finding.law == "dtype" and "float32 came in, float64 went out" in (
        finding.said
    )


def test_an_attention_that_writes_into_its_inputs_breaks_that_law_alone():
    def in_place(query, key, value, mask):
        return attention(query.mul_(query.shape[-1] ** -0.5), key, value, mask, scale=1)

    (finding,) = laws.examine(in_place).troubles
    assert finding.law == "asked twice" and "writes into the query" in finding.said
    assert finding.gap is None


def test_other_laws_are_no_diagnosis_where_an_answer_changes_by_itself():
    def moody(*inputs):
        return attention(*inputs) * (1 + torch.rand(()))

    report = laws.examine(moody)
    first, *others = report.troubles
    assert first.law == "asked twice" and first.causes and len(others) > 3
    assert not any(finding.causes for finding in others)
    assert str(report).count("mend that first") == 1


def test_an_error_that_many_laws_meet_is_said_once():
    report = laws.examine(lambda *inputs: (attention(*inputs), None))
    assert [finding.verdict for finding in report.troubles] == [ERROR] * len(CHECKS)
    assert str(report).count("one tensor (B, Tq, d) is wanted, this gives a tuple") == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda out: out.mean(1, keepdim=True), "this gives (2, 1, 8)"),
        (lambda out: out.round().long(), "this gives torch.int64"),
        (lambda out: out.numpy(), "this gives a ndarray"),
    ],
)
def test_what_is_no_answer_is_named(answer, said):
    first = laws.examine(lambda *inputs: answer(attention(*inputs).detach())).troubles[
        0
    ]
    assert first.verdict == ERROR and said in first.said


def test_a_gap_of_rounding_has_causes_of_its_own():
    def softmax_in_float32(scores):
        return scores.float().softmax(-1).to(scores.dtype)

    attend = partial(attention, softmax=softmax_in_float32)
    troubles = laws.examine(attend).troubles
    assert troubles and all("float32" in finding.causes for finding in troubles)
    assert laws.examine(attend, dtype=torch.float32).held
    assert "float32" not in laws.examine(late).troubles[0].causes


def test_a_gradient_that_cancels_but_for_rounding_is_named_as_such():
    def maximum_over_hidden_keys(query, key, value, mask):
        scores = query @ key.mT / query.shape[-1] ** 0.5
        powers = (scores - scores.amax(-1, keepdim=True)).exp() * mask
        total = powers.sum(-1, keepdim=True)
        return powers / torch.where(total == 0, 1, total) @ value

    found = [laws.examine(maximum_over_hidden_keys, seed=seed) for seed in range(5)]
    troubles = [finding for report in found for finding in report.troubles]
    assert {finding.law for finding in troubles} == {"past, gradient"}
    assert all(0 < finding.gap < 1e-15 for finding in troubles)
    assert all("read and cancel" in finding.causes for finding in troubles)


def test_nan_is_named_and_has_an_infinite_gap():
    report = laws.examine(lambda *inputs: attention(*inputs) * torch.nan)
    assert report.troubles[0].said.startswith(
        "the same question gets another answer: NaN or infinity came out"
    )
    assert {finding.gap for finding in report.troubles} == {torch.inf}
