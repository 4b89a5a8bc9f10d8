"""A run's folder: whose it is, where it went on, and what the model in it holds."""

import json
import shutil
import subprocess
import threading

import pytest
import torch

from n2t import ledger
from n2t.ledger import places
from n2t.runs import folders, lineage, scoring, tasks, training
from n2t.training import CheckpointError, fit, history
from n2t.training.claims import InUseError, claimed
from n2t.training.distributed import World

SMALL = ["data.size=60", "data.held_out=20", "fit.max_steps=2", "fit.warmup=1"]
SMALL += ["fit.validate_every=null", "fit.checkpoint_every=1"]


def made(*settings, seed=0):
    """A job of the smallest preset, and its description."""
    preset = tasks.change(tasks.read_preset("translation", "cpu"), [*SMALL, *settings])
    job = tasks.build("translation", preset, seed=seed)
    cpu = torch.device("cpu")
    facts = folders.describe(job, preset="cpu", command="train", seed=seed, device=cpu)
    return job, facts


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A run that was begun, trained once for all tests."""
    (job, facts), place = made(), tmp_path_factory.mktemp("begun")
    folders.write(place, facts)
    fit(job.model, job.train, job.loss, config=job.config, run_dir=place)
    return place


@pytest.fixture
def folder(begun, tmp_path):
    """A copy of it, to change."""
    return shutil.copytree(begun, tmp_path, dirs_exist_ok=True)


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("fit.learning_rate=0.5", "fit.learning_rate was 0.003, now 0.5"),
        ("loss.label_smoothing=0.3", "loss.label_smoothing was 0.0, now 0.3"),
        ("batches.max_tokens=999", "batches.max_tokens was 1024, now 999"),
        ("data.language=de", "data.language was 'fr', now 'de'"),
        ("model.n_head=2", "model.n_head was 4, now 2"),
        ("tokenizer.max_size=50", "tokenizer.max_size was 'absent', now 50"),
    ],
)
def test_a_folder_of_another_run_is_refused_and_keeps_its_description(
    folder, setting, named
):
    before = (folder / "run.json").read_bytes()
    with pytest.raises(CheckpointError, match=named):
        folders.write(folder, folders.go_on(folder, made(setting)[1]))
    assert (folder / "run.json").read_bytes() == before


def test_another_seed_is_another_run(folder):
    with pytest.raises(CheckpointError, match="seed was 0, now 1"):
        folders.go_on(folder, made(seed=1)[1])


def test_how_it_decodes_and_how_often_it_saves_may_change(folder):
    facts = made("decode.beam=3", "fit.checkpoint_every=2")[1]
    now = folders.go_on(folder, facts)
    assert now["configuration"]["decode"]["beam"] == 3
    assert "resumed" not in now


def test_a_run_remembers_its_start_and_every_place_where_it_went_on(folder):
    before, facts = folders.read(folder), made()[1]
    for commit, threads in (("b", 2), ("b", 2), ("c", 2)):
        facts |= {"commit": commit, "threads": threads}
        folders.write(folder, folders.go_on(folder, facts))
    now = folders.read(folder)
    assert now["commit"] == before["commit"] and now["threads"] == before["threads"]
    assert [place["commit"] for place in now["resumed"]] == ["b", "c"]
    assert now["resumed"][0]["threads"] == 2


def test_a_second_command_leaves_the_description_of_a_run_at_work(folder):
    """The same preset, begun anew while the run is on: nothing is written there."""
    cpu, failures = torch.device("cpu"), []
    job = made("fit.checkpoint_every=2")[0]
    about = dict(preset="cpu", command="second", seed=0)

    def second():
        try:
            training.train(job, folder, cpu, about, {}, True, print)
        except InUseError as error:
            failures.append(error)

    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    with claimed(folder, World(0, 1, cpu)):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        now = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(failures) == 1
    assert {name: now[name] for name in before} == before
    training.train(job, folder, cpu, about, {}, True, lambda line: None)
    assert folders.read(folder)["weights"] == "the weights of update 2"


def test_a_folder_without_a_checkpoint_is_anyones(tmp_path):
    folders.write(tmp_path, made()[1])
    facts = made("fit.learning_rate=0.5")[1]
    assert folders.go_on(tmp_path, facts) == facts


def test_a_description_is_written_whole_or_not_at_all(folder, monkeypatch):
    before = (folder / "run.json").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space"):
        folders.write(folder, {"task": "other"})
    assert (folder / "run.json").read_bytes() == before


def test_the_seed_is_not_set_in_the_section_where_it_would_do_nothing():
    with pytest.raises(ValueError, match="fit.seed.*--seed"):
        made("fit.seed=3")


# Files that are cut
@pytest.mark.parametrize("cut", [0, 1, 40, -3])
def test_a_cut_description_is_named_with_what_to_do(folder, cut):
    path = folder / "run.json"
    path.write_bytes(path.read_bytes()[:cut])
    for use in (folders.read, folders.load_model, lambda at: folders.go_on(at, {})):
        with pytest.raises(folders.RunError) as caught:
            use(folder)
        assert f"{path} is cut or damaged" in str(caught.value)
        assert "copy it" in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "3", '{"task": "translation"}'])
def test_a_description_of_something_else_says_what_it_lacks(folder, text):
    (folder / "run.json").write_text(text, "utf-8")
    with pytest.raises(folders.RunError, match=r"run\.json describes no run.*no confi"):
        folders.read(folder)


@pytest.mark.parametrize(
    "name", ["config.json", "model.safetensors", folders.TOKENIZER]
)
def test_a_cut_file_of_a_finished_run_is_named(folder, name):
    job, _ = made()
    path = folders.keep_model(folder, job.model, job.tokenizer) / name
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(folders.RunError) as caught:
        folders.load_model(folder)
    assert str(path) in str(caught.value)
    path.unlink()
    with pytest.raises(folders.RunError):
        folders.load_model(folder)


@pytest.mark.parametrize("text", [None, "", '{"step": 1, "validation_loss": 2.0}\n'])
def test_curves_without_a_point_are_named(folder, text):
    path = folder / history.METRICS_FILE
    path.unlink() if text is None else path.write_text(text, "utf-8")
    with pytest.raises(LookupError, match=r"metrics\.jsonl is missing, or"):
        history.last_point(folder)


# Whose commit it is
def git(folder, *words):
    """A command of git, by someone."""
    someone = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    command = ["git", "-C", str(folder), *someone, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def package_in(top, monkeypatch):
    """n2t as if it lay in a folder of its own; a repository's first commit there."""
    package = top / "n2t"
    (package / "runs").mkdir(parents=True)
    for name in ("files.py", "runs/folders.py"):
        (package / name).write_text("x = 1\n", "utf-8")
    monkeypatch.setattr(places, "PACKAGE", package)
    monkeypatch.setattr(folders, "__file__", str(package / "runs/folders.py"))
    return package


def test_the_commit_of_a_repository_that_n2t_is_installed_in_is_not_its_own(
    tmp_path, monkeypatch
):
    package_in(tmp_path / ".venv/lib/python3/site-packages", monkeypatch)
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "theirs")
    assert folders.commit() == ""


def test_the_commit_of_the_checkout_is_told_with_a_mark_for_changes(
    tmp_path, monkeypatch
):
    package = package_in(tmp_path / "src", monkeypatch)
    git(tmp_path, "init")
    assert folders.commit() == ""
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "ours")
    head = git(tmp_path, "rev-parse", "HEAD")
    assert folders.commit() == head
    (package / "files.py").write_text("x = 2\n", "utf-8")
    assert folders.commit() == head + "+"


def test_a_copy_that_another_repository_does_not_keep_has_no_commit(
    tmp_path, monkeypatch
):
    git(tmp_path, "init")
    git(tmp_path, "commit", "--allow-empty", "-m", "theirs")
    package_in(tmp_path / "src", monkeypatch)
    assert folders.commit() == ""


def test_gits_variables_of_another_repository_say_nothing(tmp_path, monkeypatch):
    package_in(tmp_path / "ours/src", monkeypatch)
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir(exist_ok=True)
        git(tmp_path / name, "init")
        git(tmp_path / name, "add", ".")
        git(tmp_path / name, "commit", "--allow-empty", "-m", name)
    head = git(tmp_path / "ours", "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "theirs/.git"))
    assert folders.commit() == head


# What a run's numbers depend on
def test_a_record_of_changed_code_is_refused(folder, monkeypatch):
    run = folders.read(folder) | {
        "sources": lineage.source_hashes(folders.read(folder))
    }
    lineage.check_unchanged([run])
    run["sources"]["src/n2t/blocks.py"] = "0" * 64
    with pytest.raises(ValueError, match="src/n2t/blocks.py changed since the run"):
        lineage.check_unchanged([run])


def test_what_was_set_by_hand_is_not_compared_with_the_preset(folder):
    row = {"seconds": 1.0, "tokens": 5, "step": 2}
    run = folders.read(folder)
    assert "configuration_source" not in scoring.facts_of(run, [row])
    run["configuration"] = tasks.read_preset("translation", "cpu")
    assert scoring.facts_of(run, [row])["configuration_source"]["key"] == "cpu"


def test_a_record_says_the_precision_that_was_picked(folder):
    row = {"seconds": 1.0, "tokens": 5, "step": 2}
    run = folders.read(folder) | {"precision": "bfloat16"}
    run["configuration"]["fit"]["precision"] = "auto"
    assert scoring.facts_of(run, [row])["precision"] == "bfloat16"


def test_a_record_of_made_data_is_fresh_beside_a_registry(tmp_path):
    registry = tmp_path / "src/n2t/data/sources/registry.json"
    registry.parent.mkdir(parents=True)
    registry.write_text(json.dumps({"hash": "a" * 64}))
    facts = dict(
        task="t", command="c", configuration={}, seeds=[0], metrics={"m": [1.0]},
        root=tmp_path,
    )  # fmt: skip
    ledger.record("x/made", data=made()[1]["data"], **facts)
    assert ledger.result("x/made", root=tmp_path).metric("m") == 1.0
    ledger.record("x/published", data={"set/file": "b" * 64}, **facts)
    with pytest.raises(ledger.LedgerError, match="another hash in the registry"):
        ledger.result("x/published", root=tmp_path)


# Weights to begin with
def test_a_job_begins_with_the_weights_of_a_finished_run(folder):
    job, facts = made()
    fit(job.model, job.train, job.loss, config=job.config)
    folders.keep_model(folder, job.model, job.tokenizer)
    other = made(seed=1)[0]
    noted = folders.begin_with(other, folder)
    own, wanted = other.model.state_dict(), job.model.state_dict()
    assert all(weight.equal(own[name]) for name, weight in wanted.items())
    assert noted["run"] == str(folder) and len(noted["sha256"]) == 64
    folders.write(folder, facts)  # it was begun with fresh weights
    with pytest.raises(CheckpointError, match="begun_with was None, now"):
        folders.go_on(folder, facts | {"begun_with": noted})


def test_weights_of_another_vocabulary_are_refused(folder):
    job, _ = made()
    folders.keep_model(folder, job.model, job.tokenizer)
    with pytest.raises(folders.RunError, match="another vocabulary"):
        folders.begin_with(made("data.language=de")[0], folder)


def test_weights_of_another_shape_are_refused(folder):
    job, _ = made()
    folders.keep_model(folder, job.model, job.tokenizer)
    with pytest.raises(ValueError, match="do not fit.*wanted"):
        folders.begin_with(made("model.d_ff=64")[0], folder)
