"""What a preset says reaches the model, the batches, the loss and the run."""

import pytest
import torch
from training.toy import same_weights

from n2t.runs import tasks
from n2t.training import losses

SMALL = ["data.size=60", "data.held_out=10", "model.n_layer=1"]


def built(task, *settings, seed=0):
    """A small job, made from the task's smallest preset with these changes."""
    preset = tasks.read_preset(task, "cpu") | {"loss": {}}
    return tasks.build(task, tasks.change(preset, settings), seed=seed)


def first(job):
    """The ids of a job's first batch to learn from."""
    return next(iter(job.train)).source


def test_a_presets_label_smoothing_reaches_the_loss():
    plain = built("translation", *SMALL)
    smooth = built("translation", *SMALL, "loss.label_smoothing=0.3")
    model, batch = plain.model.eval(), next(iter(plain.train))
    expected, _ = losses.translation_loss(0.3)(model, batch)
    assert torch.equal(smooth.loss(model, batch)[0], expected)
    assert not torch.equal(plain.loss(model, batch)[0], expected)


@pytest.mark.parametrize(
    "task, settings",
    [("translation", SMALL), ("language-model", ["model.n_layer=1"])],
)
def test_a_presets_chunk_reaches_the_loss(task, settings, monkeypatch):
    seen, real = [], losses.chunked_cross_entropy

    def spying(*args, chunk, **options):
        seen.append(chunk)
        return real(*args, chunk=chunk, **options)

    monkeypatch.setattr(losses.summed, "chunked_cross_entropy", spying)
    for changes, chunks in ((["loss.chunk=7"], [7]), ([], [])):
        job = built(task, *settings, *changes)
        job.loss(job.model, next(iter(job.train)))
        assert seen == chunks
        seen.clear()


def test_a_seed_decides_on_weights_order_and_draws_and_another_on_others():
    one, same, other = (built("translation", *SMALL, seed=s) for s in (0, 0, 1))
    assert same_weights(one.model, same.model)
    assert not same_weights(one.model, other.model)
    start, again, another = (first(job).tolist() for job in (one, same, other))
    assert start == again != another
    assert [job.config.seed for job in (one, same, other)] == [0, 0, 1]
