"""A reader's notebook is its page: the same text rendered, nothing of MyST left."""

import ast
import builtins
import re
from functools import cache

import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from coursekit import paths
from coursekit.book import notebooks
from coursekit.book.notebooks import working_copy
from coursekit.book.plain import TARGET, TITLED
from coursekit.chapters.myst import blocks, fences, lines_of

each = pytest.mark.parametrize("page", paths.notebooks(), ids=lambda page: page.stem)
#: What a notebook shows where it does not know: none of it may be left.
LOST = ("(above)", "the figure (above)", "```", ":::", "~~~", "{code-cell}")
ANY = "\0"  # stands for what a role or a link without words becomes


def parser():
    """JupyterLab's Markdown: CommonMark with tables and formulas."""
    made = MarkdownIt("commonmark").enable("table")
    return made.use(dollarmath_plugin, double_inline=True)


PLAIN, MYST = parser(), parser().use(myst_role_plugin)


def words(markdown, rendered=PLAIN):
    """The text that a reader sees outside listings and displayed formulas."""
    found = []
    for token in rendered.parse(markdown):
        if token.type == "inline":
            found += [_shown(*pair) for pair in _pairs(token.children)]
            found.append(" ")
    return " ".join("".join(found).split())


def _pairs(tokens):
    return zip(tokens, [*tokens, None][1:], strict=True) if tokens else ()


def _shown(token, following):
    if token.type == "link_open" and following.type == "link_close":
        return ANY
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return ANY if token.type == "myst_role" else token.content


def source_words(text, folder):
    """The same of a page's source, from its own syntax; solutions left out.

    Between two pieces of text a notebook may say more: a caption, where a solution is.
    """
    found = []
    for piece in blocks(text):
        if piece.kind == "exercise-start":
            found.append(piece.title)
        elif piece.kind == "text" and not piece.in_solution:
            found += _source(piece.source, folder)
    return " ".join(ANY.join(found).split())


def _source(text, folder):
    lines, at = lines_of(text), 0
    for fence in fences(text):
        yield _between(lines[at : fence.start])
        at = fence.end
        if fence.directive == "include":
            yield from _source((folder / fence.argument).read_text("utf-8"), folder)
        elif fence.directive and fence.directive not in ("code-block", "math", "image"):
            yield fence.argument if fence.directive in TITLED else ""
            yield from _source(fence.body, folder)
    yield _between(lines[at:])


def _between(lines):
    return words("".join(x for x in lines if not TARGET.match(x)), MYST)


def missing(source, notebook):
    """The first stretch of the source's words that the notebook does not have."""
    at = 0
    for stretch in filter(None, map(str.strip, source.split(ANY))):
        place = notebook.find(stretch, at)
        if place < 0:
            return stretch
        at = place + len(stretch)
    return ""


class Known(dict):
    """Every computed number is known, and is 1."""

    def __bool__(self):
        return True

    def get(self, name, default=None):
        """The number's text."""
        return "1.0"


@cache
def copy(page):
    """A page's notebook once all its numbers were computed, without its last note."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notebooks, "glued", lambda notebook: Known())
        patch.setattr(notebooks, "marked", lambda found: {})
        return working_copy(page)["cells"]


def markdown(page):
    """The Markdown of a page's notebook."""
    return [cell["source"] for cell in copy(page) if cell["cell_type"] == "markdown"]


@each
def test_the_notebook_has_the_pages_text_in_its_order(page):
    source = source_words(page.read_text("utf-8"), page.parent)
    assert len(source) > 200
    assert missing(source, " ".join(map(words, markdown(page)))) == ""


@each
def test_nothing_of_myst_and_no_lost_number_is_left_in_the_notebook(page):
    source = source_words(page.read_text("utf-8"), page.parent)
    shown = " ".join(map(words, markdown(page)))
    assert not [sign for sign in LOST if sign in shown]
    assert shown.count("…") == source.count("…")
    outside = re.sub(r"`[^`]*`", "", " ".join(markdown(page)))
    assert not re.search(
        r"\{[\w:]+\}`|\]\((?!https?:|#|<?https?:|attachment:)", outside
    )


@each
def test_every_name_that_a_notebook_uses_is_made_in_it(page):
    """A cell that is left out must not be what another one needs."""
    made, used = set(dir(builtins)) | {"get_ipython"}, set()
    for cell in copy(page):
        if cell["cell_type"] == "code":
            found = list(ast.walk(ast.parse(re.sub(r"^\s*[%!].*", "", cell["source"]))))
            used |= {n.id for n in found if isinstance(n, ast.Name)}
            made |= set().union(*map(_made, found))
    assert used <= made


def _made(node):
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return {node.id}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(a.asname or a.name).split(".")[0] for a in node.names}
    named = ast.FunctionDef, ast.ClassDef, ast.ExceptHandler
    if isinstance(node, named) and node.name:
        return {node.name}
    return {node.arg} if isinstance(node, ast.arg) else set()


def test_a_fence_that_swallows_the_text_below_is_seen():
    """The closing fence of a gate once stayed, and what followed became a listing."""
    source = "One two.\n\n{cite}`a` three.\n\n## Summary\n\nFour."
    good = "One two.\n\n(A, 2020) three.\n\n## Summary\n\nFour."
    assert missing(words(source, MYST), words(good)) == ""
    stray = good.replace("## Summary", "```\n\n## Summary")
    assert missing(words(source, MYST), words(stray)) == "three. Summary Four."
