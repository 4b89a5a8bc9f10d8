"""The house is in order: who imports whom, sizes, docstrings, nothing generated."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest

from coursekit import paths

SRC = paths.ROOT / "src"
MODULES = sorted(SRC.rglob("*.py"))
OURS = sorted(
    path
    for folder in ("src", "tests", "benchmarks")
    for path in (paths.ROOT / folder).rglob("*.py")
)
#: `n2t` from the ground floor up; a room imports from rooms above it in this
#: list, or beside it in the same row. Modules that start with `_` lie below.
ROOMS = [
    ["budget", "ledger"],
    ["scratch"],
    ["masks", "cache", "attention"],
    ["positions"],
    ["blocks"],
    ["models"],
    ["decoding"],
    ["data"],
    ["metrics"],
    ["training"],
    ["laws"],
    ["plots"],
    ["cli"],
]
FLOOR = {name: floor for floor, row in enumerate(ROOMS) for name in row}
LONGEST_FILE, LONGEST_FUNCTION = 350, 45  # lines; docstrings are not counted
#: Methods that a base class asks for, and that the class's docstring describes.
FROM_BASES = ("_", "visit_", "handle_", "extra_repr", "forward", "backward")

each = pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: str(path.relative_to(SRC))
)


def imported(path):
    """Full names of the modules that a file imports, anywhere in it."""
    found = set()
    package = ".".join(path.relative_to(SRC).parts[:-1]) if SRC in path.parents else ""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            parts = [*base, *([node.module] if node.module else [])]
            found |= {".".join([*parts, alias.name]) for alias in node.names}
    return found


def room_of(module):
    """`n2t.models.transformer` lies in the room `models`."""
    return module.split(".")[1] if module.startswith("n2t.") else ""


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.relative_to(SRC).parts[0] == "n2t"],
    ids=lambda path: str(path.relative_to(SRC)),
)
def test_a_room_imports_only_from_rooms_below_it(path):
    module = ".".join(path.relative_to(SRC).with_suffix("").parts)
    own = room_of(module)
    if own not in FLOOR:
        return  # the package itself, or a module that starts with `_`
    for name in imported(path):
        room = room_of(name)
        if room in FLOOR and room != own:
            assert own != "scratch", f"scratch imports {name}"
            assert FLOOR[room] <= FLOOR[own], f"{module} imports {name}"


@each
def test_the_library_stands_without_the_course_tools(path):
    if path.relative_to(SRC).parts[0] == "n2t":
        assert not {name for name in imported(path) if name.startswith("coursekit")}


def test_every_room_has_a_place_on_the_list():
    inside = {path.relative_to(SRC).parts[1] for path in MODULES if "n2t" in path.parts}
    rooms = {name.removesuffix(".py") for name in inside}
    assert {name for name in rooms if not name.startswith("_")} <= set(FLOOR)


@each
def test_files_and_functions_are_short(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            docstring = ast.get_docstring(node, clean=False) or ""
            lines = node.end_lineno - node.lineno - docstring.count("\n")
            assert lines <= LONGEST_FUNCTION, f"{node.name} has {lines} lines"


KINDS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def undocumented(tree):
    """Public names at the top of a module, or in its classes, without a docstring.

    A method that several classes of a module share is described in one of them.
    """
    names = [node for node in tree.body if isinstance(node, KINDS)]
    methods = [
        (f"{node.name}.{method.name}", method)
        for node in names
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        for method in node.body
        if isinstance(method, KINDS) and not method.name.startswith(FROM_BASES)
    ]
    described = {method.name for _, method in methods if ast.get_docstring(method)}
    public = [node for node in names if not node.name.startswith("_")]
    yield from (node.name for node in public if not ast.get_docstring(node))
    yield from (full for full, method in methods if method.name not in described)


@each
def test_every_public_name_is_documented(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), "the module has no docstring"
    assert not list(undocumented(tree))


@pytest.mark.parametrize(
    "path", [*OURS, *paths.notebooks()], ids=lambda path: path.stem
)
def test_no_file_leaves_work_for_later(path):
    assert not re.search("TO" + "DO|FIX" + "ME", path.read_text("utf-8"))


@pytest.mark.parametrize(
    "path",
    [*(SRC / "n2t").rglob("*.py"), *paths.notebooks()],
    ids=lambda path: path.stem,
)
def test_no_chapter_and_no_part_of_the_library_edits_the_import_path(path):
    assert "sys.path" not in path.read_text("utf-8")


def git(*arguments):
    """Lines that git prints; the test is skipped outside a git checkout."""
    command = ["git", "-C", str(paths.ROOT), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    return done.stdout.splitlines()


def test_nothing_generated_is_committed():
    assert git("ls-files", "--cached", "--ignored", "--exclude-standard") == []


def test_every_chapter_is_in_the_table_of_contents():
    written = {path for path in paths.CHAPTERS.rglob("*.md")}
    assert written == set(paths.pages())


def test_no_reference_stands_twice():
    """The bibliography loses every entry after a doubled key, without a word."""
    text = (paths.ROOT / "references.bib").read_text("utf-8")
    keys = re.findall(r"^@\w+\{\s*([^,\s]+)", text, re.M)
    assert len(keys) > 50
    assert sorted(keys) == sorted(set(keys))


def test_requirements_are_pinned_exactly():
    lines = (paths.ROOT / "requirements.txt").read_text("utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in wanted), wanted


def test_everything_that_is_imported_is_a_pinned_requirement():
    text = (paths.ROOT / "requirements.txt").read_text("utf-8")
    pinned = {
        _canonical(line.split("==")[0]) for line in text.splitlines() if "==" in line
    }
    names = {name.split(".")[0] for path in OURS for name in imported(path)}
    known = packages_distributions()
    missing = {
        name
        for name in names & set(known) - {"n2t", "coursekit"}
        if not pinned & {_canonical(distribution) for distribution in known[name]}
    }
    assert not missing


def _canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_workflows_are_valid():
    files = sorted((paths.ROOT / ".github/workflows").glob("*.yml"))
    assert len(files) == 2
    command = [sys.executable, "-m", "check_jsonschema", *map(str, files)]
    command += ["--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
