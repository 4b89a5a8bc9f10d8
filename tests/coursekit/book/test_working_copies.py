"""Readers' notebooks: no answers, no MyST, never written over."""

import jupytext
import nbformat
import pytest
from sample_chapter import HEADER

from coursekit import paths
from coursekit.book import measured, notebooks
from coursekit.book.notebooks import copy_chapters, working_copy
from coursekit.book.plain import plain

CHAPTER = (
    HEADER
    + """
(ch-small)=
# Small

Read {cite:t}`vaswani2017attention` and [the next](ch-next).

```{code-cell} ipython3
:tags: [remove-cell]

hidden = 1
```

```{exercise-start} Double it
:label: ex-small-double
```
**5 minutes · easy · auto-graded, 1 point.** Write `double`.
```{exercise-end}
```

```{solution-start} ex-small-double
:class: dropdown
```

The secret thought.

```{code-cell} ipython3
:tags: [solution]

def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
```

```{code-cell} ipython3
secret_plot = double(2)
```

```{solution-end}
```

```{code-cell} ipython3
:tags: [check]

assert double(2) == 4, "twice"
```
"""
)
FIGURE = """
```{code-cell} ipython3
---
mystnb:
  figure:
    name: fig-small-line
    caption: |
      A line.
---
plt.plot([0, 1])
```

"""


@pytest.fixture
def chapter(tmp_path):
    """A small chapter in a file."""
    path = tmp_path / "01_small.md"
    path.write_text(CHAPTER, encoding="utf-8")
    return path


def test_a_working_copy_has_the_stub_and_not_the_answer(chapter):
    sources = [cell["source"] for cell in working_copy(chapter)["cells"]]
    text = "\n".join(sources)
    assert "return 2 * x" not in text
    assert "secret" not in text
    assert "hidden = 1" not in text
    assert "raise NotImplementedError" in text
    assert 'assert double(2) == 4, "twice"' in sources


def test_a_working_copy_is_plain_markdown(chapter):
    first, exercise = [
        cell["source"]
        for cell in working_copy(chapter)["cells"]
        if cell["cell_type"] == "markdown"
    ]
    assert first == "# Small\n\nRead Vaswani et al. (2017) and *the next*."
    assert exercise.startswith("### Exercise 1.1: Double it\n")
    assert "```" not in exercise


@pytest.mark.parametrize("fence", ["```", "````", "~~~", ":::"])
def test_text_after_a_solution_is_text_and_the_solution_is_gone(chapter, fence):
    """The gate's own closing fence once stayed, and all that followed became code."""
    check = CHAPTER.index("```{code-cell} ipython3\n:tags: [check]")
    text = CHAPTER[:check] + "It goes on.\n\n```python\nx = 1\n```\n"
    text = text.replace("```{solution-end}\n```", f"{fence}{{solution-end}}\n{fence}")
    start = "```{solution-start} ex-small-double\n:class: dropdown\n```"
    text = text.replace(start, start.replace("```", fence))
    chapter.write_text(text, encoding="utf-8")
    cells = working_copy(chapter)["cells"]
    assert cells[-1]["source"] == "It goes on.\n\n```python\nx = 1\n```"
    assert "secret" not in "".join(cell["source"] for cell in cells)


def test_the_copy_says_which_records_are_of_an_earlier_state(chapter, monkeypatch):
    assert "earlier state" not in working_copy(chapter)["cells"][-1]["source"]
    monkeypatch.setattr(notebooks, "marked", lambda found: {"0123456": ["toy/a"]})
    said = working_copy(chapter)["cells"][-1]["source"]
    assert said == f"{measured.SAID}`toy/` a (commit 0123456)."


def test_what_a_reader_did_is_never_written_over(chapter, tmp_path):
    folder = tmp_path / "work"
    (mine,) = copy_chapters([chapter], folder)
    mine.write_text("mine")
    assert copy_chapters([chapter], folder) == []
    chapter.write_text(CHAPTER + "\nMore.\n", encoding="utf-8")
    (beside,) = copy_chapters([chapter], folder)
    assert beside.name.startswith("01_small.new-")
    beside.write_text("mine too")
    chapter.write_text(CHAPTER, encoding="utf-8")
    (third,) = copy_chapters([chapter], folder)
    chapter.write_text(CHAPTER + "\nMore.\n", encoding="utf-8")
    assert copy_chapters([chapter], folder) == []
    assert (mine.read_text(), beside.read_text()) == ("mine", "mine too")
    assert third not in (mine, beside)


def test_a_copy_that_nobody_changed_becomes_todays_and_a_deleted_one_comes_back(
    chapter, tmp_path
):
    folder = tmp_path / "work"
    (copy,) = copy_chapters([chapter], folder)
    before = copy.read_bytes()
    chapter.write_text(CHAPTER + "\nMore.\n", encoding="utf-8")
    assert copy_chapters([chapter], folder) == [copy]
    assert copy.read_bytes() != before
    copy.unlink()
    assert copy_chapters([chapter], folder) == [copy]


def test_a_copy_whose_record_is_lost_or_of_an_older_form_counts_as_changed(
    chapter, tmp_path
):
    folder = tmp_path / "work"
    (copy,) = copy_chapters([chapter], folder)
    for made in ("{}", '{"01_small": "0123abcd"}'):
        (folder / notebooks.MADE).write_text(made)
        copy.write_text("mine")
        copy_chapters([chapter], folder)
        assert copy.read_text() == "mine"


@pytest.fixture
def counted(chapter, monkeypatch):
    """The chapter with a computed number in its text, and what a build has stored."""
    chapter.write_text(CHAPTER + "\nIt is {glue:text}`n:.1f`.\n", encoding="utf-8")
    stored = {}
    monkeypatch.setattr(notebooks, "glued", lambda notebook: stored)
    return stored


def test_numbers_that_were_not_known_come_with_a_later_call(chapter, counted, tmp_path):
    """Once written with "…", a copy kept it for ever."""
    folder = tmp_path / "work"
    (copy,) = copy_chapters([chapter], folder)
    assert "It is …." in copy.read_text("utf-8")
    assert copy_chapters([chapter], folder) == []
    counted["n"] = "2.71"
    assert copy_chapters([chapter], folder) == [copy]
    assert "It is 2.7." in copy.read_text("utf-8")
    counted["n"] = "2.81"  # a number that another run gives is no reason to write
    assert copy_chapters([chapter], folder) == []
    counted.clear()
    assert copy_chapters([chapter], folder) == []


def test_numbers_go_beside_a_copy_that_was_changed(chapter, counted, tmp_path):
    folder = tmp_path / "work"
    (copy,) = copy_chapters([chapter], folder)
    copy.write_text("mine")
    counted["n"] = "2.71"
    (beside,) = copy_chapters([chapter], folder)
    assert copy.read_text() == "mine" and "It is 2.7." in beside.read_text("utf-8")
    assert copy_chapters([chapter], folder) == []


def test_chapters_whose_numbers_are_not_known_are_executed_first_and_once(
    chapter, counted, tmp_path, monkeypatch
):
    """Before `make book`, every computed number of the text was "…"."""

    def execute(pages, strict):
        assert (pages, strict) == ([chapter], False)
        counted["n"] = "2.71"

    folder = tmp_path / "work"
    monkeypatch.setattr(notebooks, "fill_cache", execute)
    notebooks.compute([chapter], folder)
    assert counted
    copy_chapters([chapter], folder)
    monkeypatch.setattr(notebooks, "fill_cache", None)
    counted.clear()
    notebooks.compute([chapter], folder)


def test_what_the_page_folds_is_folded(chapter):
    cell = "\n```{code-cell} ipython3\n:tags: [%s]\n\n1\n```\n"
    text = CHAPTER + cell % "hide-input" + cell % "hide-output" + cell % "other"
    chapter.write_text(text, encoding="utf-8")
    last = [cell["metadata"] for cell in working_copy(chapter)["cells"][-3:]]
    assert last[0]["jupyter"] == {"source_hidden": True}
    assert last[1]["jupyter"] == {"outputs_hidden": True}
    assert "jupyter" not in last[2]


def test_an_exercise_says_where_its_solution_is_unless_there_is_none(chapter):
    def said(**options):
        cells = working_copy(chapter, **options)["cells"]
        return [c["source"] for c in cells if "Double it" in c["source"]][0]

    where = " (`here.html`)"
    wanted = "Solution: folded below this exercise on the chapter's page (`here.html`)."
    assert said(where=where).endswith(f"*{wanted}*")
    assert "olution" not in said(edition="class", where=where)


def test_an_included_file_is_in_the_copy(chapter):
    (chapter.parent / "card.md").write_text("**What.** A card {cite}`who2020x`.\n")
    text = CHAPTER + "\n## A set\n\n```{include} card.md\n```\n\nIt goes on.\n"
    chapter.write_text(text, encoding="utf-8")
    last = working_copy(chapter)["cells"][-1]["source"]
    wanted = "## A set\n\n**What.** A card (Who, 2020).\n\nIt goes on."
    assert last == wanted


def test_the_same_chapter_gives_the_same_file(chapter):
    assert working_copy(chapter) == working_copy(chapter)


@pytest.mark.parametrize(
    ("myst", "wanted"),
    [
        ("{glue:text}`a:.1f` of {glue:text}`b`", "2.7 of …"),
        (
            "{glue:text}`n` or {glue:text}`n:,`, {glue:text}`n:.1f`",
            "8192 or 8,192, 8192.0",
        ),
        ("{glue:text}`less`, {glue:text}`word`", "-3, many"),
        ("{numref}`fig-x`, {eq}`eq-y`", "the figure, (above)"),
        ("{ref}`words <ch-x>` and {math}`x^2`", "words and $x^2$"),
        ("```{code-block} python\n:class: a\nx = 1\n```", "```python\nx = 1\n```"),
        ("```{math}\n:label: eq-x\na = b\n```", "$$\na = b\n$$"),
        ("shown {cite:p}`vaswani2017attention`", "shown (Vaswani et al., 2017)"),
        ("$$ a = b $$ (eq-one)", "$$ a = b $$"),
        (":::{note}\n:class: tip\nMind.\n:::", "> **Note**\n>\n> Mind."),
        (
            "````{note}\n```python\n# (a)=\n```\n````",
            "> **Note**\n>\n> ```python\n> # (a)=\n> ```",
        ),
        ("```python\n(a)=\n{x}\n```", "```python\n(a)=\n{x}\n```"),
        ("````{note}\n(a)=\n```{math}\na\n```\n````", "> **Note**\n>\n> $$\n> a\n> $$"),
        ("````{code-block} text\n```\n````", "````text\n```\n````"),
        ("~~~{note}\nMind.\n~~~", "> **Note**\n>\n> Mind."),
        ("[out](https://example.org)", "[out](https://example.org)"),
        ("See [](part-x), [the next](ch-y).", "See *Part x*, *the next*."),
        ("`f[i](x)`, $f[i](x)$ and `{cite}` a", "`f[i](x)`, $f[i](x)$ and `{cite}` a"),
        ("```python\nf[i](x)\n```", "```python\nf[i](x)\n```"),
    ],
)
def test_myst_becomes_the_nearest_plain_thing(myst, wanted):
    values = {"a": "2.71", "n": "8192", "less": "-3", "word": "'many'"}
    assert plain(myst, values, {"part-x": "Part x"}) == wanted


@pytest.mark.parametrize(
    ("myst", "wanted"),
    [
        ("{numref}`fig-x`, {eq}`eq-y`", "Fig. 1.2, (1.3)"),
        ("$$ a = b $$ (eq-y)", "$$ a = b \\tag{1.3}$$"),
        ("```{math}\n:label: eq-y\na\n```", "$$\na \\tag{1.3}\n$$"),
        ("```{math}\na\n```", "$$\na\n$$"),
    ],
)
def test_what_is_numbered_on_the_page_has_its_number_here(myst, wanted):
    words = {"fig-x": "Fig. 1.2", "eq-y": "(1.3)"}
    assert plain(myst, words=words) == wanted


def test_a_figure_of_a_working_copy_has_its_number_and_caption(chapter):
    figure = FIGURE + "Look at {numref}`fig-small-line` again.\n"
    chapter.write_text(CHAPTER + figure, encoding="utf-8")
    said = working_copy(chapter)["cells"][-1]["source"]
    assert said.startswith("*Fig. 1.1.* A line.\n")
    assert said.endswith("Look at Fig. 1.1 again.")


@pytest.mark.parametrize("page", paths.notebooks(), ids=lambda page: page.stem)
def test_a_working_copy_of_every_chapter_is_a_valid_notebook_without_answers(page):
    copy = nbformat.from_dict(working_copy(page))
    nbformat.validate(copy)
    answers = [
        cell["source"]
        for cell in jupytext.read(page)["cells"]
        if "solution" in cell["metadata"].get("tags", [])
    ]
    shown = [cell["source"] for cell in copy["cells"]]
    assert not set(answers) & set(shown)
    text = "\n".join(c["source"] for c in copy["cells"] if c["cell_type"] == "markdown")
    assert "{exercise" not in text
    assert "{solution" not in text
