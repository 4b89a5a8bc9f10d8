"""An assignment takes the cells that its exercises need, and no others."""

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
    assert used("class A(B):\n    x = y\n    def f(self): return x") == {"B", "y"}
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
