"""`coursekit lab`: readers' working copies of the chapters, in `work/`.

A copy is written once and never again: what a reader did in it stays. When
the chapter has changed since, a copy of today's is put beside it.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from coursekit import paths
from coursekit.book.plain import plain
from coursekit.chapters.exercises import stub

MADE = "made.json"  # in work/: the hash of each chapter that was copied


def working_copy(page: Path) -> dict:
    """A chapter as a notebook for a reader: exercises as stubs, no answers."""
    import jupytext

    notebook = jupytext.read(page)
    values, kept, answer = glued(notebook), [], False
    for cell in notebook["cells"]:
        tags = cell["metadata"].get("tags", [])
        if cell["cell_type"] == "markdown":
            shown, answer = _split(cell["source"], answer)
            cell["source"] = plain(shown, values)
            if cell["source"]:
                kept.append(cell)
        elif "solution" in tags:
            cell["source"] = stub(cell["source"])
            kept.append(cell)
        elif not answer and "remove-cell" not in tags:
            kept.append(cell)
    for cell in kept:
        tags = cell["metadata"].get("tags", [])
        cell["metadata"] = {"tags": tags} if tags else {}
    notebook["cells"] = kept
    notebook["metadata"] = {"kernelspec": notebook["metadata"]["kernelspec"]}
    return notebook


def _split(text: str, answer: bool) -> tuple[str, bool]:
    """The part of a markdown cell outside solutions, and whether one is open."""
    shown = []
    for line in text.splitlines():
        if line.startswith("```{solution-start}"):
            answer = True
        elif line.startswith("```{solution-end}"):
            answer = False
            shown.append("")
        elif not answer:
            shown.append(line)
    kept = "\n".join(shown)
    return ("" if kept.strip() in ("", "```") else kept), answer


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

    folder.mkdir(exist_ok=True)
    record = folder / MADE
    made = json.loads(record.read_text("utf-8")) if record.exists() else {}
    written = []
    for page in pages:
        version = hashlib.sha256(page.read_bytes()).hexdigest()[:8]
        if made.get(page.stem) == version:
            continue
        target = folder / f"{page.stem}.ipynb"
        if target.exists():
            target = folder / f"{page.stem}.new-{version}.ipynb"
        if not target.exists():
            nbformat.write(nbformat.from_dict(working_copy(page)), target)
            written.append(target)
        made[page.stem] = version
    record.write_text(json.dumps(made, indent=1, sort_keys=True), encoding="utf-8")
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
