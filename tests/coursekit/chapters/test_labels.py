"""Figures, equations and exercises have the page's numbers away from the page."""

import pytest

from coursekit.chapters.exercises import read_chapter
from coursekit.chapters.labels import chapter_number, labels, references

TEXT = """# Words

$$a = b$$ (eq-one)

```{code-cell} ipython3
---
mystnb:
  figure:
    name: fig-one
    caption: First.
  image:
    alt: A line.
---
draw()
```

$$
c
$$

:::{note}
```{math}
:label: eq-two
c = d
```
:::

```{code-cell} ipython3
---
mystnb:
  figure:
    caption: It has no name, and counts.
---
```

```{figure} x.svg
:name: fig-three
:alt: A drawing.

Third.
```

```{exercise-start} Do it
:label: ex-do
```
"""


def test_each_kind_is_counted_in_the_order_of_the_page():
    found = labels(TEXT, "07_words")
    numbers = {name: label.words for name, label in found.items()}
    assert numbers == {
        "eq-one": "(7.1)",
        "fig-one": "Fig. 7.1",
        "eq-two": "(7.2)",
        "fig-three": "Fig. 7.3",
        "ex-do": "Exercise 7.1",
    }


def test_a_label_tells_what_it_stands_at():
    found = labels(TEXT, "07_words")
    assert (found["fig-one"].body, found["fig-one"].alt) == ("First.", "A line.")
    assert (found["fig-three"].body, found["fig-three"].alt) == ("Third.", "A drawing.")
    assert (found["eq-one"].body, found["eq-two"].body) == ("a = b", "c = d")
    assert TEXT.splitlines()[found["eq-one"].line - 1] == "$$a = b$$ (eq-one)"


def test_a_figures_line_is_that_of_its_cell():
    (cell, _) = read_chapter("07_words.md", TEXT.split("```{exercise")[0]).cells
    assert labels(TEXT, "07_words")["fig-one"].line == cell.line


def test_a_page_without_a_number_numbers_nothing():
    assert chapter_number("notes") is None
    assert labels(TEXT, "notes")["eq-one"].words == ""
    assert "eq-one" not in references(TEXT, "notes")


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("eq-rotary", "(13.2)"),  # as the built pages have them
        ("eq-flops", "(16.2)"),
        ("fig-mh-ablation", "Fig. 12.8"),
        ("ex-sdp-chunks", "Exercise 11.3"),
    ],
)
def test_the_books_own_numbers_are_known_on_every_page(label, words):
    assert references("", "any")[label] == words
