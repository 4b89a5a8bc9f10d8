"""The counts that the chapter checks rest on."""

import pytest

from coursekit.chapters import reading

PAGE = """---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

(ch-x)=
# Two words

Three more $a + b$ words, and `code`. {glue:text}`name:.2f`

```{note}
Inside a note.
```

```python
not = counted
```

```{exercise-start} Title
:label: ex-x
```
Five words of an exercise.
```{exercise-end}
```

```{solution-start} ex-x
:class: dropdown
```
None of this counts.
```{solution-end}
```

Last :  words.
"""


def test_words_count_what_is_read_and_nothing_else():
    assert " ".join(reading.prose(PAGE).split()) == (
        "# Two words Three more inline words, and inline. inline Inside a note. "
        "Five words of an exercise. Last : words."
    )
    assert reading.words(PAGE) == 2 + 7 + 3 + 5 + 2


def test_a_listing_in_a_directive_is_no_prose_and_a_solution_ends_at_its_own_gate():
    note = "````{note}\nOne two.\n```python\nnot = counted\n```\nThree.\n````\n"
    shown = "````markdown\n```{solution-end}\n```\n````\n"
    solved = f":::{{solution-start}} ex-x\n:::\n{shown}Not this.\n"
    assert reading.words(note + solved + "```{solution-end}\n```\nFour.\n") == 4


def test_a_colon_list_does_not_swallow_the_rest():
    assert reading.words(":width: 3\none two\n") == 2


def test_lines_of_code_leave_out_blank_lines_and_comments():
    assert reading.lines_of_code("a = 1\n\n# why\n  # more\nb = 2  # two\n") == 2


@pytest.fixture
def page(tmp_path):
    """A page with a figure of each kind, one of each without a text."""
    cell = "```{code-cell} ipython3\n---\nmystnb:\n  figure: {name: f}\n%s---\n1\n```\n"
    figure = "```{figure} a.svg\n:name: x\n%s```\n"
    text = PAGE + cell % "  image: {alt: A line}\n" + cell % ""
    text += figure % ":alt: A box\n" + figure % ""
    path = tmp_path / "01_x.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_figure_without_alternative_text_is_seen(page):
    assert [bool(alt) for alt in reading.figures(page)] == [True, False, True, False]


def test_a_figure_in_a_note_is_seen_and_one_in_a_listing_is_none(page):
    figure = "```{figure} a.svg\n%s```\n"
    shown = (f"````{name}\n{figure % ''}````\n" for name in ("md", "{code-block} md"))
    text = f"````{{note}}\n{figure % ''}````\n" + "".join(shown)
    before = len(reading.figures(page))
    page.write_text(PAGE + text, encoding="utf-8")
    assert (before, reading.figures(page)) == (4, [""])
