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
    assert mine.read_text() == "mine"
    assert copy_chapters([chapter], folder) == []


@pytest.mark.parametrize(
    ("myst", "wanted"),
    [
        ("{glue:text}`a:.1f` of {glue:text}`b`", "2.7 of …"),
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
    ],
)
def test_myst_becomes_the_nearest_plain_thing(myst, wanted):
    assert plain(myst, {"a": "2.71"}) == wanted


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
