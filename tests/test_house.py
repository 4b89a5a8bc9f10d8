"""The house is in order: who imports whom, sizes, docstrings, nothing generated."""

import ast
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import packages_distributions

import pytest

from coursekit import paths
from n2t.ledger.imports import Tree

SRC = paths.ROOT / "src"
MODULES = sorted(SRC.rglob("*.py"))
OURS = sorted(
    path
    for folder in ("src", "tests", "benchmarks")
    for path in (paths.ROOT / folder).rglob("*.py")
)
#: The rooms in order, ground floor first: a module imports only from its own room
#: and from those above it in its list. A room is a file, or a folder with all in it.
ROOMS = {
    "n2t": [
        *("_fields", "_checks", "_extras", "_special_ids", "modes", "budget", "files"),
        "ledger",
        *("scratch", "masks", "cache", "positions", "attention", "fast", "privacy"),
        *("blocks", "experts"),
        *("decoding", "laws", "data", "models", "metrics"),
        *("training", "runs", "plots", "cli"),
    ],
    "n2t.data": ["sources", "text", "batches", "sets", "cards"],
    "coursekit": [
        *("paths", "kernel", "checks", "chapters", "book", "classroom", "answers"),
        *("testing", "bootstrap", "cli", "__main__"),
    ],
}
LARGEST_FOLDER = 20  # files
LONGEST_FILE, LONGEST_FUNCTION = 350, 45  # lines; docstrings are not counted
#: Methods that a base class asks for, and that the class's docstring describes.
FROM_BASES = ("_", "visit_", "handle_", "extra_repr", "forward", "backward")

each = pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: str(path.relative_to(SRC))
)


TREE = Tree(paths.ROOT)


@cache
def imported(path):
    """Full names of the modules that a file imports, anywhere in it."""
    return TREE.imports(TREE.path(path))


@cache
def graph():
    """Each file of `src` and those that it imports, by their paths."""
    files = [TREE.path(path) for path in MODULES]
    return {
        path: {found[0] for name in TREE.imports(path) if (found := TREE.find(name))}
        for path in files
    }


def circle(edges):
    """A way from a node back to itself, as a list of nodes; none is an empty list.

    Nodes that nothing goes on from are taken out until none is left, or only those
    on circles and on the ways to them.
    """
    left = {node: edges[node] & edges.keys() for node in edges}
    while ends := [node for node in left if not left[node] & left.keys()]:
        for node in ends:
            del left[node]
    way = list(left)[:1]
    while way:
        following = min(left[way[-1]] & left.keys())
        if following in way:
            return [*way[way.index(following) :], following]
        way.append(following)
    return way


def upward(edges, rooms):
    """Imports that lead to a room lower in a list, as "file imports file"."""
    for path, targets in edges.items():
        for target in targets:
            for package in rooms:
                mine, theirs = (room(file, package) for file in (path, target))
                order = rooms[package]
                if mine and theirs and order.index(theirs) > order.index(mine):
                    yield f"{path} imports {target}"


def room(path, package):
    """The room of a package that a file lies in; "" for elsewhere and its own face."""
    parts = TREE.module(path).split(".")
    depth = len(package.split("."))
    inside = parts[:depth] == package.split(".") and len(parts) > depth
    return parts[depth] if inside else ""


def test_no_circle_of_imports():
    assert not circle(graph())


def test_no_room_imports_from_a_room_below_it_in_the_list():
    assert not sorted(upward(graph(), ROOMS))


def test_scratch_imports_nothing_else_of_the_library():
    edges = graph()
    inside = {path for path in edges if room(path, "n2t") == "scratch"}
    assert inside
    for path in inside:
        assert edges[path] <= inside, f"{path} imports {edges[path] - inside}"


def test_a_circle_and_an_import_upward_are_named():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
    edges = {"src/n2t/masks.py": {"src/n2t/attention.py", "src/n2t/files.py"}}
    wanted = ["src/n2t/masks.py imports src/n2t/attention.py"]
    assert list(upward(edges, ROOMS)) == wanted


def borrowed(path, tree=TREE):
    """Names that a file imports from a module that has them from elsewhere itself."""
    for name in sorted(tree.imports(tree.path(path))):
        home, what = tree.find(name) or ("", "")
        made_elsewhere = what in tree.bound(home) if home else False
        if made_elsewhere and not home.endswith("__init__.py"):
            yield name


def test_a_borrowed_name_is_found(tmp_path):
    user = tmp_path / "benchmarks/user.py"
    user.parent.mkdir()
    user.write_text("from n2t.training.resume import differences, find_state\n")
    tree = Tree(tmp_path)
    (tmp_path / "src").symlink_to(SRC)
    assert list(borrowed(user, tree)) == ["n2t.training.resume.differences"]


@pytest.mark.parametrize("path", OURS, ids=lambda path: TREE.path(path))
def test_a_name_is_imported_from_where_it_is_made_or_from_a_package(path):
    assert not list(borrowed(path))


@pytest.mark.parametrize("package", ROOMS)
def test_every_room_has_a_place_on_the_list_and_every_place_a_room(package):
    rooms = {room(TREE.path(path), package) for path in MODULES} - {""}
    assert rooms == set(ROOMS[package])


@pytest.mark.parametrize(
    "path", [p for p in MODULES if p.name == "__init__.py"], ids=TREE.path
)
def test_a_packages_face_only_hands_names_on(path):
    """No record counts a face among its sources, so it must not do anything.

    `LAWS` is a list of what is handed on; the cards' face is their own source.
    """
    made = [
        ast.unparse(node.targets[0]) if isinstance(node, ast.Assign) else node
        for node in ast.parse(path.read_text("utf-8")).body
        if not isinstance(node, ast.Import | ast.ImportFrom | ast.Expr)
    ]
    if TREE.path(path) != "src/n2t/data/cards/__init__.py":
        assert set(made) <= {"__all__", "LAWS"}


def test_no_folder_of_the_source_is_a_hall():
    folders = {path.parent for path in SRC.rglob("*") if path.is_file()}
    for folder in folders - {SRC}:
        files = [path.name for path in folder.iterdir() if path.is_file()]
        assert len(files) <= LARGEST_FOLDER, f"{folder}: {len(files)} files"


def test_tests_lie_where_what_they_test_lies():
    """A folder of tests has the name of a room, but for those of other subjects."""
    others = {"chapters", "exercises", "site", "live", "benchmarks"}
    for test in (paths.ROOT / "tests").rglob("test_*.py"):
        place = test.parent.relative_to(paths.ROOT / "tests")
        if place.parts and place.parts[0] not in others:
            home = SRC if place.parts[0] == "coursekit" else SRC / "n2t"
            there = (home / place).is_dir() or (home / f"{place}.py").is_file()
            assert there, f"{test}: there is no {place} in {home}"


@each
def test_the_library_stands_without_the_course_tools(path):
    if path.relative_to(SRC).parts[0] == "n2t":
        assert not {name for name in imported(path) if name.startswith("coursekit")}


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


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-models.txt"])
def test_requirements_are_pinned_exactly(name):
    lines = (paths.ROOT / name).read_text("utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    pin = r'[\w.-]+==[\w.]+(; sys_platform == "linux")?'
    assert all(re.fullmatch(pin, line) for line in wanted), wanted


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
