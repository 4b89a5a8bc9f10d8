"""Readers' notebooks of the chapters: `coursekit lab` puts copies into `work/`.

A copy that a reader has changed is never written over: when the chapter has changed
since, or numbers of its text that were not known are known now, another is put beside
it. The site offers the same notebooks (`coursekit.book.extensions.downloads`).
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path

from coursekit import paths
from coursekit.book.build import fill_cache
from coursekit.book.editions import check_edition
from coursekit.book.live import png_of
from coursekit.book.measured import marked, note, uses
from coursekit.book.plain import glued_names, plain
from coursekit.chapters.exercises import OPEN_STUB, STUB, stub
from coursekit.chapters.labels import Label, labels, references
from coursekit.chapters.myst import Block, blocks, fences
from n2t import files

MADE = "made.json"  # in work/: of each chapter's copy, what it was made from
#: What a page folds away or leaves out of a cell, and JupyterLab then folds.
FOLDED = {
    "hide-input": "source_hidden",
    "hide-cell": "source_hidden",
    "remove-input": "source_hidden",
    "hide-output": "outputs_hidden",
    "remove-output": "outputs_hidden",
}
SOLVED = "*Solution: folded below this exercise on the chapter's page{}.*"
BUILT = " (after `make book`, `{}`)"


def working_copy(
    page: Path, edition: str = "self-study", where: str = "", first: str = ""
) -> dict:
    """A chapter as a notebook for a reader: exercises as stubs, no answers.

    `where` says, behind the words "on the chapter's page", where that is; the class
    edition has no solutions to speak of. `first` is the code of a cell before all.
    """
    import jupytext

    check_edition(edition)
    notebook = jupytext.read(page)
    text = page.read_text("utf-8")
    pieces = _captioned(_stubbed(blocks(text)), labels(text, page.stem))
    if edition == "self-study":
        pieces = _pointed(pieces, SOLVED.format(where))
    known = {"values": glued(notebook), "words": references(text, page.stem)}
    shown = partial(plain, folder=page.parent, **known)
    cells = [*_first(first), *_cells(pieces, shown), *_measured(text)]
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number}"  # the same chapter, the same file
    notebook["cells"] = cells
    notebook["metadata"] = {"kernelspec": notebook["metadata"]["kernelspec"]}
    return notebook


def lacking(page: Path) -> set[str]:
    """Names of computed numbers in a page's text that no build has stored."""
    import jupytext

    pieces = blocks(page.read_text("utf-8"))
    told = [p.source for p in pieces if p.kind == "text" and not p.in_solution]
    names = set().union(*map(glued_names, told))
    return names - glued(jupytext.read(page)).keys() if names else set()


def _first(source: str) -> Iterator[dict]:
    from nbformat.v4 import new_code_cell

    if source:
        yield new_code_cell(source)


def _stubbed(pieces: list[Block]) -> Iterator[Block]:
    """The pieces, answers taken out; what no check tests does not stop "Run all"."""
    checked = {piece.exercise for piece in pieces if "check" in piece.tags}
    for piece in pieces:
        if "solution" in piece.tags:
            line = STUB if piece.exercise in checked else OPEN_STUB
            piece = replace(piece, source=stub(piece.source, line), in_solution=False)
        yield piece


def _pointed(pieces: Iterator[Block], words: str) -> Iterator[Block]:
    """The pieces, and before each solution, which is left out, where it stands."""
    for piece in pieces:
        if piece.kind == "solution-start":
            yield replace(piece, kind="text", source=f"\n{words}\n", in_solution=False)
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


def _cells(pieces: Iterator[Block], shown: partial) -> Iterator[dict]:
    """A reader's cells: the text between two code cells is one."""
    from nbformat.v4 import new_markdown_cell

    for is_code, run in groupby(pieces, lambda piece: piece.kind == "code"):
        if is_code:
            yield from filter(None, map(_code_cell, run))
        else:
            told = [p.source for p in run if p.kind != "header" and not p.in_solution]
            if text := shown("\n".join(told)):
                text, pictures = _pictured(text, "\n".join(told))
                yield new_markdown_cell(text, **pictures)


def _pictured(text: str, source: str) -> tuple[str, dict]:
    """The text, the picture of each figure that computes in its place; attachments."""
    found = {}
    for fence in fences(source):
        picture = png_of(fence.argument)
        if fence.directive == "live" and picture.is_file():
            seen = str(fence.options.get("alt", "")).strip('"')
            text = text.replace(f"*{seen}*", f"![{seen}](attachment:{picture.name})")
            packed = base64.b64encode(picture.read_bytes()).decode()
            found[picture.name] = {"image/png": packed}
    return text, {"attachments": found} if found else {}


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

    metadata: dict = {"tags": list(piece.tags)} if piece.tags else {}
    if folded := {FOLDED[tag]: True for tag in piece.tags if tag in FOLDED}:
        metadata["jupyter"] = folded
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
    """Write the copies that are missing or outdated; return what was written.

    Outdated is a copy of a chapter that has changed since, and one made before the
    numbers in its text were known. It is replaced if nobody changed it, to the byte;
    else today's goes beside it, under a name of its own.
    """
    made, written = _made(folder), []
    for page in pages:
        fresh = {"version": files.file_hash(page)[:8], "whole": not lacking(page)}
        target, old = folder / f"{page.stem}.ipynb", made.get(page.stem, {})
        if target.exists() and _does(old, fresh):
            continue
        text = _text(page)
        ours = not target.exists() or files.file_hash(target) == old.get("file")
        if not ours:
            target = folder / f"{page.stem}.new-{fresh['version']}.ipynb"
        if ours or not target.exists():
            files.write_text(target, text)
            written.append(target)
        fresh["file"] = files.text_hash(text) if ours else old.get("file", "")
        made[page.stem] = fresh
    files.write_json(folder / MADE, dict(sorted(made.items())), indent=1)
    return written


def _made(folder: Path) -> dict[str, dict]:
    """What is known of the copies; nothing of those that an older version made."""
    record = folder / MADE
    found = json.loads(record.read_text("utf-8")) if record.exists() else {}
    return {name: facts for name, facts in found.items() if isinstance(facts, dict)}


def _does(old: dict, fresh: dict) -> bool:
    """Whether a copy is of today's chapter, with its numbers as far as known."""
    same = old.get("version") == fresh["version"]
    return same and (old["whole"] or not fresh["whole"])


def _text(page: Path) -> str:
    """The working copy as a file's text."""
    import nbformat

    where = BUILT.format(f"_build/html/{paths.name_of(page)}.html")
    return nbformat.writes(nbformat.from_dict(working_copy(page, where=where))) + "\n"


def compute(pages: list[Path], folder: Path = paths.WORK) -> None:
    """Execute the chapters whose copies would lack numbers that their text names."""
    made, todo = _made(folder), []
    for page in pages:
        whole = {"version": files.file_hash(page)[:8], "whole": True}
        there = (folder / f"{page.stem}.ipynb").exists()
        if lacking(page) and not (there and _does(made.get(page.stem, {}), whole)):
            todo.append(page)
    if todo:
        print("Once, for the computed numbers in the text (`make book` needs it too):")
        fill_cache(todo, strict=False)


def work(arguments: Sequence[str] = (), open_lab: bool = True) -> int:
    """Write working copies and open them in JupyterLab; its exit status.

    `arguments` are JupyterLab's own.
    """
    reader = dict(os.environ)  # one thread and no network are for the book alone
    paths.steady()
    compute(paths.notebooks())
    written = copy_chapters(paths.notebooks())
    print(f"{len(written)} notebooks written to {paths.WORK}; yours were left alone")
    if not open_lab:
        return 0
    command = [sys.executable, "-m", "jupyterlab", f"--notebook-dir={paths.WORK}"]
    try:
        return subprocess.run([*command, *arguments], env=reader).returncode
    except KeyboardInterrupt:
        return 0
