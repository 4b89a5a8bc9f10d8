"""Pages read numbers from the ledger; a missing or stale number fails."""

import json
import subprocess

import pytest
from read_once import read_once  # noqa: F401 (a fixture)

from n2t import ledger
from n2t.ledger import LedgerError, places, record, result
from n2t.runs import carrying

SOURCE = '''"""What it is for."""


def double(x):
    """Twice x."""
    # because
    return 2 * x
'''


@pytest.fixture
def root(tmp_path):
    """A small repository with one record."""
    data = tmp_path / "src/n2t/data/sources"
    data.mkdir(parents=True)
    (data / "registry.py").write_text("HASH = 'a1b2c3'\n")
    (tmp_path / "src/model.py").write_text(SOURCE)
    (tmp_path / "presets.json").write_text('{"tiny": {"width": 8, "depth": 2}}')
    record(
        "toy/tiny",
        task="toy",
        preset="tiny",
        command="n2t train toy --preset tiny",
        configuration={"width": 8, "depth": 2},
        configuration_source={"file": "presets.json", "key": "tiny"},
        seeds=[0, 1, 2],
        metrics={"bleu": [1.0, 2.0, 3.0], "loss": [0.5, 0.5, 0.5]},
        signatures={"bleu": "nrefs:1"},
        data={"toy/train.txt": "a1b2c3"},
        sources=["src/model.py"],
        root=tmp_path,
    )
    return tmp_path


def test_a_record_gives_mean_spread_values_and_signature(root):
    found = result("toy/tiny", root=root)
    assert found.metric("bleu") == 2.0
    assert found.metric("bleu", "spread") == 1.0
    assert found["metrics"]["bleu"]["values"] == [1.0, 2.0, 3.0]
    assert found.signature("bleu") == "nrefs:1"
    assert found["task"] == "toy" and "seeds" in found
    assert dict(found) == dict(found.items())


def test_a_missing_name_lists_what_there_is(root):
    with pytest.raises(LedgerError, match="no result 'toy/huge'.*toy/tiny"):
        result("toy/huge", root=root)


def test_a_missing_metric_lists_what_there_is(root):
    with pytest.raises(LedgerError, match="no metric 'chrf'; it has bleu, loss"):
        result("toy/tiny", root=root).metric("chrf")


def test_a_changed_preset_makes_the_record_stale(root):
    (root / "presets.json").write_text('{"tiny": {"width": 16, "depth": 2}}')
    with pytest.raises(LedgerError, match="width was 8, now 16.*n2t train toy"):
        result("toy/tiny", root=root)


def test_a_removed_preset_makes_the_record_stale(root):
    (root / "presets.json").write_text("{}")
    with pytest.raises(LedgerError, match="depth was 2, now 'absent'"):
        result("toy/tiny", root=root)


def test_another_configuration_given_makes_the_record_stale(root):
    same = {"depth": 2, "width": 8}
    assert result("toy/tiny", configuration=same, root=root)
    with pytest.raises(LedgerError, match="depth was 2, now 3"):
        result("toy/tiny", configuration=same | {"depth": 3}, root=root)


def test_changed_data_makes_the_record_stale(root):
    (root / "src/n2t/data/sources/registry.py").write_text("HASH = 'ffffff'\n")
    with pytest.raises(LedgerError, match="toy/train.txt has another hash"):
        result("toy/tiny", root=root)


@pytest.mark.parametrize("text", [SOURCE.replace("2 *", "3 *"), None])
def test_a_changed_or_deleted_source_makes_the_record_stale(root, text):
    path = root / "src/model.py"
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(LedgerError, match="src/model.py has changed"):
        result("toy/tiny", root=root)


def test_new_words_about_a_source_leave_the_record_fresh(root):
    text = SOURCE.replace("# because", "# since\n\n").replace("Twice", "Double")
    (root / "src/model.py").write_text(text)
    assert result("toy/tiny", root=root)


def test_a_new_commit_or_python_leaves_the_record_fresh(root):
    path = root / "results/toy.tiny.json"
    fields = json.loads(path.read_text())
    fields["commit"], fields["versions"] = "f00", {"python": "9.9"}
    path.write_text(json.dumps(fields))
    assert result("toy/tiny", root=root)["commit"] == "f00"


@pytest.mark.parametrize("field", sorted(ledger.FIELDS))
def test_a_file_that_lacks_a_field_is_refused_by_its_name(root, field):
    path = root / "results/toy.tiny.json"
    fields = json.loads(path.read_text())
    del fields[field]
    path.write_text(json.dumps(fields))
    with pytest.raises(LedgerError, match=f"{field} is missing"):
        result("toy/tiny", root=root)


def test_a_truncated_file_is_refused(root):
    path = root / "results/toy.tiny.json"
    path.write_text(path.read_text()[:50])
    with pytest.raises(LedgerError, match="is no record"):
        result("toy/tiny", root=root)


@pytest.mark.parametrize("metrics", [{"a": [1.0]}, {"a": [1.0, float("nan")]}])
def test_a_metric_that_is_missing_a_seed_or_not_finite_is_refused(tmp_path, metrics):
    with pytest.raises(ValueError, match="metrics: a"):
        record(
            "x",
            task="x",
            command="x",
            configuration={},
            seeds=[0, 1],
            metrics=metrics,
            root=tmp_path,
        )


def test_a_mean_that_is_not_that_of_the_values_is_refused(root):
    path = root / "results/toy.tiny.json"
    fields = json.loads(path.read_text())
    fields["metrics"]["bleu"]["mean"] += 1
    path.write_text(json.dumps(fields))
    with pytest.raises(LedgerError, match="bleu has another mean than its values"):
        result("toy/tiny", root=root)


@pytest.mark.parametrize("name", ["", "../x", "A", "a b", "a//b", "a.b"])
def test_a_name_that_is_no_name_is_refused(name, tmp_path):
    with pytest.raises(ValueError, match="name"):
        result(name, root=tmp_path)


def test_every_committed_record_is_fresh():
    for name in ledger.names():
        result(name)


@pytest.mark.usefixtures("read_once")
def test_every_committed_record_names_all_that_it_depends_on_today():
    for name in ledger.names():
        found = json.loads(places.path_of(name, places.ROOT).read_text("utf-8"))
        assert list(found["sources"]) == carrying.sources_today(found), name


def test_every_mark_names_a_commit_of_this_history():
    def git(*words):
        command = ["git", "-C", str(places.ROOT), *words]
        return subprocess.run(command, capture_output=True, text=True)

    if git("rev-parse", "--is-shallow-repository").stdout.strip() != "false":
        pytest.skip("needs a git checkout with its whole history")
    commits = {result(name).measured_at for name in ledger.names()} - {""}
    for commit in commits:
        done = git("merge-base", "--is-ancestor", commit, "HEAD")
        assert done.returncode == 0, f"{commit} is no commit before this one"
