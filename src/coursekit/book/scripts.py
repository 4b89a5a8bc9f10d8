"""A chapter as a plain Python script, for people without Jupyter.

Text becomes comments; the last expression of a cell is printed, as a notebook would
show it. The class edition leaves the solutions and their tests out.
"""

from __future__ import annotations

import ast
import textwrap

from coursekit.book.editions import check_edition
from coursekit.book.plain import plain_markdown
from coursekit.chapters.exercises import Chapter, bare
from coursekit.chapters.labels import references
from coursekit.chapters.myst import blocks

HEAD = '''"""{title}: the code of {name}, to run as a script."""

import matplotlib

matplotlib.use("agg")  # draw without a window; take this out to see the figures
'''
GLUE = "from myst_nb import glue"
NO_GLUE = '''def glue(name, value, display=True):
    """Numbers for the page; a script has none."""
'''


def script(chapter: Chapter, edition: str = "self-study") -> str:
    """The script's text, which ends with a line feed."""
    check_edition(edition)
    words = references(chapter.text, chapter.name)
    parts = [HEAD.format(title=chapter.title, name=chapter.path.name)]
    for piece in blocks(chapter.text):
        if edition == "class" and (piece.in_solution or "check" in piece.tags):
            continue
        if piece.kind == "code":
            parts.append(code(piece.source))
        elif piece.kind == "exercise-start":
            name = words.get(piece.label, "Exercise")
            parts.append(f"# {name}: {piece.title}\n")
        elif piece.kind == "text":
            parts.append(comment(piece.source, words))
    return "\n\n".join(part for part in parts if part.strip()) + "\n"


def comment(text: str, words: dict[str, str] | None = None) -> str:
    """Markdown as comment lines of at most 80 characters; `words` as in `plain`."""
    lines = []
    for line in plain_markdown(text, words).strip().splitlines():
        wrapped = textwrap.wrap(line, 78, break_long_words=False) or [""]
        lines += [f"# {part}".rstrip() for part in wrapped]
    return "\n".join(lines)


def code(source: str) -> str:
    """A cell as script: markers, magics and page-only calls out, its value printed."""
    kept = [
        line
        for line in bare(source).splitlines()
        if not line.lstrip().startswith(("%", "!"))
    ]
    source = "\n".join(kept).strip("\n").replace(GLUE, NO_GLUE)
    body = ast.parse(source).body
    if not body or not isinstance(body[-1], ast.Expr) or source.endswith(";"):
        return source
    last = body[-1]
    shown = ast.get_source_segment(source, last) or ""
    if shown.startswith(("print(", "plt.show", "display(")):
        return source
    lines = source.splitlines()
    head = "\n".join(lines[: last.lineno - 1])
    name = f"shown = {shown}\nif shown is not None:\n    print(shown)"
    return f"{head}\n{name}".strip("\n")
