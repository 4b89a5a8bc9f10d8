"""Every attention obeys the laws, for shapes, masks and lengths drawn at random."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from laws.subjects import ATTENTION, D, shaken

from n2t import laws

DTYPES = [torch.float64, torch.float32, torch.bfloat16]

each_attention = pytest.mark.parametrize("subject", ATTENTION, ids=str)
each_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=lambda t: str(t)[6:])

OF_MASKS = [
    laws.order_of_keys_is_free,
    laws.hidden_keys_do_not_matter,
    laws.equal_values_come_back,
    laws.queries_stand_alone,
]


def drawn(dtype, seed, B=2, Tq=3, Tk=5, d=D):
    """query, key, value and a mask in which every query may attend to something."""
    generator = torch.Generator().manual_seed(seed)
    shapes = (B, Tq, d), (B, Tk, d), (B, Tk, d)
    q, k, v = (torch.randn(s, generator=generator).to(dtype) for s in shapes)
    mask = torch.rand(B, Tq, Tk, generator=generator) < 0.6
    mask[..., 0] = True
    return q, k, v, mask


@each_attention
@each_dtype
def test_keys_are_a_set_and_queries_stand_alone(subject, dtype):
    module = shaken(subject.make(), dtype)

    @settings(max_examples=4, deadline=None, derandomize=True)
    @given(st.integers(0, 999), *[st.integers(1, 6)] * 3)
    def check(seed, B, Tq, Tk):
        for law in OF_MASKS:
            law(subject.attend(module), *drawn(dtype, seed, B, Tq, Tk))

    check()


@each_attention
@each_dtype
def test_a_row_that_may_attend_to_nothing_gives_zeros(subject, dtype):
    module = shaken(subject.make(), dtype)
    inputs = drawn(dtype, 0)
    zero = subject.zero(module)
    laws.hidden_row_gives_zeros(subject.attend(module), *inputs, zero=zero)
    laws.hidden_row_breaks_no_gradient(subject.attend(module), *inputs)


@each_attention
@each_dtype
def test_fewer_queries_than_keys_stand_at_the_end(subject, dtype):
    module, x = shaken(subject.make(), dtype), drawn(dtype, 0)[1]
    for n in (1, 2, 5):
        laws.last_query_stands_at_last_key(subject.attend_causally(module), x, n)


@each_attention
@each_dtype
def test_the_past_ignores_the_future(subject, dtype):
    module, x = shaken(subject.make(), dtype), drawn(dtype, 0)[1]
    attend = subject.attend_causally(module)
    laws.past_ignores_future(lambda x: attend(x, x, x), x, time=3)
    laws.future_has_no_gradient(lambda x: attend(x, x, x), x, time=3)


@each_attention
@each_dtype
def test_batch_and_eval_do_not_matter(subject, dtype):
    module, inputs = shaken(subject.make(), dtype), drawn(dtype, 0, B=4)
    laws.batch_does_not_matter(subject.attend(module), *inputs)
    laws.eval_is_deterministic(module, subject.attend(module), *inputs)
    laws.asking_again_changes_nothing(subject.attend(module), *inputs)


@each_dtype
@pytest.mark.parametrize("subject", [s for s in ATTENTION if s.scaled], ids=str)
def test_scores_do_not_grow_with_the_width(subject, dtype):
    module = shaken(subject.make(), dtype)
    laws.width_does_not_sharpen(subject.attend(module), *drawn(dtype, 0))


@pytest.mark.parametrize("subject", [s for s in ATTENTION if s.scaled], ids=str)
def test_a_narrow_dtype_gives_the_same_answer_rounded(subject):
    module = shaken(subject.make(), torch.float64)
    for seed in range(4):
        inputs = drawn(torch.float64, seed, B=3, Tq=4, Tk=9)
        laws.dtype_does_not_matter(subject.attend(module), *inputs)
