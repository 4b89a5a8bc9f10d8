"""Reference notebooks: chapters with the outputs that the book build stored.

nbval runs them again and compares strictly. A notebook without outputs would
pass without any comparison, so one is refused here.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from coursekit import paths
from coursekit.book.running import kernels
from coursekit.book.running.execute import CELL_TIMEOUT

FOLDER = paths.BUILD / "references"
SANITIZE = Path(__file__).with_name("nbval_sanitize.cfg")


def write_references(chapters: list[Path], folder: Path = FOLDER) -> list[Path]:
    """Write one executed notebook a chapter; return their paths.

    Raises `ValueError` for a chapter whose outputs are not stored, or that has
    a code cell which was never executed.
    """
    import jupytext
    import nbformat
    from jupyter_cache import get_cache

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    cache = get_cache(paths.CACHE)
    written = []
    for page in chapters:
        try:
            _, notebook = cache.merge_match_into_notebook(jupytext.read(page))
        except KeyError:
            name = paths.name_of(page)
            raise ValueError(f"{name}: no stored outputs; run `make book`") from None
        check_executed(notebook, paths.name_of(page))
        written.append(folder / f"{page.stem}.ipynb")
        nbformat.write(notebook, written[-1])
    return written


def check_executed(notebook: dict, name: str) -> None:
    """Raise `ValueError` if a code cell of the notebook was never executed."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    skipped = [
        count
        for count, cell in enumerate(cells, 1)
        if cell["source"].strip() and cell.get("execution_count") is None
    ]
    if skipped or not cells:
        raise ValueError(f"{name}: code cells {skipped} were never executed")


def nbval_command(notebooks: list[Path], beside: int = 2) -> list[str]:
    """The command that runs notebooks again and compares every output."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-p", "coursekit"]  # first, so that plugins start quickly
    command += ["-p", kernels.__name__]
    command += ["--nbval", f"--nbval-sanitize-with={SANITIZE}"]
    command += [f"--nbval-cell-timeout={CELL_TIMEOUT}", "--color=no"]
    command += [f"--nbval-kernel-startup-timeout={CELL_TIMEOUT}"]
    command += [f"--rootdir={notebooks[0].parent}"] if notebooks else []
    if beside > 1:
        command += ["-n", str(beside), "--dist", "loadfile"]
    return [*command, *map(str, notebooks)]


def compare(notebooks: list[Path], beside: int = 2) -> subprocess.CompletedProcess:
    """Run `nbval_command` with one thread; the output is kept as text."""
    import os

    return subprocess.run(
        nbval_command(notebooks, beside),
        env={**os.environ, **paths.STEADY},
        capture_output=True,
        text=True,
    )
