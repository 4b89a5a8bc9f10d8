"""The command line trains, uses and scores models, and answers mistakes in a line."""

import json
import shutil
import sys

import pytest
import torch
from typer.testing import CliRunner

from n2t import cli, ledger
from n2t.data.sources import registry
from n2t.decoding import Sample, stream
from n2t.ledger import places
from n2t.runs import folders, scoring, tasks

SMALL = {
    "translation": ["data.size=200", "data.held_out=20", "model.n_layer=1"],
    "language-model": ["model.n_layer=1", "batches.length=32", "batches.batch_size=4"],
    "classification": ["data.size=60", "data.held_out=10"],
}
SHORT = ["fit.max_steps=4", "fit.warmup=1", "fit.validate_every=2", "fit.log_every=1"]


def run(*words, **options):
    """What the command line says and returns."""
    return CliRunner().invoke(cli.app, list(map(str, words)), **options)


def train(task, folder, *more):
    settings = [word for s in SMALL[task] + SHORT for word in ("--set", s)]
    words = ("--preset", "cpu", "--device", "cpu", "--run", folder, *settings, *more)
    return run("train", task, *words, catch_exceptions=False)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a finished run of every task."""
    folder = tmp_path_factory.mktemp("runs")
    for task in tasks.TASKS:
        assert train(task, folder / task).exit_code == 0
    return folder


def test_a_run_folder_holds_what_is_needed_to_repeat_the_run(trained):
    for task in tasks.TASKS:
        facts = json.loads((trained / task / "run.json").read_text())
        wanted = "configuration seed commit versions data device command threads"
        wanted += " precision weights"
        assert set(wanted.split()) <= set(facts)
        assert facts["configuration"]["fit"]["max_steps"] == 4
        assert all(len(digest) == 64 for digest in facts["data"].values())
        assert (trained / task / "step-00000004").is_dir()


def test_the_same_command_again_trains_nothing_twice(trained):
    before = (trained / "classification" / "metrics.jsonl").read_text()
    assert train("classification", trained / "classification").exit_code == 0
    assert (trained / "classification" / "metrics.jsonl").read_text() == before


def test_translate_takes_a_sentence_or_lines(trained):
    one = run("translate", trained / "translation", "forty-two", "--device", "cpu")
    words = ("translate", trained / "translation", "--device", "cpu", "--beam", 2)
    two = run(*words, input="one\nforty-two\n")
    assert one.exit_code == two.exit_code == 0
    assert (one.stdout.count("\n"), two.stdout.count("\n")) == (1, 2)


def test_translate_gives_a_line_for_each_line_and_names_the_bad_ones(trained):
    """Blank, with the line ends of other programs in it, too long, not UTF-8."""
    words = ("translate", trained / "translation", "--device", "cpu")
    data = (
        b"one\n\ntwo\x0b\x0c\xe2\x80\xa8\xc2\x85three\n" + b"four " * 400 + b"\n\xff\n"
    )
    done = run(*words, input=data)
    answers, (long, alien) = done.stdout.split("\n"), done.stderr.splitlines()
    assert len(answers) == 5 + 1 and answers[1] == answers[3] == answers[4] == ""
    assert "line 4: " in long and "tokens, wanted at most" in long
    assert "line 5: byte 0xff" in alien
    assert done.exit_code == 1
    assert run(*words, input=b"\n").exit_code == 0


def continued(folder, prompt, n_token, seed):
    """A prompt and what the library draws after it."""
    model, tokenizer, _ = folders.load_model(folder)
    draws, ids = torch.Generator().manual_seed(seed), tokenizer.encode(prompt)
    options = dict(max_new_tokens=n_token, strategy=Sample(0.8), generator=draws)
    return tokenizer.decode([*ids, *stream(model, torch.tensor(ids), **options)])


def test_generate_streams_the_prompt_and_its_continuation_by_seed(trained):
    folder = trained / "language-model"
    words = ("generate", folder, "The ", "--max-new-tokens", 12, "--device", "cpu")
    for seed in (1, 2):
        said = run(*words, "--seed", seed).stdout
        assert said == continued(folder, "The ", 12, seed) + "\n"


@pytest.mark.parametrize(
    "task, name",
    [
        ("translation", "bleu_cased"),
        ("language-model", "bits_per_byte"),
        ("classification", "accuracy"),
    ],
)
def test_evaluate_prints_every_score_of_the_split(trained, task, name):
    done = run("evaluate", trained / task, "--device", "cpu")
    assert done.exit_code == 0
    assert f"validation  {name}  " in done.stdout


def test_a_language_models_score_is_the_validation_loss_of_its_run(trained):
    scores = scoring.evaluate(trained / "language-model", split="validation")
    rows = (trained / "language-model" / "metrics.jsonl").read_text().splitlines()
    assert scores["loss"] == pytest.approx(json.loads(rows[-1])["validation_loss"])


def test_evaluate_records_runs_of_several_seeds(trained, tmp_path, monkeypatch):
    other = tmp_path / "seed-1"
    assert train("classification", other, "--seed", 1).exit_code == 0
    shutil.copytree(places.ROOT / "src", tmp_path / "src")
    preset = folders.read(other)["configuration"]
    file = tmp_path / "src/n2t/runs/presets/classification.json"
    file.write_text(json.dumps({"cpu": preset}))
    monkeypatch.setattr(places, "ROOT", tmp_path)
    words = ("--record", "toy/languages", "--split", "test", "--device", "cpu")
    done = run("evaluate", trained / "classification", other, *words)
    assert done.exit_code == 0, done.output
    found = ledger.result("toy/languages", root=tmp_path)
    assert found["seeds"] == [0, 1] and found["tokens"] > 0
    assert 0.0 <= found.metric("accuracy") <= 1.0
    assert found.signature("accuracy").startswith("test")


def test_runs_that_differ_in_more_than_their_seed_are_not_recorded_together(
    trained, tmp_path
):
    other = tmp_path / "other"
    train("classification", other, "--set", "fit.learning_rate=0.01")
    with pytest.raises(ValueError, match="more than their seed.*learning_rate"):
        scoring.enter("x", [trained / "classification", other])


def test_plot_draws_the_curves(trained, tmp_path):
    out = tmp_path / "curves.svg"
    done = run("plot", trained / "translation", "--out", out)
    assert done.exit_code == 0 and "<svg" in out.read_text()


def test_show_prints_the_preset_with_its_changes_and_trains_nothing(tmp_path):
    words = ("--preset", "cpu", "--set", "fit.max_steps=300", "--run", tmp_path / "no")
    done = run("train", "translation", *words, "--show")
    assert json.loads(done.stdout)["fit"]["max_steps"] == 300
    assert not (tmp_path / "no").exists()


def test_the_budget_names_the_preset(monkeypatch):
    monkeypatch.setenv("N2T_BUDGET", "laptop")
    shown = json.loads(run("train", "translation", "--show").stdout)
    assert shown == tasks.read_preset("translation", "laptop")


@pytest.mark.parametrize("task", tasks.TASKS)
def test_every_preset_has_a_valid_configuration(task):
    for name in tasks.preset_names(task):
        preset = tasks.read_preset(task, name)
        assert preset["about"]
        tasks.FitConfig(**preset["fit"])
        assert preset["tokenizer"]["kind"] in tasks.TOKENIZERS
        assert preset["data"]["name"] in tasks.corpora.CORPORA


def test_doctor_says_device_precision_memory_disk_and_budget():
    said = run("doctor").stdout
    for word in ("device", "precision", "memory", "disk", "versions", "budget"):
        assert f"\n{word} " in f"\n{said}"


def test_data_lists_every_set_and_says_where_it_is(monkeypatch, tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.setenv("N2T_DATA", str(folder))
    monkeypatch.setenv("N2T_CACHE", str(folder))
    listed = run("data", "list").stdout
    assert "multi30k" in listed and "not here" in listed
    checked = run("data", "verify", "sst")
    assert checked.exit_code == 1 and "missing" in checked.stdout


def test_data_lists_every_set_though_one_is_damaged(monkeypatch, tmp_path):
    (tmp_path / "multi30k").mkdir()
    for file in registry.REGISTRY["multi30k"].files:
        (tmp_path / "multi30k" / file.name).write_bytes(b"a login page")
    for own, cache in ((tmp_path, tmp_path / "no"), (tmp_path / "no", tmp_path)):
        (tmp_path / "no").mkdir(exist_ok=True)
        monkeypatch.setenv("N2T_DATA", str(own))
        monkeypatch.setenv("N2T_CACHE", str(cache))
        done = run("data", "list")
        states = {row.split()[0]: row for row in done.stdout.splitlines()}
        assert set(states) == set(registry.REGISTRY)
        assert "damaged" in states["multi30k"] and "not here" in states["sst"]
        assert "multi30k: " in done.stderr and "wrong size" in done.stderr
        assert done.exit_code == 1


@pytest.mark.parametrize(
    "words, said",
    [
        (["train", "translatoin"], "task ('translatoin') must be one of translation"),
        (["train", "translation", "--preset", "x"], "preset ('x') must be one of cpu"),
        (["train", "translation", "--set", "steps=3"], "must be section.field=value"),
        (["translate", "nowhere", "x"], "nowhere holds no run"),
        (["data", "where", "x"], "name ('x') must be one of"),
        (["bench", "nothing"], "what ('nothing') must be one of ablations, all"),
    ],
)
def test_a_mistake_is_answered_in_one_line(words, said, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["n2t", *words])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    error = capsys.readouterr().err
    assert caught.value.code == 1
    assert error.startswith("n2t: ") and said in error and error.count("\n") == 1


def test_benchmarks_away_from_the_repository_say_what_is_missing(monkeypatch):
    monkeypatch.setattr(places, "ROOT", places.PACKAGE)
    done = run("bench", "steps")
    assert "needs the course's repository" in str(done.exception)


def test_a_model_of_another_task_is_refused(trained):
    done = run("generate", trained / "translation", "x", "--device", "cpu")
    assert "is a translation run, wanted language-model" in str(done.exception)
