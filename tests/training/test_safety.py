"""A sick loss, or too little memory, stops a run and says where and what to do."""

import pytest
import torch
from training.toy import StoppedError, crash_at, toy_batches, toy_fit, toy_model

from n2t.training import DivergedError, TooLittleMemoryError
from n2t.training.losses import classification_loss


def poisoned(value, at):
    """A loss whose value at one call is ``value`` times itself."""
    calls = []

    def loss(model, batch):
        total, count = classification_loss(model, batch)
        calls.append(1)
        return (total * value if len(calls) == at else total), count

    return loss


@pytest.mark.parametrize(
    "value, words",
    [(float("nan"), "loss is nan"), (float("inf"), "loss is inf"), (1e4, "20 times")],
)
def test_a_sick_loss_stops_at_its_step_with_the_last_good_checkpoint(
    value, words, tmp_path
):
    with pytest.raises(DivergedError, match=words) as caught:
        toy_fit(
            toy_model(),
            dict(checkpoint_every=4),
            loss=poisoned(value, 7),
            run_dir=tmp_path,
        )
    assert "step 7" in str(caught.value) and "batch 7" in str(caught.value)
    assert str(tmp_path / "step-00000004") in str(caught.value)


def test_after_resuming_a_loss_is_measured_against_the_first_of_the_whole_run(tmp_path):
    config = dict(checkpoint_every=4)
    with pytest.raises(StoppedError):
        toy_fit(toy_model(), config, loss=crash_at(6), run_dir=tmp_path)
    with pytest.raises(DivergedError, match="step 5: .*20 times the first"):
        toy_fit(toy_model(), config, loss=poisoned(1e4, 1), run_dir=tmp_path)


def test_a_sick_gradient_under_a_healthy_loss_stops_too():
    def loss(model, batch):
        total, count = classification_loss(model, batch)
        return total + (model[0].weight * 0.0).sqrt().sum() * 0.0, count

    with pytest.raises(DivergedError, match="gradient's norm is nan"):
        toy_fit(toy_model(), loss=loss)


def test_the_examples_of_a_sick_batch_are_named():
    class Named(tuple):
        index = torch.tensor([31, 7])

    with pytest.raises(DivergedError, match=r"examples \[\[31, 7\]\]"):
        batch = Named(toy_batches(1)[0])
        toy_fit(toy_model(), train=[batch], loss=poisoned(float("nan"), 1))


GPU = "CUDA out of memory. Tried to allocate 2 GiB"


def too_large():
    """What torch says to a width that no memory holds, such as a mistyped d_model."""
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2, 2**62)
    return caught.value


CPU = "DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"


@pytest.mark.parametrize(
    "error, size",
    [
        (
            torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
            "2 GiB",
        ),
        (RuntimeError(f"[enforce fail at alloc_cpu.cpp:119] . {CPU}"), "9 bytes"),
        (too_large(), "overflowed with sizes=.2, 4611686018427387904"),
    ],
)
def test_out_of_memory_says_how_much_was_wanted_and_what_to_lower(error, size):
    def loss(model, batch):
        raise error

    with pytest.raises(TooLittleMemoryError, match=f"{size}.*halve the batch"):
        toy_fit(toy_model(), loss=loss)


def test_another_runtime_error_is_passed_on_as_it_is():
    def loss(model, batch):
        raise RuntimeError("shapes")

    with pytest.raises(RuntimeError, match="^shapes$"):
        toy_fit(toy_model(), loss=loss)
