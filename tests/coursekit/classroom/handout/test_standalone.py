"""A student with the notebook and nothing else can read it and run it."""

import ast
import re
import time
from functools import cache

import matplotlib
import pytest
import torch
from sample_chapter import sample

from coursekit.book.citations import cited
from coursekit.chapters.carrying import defined, introduced, trainers, trains, variables
from coursekit.chapters.exercises import OPEN_STUB, STUB, chapter_files, read_chapter
from coursekit.chapters.labels import labels
from coursekit.chapters.slicing import assigned, parsed, used
from coursekit.classroom.handout import assignments
from coursekit.classroom.handout.standalone import sentence
from coursekit.classroom.handout.starters import Starters

ROLE = re.compile(r"\{(eq|numref|cite(?::\w+)?)\}`([^`]+)`")
NAMED = re.compile(r"(?<![`}\w])`([A-Za-z_]\w+)[`(\[]")
SECONDS = 60  # for all given cells of a notebook, on a slow machine
FILES = {path.stem: path for path in chapter_files()}
every_chapter = pytest.mark.parametrize("name", FILES)


@cache
def chapter(name):
    return read_chapter(FILES[name])


@cache
def released(name):
    """The notebook as students get it."""
    notebook, _ = Starters(code_stub={"python": STUB}).preprocess(
        assignments.notebook(chapter(name)), {}
    )
    return notebook


def texts(name):
    """What is to be read, by the cells' ids: no answers."""
    cells = [cell for cell in released(name).cells if cell.cell_type == "markdown"]
    return {cell.id: cell.source for cell in cells}


def code(name):
    """The given code, by the cells' ids: no answers and no checks."""
    return {
        cell.id: cell.source
        for cell in released(name).cells
        if cell.id.startswith("setup-") or "-given-" in cell.id
    }


@every_chapter
def test_every_exercise_has_the_number_of_the_page(name):
    shown, known = texts(name), labels(chapter(name).text, name)
    for exercise in chapter(name).exercises:
        heading = f"## {known[exercise.label].words}: {exercise.title}\n"
        assert heading.startswith(f"## Exercise {int(name[:2])}.")
        assert shown[f"{exercise.label}-text"].startswith(heading)


@every_chapter
def test_no_words_point_at_a_page_that_is_not_there(name):
    for at, text in texts(name).items():
        assert "(above)" not in text, at
        assert not re.search(r"\{[\w:]+\}`", text), at
        assert not re.search(r"\*(fig|eq|ex|ch)-[\w-]+\*", text), at
        assert "…" not in text, at
        if at.endswith("-text"):
            assert not re.search(r"\babove\b", text), at


@every_chapter
def test_each_equation_and_figure_that_is_named_is_restated(name):
    shown, known = texts(name), labels(chapter(name).text, name)
    for exercise in chapter(name).exercises:
        recalled = shown.get(f"{exercise.label}-recall", "")
        for kind, key in ROLE.findall(exercise.statement):
            if kind.startswith("cite"):
                continue
            label = known[key]
            assert label.words in shown[f"{exercise.label}-text"]
            if label.kind == "equation":
                formula = "".join(label.body.split())
                assert formula in re.sub(r"[\s>]", "", recalled), key
                assert f"\\tag{{{label.words.strip('()')}}}" in recalled
            else:
                assert f"**{label.words}**" in recalled
                figure = next(c for c in chapter(name).cells if c.line == label.line)
                drawn = figure.source in code(name).values()
                assert drawn != (label.alt in recalled), key


@every_chapter
def test_numbers_in_the_notebook_point_into_the_notebook(name):
    whole = "\n".join(texts(name).values())
    for number in re.findall(r"Fig\. \d+\.\d+", whole):
        assert f"**{number}**" in whole, number
    known = {label.words for label in labels(chapter(name).text, name).values()}
    for number in set(re.findall(r"\(\d+\.\d+\)", whole)) & known:
        assert f"\\tag{{{number.strip('()')}}}" in whole, number


@every_chapter
def test_citations_have_authors_and_year_and_a_source(name):
    shown = texts(name)
    for exercise in chapter(name).exercises:
        for kind, keys in ROLE.findall(exercise.statement):
            if kind.startswith("cite"):
                words = cited(keys, textual=kind == "cite:t")
                assert words in shown[f"{exercise.label}-text"]
                assert cited(keys, textual=True) in shown["sources"]
    keys = r"\b[A-Z]?[a-z]+\d{4}[a-z]+\b"  # vaswani2017attention
    assert not re.search(keys, "\n".join(shown.values()))


@every_chapter
def test_code_that_a_statement_names_is_in_the_notebook(name):
    page, known = chapter(name), set().union(*map(assigned, code(name).values()))
    for exercise in page.exercises:
        ours = defined(page)
        if exercise.grading != "auto":
            ours = ours | variables(page)
        named = set(NAMED.findall(exercise.statement)) - introduced(exercise)
        assert named & ours <= known, exercise.label


@every_chapter
def test_the_given_code_names_nothing_that_is_not_given(name):
    whole = "\n".join(code(name).values())
    answers = "\n".join(e.solution for e in chapter(name).exercises)
    assert used(whole) - assigned(whole) - assigned(answers) == set()


@every_chapter
def test_no_given_cell_trains(name):
    trained = trainers(chapter(name))
    for at, source in code(name).items():
        assert not any(trains(node, trained) for node in parsed(source).body), at


@every_chapter
def test_no_given_cell_holds_an_answer(name):
    for exercise in chapter(name).automatic:
        own = assigned(exercise.solution)
        for node in ast.walk(ast.parse("\n".join(code(name).values()))):
            assert getattr(node, "name", None) not in own, exercise.label


@every_chapter
def test_run_all_passes_what_no_test_follows(name):
    """Given cells run in a bounded time, and open exercises do not stop."""
    open_ = {e.label for e in chapter(name).exercises if e.grading != "auto"}
    namespace, began = {"__name__": "__main__"}, time.process_time()
    with matplotlib.rc_context(), torch.enable_grad():
        matplotlib.use("agg")
        for cell in released(name).cells:
            if cell.cell_type == "code" and (
                cell.id in code(name) | dict.fromkeys(open_)
            ):
                exec(compile(cell.source, cell.id, "exec"), namespace)
        matplotlib.pyplot.close("all")
    assert time.process_time() - began < SECONDS


def test_only_what_a_test_follows_has_a_starter_that_raises():
    notebook, _ = Starters(code_stub={"python": STUB}).preprocess(
        assignments.notebook(sample()), {}
    )
    found = {cell.id: cell.source for cell in notebook.cells}
    assert found["ex-sample-draw"] == OPEN_STUB
    assert STUB in found["ex-sample-weights"]
    assert "BEGIN" not in "".join(found.values())


TEXT = """# Words

So build it. First:

$$
a = 1,
$$

and with that

```{math}
:label: eq-one
b = 2,
```

where $b$ is two. Enough.

More words.

$$c = 3.$$ (eq-two)

Not this.
"""


@pytest.mark.parametrize(
    ("label", "first", "last"),
    [("eq-one", "So build it.", "Enough."), ("eq-two", "More words.", "(eq-two)")],
)
def test_a_formula_is_quoted_with_its_whole_sentence(label, first, last):
    page = read_chapter("07_words.md", TEXT)
    found = sentence(page, labels(TEXT, "07_words")[label])
    assert found.startswith(first)
    assert found.endswith(last)
