"""A moved file is the same only where it does the same, word for word."""

import pytest

from n2t.ledger.imports import Tree
from n2t.ledger.moved import Move

OLD = '''"""What it is."""
import numpy as np
from n2t.data import batching
from n2t.data.batching import pad as fill


def double(x):
    """Twice x."""
    # because
    return 2 * fill(batching.cut(x)) + np.float32(1)


WHERE = "python -m n2t.data.batching, in src/n2t/data/batching.py"
'''
NEW = '''"""Other words."""
from numpy import float32
import n2t.data.batches.batching
from n2t.data.batches.batching import pad


def double(x):
    return (
        2 * pad(n2t.data.batches.batching.cut(x)) + float32(1)
    )


WHERE = "python -m n2t.data.batches.batching, in src/n2t/data/batches/batching.py"
'''
BATCHING = "def pad(x): return x\ndef cut(x): return x\n"
RENAMES = {
    "src/n2t/data/batching.py": "src/n2t/data/batches/batching.py",
    "src/n2t/model.py": "src/n2t/models/model.py",
}


@pytest.fixture
def move(tmp_path):
    """A small library whose two modules have moved."""

    def make(new=NEW, extra=()):
        files = {
            "old/src/n2t/model.py": OLD,
            "old/src/n2t/data/batching.py": BATCHING,
            "old/src/n2t/masks.py": "from n2t.data.batching import pad\n",
            "new/src/n2t/models/model.py": new,
            "new/src/n2t/data/batches/batching.py": BATCHING,
            "new/src/n2t/masks.py": "",
        }
        for path, text in (files | dict(extra)).items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        return Move(Tree(tmp_path / "old"), Tree(tmp_path / "new"), RENAMES)

    return make


MODEL = "src/n2t/models/model.py"


def test_words_layout_imports_and_paths_of_moved_modules_do_not_count(move):
    assert move().difference(MODEL) == ""


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("2 * pad", "3 * pad"),
        ("-m n2t.data.batches.batching", "-m n2t.data.batches.other"),
        ("batching import pad", "other import pad"),
        ("import pad", "import cut as pad"),
        ("from numpy import float32", "from numpy import float64 as float32"),
        ("def double(x)", "def double(x, y=0)"),
        ("\n\ndef double", "\n\nPAD = 1\n\ndef double"),
    ],
)
def test_whatever_else_differs_counts(move, was, now):
    assert was in NEW
    other = {"new/src/n2t/data/batches/other.py": BATCHING}
    found = move(NEW.replace(was, now, 1), other)
    assert found.difference(MODEL) == f"{MODEL} does something else"


def test_a_new_file_is_new_and_one_that_stayed_is_compared_with_itself(move):
    new = {"new/src/n2t/models/other.py": OLD, "new/src/n2t/model.py": OLD}
    found = move(extra=new)
    assert found.difference("src/n2t/models/other.py").endswith("is new")
    assert found.difference("src/n2t/model.py").endswith("is new")  # the old one left
    assert found.difference("src/n2t/masks.py") == ""


def test_a_name_that_is_handed_on_by_another_module_is_the_same_thing(move):
    old = OLD.replace("data.batching import pad", "masks import pad")
    assert old != OLD
    assert move(extra={"old/src/n2t/model.py": old}).difference(MODEL) == ""


def test_a_command_names_the_modules_as_they_are_now(move):
    said = "python -m n2t.data.batching x && n2t train --preset data.batching"
    assert move().text(said) == said.replace("n2t.data.b", "n2t.data.batches.b")
