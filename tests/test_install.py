"""The library as a stranger installs it: apart from the checkout, no extras, offline.

A wheel is built from the packed sources of a clean copy, and installed into an empty
environment that has what the wheel declares and nothing more. Every chapter draws
figures, so no notebook runs on the declared dependencies alone: it gets the extras
that its own imports ask for (``plots``), and no others.
"""

import ast
import json
import os
from importlib.metadata import packages_distributions

import bare
import nbformat
import pytest
from filelock import FileLock
from packaging.utils import canonicalize_name

from coursekit import paths
from coursekit.book.extensions.downloads import write_notebook

SRC = paths.ROOT / "src"
NOTEBOOK = paths.CHAPTERS / "3_attention/13_positions.md"  # quick; reads a record


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The folder of the environment, made once a run by the worker that is first."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with FileLock(base / "install.lock"):
        if not (base / "install/ready").exists():
            bare.make(base / "install")
            (base / "install/ready").touch()
    return base / "install"


def imports_at_once(body):
    """Top names of what statements import as they run, outside functions."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from imports_at_once(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.stmt)]
            handlers = [h.body for h in getattr(node, "handlers", ())]
            yield from imports_at_once(sum(handlers, inside))


@pytest.fixture(scope="module")
def extras_of(place):
    """Names that cannot be imported there, each with the extras that bring it."""
    present = bare.closure(bare.declared(place))
    extras = set(bare.wheel(place).metadata.get_all("Provides-Extra")) - {"all"}
    brought = [
        (extra, canonicalize_name(need.name))
        for extra in extras
        for need in bare.declared(place, extra)
    ]
    found = {}
    for name, packages in packages_distributions().items():
        owners = {canonicalize_name(package) for package in packages}
        if not owners & present.keys():
            found[name] = {extra for extra, package in brought if package in owners}
    return found


def extras_for(source, extras_of):
    """The extras that bring what a text imports at once."""
    imported = imports_at_once(ast.parse(source).body)
    return set().union(*(extras_of.get(name, ()) for name in imported))


def module_name(path):
    """`n2t.models.transformer` for its file."""
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_every_module_imports_or_says_which_extra_it_needs(place, extras_of):
    files = [*(SRC / "n2t").rglob("*.py"), *(SRC / "coursekit/kernel").rglob("*.py")]
    sources = {module_name(file): file.read_text("utf-8") for file in files}
    needs = {name: extras_for(text, extras_of) for name, text in sources.items()}
    asked = bare.ask(place, "modules")
    assert asked["file"].startswith(str(place))
    assert sorted(asked["seen"]) == sorted(needs)
    assert set(asked["failed"]) == {name for name, extras in needs.items() if extras}
    for name, said in asked["failed"].items():
        assert all(f"n2t[{extra}]" in said for extra in needs[name]), said


def test_a_figure_without_matplotlib_says_which_extra_brings_it(place):
    said = bare.ask(place, "plots")
    assert len(said) == 4
    assert all("n2t[plots]" in text for text in said.values()), said


def test_every_record_came_along_and_is_fresh(place):
    asked = bare.ask(place, "records")
    assert asked["failed"] == {}
    files = sorted((paths.ROOT / "results").glob("*.json"))
    wanted = [json.loads(path.read_text("utf-8")) for path in files]
    assert asked["found"] == {record["name"]: record for record in wanted}


@pytest.mark.recorded("multi30k/published")
def test_the_translator_came_along(place):
    (german,) = bare.ask(place, "translate", "A dog runs.")
    assert "Hund" in german


def test_a_downloaded_notebook_runs(place, extras_of, tmp_path):
    made = write_notebook(NOTEBOOK, tmp_path, "self-study")
    cells = [cell for cell in nbformat.read(made, 4).cells if cell.cell_type == "code"]
    source = "\n".join(cell["source"] for cell in cells)
    extras = extras_for(source, extras_of)
    assert extras == {"plots"}
    extra = tmp_path / "extra"
    extra.mkdir()
    more = bare.closure(bare.declared(place, *extras))
    present = bare.closure(bare.declared(place))
    bare.link([more[name] for name in more.keys() - present.keys()], extra)
    asked = bare.ask(place, "notebook", made, extra)
    assert asked["run"] == len(cells)
    assert asked["recorded"]["name"] == "positions/extrapolation"
    assert "coursekit.checks" in source and asked["unanswered"]


def test_typed_and_complete_and_of_versions_that_satisfy(place):
    wheel = bare.wheel(place)
    came = {file.as_posix() for file in wheel.files}
    assert "n2t/py.typed" in came
    font = "n2t/plots/typeface/course-sans-cjk.otf"
    assert {font, font.replace("course-sans-cjk.otf", "OFL.txt")} <= came
    extras = wheel.metadata.get_all("Provides-Extra")
    for need in bare.declared(place, "", *(set(extras) - {"all"})):
        (found,) = bare.closure([need]).keys() & {canonicalize_name(need.name)}
        version = bare.metadata.distribution(found).version
        assert need.specifier.contains(version, prereleases=True), (need, version)
