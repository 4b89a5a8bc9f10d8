"""Who imports whom, read from the text of files, at the level of names."""

import pytest

from n2t.ledger.imports import Tree

FILES = {
    "src/n2t/__init__.py": "",
    "src/n2t/masks.py": "import numpy as np\n",
    "src/n2t/attention.py": "from n2t.masks import causal\n",
    "src/n2t/models/__init__.py": """
from n2t.models.recurrent import Recurrent
from n2t.models.transformer import Transformer as Translator
SIZE = 3
""",
    "src/n2t/models/recurrent.py": "class Recurrent: pass\n",
    "src/n2t/models/transformer.py": """
from ..attention import attend
from . import state
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from n2t.models.recurrent import Recurrent
class Transformer: pass
""",
    "src/n2t/models/state.py": "",
    "src/n2t/runs/tasks.py": """
import n2t.masks
from n2t.models import Recurrent, Translator

FAMILIES = {name: Recurrent for name in "ab"}

def family(): return FAMILIES

def translator(name="x"):
    FAMILIES = Translator  # a name of its own
    return FAMILIES

def masked(): return [n2t.masks for _ in "a"]
""",
    "benchmarks/steps.py": """
from benchmarks import compare
def run():
    from n2t.models import Translator
""",
    "benchmarks/compare.py": "import json\n",
}


@pytest.fixture
def tree(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return Tree(tmp_path)


TRANSFORMER = ["src/n2t/attention.py", "src/n2t/masks.py"]
TRANSFORMER += ["src/n2t/models/state.py", "src/n2t/models/transformer.py"]


def test_a_name_that_a_package_hands_on_leads_to_where_it_is_made(tree):
    found = ("src/n2t/models/transformer.py", "Transformer")
    assert tree.find("n2t.models.Translator") == found
    assert tree.find("n2t.models.state") == ("src/n2t/models/state.py", "")
    assert tree.find("n2t.models.SIZE") == ("src/n2t/models/__init__.py", "SIZE")
    assert tree.find("numpy.random") is None


def test_relative_imports_count_and_those_for_type_checkers_do_not(tree):
    assert tree.closure(["n2t.models.Translator"]) == TRANSFORMER


def test_imports_inside_functions_count(tree):
    wanted = ["benchmarks/compare.py", "benchmarks/steps.py", *TRANSFORMER]
    assert tree.closure(["benchmarks/steps.py"]) == wanted


def test_a_package_as_a_whole_leads_to_all_that_it_imports(tree):
    found = tree.closure(["n2t.models"])
    assert {"src/n2t/models/recurrent.py", *TRANSFORMER} < set(found)


def test_the_names_that_a_file_imports_are_whole(tree):
    found = tree.imports("src/n2t/models/transformer.py")
    assert found == {"n2t.attention.attend", "n2t.models.state", "typing.TYPE_CHECKING"}
    assert tree.bound("src/n2t/masks.py") == {"np": "numpy"}


@pytest.mark.parametrize(
    ("name", "leads"),
    [
        ("family", "src/n2t/models/recurrent.py"),
        ("translator", "src/n2t/models/transformer.py"),
        ("masked", "src/n2t/masks.py"),
    ],
)
def test_a_module_that_chooses_leads_only_to_what_the_chosen_name_uses(
    tree, name, leads
):
    tasks = "src/n2t/runs/tasks.py"
    others = {f"src/n2t/models/{x}.py" for x in ("recurrent", "transformer")} - {leads}
    found = tree.closure([f"n2t.runs.tasks.{name}"], choosing=("src/n2t/runs/",))
    assert {tasks, leads} <= set(found) and not others & set(found)
    assert tree.closure(["n2t.runs.tasks"], choosing=("src/n2t/runs/",)) == [tasks]


def test_what_is_left_out_hides_what_it_imports(tree):
    left = ("src/n2t/attention.py",)
    found = tree.closure(["n2t.models.Translator"], without=left)
    assert found == TRANSFORMER[2:]


@pytest.mark.parametrize("entry", ["n2t.gone", "src/n2t/gone.py", "numpy"])
def test_an_entry_that_is_not_here_is_refused(tree, entry):
    with pytest.raises(ValueError, match="is neither a file nor a name"):
        tree.closure([entry.replace("n2t.gone", "gone.n2t")])


def test_a_name_that_a_module_does_not_have_is_refused(tree):
    with pytest.raises(ValueError, match="gone"):
        tree.closure(["n2t.runs.tasks.gone"], choosing=("src/n2t/runs/",))


def test_an_installed_package_keeps_the_paths_of_the_repository(tree):
    installed = Tree(tree.root / "src/n2t")
    assert installed.closure(["n2t.models.Translator"]) == TRANSFORMER
    assert installed.path(installed.place("src/n2t/masks.py")) == "src/n2t/masks.py"


def test_an_installed_package_does_not_depend_on_its_neighbors(tree):
    (tree.root / "src/neighbor.py").write_text("import n2t.masks\n")
    (tree.root / "src/n2t/user.py").write_text("import neighbor\n")
    installed = Tree(tree.root / "src/n2t")
    assert installed.closure(["n2t.user"]) == ["src/n2t/user.py"]
