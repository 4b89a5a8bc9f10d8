"""A report says of one attention which laws hold, and lets no trouble hide another."""

from functools import partial

import pytest
import torch
from laws.subjects import ATTENTION, shaken
from laws.test_broken import attention, over_all_queries

from n2t import laws
from n2t.attention import MultiHeadAttention, scaled_dot_product_attention
from n2t.laws.report import BROKEN, CHECKS, ERROR, HELD, LEFT_OUT


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
