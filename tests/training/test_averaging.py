"""Which weights a run ends with: a mean, the best, or the last; and it says which."""

import pytest
import torch
from training.toy import toy_fit, toy_model

from n2t.training import FitConfig, checkpoints
from n2t.training.averaging import Average
from n2t.training.losses import classification_loss

PATIENT = dict(max_steps=40, validate_every=5, patience=2, checkpoint_every=1)
MEAN = dict(average_last=3, average_every=2, keep_last=40)


def worse_and_worse(model, batch):
    """The loss in training; on validation data one that grows from call to call."""
    total, count = classification_loss(model, batch)
    if not model.training:
        worse_and_worse.calls += 1
        return total * 0 + worse_and_worse.calls * count, count
    return total, count


def impatient(folder, **fields):
    """A run that stops at update 15: the first validation, at 5, was the best."""
    worse_and_worse.calls = 0
    model = toy_model()
    curves = toy_fit(
        model, PATIENT | fields, loss=worse_and_worse, run_dir=folder,
        validation=[(torch.ones(4, 8), torch.zeros(4, dtype=torch.long))],
    )  # fmt: skip
    assert (curves.stopped, curves.best_step, curves.steps[-1]) == ("patience", 5, 15)
    return model, curves


def saved(folder, step):
    """The weights that the run had after an update."""
    return checkpoints.load(folder / f"step-{step:08d}")[0]


def test_a_run_that_loses_patience_ends_with_the_mean_of_its_last_snapshots(tmp_path):
    model, curves = impatient(tmp_path, **MEAN)
    assert curves.weights == "the mean of 3 snapshots"
    parts = [saved(tmp_path, step) for step in (10, 12, 14)]
    for name, weight in model.state_dict().items():
        mean = torch.stack([part[name] for part in parts]).mean(0)
        torch.testing.assert_close(weight, mean)


def test_a_run_that_loses_patience_before_a_snapshot_ends_with_the_best(tmp_path):
    model, curves = impatient(tmp_path, average_last=3, average_every=20, keep_last=40)
    assert curves.weights == "the weights of update 5, the best"
    best = saved(tmp_path, 5)
    assert all(w.equal(best[name]) for name, w in model.state_dict().items())


def test_a_run_that_loses_patience_goes_on_with_its_snapshots(tmp_path):
    model, curves = impatient(tmp_path / "whole", **MEAN)
    impatient(tmp_path / "cut", **MEAN)
    for path in checkpoints.steps(tmp_path / "cut"):
        if int(path.name[-8:]) > 13:
            path.rename(tmp_path / path.name)
    worse_and_worse.calls = 2  # validations that came before
    again = toy_model(seed=9)
    toy_fit(
        again, PATIENT | MEAN, loss=worse_and_worse, run_dir=tmp_path / "cut",
        validation=[(torch.ones(4, 8), torch.zeros(4, dtype=torch.long))],
    )  # fmt: skip
    own = model.state_dict()
    assert all(w.equal(own[name]) for name, w in again.state_dict().items())


def test_a_run_without_either_ends_with_its_last_weights_and_says_so():
    curves = toy_fit(toy_model(), {"max_steps": 3})
    assert curves.weights == "the weights of update 3"
    assert curves.precision == "float32"


def test_a_run_that_loses_patience_between_two_points_counts_its_last_updates(tmp_path):
    _, curves = impatient(tmp_path, log_every=10)
    assert curves.steps == [10, 15]
    assert curves.tokens == 15 * 20


def test_one_that_was_saved_where_patience_ran_out_counts_them_too(tmp_path):
    _, whole = impatient(tmp_path, log_every=10)
    rows = (tmp_path / "metrics.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "metrics.jsonl").write_text("".join(rows[:-1]))  # as after a kill
    worse_and_worse.calls = 3
    again = toy_fit(
        toy_model(), PATIENT | {"log_every": 10}, loss=worse_and_worse,
        run_dir=tmp_path, resume=tmp_path / "step-00000015",
        validation=[(torch.ones(4, 8), torch.zeros(4, dtype=torch.long))],
    )  # fmt: skip
    assert (again.steps, again.tokens) == (whole.steps, whole.tokens)


@pytest.mark.parametrize("patience", [None, 2])
def test_as_many_snapshots_are_kept_as_were_asked_for(patience):
    config = FitConfig(
        max_steps=20, average_last=4, average_every=3, validate_every=5,
        patience=patience,
    )  # fmt: skip
    average, model = Average(config), torch.nn.Linear(1, 1, bias=False)
    for step in range(1, 21):
        torch.nn.init.constant_(model.weight, float(step))
        average.update(model, step)
    assert average.apply(model) and average.count == 4
    steps = (11, 14, 17, 20) if patience is None else (9, 12, 15, 18)
    assert model.weight.item() == pytest.approx(sum(steps) / 4)
