"""Records go over a move only where nothing but paths has changed, or are marked."""

import json
import subprocess

import pytest

from n2t import ledger
from n2t.ledger import LedgerError, places
from n2t.runs import carrying

PROGRAM = "import n2t.model\n\nSIZE = n2t.model.size(2)\n"
MODEL = '"""A model."""\n\n\ndef size(n):\n    return 2 * n\n'
NEW = PROGRAM.replace("n2t.model", "n2t.models.model")


def git(*words):
    command = ["git", "-C", str(places.ROOT), "-c", "user.name=a", "-c"]
    subprocess.run(
        [*command, "user.email=a@b", *words], check=True, capture_output=True
    )


def commit():
    git("add", "-A")
    git("commit", "-qm", "x")


def put(path, text):
    (places.ROOT / path).parent.mkdir(parents=True, exist_ok=True)
    (places.ROOT / path).write_text(text)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A repository with one record, whose module has moved since."""
    monkeypatch.setattr(places, "ROOT", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    git("init", "-q")
    put("src/n2t/model.py", MODEL)
    put("src/presets/a.json", '{"tiny": {"width": 8}}')
    put("benchmarks/toy_moved.py", PROGRAM)
    commit()
    ledger.record(
        "toy/a", task="toy",
        command="python -m benchmarks.toy_moved && python -m n2t.model",
        configuration={"width": 8},
        configuration_source={"file": "src/presets/a.json", "key": "tiny"},
        seeds=[0], metrics={"m": [0.1]}, sources=["src/n2t/model.py"],
    )  # fmt: skip
    commit()
    put("src/n2t/models/model.py", "# moved\n" + MODEL)
    put("benchmarks/toy_moved.py", NEW)
    git("rm", "-q", "src/n2t/model.py")
    (places.ROOT / "src/n2t/presets").mkdir()
    git("mv", "src/presets/a.json", "src/n2t/presets/a.json")
    git("add", "-A")
    found = ["benchmarks/toy_moved.py", "src/n2t/models/model.py"]
    monkeypatch.setattr(carrying, "sources_today", lambda record: found)
    carrying.move_since.cache_clear()
    carrying.tree_at.cache_clear()
    return tmp_path


def record(course):
    return json.loads((course / "results/toy.a.json").read_text())


def test_a_record_whose_files_only_moved_gets_their_new_paths(course, capsys):
    before = record(course)
    with pytest.raises(LedgerError, match="src/n2t/model.py has changed"):
        ledger.result("toy/a")
    carrying.main([])
    assert record(course) == before and "carried\n" in capsys.readouterr().out
    carrying.main(["--write"])
    found = ledger.result("toy/a")
    assert found.measured_at == ""
    wanted = ["benchmarks/toy_moved.py", "src/n2t/models/model.py"]
    assert found["sources"] == ledger.source_hashes(wanted)
    assert found["configuration_source"]["file"] == "src/n2t/presets/a.json"
    assert found["command"].endswith("&& python -m n2t.models.model")
    same = ("name", "metrics", "seeds", "configuration", "commit")
    assert all(found[key] == before[key] for key in same)
    carrying.main(["--write"])
    assert "toy/a: fresh" in capsys.readouterr().out


def test_a_record_whose_code_changed_is_marked_only_by_its_name(course, capsys):
    before = record(course)
    put("src/n2t/models/model.py", MODEL.replace("2 * n", "3 * n"))
    carrying.main(["--write"])
    assert record(course) == before
    said = capsys.readouterr().out
    assert "toy/a: changed" in said
    assert "src/n2t/models/model.py does something else" in said
    carrying.main(["--measured-at", "toy/a"])
    found = ledger.result("toy/a")
    head = carrying.git("rev-parse", "HEAD").decode().strip()
    changed = ["src/n2t/models/model.py does something else"]
    assert found["measured_at"] == {"commit": head, "changed": changed}
    assert found.measured_at == head
    put("src/n2t/models/model.py", MODEL.replace("2 * n", "4 * n"))
    with pytest.raises(LedgerError, match="src/n2t/models/model.py has changed"):
        ledger.result("toy/a")


def test_a_record_whose_hashes_are_of_no_commit_is_not_carried(course, capsys):
    fields = record(course)
    fields["sources"]["src/n2t/model.py"] = "0" * 64
    put("results/toy.a.json", json.dumps(fields))
    git("add", "-A")
    git("commit", "-qm", "by hand")
    carrying.main(["--write", "--measured-at", "toy/a"])
    assert "toy/a: unknown" in capsys.readouterr().out
    assert record(course) == fields


def test_the_commit_of_the_run_is_believed_before_the_one_that_wrote_it(course):
    first = carrying.git("rev-parse", "HEAD~1").decode().strip()
    fields = record(course) | {"commit": first + "+"}
    put("results/toy.a.json", json.dumps(fields))
    commit()
    put("src/n2t/models/model.py", MODEL.replace("2 * n", "3 * n"))
    assert carrying.carry("toy/a").fields["measured_at"]["commit"] == first


def test_a_mark_without_a_commit_is_refused(course):
    put("results/toy.a.json", json.dumps(record(course) | {"measured_at": {"x": 1}}))
    with pytest.raises(LedgerError, match="measured_at"):
        ledger.result("toy/a")


@pytest.mark.parametrize(
    ("name", "command", "program"),
    [
        ("bench/steps", "n2t bench all --record", "steps"),
        (
            "bench/avx2/steps",
            "python -m benchmarks.second_processor --record",
            "second_processor",
        ),
    ],
)
def test_a_speed_is_made_by_its_command_or_by_the_program_of_its_name(
    name, command, program
):
    made = {"name": name, "preset": None, "task": "bench", "command": command}
    found = carrying.sources_today(made)
    assert f"benchmarks/{program}.py" in found
    with pytest.raises(ValueError, match="bench/none: no program makes it"):
        carrying.sources_today(made | {"name": "bench/none", "command": "n2t bench"})
