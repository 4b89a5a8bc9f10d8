"""Losses equal their formulas and torch's; schedules pass through known points."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from n2t.training import cross_entropy, losses, schedules, translation_loss
from n2t.training.losses import chunked_cross_entropy


def example(shape=(3, 5), classes=7, seed=0):
    draws = torch.Generator().manual_seed(seed)
    logits = torch.randn(*shape, classes, generator=draws, dtype=torch.float64)
    return logits, torch.randint(classes, shape, generator=draws)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_cross_entropy_equals_its_formula(smoothing):
    logits, targets = example()
    wanted = torch.full_like(logits, smoothing / 7)
    wanted.scatter_(-1, targets[..., None], 1 - smoothing + smoothing / 7)
    expected = -(wanted * logits.log_softmax(-1)).sum()
    total, count = cross_entropy(logits, targets, label_smoothing=smoothing)
    torch.testing.assert_close(total, expected.to(total), rtol=1e-5, atol=0.0)
    assert int(count) == 15


def test_ignored_targets_add_neither_loss_nor_count_nor_gradient():
    logits, targets = example()
    targets[0, 1:] = 2
    targets[1:] = 2
    targets[0, 0] = 5
    logits.requires_grad_()
    total, count = cross_entropy(logits, targets, ignore_id=2, label_smoothing=0.1)
    alone, _ = cross_entropy(logits[0, 0], targets[0, 0], label_smoothing=0.1)
    total.backward()
    assert int(count) == 1
    torch.testing.assert_close(total, alone)
    assert logits.grad[0, 0].abs().sum() > 0
    assert logits.grad[0, 1:].abs().sum() == logits.grad[1:].abs().sum() == 0


def test_a_batch_of_nothing_but_padding_has_loss_zero():
    logits, targets = example()
    total, count = cross_entropy(logits, torch.zeros_like(targets), ignore_id=0)
    assert total == 0 and count == 0


def test_shapes_and_smoothing_that_do_not_fit_are_refused():
    logits, targets = example()
    with pytest.raises(ValueError, match=r"targets \(3,\) must have the shape"):
        cross_entropy(logits, targets[:, 0])
    with pytest.raises(ValueError, match=r"label_smoothing \(1.0\)"):
        cross_entropy(logits, targets, label_smoothing=1.0)


class Reader(torch.nn.Module):
    """Stands for a model with ``features`` and ``output``, as the library's have."""

    def __init__(self, bias=False):
        super().__init__()
        torch.manual_seed(0)
        self.embedding = torch.nn.Embedding(11, 6)
        self.output = torch.nn.Linear(6, 11, bias=bias)

    def features(self, source, target):
        return self.embedding(target) + self.embedding(source).mean(1, keepdim=True)

    def forward(self, source, target):
        return self.output(self.features(source, target))


class Pairs:
    """A batch for translation."""

    def __init__(self):
        draws = torch.Generator().manual_seed(1)
        self.source = torch.randint(3, 11, (4, 5), generator=draws)
        self.target_in = torch.randint(3, 11, (4, 6), generator=draws)
        self.target_out = torch.randint(3, 11, (4, 6), generator=draws)
        self.target_out[0, 3:] = 0


@pytest.mark.parametrize("chunk", [1, 5, 100])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_in_chunks_has_the_same_value_and_gradients(chunk, bias, smoothing):
    plain, thrifty, batch = Reader(bias).double(), Reader(bias).double(), Pairs()
    first = translation_loss(smoothing)(plain, batch)
    second = translation_loss(smoothing, chunk=chunk)(thrifty, batch)
    (first[0] * 3).backward()
    (second[0] * 3).backward()
    torch.testing.assert_close(first, second, rtol=1e-6, atol=1e-6)
    pairs = zip(plain.named_parameters(), thrifty.parameters(), strict=True)
    for (name, one), two in pairs:
        torch.testing.assert_close(one.grad, two.grad, rtol=1e-5, atol=1e-7, msg=name)


@pytest.mark.parametrize("chunk", [16, 500])
def test_only_the_products_of_the_loss_in_chunks_have_fewer_bits(chunk):
    draws = torch.Generator().manual_seed(0)
    rows, weight = (torch.randn(n, 16, generator=draws) for n in (4000, 11))
    targets = torch.randint(11, (4000,), generator=draws)
    exact, _ = cross_entropy(rows @ weight.T, targets)
    with torch.autocast("cpu", torch.bfloat16):
        total, count = chunked_cross_entropy(rows, weight, None, targets, chunk=chunk)
    assert total.dtype == torch.float32 and count == 4000
    torch.testing.assert_close(total, exact, rtol=3e-4, atol=0.0)


def test_the_loss_in_chunks_leaves_targets_of_minus_100_out_and_needs_a_chunk():
    logits, targets = example((4, 5))
    weight = torch.eye(7, dtype=torch.float64)
    targets[1:3, 2:] = -100
    expected = cross_entropy(logits, targets)
    found = chunked_cross_entropy(logits, weight, None, targets, chunk=3)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    assert found[1] == 20 - 6
    with pytest.raises(ValueError, match=r"chunk \(0\) must be at least 1"):
        chunked_cross_entropy(logits, weight, None, targets, chunk=0)


def test_the_loss_in_chunks_counts_tied_weights_twice():
    plain, thrifty = Reader().double(), Reader().double()
    for model in (plain, thrifty):
        model.output.weight = model.embedding.weight
    translation_loss()(plain, Pairs())[0].backward()
    translation_loss(chunk=5)(thrifty, Pairs())[0].backward()
    torch.testing.assert_close(
        plain.output.weight.grad, thrifty.output.weight.grad, rtol=1e-5, atol=1e-7
    )


def test_language_model_and_classification_losses_read_their_batches():
    logits, targets = example((4, 3), 7)
    expected = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum")
    model = torch.nn.Identity()
    total, count = losses.language_model_loss(model, (logits, targets))
    torch.testing.assert_close(total.double(), expected, rtol=1e-5, atol=0.0)
    assert int(count) == 12
    total, count = losses.classification_loss(model, (logits[:, 0], targets[:, 0]))
    expected = F.cross_entropy(logits[:, 0], targets[:, 0], reduction="sum")
    torch.testing.assert_close(total.double(), expected, rtol=1e-5, atol=0.0)
    assert int(count) == 4


def test_noam_times_its_peak_is_equation_3_of_the_paper():
    d_model, warmup = 512, 4000
    peak = schedules.noam_peak(d_model, warmup)
    for step in (1, 10, 3999, 4000, 4001, 100_000):
        expected = d_model**-0.5 * min(step**-0.5, step * warmup**-1.5)
        found = peak * schedules.noam(step, warmup=warmup)
        assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", sorted(schedules.SCHEDULES))
def test_every_schedule_rises_in_a_line_to_its_peak(name):
    rates = [
        schedules.SCHEDULES[name](step, warmup=10, max_steps=100, final_share=0.1)
        for step in range(1, 101)
    ]
    assert rates[:10] == pytest.approx([step / 10 for step in range(1, 11)])
    assert max(rates) == 1.0 and rates[9:] == sorted(rates[9:], reverse=True)


@pytest.mark.parametrize("name", ["cosine", "linear", "warmup_stable_decay"])
@pytest.mark.parametrize("final", [0.0, 0.1])
def test_falling_schedules_end_where_they_should(name, final):
    options = dict(warmup=10, max_steps=100, final_share=final)
    found = schedules.SCHEDULES[name](100, **options)
    assert found == pytest.approx(final, abs=1e-12)


def test_cosine_is_half_way_down_in_the_middle_and_stable_stays():
    assert schedules.cosine(50, max_steps=100) == pytest.approx(0.5)
    assert schedules.linear(25, max_steps=100) == pytest.approx(0.75)
    options = dict(max_steps=100, warmup=10)
    stable = [schedules.warmup_stable_decay(step, **options) for step in range(10, 81)]
    assert set(stable) == {1.0}
    assert schedules.warmup_stable_decay(90, **options) == pytest.approx(0.5)


@given(
    st.sampled_from(sorted(schedules.SCHEDULES)),
    st.integers(1, 200),
    st.data(),
)
def test_no_schedule_leaves_the_range_from_0_to_1(name, max_steps, data):
    warmup = data.draw(st.integers(0, max_steps))
    step = data.draw(st.integers(1, max_steps))
    share = schedules.SCHEDULES[name](
        step, warmup=warmup, max_steps=max_steps, final_share=0.0
    )
    assert 0.0 <= share <= 1.0 and math.isfinite(share)
