"""What the command line answers to what it was not made for: one line that names it."""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.distributed.run import get_args_parser
from typer.main import get_command

from n2t import cli
from n2t.runs import folders, publishing, sections, tasks, terminal
from n2t.training import fit

SMALL = {
    "translation": ["data.size=60", "data.held_out=10", "model.n_layer=1"],
    "language-model": ["model.n_layer=1", "batches.length=32", "batches.batch_size=4"],
}
SMALL["language-model"] += ["model.d_model=16", "model.d_ff=16"]
SHORT = ["fit.max_steps=1", "fit.warmup=0", "fit.validate_every=null"]
MADE = ("a new one", "an export")  # by a test below
TRAIN = ("train", "translation", "--preset", "cpu", "--device", "cpu")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder, with a space in its name, that holds finished runs and other things."""
    folder = tmp_path_factory.mktemp("all my runs")
    for task, settings in SMALL.items():
        preset = tasks.change(tasks.read_preset(task, "cpu"), settings + SHORT)
        job, place = tasks.build(task, preset), folder / task
        facts = folders.describe(
            job, preset="cpu", command="n2t", seed=0, device=torch.device("cpu")
        )
        folders.write(place, facts)
        fit(job.model, job.train, job.loss, config=job.config, run_dir=place)
        folders.keep_model(place, job.model, job.tokenizer)
    (folder / "empty").mkdir()
    (folder / "file").write_text("x")
    return folder


@pytest.fixture
def answer(runs, monkeypatch, capsys):
    """Run a command among the runs: its code, what it said, and what went wrong."""
    monkeypatch.chdir(runs)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["n2t", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return run


def refused(answer, *words):
    """The one line that a command answers."""
    code, _, error = answer(*words)
    assert code == 1, (words, error)
    assert error.startswith("n2t: ") and error.count("\n") == 1
    return error


@pytest.mark.parametrize("command", ["translate", "generate", "evaluate", "plot"])
@pytest.mark.parametrize("folder", ["missing", "empty", "file", "file/x"])
def test_a_folder_that_holds_no_run_is_named(answer, command, folder):
    said = refused(answer, command, folder)
    assert said.startswith(f"n2t: {folder} holds no ")


@pytest.mark.parametrize("word", ["cuda:99", "tpu", "", "CPU", "cuda:-1", "meta"])
@pytest.mark.parametrize("command", [("translate", "translation", "one"), TRAIN[:4]])
def test_a_device_that_is_not_here_is_named_with_those_that_are(answer, command, word):
    said = refused(answer, *command, "--device", word)
    assert f"device ({word!r}) is not on this machine; there is cpu" in said


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_a_card_is_refused_by_a_machine_without_one(answer):
    said = refused(answer, "evaluate", "translation", "--device", "cuda")
    assert "device ('cuda') is not on this machine; there is cpu" in said


GENERATE = ("generate", "language-model", "The")
TRANSLATE = ("translate", "translation", "one")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*TRANSLATE, "--beam", "0"), "beam (0) must be at least 1"),
        ((*TRANSLATE, "--beam", "-3"), "beam (-3) must be at least 1"),
        (("generate", "language-model", ""), "prompt ('') must hold at least one"),
        (
            ("generate", "language-model", "x" * 200),
            "prompt (200 tokens) must be shorter than the model's max_length (128)",
        ),
        ((*GENERATE, "--max-new-tokens", "0"), "max_new_tokens (0) must be at least 1"),
        ((*GENERATE, "--seed", "-1"), "seed (-1) must be at least 0"),
        ((*GENERATE, "--seed", str(10**30)), "must be at most 9223372036854775807"),
        ((*GENERATE, "--temperature", "-1"), "temperature (-1.0) must be above 0"),
        ((*GENERATE, "--temperature", "nan"), "temperature (nan) must be above 0"),
        ((*GENERATE, "--top-k", "0"), "top_k (0) must be at least 1"),
        ((*GENERATE, "--top-p", "nan"), "top_p (nan) must be above 0"),
        (("generate", "translation", "x"), "is a translation run, wanted language"),
        (("translate", "language-model", "x"), "is a language-model run, wanted trans"),
        (("evaluate", "translation", "missing"), "missing holds no run"),
        (("evaluate", "translation", "--split", "tset"), "split ('tset') must be one"),
        (("evaluate", "translation", "--record", "A b"), "name ('A b') must be lower"),
        (("evaluate", "translation", "--record", ""), "name ('') must be lower-case"),
        (("export", "translation", "out", "--dtype", "int4"), "dtype ('int4') must be"),
        (("export", "translation", "out", "--scores", "no"), "no result 'no' in "),
        (("export", "translation", "file"), "file is there and is no export"),
        (("export", "translation", "file/x"), "file: a file, wanted a folder"),
        (("plot", "translation", "--out", "x.xyz"), "'xyz' is not supported"),
        (("plot", "translation", "--out", "noend"), "out (noend) must end with its"),
        (("plot", "translation", "--out", "no/x.svg"), "no/x.svg: No such file"),
        (("bench", "compar"), "what ('compar') must be one of ablations, all, "),
        (("bench", "../src"), "what ('../src') must be one of "),
        (("data", "where", ""), "name ('') must be one of"),
        (("train", "translation", "--preset", ""), "preset ('') must be one of cpu"),
        (("train", "translation", "--preset", "lapttop"), "did you mean 'laptop'?"),
        ((*TRAIN, "--seed", "-1"), "seed (-1) must be at least 0"),
        ((*TRAIN, "--folder", "file"), "file: a file, wanted a folder"),
        ((*TRAIN, "--folder", "file/x"), "file: a file, wanted a folder"),
        ((*TRAIN, "--folder", "x" * 300), "File name too long"),
        ((*TRAIN, "--resume-from", "missing"), "missing is no checkpoint"),
        ((*TRAIN, "--resume-from", "file"), "file is no checkpoint"),
        ((*TRAIN, "--begin-with", "missing"), "missing holds no run"),
        ((*TRAIN, "--set", "decode.bem=5"), "decode.bem is no setting"),
        ((*TRAIN, "--set", "fit.ünï=1"), "fit.ünï is no setting"),
        ((*TRAIN, "--set", "fit.max_steps=1e400"), "(inf) must be a whole number"),
    ],
)  # fmt: skip
def test_a_mistake_is_found_before_anything_is_loaded_and_named_in_one_line(
    answer, runs, words, said, monkeypatch
):
    if words[0] == "train":
        monkeypatch.setattr("n2t.runs.corpora.load", None)
    if words[:3] in (TRANSLATE, GENERATE):
        monkeypatch.setattr(folders, "load_model", None)
    assert said in refused(answer, *words)
    assert not any(
        path.name in ("out", "new") for path in (folders.Path(".")).iterdir()
    )


@pytest.mark.parametrize("word", ["x", "1.5", "nan", ""])
@pytest.mark.parametrize(
    "words",
    [(*TRANSLATE, "--beam"), (*GENERATE, "--top-k"), (*TRAIN, "--seed")],
)
def test_what_is_no_number_is_named_with_its_option(answer, words, word):
    code, _, error = answer(*words, word)
    assert code == 2 and f"'{words[-1]}': {word!r} is no whole number" in error


@pytest.mark.parametrize("temperature", ["0", "1e-320"])
def test_a_temperature_of_nothing_takes_the_likeliest(answer, temperature):
    short = ("--max-new-tokens", 5, "--device", "cpu")
    code, said, _ = answer(*GENERATE, *short, "--temperature", temperature)
    _, likeliest, _ = answer(*GENERATE, *short, "--top-k", 1)
    assert code == 0 and said == likeliest and len(said) > len("The\n")


# A run's folder, with a space in its path and with a description that lacks something
def test_a_command_that_is_printed_can_be_typed(answer, runs):
    settings = [w for s in SMALL["translation"] + SHORT for w in ("--set", s)]
    folder = runs / "a new one"
    code, said, error = answer(*TRAIN, "--folder", folder, *settings)
    assert code == 0, error
    words = shlex.split(said.splitlines()[-1].removeprefix("next: n2t "))
    assert words[:2] == ["evaluate", str(folder)]
    assert answer(*words, "--device", "cpu")[0] == 0
    _, said, _ = answer("export", folder, runs / "an export")
    words = shlex.split(said.splitlines()[-1].removeprefix("next: n2t "))
    assert words[:2] == ["evaluate", str(runs / "an export")]
    card = (runs / "an export" / publishing.CARD).read_text("utf-8")
    assert "n2t translate 'an export' " in card
    assert "n2t evaluate 'an export' --split test" in card


def test_a_command_is_quoted_as_the_system_wants_it(monkeypatch):
    assert terminal.typed("n2t", "plot", "a b") == "n2t plot 'a b'"
    monkeypatch.setattr(terminal.os, "name", "nt")
    assert terminal.typed("n2t", "plot", "a b") == 'n2t plot "a b"'


@pytest.mark.parametrize("name", sections.NEEDED)
def test_a_run_whose_settings_lack_a_section_is_named_by_every_command(
    answer, runs, tmp_path, name
):
    run = tmp_path / "run"
    shutil.copytree(runs / "translation", run)
    facts = json.loads((run / "run.json").read_text("utf-8"))
    del facts["configuration"][name]
    (run / "run.json").write_text(json.dumps(facts), "utf-8")
    commands = ("translate", run, "one"), ("evaluate", run)
    for words in (*commands, ("export", run, tmp_path / "out")):
        said = refused(answer, *words)
        assert f"{run / 'run.json'} describes no run" in said
        assert f"has no section {name!r}" in said


def test_a_run_without_a_search_is_translated_by_the_default_one(
    answer, runs, tmp_path
):
    run = tmp_path / "run"
    shutil.copytree(runs / "translation", run)
    facts = json.loads((run / "run.json").read_text("utf-8"))
    del facts["configuration"]["decode"]
    (run / "run.json").write_text(json.dumps(facts), "utf-8")
    assert answer("translate", run, "one", "--device", "cpu")[0] == 0
    assert answer("evaluate", run, "--device", "cpu")[0] == 0


def test_curves_that_are_cut_are_named_in_one_line(answer, runs, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(runs / "translation", run)
    (run / "metrics.jsonl").write_text("", "utf-8")
    said = refused(answer, "export", run, tmp_path / "out")
    assert f"{run / 'metrics.jsonl'} is missing, or holds no point" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "run.json"])
@pytest.mark.parametrize("command", ["translate", "evaluate", "export"])
def test_a_cut_file_is_named_in_one_line(answer, runs, tmp_path, command, name):
    run = tmp_path / "run"
    shutil.copytree(runs / "translation", run)
    (path,) = run.glob(name) if name == "run.json" else run.glob(f"model/{name}")
    path.write_bytes(path.read_bytes()[:-20])
    more = {"translate": ["one"], "export": [tmp_path / "out"]}.get(command, [])
    said = refused(answer, command, run, *more)
    assert f"{path} is cut or damaged" in said and "copy it" in said


# Errors
BUGS = [KeyError("x"), IndexError("x"), TypeError("x"), RuntimeError("x")]


@pytest.mark.parametrize("error", BUGS)
def test_a_bug_shows_where_it_is(answer, monkeypatch, error):
    def broken(*_, **__):
        raise error

    monkeypatch.setattr(folders, "load_model", broken)
    with pytest.raises(type(error)):
        answer(*TRANSLATE, "--device", "cpu")


def test_an_error_is_one_line_with_its_file():
    lines = "weights do not fit:\n\tmissing key a\n\tmissing key b"
    assert terminal.said(ValueError(lines)) == (
        "weights do not fit: missing key a missing key b"
    )
    assert terminal.said(ValueError()) == "ValueError"
    with pytest.raises(OSError) as caught:
        Path("/no/such/file").read_text("utf-8")
    assert terminal.said(caught.value) == "/no/such/file: No such file or directory"


# Several processes
def test_no_option_is_the_beginning_of_one_of_torchruns():
    """torchrun takes the beginning of an option of its own for that option."""
    theirs = get_args_parser()._option_string_actions
    command = get_command(cli.app).commands["train"]
    for parameter in command.params:
        claimed = [
            option
            for option in getattr(parameter, "opts", ())
            if option.startswith("--") and any(t.startswith(option) for t in theirs)
        ]
        assert claimed in ([], ["--run"]), parameter.name
        assert not claimed or "--folder" in parameter.opts


@pytest.mark.parametrize("option", ["--folder", "--run"])
def test_the_folder_has_an_option_and_its_old_name(option, answer, tmp_path):
    said = refused(answer, *TRAIN, option, "file")
    assert "file: a file, wanted a folder" in said


def test_torchrun_leaves_the_folder_to_us(tmp_path):
    words = "--standalone --nproc_per_node=1 -m n2t.cli train x --folder here"
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", *words.split()],
        cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert "task ('x') must be one of translation" in done.stderr
    assert "ambiguous option" not in done.stderr
