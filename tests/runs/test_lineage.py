"""A run's record names what the run depends on, and nothing that it does not."""

import re
import shutil

import pytest
from read_once import read_once  # noqa: F401 (a fixture)

from n2t import ledger
from n2t.data.cards import __main__ as cards
from n2t.ledger import places
from n2t.ledger.sources import WITHOUT
from n2t.runs import lineage, tasks

PY = [*(places.ROOT / "src/n2t").rglob("*.py"), *places.ROOT.glob("benchmarks/*.py")]


def described(task="translation", preset="transformer_tiny"):
    return {"task": task, "configuration": tasks.read_preset(task, preset)}


def test_with_the_masks_inverted_the_ledger_refuses_a_translations_score(tmp_path):
    shutil.copytree(places.ROOT / "src", tmp_path / "src")
    ledger.record(
        "toy/masked", task="translation", command="n2t train", configuration={},
        seeds=[0], metrics={"bleu_cased": [40.0]},
        sources=lineage.sources_of(described()), root=tmp_path,
    )  # fmt: skip
    assert ledger.result("toy/masked", root=tmp_path)
    masks = tmp_path / "src/n2t/masks.py"
    text = masks.read_text("utf-8")
    inverted, n = re.subn(r"(?m)^    return (?=\S)", "    return ~", text)
    assert n >= 2
    masks.write_text(inverted, "utf-8")
    with pytest.raises(ledger.LedgerError, match="src/n2t/masks.py has changed"):
        ledger.result("toy/masked", root=tmp_path)


@pytest.mark.parametrize(
    ("run", "own", "others"),
    [
        (described(), ["models/transformer", "data/text/byte_pair", "metrics/text"],
         ["models/recurrent", "data/text/merge_dropout", "data/batches/resampled"]),
        (described(preset="ladder_bahdanau"), ["models/recurrent", "models/cells"],
         ["models/transformer", "models/decoder_only"]),
        (described("language-model", "laptop"), ["models/decoder_only"],
         ["models/transformer", "decoding/loop", "metrics/text"]),
        (described("classification", "cpu"), ["models/encoder_only"],
         ["decoding/loop", "models/recurrent"]),
    ],
)  # fmt: skip
def test_a_run_depends_on_its_own_model_and_on_no_other(run, own, others):
    for name in [*own, *others]:
        assert (places.ROOT / f"src/n2t/{name}.py").is_file()
    found = set(lineage.sources_of(run))
    assert {f"src/n2t/{name}.py" for name in [*own, "training/loop"]} <= found
    assert not {f"src/n2t/{name}.py" for name in others} & found


def test_a_run_that_is_taught_depends_on_what_reads_the_answers():
    run, reader = described(), "src/n2t/data/sets/taught.py"
    assert reader not in lineage.sources_of(run)
    run["configuration"]["batches"]["taught"] = "answers.txt"
    assert reader in lineage.sources_of(run)


def test_a_run_depends_on_the_set_that_it_learns_from_and_on_no_other():
    found = lineage.sources_of(described())
    sets = [path for path in found if "/data/sets/" in path]
    assert sets == [f"src/n2t/data/sets/{name}.py" for name in ("multi30k", "splits")]


@pytest.mark.usefixtures("read_once")
def test_every_preset_has_sources():
    for task in tasks.TASKS:
        for preset in tasks.preset_names(task):
            assert len(lineage.sources_of(described(task, preset))) > 20


@pytest.mark.parametrize("name", cards.RECORDED)
def test_a_card_depends_on_its_own_set(name):
    sets = {p.split("/")[-1] for p in cards.sources(name) if "/data/sets/" in p}
    others = {"text": {"docstrings.py"}, "vader": {"sst.py"}}.get(name, set())
    assert len(sets - {"splits.py"} - others) == 1 and others <= sets


def test_no_list_of_sources_is_kept_by_hand():
    lists = r"(?m)^SOURCES\b|sources=\[|src/n2t/(models|training|decoding)/\w+\.py"
    kept = {path.name for path in PY if re.search(lists, path.read_text("utf-8"))}
    assert kept <= {"imports.py"}  # its docstring's example


def test_what_is_left_out_of_all_records_hides_nothing_that_counts():
    for start in WITHOUT[:2]:
        place = places.ROOT / start
        files = place.rglob("*.py") if place.is_dir() else [place]
        closure = {path for file in files for path in _all(file)}
        assert all(path.startswith(WITHOUT) for path in closure)


def _all(file):
    return ledger.imports.Tree(places.ROOT).closure([file])
