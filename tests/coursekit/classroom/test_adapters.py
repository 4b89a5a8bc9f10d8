"""A student's own design, checked and handed in."""

import nbformat
import pytest
from sample_chapter import RIGHT, sample

from coursekit.classroom import adapters
from coursekit.classroom.handout import assignments


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapters")
    assignments.make_course(folder, [sample()])
    return folder / "release" / "98_sample" / "98_sample.ipynb"


def test_answers_in_a_package_of_ones_own_are_checked_and_handed_in(tmp_path, released):
    path = tmp_path / "own" / "adapters.py"
    path.parent.mkdir()
    path.write_text(adapters.template(sample()), encoding="utf-8")
    outcomes = adapters.check(path, sample())
    assert {o.error for o in outcomes.values()} == {"NotImplementedError"}
    design = "import numpy as np\n\n\ndef shifted(s):\n    return s - s.max()\n\n\n"
    (path.parent / "ownpackage.py").write_text(design + "\n".join(RIGHT.values()))
    path.write_text("from ownpackage import entropy, weights\n")
    assert all(o.passed for o in adapters.check(path, sample()).values())
    made = adapters.submission(path, sample(), released, tmp_path / "handin")
    cells = {c.id: c.source for c in nbformat.read(made, as_version=4).cells}
    assert cells["ex-sample-weights"] == "from adapters import weights"
    assert (tmp_path / "handin" / "ownpackage.py").is_file()


def test_an_adapters_file_without_an_answer_or_that_fails_is_named(tmp_path):
    path = tmp_path / "adapters.py"
    with pytest.raises(FileNotFoundError, match="no such file"):
        adapters.check(path, sample())
    path.write_text("def weights(scores): return scores\n")
    outcomes = adapters.check(path, sample())
    assert "where is exp" in outcomes["ex-sample-weights"].hint
    assert "does not define entropy" in outcomes["ex-sample-entropy"].hint
    path.write_text("1 / 0\n")
    assert (
        adapters.check(path, sample())["ex-sample-entropy"].error == "ZeroDivisionError"
    )


def test_making_the_notebook_again_nests_nothing(tmp_path, released):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "__init__.py").write_text("")
    (tmp_path / "adapters.py").write_text("from own import weights, entropy\n")
    for _ in range(3):
        made = adapters.submission(
            tmp_path / "adapters.py", sample(), released, tmp_path / "handin"
        )
    files = sorted(
        p.relative_to(made.parent).as_posix() for p in made.parent.rglob("*")
    )
    assert files == ["98_sample.ipynb", "adapters.py", "own", "own/__init__.py"]


def test_what_a_grader_would_refuse_is_not_copied(tmp_path, released, monkeypatch):
    own = tmp_path / "own"
    (own / "env").mkdir(parents=True)
    (own / "env" / "pyvenv.cfg").write_text("")
    (own / "env" / "torch.so").write_bytes(bytes(3 << 20))
    (own / "adapters.py").write_text("from own import weights, entropy\n")
    monkeypatch.setattr(adapters, "LARGEST", 1 << 20)
    made = adapters.submission(
        own / "adapters.py", sample(), released, tmp_path / "handin"
    )
    assert not (made.parent / "env").exists()
    (own / "data").mkdir()
    (own / "data" / "corpus.txt").write_bytes(bytes(2 << 20))
    with pytest.raises(ValueError, match=r"at most 1 MiB, and it is 2 MiB.*corpus"):
        adapters.submission(own / "adapters.py", sample(), released, tmp_path / "again")
    assert not (tmp_path / "again").exists()
