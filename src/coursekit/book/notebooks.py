"""`coursekit lab`: readers' working copies of the chapters, in `work/`.

A copy is written once and never again: what a reader did in it stays. When
the chapter has changed since, a copy of today's is put beside it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from coursekit import paths
from coursekit.book.measured import marked, note, uses
from coursekit.book.plain import plain
from coursekit.chapters.exercises import OPEN_STUB, STUB, stub
from coursekit.chapters.labels import Label, labels, references
from coursekit.chapters.myst import Block, blocks
from n2t import files

MADE = "made.json"  # in work/: the hash of each chapter that was copied


def working_copy(page: Path) -> dict:
    """A chapter as a notebook for a reader: exercises as stubs, no answers."""
    import jupytext

    notebook = jupytext.read(page)
    values = glued(notebook)
    text = page.read_text("utf-8")
    words = references(text, page.stem)
    shown = _captioned(_stubbed(blocks(text)), labels(text, page.stem))
    notebook["cells"] = [*_cells(shown, values, words), *_measured(text)]
    notebook["metadata"] = {"kernelspec": notebook["metadata"]["kernelspec"]}
    return notebook


def _stubbed(pieces: list[Block]) -> Iterator[Block]:
    """The pieces, answers taken out; what no check tests does not stop "Run all"."""
    checked = {piece.exercise for piece in pieces if "check" in piece.tags}
    for piece in pieces:
        if "solution" in piece.tags:
            line = STUB if piece.exercise in checked else OPEN_STUB
            piece = replace(piece, source=stub(piece.source, line), in_solution=False)
        yield piece


def _captioned(pieces: Iterator[Block], known: dict[str, Label]) -> Iterator[Block]:
    """The pieces, and below each cell that draws a numbered figure its caption."""
    drawn = {label.line: label for label in known.values() if label.kind == "figure"}
    for piece in pieces:
        yield piece
        figure = drawn.get(piece.line)
        if piece.kind == "code" and figure and figure.words:
            caption = f"*{figure.words}.* {figure.body}\n"
            yield replace(piece, kind="text", source=caption)


def _cells(
    pieces: Iterator[Block], values: dict[str, str], words: dict[str, str]
) -> Iterator[dict]:
    """A reader's cells: the text between two code cells is one."""
    from nbformat.v4 import new_markdown_cell

    for is_code, run in groupby(pieces, lambda piece: piece.kind == "code"):
        if is_code:
            yield from filter(None, map(_code_cell, run))
        else:
            shown = [p.source for p in run if p.kind != "header" and not p.in_solution]
            if text := plain("\n".join(shown), values, words):
                yield new_markdown_cell(text)


def _measured(text: str) -> Iterator[dict]:
    """The note on records of an earlier state, where the chapter reads any.

    None where the reader has changed the library: then no record says what holds.
    """
    from nbformat.v4 import new_markdown_cell

    with suppress(LookupError):
        if said := note(marked(uses(text))):
            yield new_markdown_cell(said)


def _code_cell(piece: Block) -> dict | None:
    """The cell; None where a reader does not see it."""
    if piece.in_solution or "remove-cell" in piece.tags:
        return None
    from nbformat.v4 import new_code_cell

    metadata = {"tags": list(piece.tags)} if piece.tags else {}
    return new_code_cell(piece.source, metadata=metadata)


def glued(notebook: dict) -> dict[str, str]:
    """Glued values of a chapter by name, from the outputs of the last build."""
    from jupyter_cache import get_cache

    if not paths.CACHE.is_dir():
        return {}
    try:
        _, done = get_cache(paths.CACHE).merge_match_into_notebook(notebook)
    except KeyError:
        return {}
    found = {}
    for cell in done["cells"]:
        for output in cell.get("outputs", ()):
            name = output.get("metadata", {}).get("scrapbook", {}).get("name")
            shown = [v for k, v in output.get("data", {}).items() if "text/plain" in k]
            if name and shown:
                found[name] = shown[0]
    return found


def copy_chapters(pages: list[Path], folder: Path = paths.WORK) -> list[Path]:
    """Write the copies that are missing; return what was written.

    Never overwrites: a chapter that has changed since its copy was made gets
    a second copy, named with today's version, beside the reader's own.
    """
    import nbformat

    record = folder / MADE
    made = json.loads(record.read_text("utf-8")) if record.exists() else {}
    written = []
    for page in pages:
        version = files.file_hash(page)[:8]
        if made.get(page.stem) == version:
            continue
        target = folder / f"{page.stem}.ipynb"
        if target.exists():
            target = folder / f"{page.stem}.new-{version}.ipynb"
        if not target.exists():
            with files.whole(target) as part:
                nbformat.write(nbformat.from_dict(working_copy(page)), part)
            written.append(target)
        made[page.stem] = version
    files.write_json(record, dict(sorted(made.items())), indent=1)
    return written


def work(arguments: Sequence[str] = (), open_lab: bool = True) -> int:
    """Write working copies and open them in JupyterLab; its exit status.

    `arguments` are JupyterLab's own.
    """
    written = copy_chapters(paths.notebooks())
    print(f"{len(written)} notebooks written to {paths.WORK}; yours were left alone")
    if not open_lab:
        return 0
    command = [sys.executable, "-m", "jupyterlab", f"--notebook-dir={paths.WORK}"]
    try:
        return subprocess.run([*command, *arguments]).returncode
    except KeyboardInterrupt:
        return 0
