"""A run is published whole, small, with a card, and with nothing of the machine."""

import ast
import json
import shutil

import pytest
import torch
from typer.testing import CliRunner

from n2t import cli, ledger
from n2t.data.sources.registry import REGISTRY
from n2t.ledger import places
from n2t.models.quantization import quantize_rows
from n2t.runs import folders, model_card, publishing
from n2t.runs.folders import RunError
from n2t.runs.terms import SPECIAL, terms_of
from n2t.training import history

SMALL = ["data.size=200", "data.held_out=20", "model.n_layer=1", "fit.max_steps=2"]
SMALL += ["fit.warmup=1", "fit.validate_every=2", "fit.log_every=1"]
FILES = ["LICENSE", "README.md", "metrics.jsonl", "model/config.json"]
FILES += ["model/model.safetensors", "model/tokenizer.json", "run.json"]


def run(*words):
    """What the command line says and returns."""
    return CliRunner().invoke(cli.app, list(map(str, words)), catch_exceptions=False)


def files(folder):
    """The content of every file, by its path from the folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in paths}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A finished run of a few steps, whose command names a folder of its own."""
    folder = tmp_path_factory.mktemp("runs") / "translation"
    settings = [word for setting in SMALL for word in ("--set", setting)]
    words = ("train", "translation", "--preset", "cpu", "--device", "cpu")
    assert run(*words, "--run", folder, *settings).exit_code == 0
    facts = folders.read(folder)
    facts["command"] = f"n2t {' '.join(words)} --run {folder} --seed 0"
    folders.write(folder, facts)
    return folder


@pytest.fixture
def published(trained, tmp_path):
    return publishing.export(trained, tmp_path / "shelf" / "numbers_en_fr")


def test_an_export_holds_the_files_of_a_run_and_nothing_else(published):
    assert list(files(published)) == FILES
    assert [path.name for path in published.parent.iterdir()] == [published.name]


def test_an_export_is_a_run_that_translates_and_scores_like_any_other(published):
    said = run("translate", published, "forty-two", "--device", "cpu")
    assert said.exit_code == 0 and said.stdout.count("\n") == 1
    assert "bleu_cased" in run("evaluate", published, "--device", "cpu").stdout
    assert run("plot", published, "--out", published / "x.svg").exit_code == 0


@pytest.mark.parametrize("dtype", publishing.DTYPES)
def test_weights_come_back_as_they_were_stored(trained, tmp_path, dtype):
    before = folders.load_model(trained)[0].state_dict()
    folder = publishing.export(trained, tmp_path / dtype, dtype=dtype)
    model, _, facts = folders.load_model(folder)
    assert facts["export"]["dtype"] == dtype
    for name, value in model.state_dict().items():
        kept = before[name]
        if dtype != "int8":
            kept = kept.to(publishing.DTYPES[dtype]).float()
            assert torch.equal(value, kept), name
        elif kept.dim() > 1:
            steps = quantize_rows(kept)[1][:, None]
            assert ((value - kept).abs() <= 0.5001 * steps).all(), name


def test_the_same_run_gives_the_same_files_and_replaces_an_earlier_export(
    trained, published
):
    before = files(published)
    (published / "left over").write_text("from before")
    again = publishing.export(trained, published)
    assert again == published and files(published) == before
    assert [path.name for path in published.parent.iterdir()] == [published.name]


def test_no_path_of_the_machine_is_published(trained, published):
    facts = folders.read(published)
    text = json.dumps(facts)
    assert str(trained) not in text and str(published.parent) not in text
    assert "machine" not in facts and "machine" in folders.read(trained)
    assert facts["command"] == (
        "n2t train translation --preset cpu --device cpu --seed 0 && "
        "n2t export runs/translation-cpu-0 numbers_en_fr --dtype int8"
    )
    kept = folders.read(trained).keys() - {"machine"} | {"export"}
    assert facts.keys() == kept


@pytest.mark.parametrize("path", ["/home/me/x", "~/x", "'/data/x'", "C:\\data\\x"])
def test_a_path_in_another_field_is_refused_by_name(trained, tmp_path, path):
    other = tmp_path / "run"
    shutil.copytree(trained, other)
    facts = folders.read(other)
    facts["configuration"]["data"]["notes"] = ["see", path]
    folders.write(other, facts)
    with pytest.raises(RunError, match="configuration names a path of this machine"):
        publishing.export(other, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_options_that_say_where_are_dropped_however_they_are_written():
    words = "n2t train x --run=/a/b --resume-from /c/d --preset cpu --run /e --seed 1"
    kept = publishing._without_places(words.split())
    assert " ".join(kept) == "n2t train x --preset cpu --seed 1"


def test_a_stop_midway_leaves_nothing_and_an_earlier_export_whole(
    trained, published, monkeypatch
):
    before = files(published)

    def full(*_, **__):
        raise OSError("no space left")

    monkeypatch.setattr(publishing, "write_words", full)
    for folder in (published, published.with_name("other")):
        with pytest.raises(OSError, match="no space left"):
            publishing.export(trained, folder)
    assert files(published) == before
    assert [path.name for path in published.parent.iterdir()] == [published.name]


def test_what_is_in_the_way_stays(trained, tmp_path):
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "chapter.txt").write_text("years of work")
    for place in (folder, folder / "chapter.txt", trained):
        with pytest.raises(FileExistsError, match="is no export"):
            publishing.export(trained, place)
    assert files(folder) == {"chapter.txt": b"years of work"}


def test_what_cannot_be_published_is_named(trained, published, tmp_path):
    with pytest.raises(ValueError, match=r"dtype \('int4'\) must be one of int8"):
        publishing.export(trained, tmp_path / "x", dtype="int4")
    with pytest.raises(RunError, match="holds no run"):
        publishing.export(tmp_path, tmp_path / "x")
    with pytest.raises(RunError, match="is an export; take the run"):
        publishing.export(published, tmp_path / "x")
    with pytest.raises(RunError, match="is a run, not an export"):
        publishing.verify(trained)
    with pytest.raises(ledger.LedgerError, match="no result 'multi30k/nothing'"):
        publishing.export(trained, tmp_path / "x", scores=["multi30k/nothing"])
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("name", [file for file in FILES if file.startswith("model/")])
def test_a_file_of_the_model_that_was_changed_or_lost_is_named(published, name):
    assert publishing.verify(published) == folders.read(published)
    path = published / name
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(RunError, match=f"{name} is not the file that was published"):
        publishing.verify(published)
    path.unlink()
    with pytest.raises(RunError, match=f"{name} is missing"):
        publishing.verify(published)


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A ledger of its own, with the sources that a record of a run names."""
    shutil.copytree(places.ROOT / "src", tmp_path / "src")
    monkeypatch.setattr(places, "ROOT", tmp_path)
    return tmp_path


def recorded(shelf, folder, name):
    """The record that `n2t evaluate` makes of an export."""
    file = shelf / "src/n2t/runs/presets/translation.json"
    file.write_text(json.dumps({"cpu": folders.read(folder)["configuration"]}))
    words = ("--split", "test", "--record", name, "--device", "cpu")
    assert run("evaluate", folder, *words).exit_code == 0
    return ledger.result(name)


def test_the_card_shows_recorded_scores_with_their_signatures(trained, shelf):
    folder = shelf / "results/weights/numbers"
    first = run("export", trained, folder, "--dtype", "float16")
    assert f"next: n2t evaluate {folder} --split test" in first.stdout
    assert "None recorded yet" in (folder / "README.md").read_text()
    record = recorded(shelf, folder, "toy/published")
    assert record["command"].endswith("results/weights/numbers --dtype float16")
    weights = (folder / "model/model.safetensors").read_bytes()
    words = ("--dtype", "float16", "--scores", "toy/published")
    assert "next" not in run("export", trained, folder, *words).stdout
    assert (folder / "model/model.safetensors").read_bytes() == weights
    text = (folder / "README.md").read_text()
    for name in ("bleu_cased", "bleu_lower", "chrf"):
        value, signature = record.metric(name), record.signature(name)
        assert signature.startswith("test; ") and "version:" in signature
        digits = 4 if value <= 1 else 2
        assert f"- {name} **{value:.{digits}f}** (`{signature}`)\n" in text
    assert "n2t translate results/weights/numbers" in text


def test_scores_of_another_run_are_refused(trained, shelf):
    folder = publishing.export(trained, shelf / "results/weights/numbers")
    recorded(shelf, folder, "toy/published")
    facts = folders.read(trained)
    for change, words in [
        ({"seed": 7}, r"toy/published.*seeds \[0\] lack 7"),
        ({"configuration": {**facts["configuration"], "loss": {}}}, "loss was"),
    ]:
        with pytest.raises(ValueError, match=words):
            model_card.recorded(["toy/published"], facts | change)


def test_the_card_answers_what_a_reader_asks(published):
    text = (published / "README.md").read_text()
    facts, rows = (
        folders.read(published),
        history.read_rows(published / "metrics.jsonl"),
    )
    titles = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert titles == ["Use it", "What it is for", "Limits", "Data", "License"] + [
        "How it was trained",
        "Scores",
        "How to cite",
    ]
    assert text.startswith("# English number words to French")
    tokens = max(row["tokens"] for row in rows if "tokens" in row)
    said = [f"{facts['parameters']:,} parameters", f"{tokens:,} target tokens"]
    said += [facts["commit"], "2 updates", "seed 0", "stored as int8"]
    said += [facts["export"]["files"]["model/model.safetensors"]["sha256"]]
    said += facts["command"].split(" && ")
    assert [words for words in said if words not in text] == []


def test_the_license_is_the_codes_unless_the_data_says_otherwise(published):
    note = (published / "LICENSE").read_text()
    assert note.strip() in (published / "README.md").read_text()
    assert "under the license of the course's code, Apache-2.0" in note


def test_weights_from_multi30k_are_for_non_commercial_research_and_education():
    terms = terms_of({"configuration": {"data": {"name": "multi30k"}}})
    assert "not under the license of the course's code" in terms.license
    assert "non-commercial research and education only" in terms.license
    assert terms.citation == REGISTRY["multi30k"].citation


#: Sets that were published under a name; a text of installed packages was not.
PUBLISHED = ["sst", *(name for name in SPECIAL if name in REGISTRY)]


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_makers_of_published_data_are_cited_from_the_bibliography(name):
    terms = terms_of({"configuration": {"data": {"name": name}}})
    entry = model_card.bibliography_entry(terms.citation)
    assert terms.citation == REGISTRY[name].citation
    assert entry.startswith("@") and entry.endswith("\n}")
    assert entry.count("\n@") == 0 and "title" in entry
    if name not in SPECIAL:
        assert REGISTRY[name].license in terms.license
    assert model_card.bibliography_entry("nobody1900nothing") == ""


def test_the_card_says_with_what_weights_and_on_how_many_processes_it_began(published):
    facts, last = folders.read(published), history.last_point(published)
    text = model_card.card(facts, last, folder="x")
    assert "began with" not in text and "processes" not in text
    before = {"command": "n2t train first", "updates": 5694, "tokens": 35_000_000}
    facts |= {"begun_with": before, "processes": 2}
    text = model_card.card(facts, last, folder="x")
    assert "processes: 2, each with threads: " in text
    assert (
        "the weights of `n2t train first`: 5,694 updates on 35,000,000 target" in text
    )


@pytest.mark.parametrize("task", model_card.USES)
def test_what_a_card_tells_a_reader_to_import_is_there(task):
    code = model_card._use(task, "x").partition("```python\n")[2].partition("```")[0]
    tree = ast.parse(code)
    names = {}
    exec(code.partition("\n\n")[0], names)  # its imports
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    assert used
    for node in used:
        assert hasattr(names[node.value.id], node.attr)
