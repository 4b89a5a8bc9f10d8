"""A checkpoint is whole, unchanged and of this run, or it is refused by name."""

import errno
import json
import math
import os
import pickle
import re
import stat
from pathlib import Path

import pytest
import torch
from training.toy import (
    Shuffled,
    StoppedError,
    crash_at,
    same_weights,
    toy_batches,
    toy_fit,
    toy_model,
)
from windows import as_on_windows

import n2t.training
from n2t.files import file_hash
from n2t.training import CheckpointError, checkpoints

EVERYTHING = dict(
    validate_every=3,
    checkpoint_every=4,
    average_last=3,
    average_every=3,
    gradient_accumulation=2,
    warmup=3,
)


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
@pytest.mark.parametrize("train", [list, Shuffled])
@pytest.mark.parametrize("call", [14, 23, 31])
def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(
    train, optimizer, call, tmp_path
):
    config = EVERYTHING | dict(optimizer=optimizer)
    whole, broken, resumed = toy_model(), toy_model(), toy_model(seed=9)
    options = dict(validation=toy_batches(2, seed=2))
    expected = toy_fit(whole, config, train=train(toy_batches()), **options)
    options |= dict(run_dir=tmp_path)
    with pytest.raises(StoppedError):
        toy_fit(
            broken,
            config,
            train=train(toy_batches()),
            loss=crash_at(call),
            **options,
        )
    assert checkpoints.latest(tmp_path) is not None
    found = toy_fit(resumed, config, train=train(toy_batches()), **options)
    assert found == expected
    assert same_weights(resumed, whole)


def test_patience_and_the_best_weights_survive_a_crash(tmp_path):
    config = dict(max_steps=200, validate_every=2, patience=3, learning_rate=0.1)
    config |= dict(checkpoint_every=1)  # the newest checkpoint is not the best one
    labels = torch.randint(3, (20,), generator=torch.Generator().manual_seed(0))
    options = dict(validation=[(toy_batches(1, seed=3)[0][0], labels)])
    whole, resumed = toy_model(), toy_model(seed=9)
    expected = toy_fit(whole, config, **options)
    crash = dict(loss=crash_at(3 * expected.best_step // 2 + 4), run_dir=tmp_path)
    with pytest.raises(StoppedError):
        toy_fit(toy_model(), config, **options, **crash)
    best, newest = f"step-{expected.best_step:08d}", checkpoints.latest(tmp_path).name
    assert best < newest
    assert toy_fit(resumed, config, **options, run_dir=tmp_path) == expected
    assert expected.stopped == "patience"
    assert same_weights(resumed, whole)


def test_a_copy_without_a_run_dir_goes_on_from_a_named_checkpoint(tmp_path):
    config = dict(validate_every=2, patience=9, checkpoint_every=4)
    options = dict(validation=toy_batches(1, seed=3))
    whole, resumed = toy_model(), toy_model(seed=9)
    expected = toy_fit(whole, config, run_dir=tmp_path, **options)
    path = checkpoints.steps(tmp_path)[-2]
    assert toy_fit(resumed, config, resume=path, **options) == expected
    assert same_weights(resumed, whole)


def test_a_finished_run_is_not_trained_again(tmp_path):
    first, second = toy_model(), toy_model(seed=9)
    curves = toy_fit(first, EVERYTHING, run_dir=tmp_path)
    assert toy_fit(second, EVERYTHING, run_dir=tmp_path) == curves
    assert same_weights(first, second)


def test_metrics_after_the_checkpoint_are_dropped_on_resuming(tmp_path):
    config = dict(log_every=1, checkpoint_every=4)
    with pytest.raises(StoppedError):
        toy_fit(toy_model(), config, loss=crash_at(7), run_dir=tmp_path)
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 7, "lo')  # cut off by the crash
    toy_fit(toy_model(), config, run_dir=tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").open()]
    assert [row["step"] for row in rows] == list(range(1, 13))


def test_the_last_checkpoints_and_the_best_one_are_kept(tmp_path):
    labels = torch.randint(3, (20,), generator=torch.Generator().manual_seed(0))
    curves = toy_fit(
        toy_model(),
        dict(
            max_steps=40,
            validate_every=2,
            checkpoint_every=5,
            keep_last=2,
            learning_rate=0.1,
        ),
        validation=[(toy_batches(1, seed=3)[0][0], labels)],
        run_dir=tmp_path,
    )
    kept = [path.name for path in checkpoints.steps(tmp_path)]
    assert kept == [f"step-{step:08d}" for step in (curves.best_step, 35, 40)]
    assert not list(tmp_path.glob(".*"))


def test_steps_to_keep_may_be_read_once(tmp_path):
    for step in range(1, 5):
        options = dict(keep_last=1, keep=iter([2, 1]))
        checkpoints.save(tmp_path, step, {"w": torch.ones(3)}, {}, **options)
    kept = [path.name for path in checkpoints.steps(tmp_path)]
    assert kept == [f"step-{step:08d}" for step in (1, 2, 4)]


FILES = (checkpoints.WEIGHTS, checkpoints.STATE, checkpoints.TREE)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["flip", "truncate", "delete"])
def test_a_damaged_file_is_named_and_the_checkpoint_before_it_offered(
    name, damage, tmp_path
):
    toy_fit(toy_model(), EVERYTHING, run_dir=tmp_path)
    *_, before, newest = checkpoints.steps(tmp_path)
    file = newest / name
    content = bytearray(file.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    elif damage == "truncate":
        file.write_bytes(content[:-1])
    else:
        file.unlink()
    with pytest.raises(CheckpointError) as caught:
        toy_fit(toy_model(), EVERYTHING, run_dir=tmp_path)
    assert str(file) in str(caught.value)
    assert f"resume from {before}" in str(caught.value)
    toy_fit(toy_model(), EVERYTHING, run_dir=tmp_path, resume=before)
    assert checkpoints.latest(tmp_path) == newest, "the run writes it anew"


def test_a_damaged_checkpoint_is_written_anew_and_a_whole_one_is_left(tmp_path):
    path = checkpoints.save(tmp_path, 1, {"w": torch.ones(3)}, {"n": 1})
    checkpoints.save(tmp_path, 1, {"w": torch.zeros(3)}, {"n": 2})
    assert checkpoints.load(path)[1] == {"n": 1}
    (path / checkpoints.TREE).write_text("{}")
    checkpoints.save(tmp_path, 1, {"w": torch.ones(3)}, {"n": 1})
    assert checkpoints.load(path)[1] == {"n": 1}


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"weights.safetensors": 3}'])
def test_a_damaged_manifest_is_named(content, tmp_path):
    toy_fit(toy_model(), run_dir=tmp_path)
    path = checkpoints.steps(tmp_path)[-1] / checkpoints.MANIFEST
    path.write_text(content)
    with pytest.raises(CheckpointError, match="damaged.*none is whole"):
        toy_fit(toy_model(), run_dir=tmp_path)


def test_every_field_that_differs_from_the_checkpoint_is_named(tmp_path):
    toy_fit(toy_model(), EVERYTHING, run_dir=tmp_path)
    other = EVERYTHING | dict(warmup=2, betas=(0.8, 0.9))
    with pytest.raises(CheckpointError) as caught:
        toy_fit(toy_model(), other, run_dir=tmp_path)
    assert "warmup was 3, now 2" in str(caught.value)
    assert "betas was [0.9, 0.98], now [0.8, 0.9]" in str(caught.value)
    assert "learning_rate" not in str(caught.value)


def test_what_is_only_reported_or_kept_may_differ(tmp_path):
    toy_fit(toy_model(), EVERYTHING, run_dir=tmp_path)
    free = dict(checkpoint_every=1, keep_last=9, log_every=2)
    toy_fit(toy_model(), EVERYTHING | free, run_dir=tmp_path)


def test_a_model_of_other_sizes_is_refused_by_the_names_of_its_weights(tmp_path):
    toy_fit(toy_model(), run_dir=tmp_path)
    other = torch.nn.Sequential(torch.nn.Linear(8, 9), torch.nn.Linear(9, 3))
    with pytest.raises(ValueError, match=r"0.bias is \(16,\), wanted \(9,\).*1\.bias"):
        toy_fit(other, run_dir=tmp_path)


def test_a_used_run_dir_is_refused_where_a_fresh_start_was_asked_for(tmp_path):
    toy_fit(toy_model(), run_dir=tmp_path)
    with pytest.raises(CheckpointError, match="has checkpoints"):
        toy_fit(toy_model(), run_dir=tmp_path, resume=False)


@pytest.mark.parametrize(
    "victim, call",
    [("save_file", 2), ("write_text", 1), ("write_json", 1), ("flush", 3)],
)
def test_a_full_disk_leaves_the_last_good_checkpoint_and_says_so(
    victim, call, tmp_path, monkeypatch
):
    toy_fit(toy_model(), dict(max_steps=4), run_dir=tmp_path)
    real, calls = getattr(checkpoints, victim), []

    def full(*args, **options):
        calls.append(1)
        if len(calls) == call:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*args, **options)

    monkeypatch.setattr(checkpoints, victim, full)
    with pytest.raises(CheckpointError, match="the disk is full.*step-00000004"):
        checkpoints.save(tmp_path, 8, {"x": torch.ones(3)}, {})
    monkeypatch.undo()
    assert checkpoints.latest(tmp_path) == tmp_path / "step-00000004"
    assert not list(tmp_path.glob(".*"))


def test_pickles_are_never_loaded(tmp_path):
    toy_fit(toy_model(), run_dir=tmp_path)
    newest = checkpoints.steps(tmp_path)[-1]
    file = newest / checkpoints.STATE
    file.write_bytes(pickle.dumps({"a": 1}))
    manifest = json.loads((newest / checkpoints.MANIFEST).read_text())
    manifest[checkpoints.STATE] = {
        "size": file.stat().st_size,
        "sha256": file_hash(file),
    }
    (newest / checkpoints.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(CheckpointError, match="state.safetensors"):
        checkpoints.load(newest)


def test_nothing_that_loads_weights_or_state_can_read_a_pickle():
    library = Path(n2t.training.__file__).parents[1]
    rooms = [library / room for room in ("training", "runs", "models")]
    paths = [path for room in rooms for path in room.glob("*.py")]
    assert {"checkpoints.py", "folders.py", "saving.py"} <= {p.name for p in paths}
    for path in paths:
        assert not re.search(r"torch\.load|pickle\.|_object\(", path.read_text()), path


def test_tied_weights_are_stored_once_and_tied_again(tmp_path):
    shared = torch.arange(6.0).view(2, 3)
    weights = {"a": shared, "b": shared, "c": shared + 1}
    path = checkpoints.save(tmp_path, 1, weights, {"n": 1})
    stored = checkpoints.load_file(path / checkpoints.WEIGHTS)
    assert set(stored) == {"a", "c"}
    found, state = checkpoints.load(path)
    assert found["a"] is found["b"] and torch.equal(found["c"], shared + 1)
    assert state == {"n": 1}


def test_a_checkpoint_has_the_parts_that_older_and_newer_code_read(tmp_path):
    """Checkpoints outlive code: whoever changes this must read the old ones too."""
    toy_fit(toy_model(), EVERYTHING, validation=toy_batches(1), run_dir=tmp_path)
    path = checkpoints.latest(tmp_path)
    tree = json.loads((path / checkpoints.TREE).read_text())
    assert list(tree) == ["state", "tied"]
    assert list(tree["state"]) == [
        "step", "configuration", "precision", "scaler", "optimizers", "stream",
        "validation", "draws", "average", "history", "since_log",
        "latest", "first_loss",
    ]  # fmt: skip
    (adamw,) = tree["state"]["optimizers"]
    assert set(adamw["0.weight"]) == {"step", "exp_avg", "exp_avg_sq"}
    assert list(tree["state"]["stream"]) == [
        "epoch", "position", "batches", "at_start", "own_at_start", "own", "last",
        "apart",
    ]  # fmt: skip
    assert list(tree["state"]["validation"]) == ["start", "own"]
    assert list(tree["state"]["average"]) == ["count", "mean", "snapshots"]
    assert {"python", "numpy", "torch"} <= set(tree["state"]["draws"])
    manifest = json.loads((path / checkpoints.MANIFEST).read_text())
    assert all(set(entry) == {"size", "sha256"} for entry in manifest.values())
    assert sorted(manifest) == sorted(FILES)


def test_a_checkpoint_of_older_code_is_taken_up(tmp_path):
    """One that lacks what was added since: generators of objects' own, validation."""
    whole, resumed = toy_model(), toy_model(seed=9)
    options = dict(validation=toy_batches(1))
    expected = toy_fit(whole, EVERYTHING, run_dir=tmp_path, **options)
    path = checkpoints.steps(tmp_path)[-2]
    weights, state = checkpoints.load(path)
    del state["validation"], state["draws"]["own"]
    for key in ("own_at_start", "own", "last", "apart"):
        del state["stream"][key]
    old = checkpoints.save(tmp_path / "old", state["step"], weights, state)
    assert toy_fit(resumed, EVERYTHING, resume=old, **options) == expected
    assert same_weights(whole, resumed)


def test_a_run_is_saved_and_resumed_where_no_folder_opens(tmp_path, monkeypatch):
    as_on_windows(monkeypatch)
    whole, resumed = toy_model(), toy_model(seed=9)
    config = EVERYTHING | dict(keep_last=1)
    expected = toy_fit(whole, config)
    with pytest.raises(StoppedError):
        toy_fit(toy_model(), config, run_dir=tmp_path, loss=crash_at(21))
    assert toy_fit(resumed, config, run_dir=tmp_path) == expected
    assert same_weights(whole, resumed)


def test_a_checkpoint_that_someone_reads_is_removed_another_time(tmp_path, monkeypatch):
    for step in (1, 2):
        checkpoints.save(tmp_path, step, {"w": torch.ones(3)}, {}, keep_last=2)
    real = os.replace

    def busy(source, target):
        if Path(source).name == "step-00000001":
            raise PermissionError("used by another process")
        real(source, target)

    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr(os, "replace", busy)
    monkeypatch.setattr(os, "rename", busy)
    checkpoints.save(tmp_path, 3, {"w": torch.ones(3)}, {}, keep_last=2)
    assert len(checkpoints.steps(tmp_path)) == 3
    monkeypatch.setattr(os, "replace", real)
    checkpoints.save(tmp_path, 4, {"w": torch.ones(3)}, {}, keep_last=2)
    steps = [path.name for path in checkpoints.steps(tmp_path)]
    assert steps == ["step-00000003", "step-00000004"]


def test_what_was_loaded_outlives_its_file(tmp_path):
    """Windows removes no file whose memory is mapped, and so nothing may be mapped."""
    path = checkpoints.save(tmp_path, 1, {"w": torch.ones(3)}, {"n": torch.ones(2)})
    weights, state = checkpoints.load(path)
    maps = Path("/proc/self/maps")
    if not maps.is_file():
        pytest.skip("there is no list of what is mapped")
    assert str(path) not in maps.read_text("utf-8")
    assert weights["w"].sum() == 3 and state["n"].sum() == 2


@pytest.mark.skipif(os.name == "nt", reason="rights as POSIX has them")
def test_the_files_of_a_checkpoint_have_the_rights_of_any_new_file(tmp_path):
    (tmp_path / "plain").touch()
    path = checkpoints.save(tmp_path, 1, {"w": torch.ones(3)}, {})
    rights = {stat.S_IMODE(file.stat().st_mode) for file in path.iterdir()}
    assert rights == {stat.S_IMODE((tmp_path / "plain").stat().st_mode)}


def test_a_state_that_is_none_is_named_though_its_hash_is_right(tmp_path):
    path = checkpoints.save(tmp_path, 1, {"w": torch.ones(3)}, {"n": 1})
    for text in ("{}", "[1]", '{"state": {"$tensor": "gone"}, "tied": {}}', "{"):
        (path / checkpoints.TREE).write_text(text)
        manifest = json.loads((path / checkpoints.MANIFEST).read_text())
        manifest[checkpoints.TREE] = {
            "size": len(text),
            "sha256": file_hash(path / checkpoints.TREE),
        }
        (path / checkpoints.MANIFEST).write_text(json.dumps(manifest))
        with pytest.raises(CheckpointError, match=r"state\.json is no checkpoint's"):
            checkpoints.load(path)


def test_a_loss_or_norm_that_is_no_number_is_saved_as_it_is(tmp_path):
    """float16 skips an update whose norm overflowed, and goes on; so may the run."""
    state = {"latest": [0.1, math.inf], "history": {"validation_loss": [math.nan]}}
    path = checkpoints.save(tmp_path, 1, {"w": torch.ones(3)}, state)
    found = checkpoints.load(path)[1]
    assert found["latest"] == [0.1, math.inf]
    assert math.isnan(found["history"]["validation_loss"][0])


def test_a_tree_of_anything_comes_back_as_it_was():
    tree = {
        "none": None,
        "list": [1, 2.5, "x", [True], {}, []],
        "deep": {"tensor": torch.tensor([1, 2]), "0": torch.ones(())},
    }
    plain, tensors = checkpoints.flatten(tree)
    found = checkpoints.unflatten(json.loads(json.dumps(plain)), tensors)
    assert torch.equal(found["deep"].pop("tensor"), tree["deep"].pop("tensor"))
    assert torch.equal(found["deep"].pop("0"), tree["deep"].pop("0"))
    assert found == tree
    with pytest.raises(TypeError, match=r"state '/a' \(set\) cannot be stored"):
        checkpoints.flatten({"a": {1}})


def test_the_average_of_checkpoints_is_the_mean_of_their_weights(tmp_path):
    values = [torch.randn(3, 3) for _ in range(3)]
    paths = [
        checkpoints.save(tmp_path, step, {"w": value, "n": torch.tensor(7)}, {})
        for step, value in enumerate(values)
    ]
    mean = checkpoints.average(paths)
    torch.testing.assert_close(mean["w"], torch.stack(values).mean(0))
    assert mean["w"].dtype == torch.float32 and mean["n"] == 7
    with pytest.raises(ValueError, match="paths"):
        checkpoints.average([])
