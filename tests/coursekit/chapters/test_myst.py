"""One parser: every fence ends where Markdown ends it, and no line is lost."""

import warnings

import jupytext
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sample_chapter import SAMPLE

from coursekit import paths
from coursekit.chapters.myst import (
    blocks,
    fences,
    has_gates,
    lines_of,
    listing,
    nested_gates,
)

CELL = "```{code-cell} ipython3\nx = 1\n```\n"
START = "```{solution-start} ex-a\n:class: dropdown\n```\n"
END = "```{solution-end}\n```\n"
EXERCISE = "```{exercise-start} A\n:label: ex-a\n```\n", "```{exercise-end}\n```\n"

#: Lines that open, close, nest, indent, and look like what they are not.
PIECES = [
    *("text\n", "\n", "---\n", "+++\n", "% note\n", "(a)=\n", "- item\n", "> quote\n"),
    *("```\n", "````\n", "~~~\n", ":::\n", "::::\n", "  ```\n", "    ```\n", "$$\n"),
    *("<!--\n", "-->\n", "`````{note}\n", "```python\n", "|a|\n|-|\n", ":::a\n"),
    *("```{code-cell} ipython3\n", "````{code-cell} ipython3\n", ":tags: [check]\n"),
    *("\x0c\r\n", "é\u2028", "\0", "\r", "---\ntags: [a]\n---\n"),
    *(CELL, START, END, CELL.replace("```", "~~~"), "   " + CELL),
    *(CELL.replace("x = 1", '"""\n```'), ":::{solution-start} ex-b\n:::\n"),
    *EXERCISE,
]


def kinds(text):
    """The kinds of a text's blocks, in order."""
    return [piece.kind for piece in blocks(text)]


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
@example("---\na: b\n---\n```{code-cell}\n---\n[: \n---\n```")
def test_blocks_cover_the_text_once_and_in_order(text):
    found, line = blocks(text), 1
    for piece in found:
        assert piece.line == line <= piece.end
        line = piece.end + 1
    assert "".join(piece.raw for piece in found) == text
    assert line == len(lines_of(text)) + 1


@given(st.lists(st.sampled_from([p for p in PIECES if ":::" not in p])).map("".join))
def test_code_cells_are_jupytexts_with_their_tags(text):
    text = "---\nkernelspec: {name: a, display_name: b}\n---\n" + text
    text = text.replace("\x0c\r\n", "").replace("\r", "").replace("\u2028", "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            cells = jupytext.reads(text, fmt="md:myst")["cells"]
        except Exception:  # options that are no YAML: Jupytext says so to the author
            return
    wanted = [
        (cell["source"].strip("\n"), tuple(cell["metadata"].get("tags", ())))
        for cell in cells
        if cell["cell_type"] == "code"
    ]
    assert [(p.source, p.tags) for p in blocks(text) if p.kind == "code"] == wanted


@given(st.lists(st.sampled_from([CELL, START, END, *EXERCISE, "a\n"])).map("".join))
def test_what_lies_in_a_solution_is_what_stands_between_its_gates(text):
    inside = False
    for piece in blocks(text):
        inside = inside or piece.kind == "solution-start"
        assert piece.in_solution == inside
        inside = inside and piece.kind != "solution-end"


@pytest.mark.parametrize("page", [*paths.pages(), SAMPLE], ids=lambda page: page.stem)
def test_every_page_is_its_blocks(page):
    text = page.read_text("utf-8")
    assert "".join(piece.raw for piece in blocks(text)) == text
    assert nested_gates(text) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"````{{note}}\n{CELL}````\n", ["text"]),
        (f":::{{note}}\n{CELL}:::\n", ["text"]),
        (f"::::{{note}}\n:::{{note}}\n:::\n{START}::::\n", ["text"]),
        (f"````markdown\n{START}````\n", ["text"]),
        (f"~~~markdown\n{START}~~~\n", ["text"]),
        (f"<!--\n{CELL}-->\n", ["text"]),
        ("- a\n\n  ```{code-cell}\n  1\n  ```\n", ["text"]),
        ("    ```{code-cell}\n    1\n    ```\n", ["text"]),
        (CELL.replace("```", "````").replace("x = 1", "'''\n```\n'''"), ["code"]),
        (CELL.replace("```", "~~~"), ["code"]),
        ("  ```{code-cell} ipython3\n  x = 1\n  ```\n", ["code"]),
        (CELL.replace("x = 1", "x = '```'"), ["code"]),
        (CELL.replace("x = 1", "'''\n    ```\n'''"), ["code"]),
        (f"{CELL}{CELL}", ["code", "code"]),
        ("```{code-cell} ipython3\nx = 1\n", ["code"]),
        (f":::{{solution-start}} ex-a\n:::\n{CELL}", ["solution-start", "code"]),
        (f"---\na: b\n---\n{CELL}a", ["header", "code", "text"]),
        (f"a\n\n---\n{CELL}---\n", ["text", "code", "text"]),
        ("- a\n+++\n  ```{code-cell}\n  1\n  ```\n", ["text", "code"]),
        ("- a\n(b)=\n  ```{code-cell}\n  1\n  ```\n", ["text", "code"]),
        (":::{code-cell}\n1\n:::\n", ["text"]),
        (f"```{{code-cell-x}}\n{START}", ["text"]),
    ],
)
def test_a_fence_ends_where_markdown_ends_it(text, wanted):
    assert kinds(text) == wanted


@pytest.mark.parametrize(
    "inside",
    [
        CELL,
        "````markdown\n```{solution-end}\n```\n````\n",
        "~~~\n```{solution-end}\n```\n~~~\n",
        ":::{note}\n```{solution-end}\n```\n:::\n",
        "````{code-cell}\n'''\n```{solution-end}\n```\n'''\n````\n",
        "```python\n```{solution-end}\n```\n",
    ],
)
def test_no_fence_inside_a_solution_ends_it(inside):
    found = blocks(f"before\n\n{START}{inside}\n{END}after\n")
    assert [piece.in_solution for piece in found] == [
        False, *[True] * (len(found) - 2), False
    ]  # fmt: skip
    assert {piece.exercise for piece in found[1:-1]} == {"ex-a"}
    assert (found[0].exercise, found[-1].exercise) == ("", "")


def test_a_line_ends_where_markdown_ends_it():
    parts = ["a\x0cb\u2028c\r\n", CELL.replace("x = 1", "x = '\x1c'"), "d\re"]
    assert [piece.raw for piece in blocks("".join(parts))] == parts


def test_a_solution_that_is_never_closed_hides_all_that_follows():
    assert all(piece.in_solution for piece in blocks(f"{START}a\n{CELL}b\n"))


def test_an_indented_cell_has_the_code_that_runs():
    text = "  ```{code-cell} ipython3\n  :tags: [check]\n  if x:\n      y\n  ```\n"
    (cell,) = blocks(text)
    assert (cell.source, cell.tags) == ("if x:\n    y", ("check",))


@pytest.mark.parametrize(
    "options",
    [":tags: [a, b]\n", "---\ntags: [a, b]\n---\n", ":x: 1\n:tags: [a, b]\n\n"],
)
def test_both_ways_of_writing_options_give_the_tags(options):
    (cell,) = blocks(f"```{{code-cell}} ipython3\n{options}x = 1\n```")
    assert (cell.tags, cell.source) == (("a", "b"), "x = 1")


def test_a_gate_belongs_to_its_exercise_and_a_check_to_the_last():
    check = CELL.replace("x = 1", ":tags: [check]\nx = 1")
    start, end = EXERCISE
    found = blocks(f"{start}Do it.\n{end}\n{check}{CELL}")
    assert [p.exercise for p in found] == ["ex-a", "ex-a", "ex-a", "", "ex-a", ""]
    assert (found[0].label, found[0].title) == ("ex-a", "A")
    assert found[0].body == "Do it.\n"


def test_code_in_a_gates_body_is_fenced_by_more_than_it_holds():
    cell = "````{code-cell}\n'''\n```\n'''\n````\n"
    body = blocks(f"{START}{cell}{END}")[0].body
    assert body == "````python\n'''\n```\n'''\n````\n"
    (inside,) = fences(body)
    assert inside.body == "'''\n```\n'''"


@given(st.text("`a\n"), st.sampled_from(["", "python", "{note} a"]))
def test_a_listing_is_one_fence_with_its_source_inside(source, info):
    (fence,) = fences(listing(source, info))
    assert fence.body == source


def test_a_fence_tells_its_name_argument_options_and_body():
    (fence,) = fences("a\n\n:::{figure} a.svg\n:alt: A box\n\nWords\n:::\n")
    assert (fence.directive, fence.argument) == ("figure", "a.svg")
    assert (fence.options, fence.body) == ({"alt": "A box"}, "\nWords")
    assert (fence.start, fence.end) == (2, 7)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"a\n{START}", []),
        (f"````markdown\n{START}````\n", []),
        (f"````{{code-block}} markdown\n{START}````\n", []),
        ("- ```{solution-start} ex-a\n  ```\n", [0]),
        (f"a\n\n:::{{note}}\n:class: b\n{START}:::\n", [4]),
        (f"`````{{note}}\n````{{tip}}\n{START}````\n`````\n", [2]),
    ],
)
def test_gates_in_a_place_where_they_gate_nothing_are_found(text, wanted):
    assert nested_gates(text) == wanted
    assert has_gates(text) == bool(wanted or text.startswith("a"))
