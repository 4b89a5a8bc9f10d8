"""Where a run goes on: from an older checkpoint, from none, with the same precision."""

import pytest
import torch
from training.toy import StoppedError, crash_at, same_weights, toy_fit, toy_model

from n2t.training import CheckpointError, checkpoints, history, precision, resume
from n2t.training.distributed import World
from n2t.training.safety import TooLittleMemoryError

OFTEN = {"checkpoint_every": 2, "keep_last": 20, "log_every": 1}


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def test_a_run_taken_up_from_an_older_checkpoint_has_the_later_ones_moved_aside(
    tmp_path,
):
    whole = toy_model()
    toy_fit(whole, OFTEN, run_dir=tmp_path)
    with pytest.raises(StoppedError):
        toy_fit(
            toy_model(), OFTEN, run_dir=tmp_path, loss=crash_at(4),
            resume=tmp_path / "step-00000004",
        )  # fmt: skip
    assert checkpoints.latest(tmp_path).name == "step-00000006"  # this try's own
    aside = [f"aside-step-{step:08d}" for step in (6, 8, 10, 12)]
    assert names(tmp_path)[:4] == aside
    assert all(checkpoints.verify(tmp_path / name) is None for name in aside)
    again = toy_model(seed=9)
    toy_fit(again, OFTEN, run_dir=tmp_path)  # the plain command goes on from there
    assert same_weights(again, whole)


def test_a_checkpoint_of_another_folder_moves_nothing_there(tmp_path):
    toy_fit(toy_model(), OFTEN, run_dir=tmp_path / "one")
    before = names(tmp_path / "one")
    toy_fit(
        toy_model(), OFTEN, run_dir=tmp_path / "two",
        resume=tmp_path / "one" / "step-00000004",
    )  # fmt: skip
    assert names(tmp_path / "one") == before


def test_a_run_that_was_never_saved_begins_its_curves_anew(tmp_path):
    with pytest.raises(StoppedError):
        toy_fit(toy_model(), {"log_every": 1}, run_dir=tmp_path, loss=crash_at(6))
    toy_fit(toy_model(), {"log_every": 1}, run_dir=tmp_path)
    assert history.read(tmp_path).steps == list(range(1, 13))


class Apart(World):
    """Another process, on a disk of its own, found nothing: its step is 0."""

    def most(self, number):
        return max(number, 0)


def test_processes_that_found_different_checkpoints_are_refused(tmp_path):
    world = Apart(0, 2, torch.device("cpu"))
    resume.check_agreed(tmp_path, 0, world)
    with pytest.raises(CheckpointError, match="step 0 and of step 4.*one folder"):
        resume.check_agreed(tmp_path, 4, world)


def test_a_run_goes_on_in_the_precision_that_was_picked_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(precision, "bfloat16_instructions", lambda: ["amx_bf16"])
    fields = {"precision": "auto", "max_steps": 4}
    assert toy_fit(toy_model(), fields, run_dir=tmp_path).precision == "bfloat16"
    monkeypatch.setattr(precision, "bfloat16_instructions", list)
    assert toy_fit(toy_model(), fields, run_dir=tmp_path).precision == "bfloat16"


def test_too_little_memory_for_the_optimizer_is_answered_too(monkeypatch):
    def full(*_, **__):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: 9 bytes")

    monkeypatch.setattr("torch.optim.AdamW.step", full)
    with pytest.raises(TooLittleMemoryError, match="halve the batch"):
        toy_fit(toy_model())


def test_a_checkpoint_may_have_any_name(tmp_path):
    toy_fit(whole := toy_model(), OFTEN, run_dir=tmp_path)
    mine = (tmp_path / "step-00000004").rename(tmp_path / "mine")
    toy_fit(again := toy_model(seed=9), OFTEN, resume=mine)
    assert same_weights(again, whole)
