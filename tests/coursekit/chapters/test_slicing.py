"""An assignment takes the cells that its exercises need, and no others."""

import sys

import pytest
from sample_chapter import SAMPLE, sample

from coursekit.chapters.exercises import read_chapter
from coursekit.chapters.slicing import assigned, imports, needed_cells, used


def test_what_a_cell_defines_and_uses():
    source = "import numpy as np\nfrom a import b\nx = np.ones(n)\nfor i in x:\n  y = i"
    assert assigned(source) == {"np", "b", "x", "i", "y"}
    assert used(source) == {"n"}


def test_changing_an_object_counts_as_defining_it():
    assert "x" in assigned("x[0] = 1")
    assert "x" in assigned("x.weight = 1")
    assert "x" in used("x += 1")


def test_names_inside_functions_count_only_from_outside():
    source = "def f(a, b=c):\n    d = a + e\n    return [d + g for g in h]"
    assert assigned(source) == {"f"}
    assert used(source) == {"c", "e", "h"}


def test_classes_lambdas_and_annotations_are_followed():
    assert used("class A(B):\n    x = y\n    def f(self): return z") == {"B", "y", "z"}
    assert used("f = lambda a: a + b") == {"b"}
    assert used("def f(a: 'str', b: T) -> U: pass") == {"T", "U"}


def test_magics_do_not_stop_the_analysis():
    assert assigned("%matplotlib inline\nx = 1") == {"x"}


def test_only_needed_cells_are_taken():
    cells = needed_cells(sample(), sample().automatic)
    sources = "\n".join(cell.source for cell in cells)
    assert "def shifted" in sources
    assert "unrelated" not in sources


def test_a_cell_tagged_setup_is_always_taken():
    text = SAMPLE.read_text(encoding="utf-8").replace(
        "ipython3\nunrelated", "ipython3\n:tags: [setup]\nunrelated"
    )
    chapter = read_chapter("98_sample.md", text)
    cells = needed_cells(chapter, chapter.automatic)
    assert any("unrelated" in cell.source for cell in cells)


def test_another_exercises_answer_is_taken_where_it_is_used():
    chapter = sample()
    cells = needed_cells(chapter, [chapter.exercise("ex-sample-draw")])
    assert any("def entropy" in cell.source for cell in cells)


def test_imports_of_checks_come_along():
    assert imports("import a.b\nfrom c import d as e\nx = 1") == [
        "import a.b",
        "from c import d as e",
    ]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("def f(*, a=b): return a", {"b"}),
        ("def f(a=b, /, *c, d=e, **g): return c, g", {"b", "e"}),
        ("f = lambda a=b, *, c=d: a + c + e", {"b", "d", "e"}),
        ("[f(x, y) for x in xs for z in x if z in w]", {"f", "y", "xs", "w"}),
        ("x = [x for x in xs]", {"xs"}),
        ("[y for x in xs if (y := f(x))]\ny", {"f", "xs"}),
        ("if (n := len(a)) > 1: n", {"a"}),
        ("class A:\n    n = 1\n    def f(self): return n", {"n"}),
        ("class A:\n    n = 1\n    def f(self, k=n): return k", set()),
        ("class A:\n    x = x", {"x"}),
        ("class A:\n    def f(self): return A, super().f()", set()),
        ("class A:\n    class B: pass\n    class C(B): pass", set()),
        ("class A(B, metaclass=M): pass", {"B", "M"}),
        ("def f():\n    a = 1\n    def g():\n        nonlocal a\n        a = b", {"b"}),
        ("try:\n    a\nexcept E as e:\n    print(e)", {"a", "E"}),
        ("try:\n    pass\nexcept E as e:\n    pass\ne", {"E", "e"}),
        ("match v:\n    case [a, *b] if c: a, b", {"v", "c"}),
        ("match v:\n    case {'a': a, **b}: a, b", {"v"}),
        ("match v:\n    case C(x=D.y) as z: z", {"v", "C", "D"}),
        ("@a(b)\ndef f(): pass\n@c\nclass A: pass", {"a", "b", "c"}),
        ("x: T = x", {"x", "T"}),
        ("async def f(a: P) -> R:\n    async for b in g(a): await b", {"P", "R", "g"}),
        ("x = 0\nx += 1", set()),
        ("x += y", {"x", "y"}),
        ("del x", {"x"}),
        ("x = 1\ndef f(): return x, g\ndef g(): pass", {"g"}),
        ("f'{a!r:>{b}}'", {"a", "b"}),
        ("def f():\n    global a\n    a = b", {"b"}),
    ],
)
def test_each_scope_of_python_keeps_its_own_names(source, wanted):
    assert used(source) == wanted


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("[y for x in xs if (y := f(x))]", {"y"}),
        ("f = lambda: (y := 1)", {"f"}),
        ("def f(a=(y := 1)): (z := 2)", {"f", "y"}),
        ("a[0], (b.c, *d) = x", {"a", "b", "d"}),
        ("for x[0] in y: pass", {"x"}),
        ("with f() as (a, b.c): pass", {"a", "b"}),
        ("match v:\n    case [a, *b]: pass\n    case {1: c, **d}: pass", set("abcd")),
        ("try:\n    pass\nexcept E as e:\n    a = 1", {"a"}),
        ("x: int", set()),
        ("x.y: int = 1", {"x"}),
        ("del x[0]", {"x"}),
        ("class A:\n    b = 1", {"A"}),
        ("def f():\n    global a\n    a = b", {"f", "a"}),
    ],
)
def test_what_a_cell_changes_is_found_in_every_kind_of_target(source, wanted):
    assert assigned(source) == wanted


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax is Python 3.12's")
@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("def f[T: B](a: T) -> C: pass", {"B", "C"}),
        ("class A[T](B[T]):\n    def f(self) -> T: pass", {"B"}),
        ("type X[T] = dict[K, T]", {"K"}),
    ],
)
def test_type_parameters_are_no_names_from_outside(source, wanted):
    assert used(source) == wanted
