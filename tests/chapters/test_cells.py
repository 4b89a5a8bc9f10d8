"""Cells that a reader sees can be read once: a statement a line, shown, then held."""

import ast
import re

import pytest

from coursekit import paths
from coursekit.chapters import reading

CHAPTERS = [page for page in paths.notebooks() if re.match(r"\d\d_", page.name)]
FOLDED = {"remove-cell", "hide-input", "check"}
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
DRAWS = re.compile(r"\b(plt|ax|axes|fig)\.|\bplots\.(?!use_style)")
WIDEST = 4.7  # inches: with texts of 8.6 points or more it fits a phone, unscrolled
LETTERS = re.compile(r"^\| letters? +\|", re.M)

each = pytest.mark.parametrize("page", CHAPTERS, ids=lambda page: page.stem)


def has_calls(node):
    """Whether anything is called in an expression."""
    return any(isinstance(part, ast.Call) for part in ast.walk(node))


def tuples_of_calls(tree):
    """Lines like `a, b = f(), g()`: two statements that look like one."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple)
        if any(map(has_calls, node.value.elts))
    ]


def dense(tree):
    """Lines of comprehensions that are nested, or longer than two lines."""
    found = [node for node in ast.walk(tree) if isinstance(node, COMPREHENSIONS)]
    return [
        node.lineno
        for node in found
        if node.end_lineno - node.lineno > 1
        or any(other in found for other in ast.walk(node) if other is not node)
    ]


def only_imports(tree):
    """Whether a cell of more than two lines does nothing but import."""
    imports = [isinstance(node, ast.Import | ast.ImportFrom) for node in tree.body]
    return len(imports) > 2 and all(imports)


def silent(tree):
    """Whether a cell asserts something and shows nothing before it."""
    asserts = [node.lineno for node in ast.walk(tree) if asserts_something(node)]
    shows = [node.lineno for node in ast.walk(tree) if is_print(node)]
    last = tree.body[-1]
    ends = isinstance(last, ast.Expr) and not (
        is_print(last.value) or asserts_something(last.value)
    )
    return bool(asserts) and not ends and (not shows or min(shows) > max(asserts))


def asserts_something(node):
    """Whether a node is an `assert`, or a call like `assert_close(...)`."""
    called = node.func if isinstance(node, ast.Call) else None
    name = getattr(called, "attr", getattr(called, "id", ""))
    return isinstance(node, ast.Assert) or name.startswith("assert_")


def is_print(node):
    """Whether a node is a call of `print`."""
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"


def wide(tree):
    """Lines where a drawing begins that is wider than a phone, or says no width."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        node.lineno
        for node in calls
        if getattr(node.func, "attr", "") == "canvas"
        if not node.args or not ast.literal_eval(node.args[0]) <= WIDEST
    ]


def seen(page):
    """(first line, tree) of each cell whose code a reader sees."""
    for cell in reading.code_cells(page):
        if not FOLDED & set(cell["metadata"].get("tags", ())):
            tree = ast.parse(cell["source"])
            if tree.body:
                yield cell["source"].strip().split("\n")[0], tree


@each
def test_a_line_is_one_statement(page):
    assert not [
        (name, at) for name, tree in seen(page) if (at := tuples_of_calls(tree))
    ]


@each
def test_no_comprehension_is_nested_or_longer_than_two_lines(page):
    assert not [(name, at) for name, tree in seen(page) if (at := dense(tree))]


@each
def test_plots_and_lists_of_imports_are_folded(page):
    assert not [
        name
        for name, tree in seen(page)
        if only_imports(tree) or DRAWS.search(ast.unparse(tree))
    ]


@each
def test_a_number_is_shown_before_it_is_asserted(page):
    assert not [name for name, tree in seen(page) if silent(tree)]


@each
def test_a_page_says_what_its_letters_stand_for(page):
    if not page.name.startswith("00_"):
        assert LETTERS.search(page.read_text("utf-8"))


@each
def test_a_drawing_is_no_wider_than_a_phone(page):
    """Plots have axes, and two side by side may need more; a drawing uses height."""
    trees = [ast.parse(cell["source"]) for cell in reading.code_cells(page)]
    assert not [ast.unparse(tree) for tree in trees if wide(tree)]


def test_each_rule_sees_its_fault():
    tree = ast.parse
    assert wide(tree("ax = plots.canvas(6.4, 2)")) and wide(tree("plots.canvas()"))
    assert not wide(tree("a, b = plots.canvas(4.6, 2), 1"))
    assert tuples_of_calls(tree("a, b = f(), g()"))
    assert not tuples_of_calls(tree("a, b = 1, 2\nB, T = x.shape"))
    assert dense(tree("[[a for a in b]\n for b in c]"))
    assert dense(tree("[a\n for a in b\n if a]"))
    assert not dense(tree("[a for a in b\n if a]"))
    assert only_imports(tree("import a\nimport b\nimport c"))
    assert silent(tree("a = 1\nassert a")) and silent(tree("assert a\nprint(a)"))
    assert not silent(tree("print(a)\nassert a"))
    assert not silent(tree("for a in b:\n    print(a)\n    assert a"))
    assert silent(tree("np.testing.assert_allclose(a, b)"))
