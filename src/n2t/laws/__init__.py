"""The laws of attention, as functions (taught in chapter 14).

A law is true of every right attention, layer and model, whatever its weights. Each
function here checks one: it takes something to run, changes what must not matter, and
raises `BrokenLaw` when the outputs notice. Nothing is compared with a reference
implementation, so that a law holds for a variant that nobody has written yet.

`attend(query, key, value, mask)` is any attention: (B, Tq, d), (B, Tk, d), (B, Tk, d)
and a boolean mask (B, Tq, Tk), True where a query may attend, to (B, Tq, d).
`run(...)` is any layer or model, batch first.

>>> import torch
>>> from n2t.attention import scaled_dot_product_attention
>>> q, k, v = torch.randn(3, 2, 5, 8)
>>> mask = torch.ones(2, 5, 5, dtype=torch.bool)
>>> order_of_keys_is_free(scaled_dot_product_attention, q, k, v, mask)
>>> causal = lambda x: scaled_dot_product_attention(x, x, x, causal=True)
>>> past_ignores_future(causal, q, time=3)
>>> past_ignores_future(lambda x: x.flip(1), q, time=3)  # doctest: +ELLIPSIS
Traceback (most recent call last):
n2t.laws.judge.BrokenLaw: the past changed with the future: off by ..., allowed 1e-05

All that bind one attention run in one call, which gives a report to read:

>>> report = examine(scaled_dot_product_attention, causal_flag=True)
>>> report.held
True
"""

from n2t.laws.attention import (
    asking_again_changes_nothing,
    equal_values_come_back,
    hidden_keys_do_not_matter,
    hidden_row_breaks_no_gradient,
    hidden_row_gives_zeros,
    last_query_stands_at_last_key,
    order_of_keys_is_free,
    queries_stand_alone,
    width_does_not_sharpen,
)
from n2t.laws.decoding import (
    beam_of_one_is_greedy,
    decoding_is_repeated_running,
    rows_decode_alone,
)
from n2t.laws.examination import examine
from n2t.laws.judge import TOLERANCE, BrokenLaw, difference
from n2t.laws.precision import dtype_does_not_matter
from n2t.laws.report import Finding, Report
from n2t.laws.sequences import (
    batch_does_not_matter,
    cache_does_not_matter,
    embedded,
    eval_is_deterministic,
    every_gradient_is_finite,
    future_has_no_gradient,
    padding_does_not_matter,
    past_ignores_future,
    post_norm_normalizes_the_stream,
    pre_norm_keeps_the_stream,
)

LAWS = (
    asking_again_changes_nothing,
    order_of_keys_is_free,
    hidden_keys_do_not_matter,
    equal_values_come_back,
    queries_stand_alone,
    hidden_row_gives_zeros,
    hidden_row_breaks_no_gradient,
    width_does_not_sharpen,
    last_query_stands_at_last_key,
    dtype_does_not_matter,
    past_ignores_future,
    future_has_no_gradient,
    padding_does_not_matter,
    batch_does_not_matter,
    eval_is_deterministic,
    cache_does_not_matter,
    every_gradient_is_finite,
    pre_norm_keeps_the_stream,
    post_norm_normalizes_the_stream,
    beam_of_one_is_greedy,
    decoding_is_repeated_running,
    rows_decode_alone,
)
"""Every law there is."""

__all__ = [
    "BrokenLaw",
    "Finding",
    "LAWS",
    "Report",
    "TOLERANCE",
    "asking_again_changes_nothing",
    "batch_does_not_matter",
    "beam_of_one_is_greedy",
    "cache_does_not_matter",
    "decoding_is_repeated_running",
    "difference",
    "dtype_does_not_matter",
    "embedded",
    "equal_values_come_back",
    "eval_is_deterministic",
    "every_gradient_is_finite",
    "examine",
    "future_has_no_gradient",
    "hidden_keys_do_not_matter",
    "hidden_row_breaks_no_gradient",
    "hidden_row_gives_zeros",
    "last_query_stands_at_last_key",
    "order_of_keys_is_free",
    "padding_does_not_matter",
    "past_ignores_future",
    "post_norm_normalizes_the_stream",
    "pre_norm_keeps_the_stream",
    "queries_stand_alone",
    "rows_decode_alone",
    "width_does_not_sharpen",
]
