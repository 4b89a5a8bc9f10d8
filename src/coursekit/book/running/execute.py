"""Run one chapter, cell by cell, in a fresh kernel."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from coursekit import paths
from coursekit.book.running import kernels
from coursekit.book.running.faults import Fault

COLOR = re.compile(r"\x1b\[[0-9;]*m")
CELL_TIMEOUT = 900  # seconds on the wall; a chapter may compute for 60 in all


class ChapterError(Exception):
    """A chapter that failed: says which chapter, which cell, and how.

    `run` is the chapter as far as it ran, the error among its outputs.
    """

    def __init__(self, run: Run, cell: int, source: str, error: str) -> None:
        self.run, self.cell = run, cell
        code = "\n".join(f"    {line}" for line in source.splitlines())
        self.error = error = COLOR.sub("", error).rstrip()
        super().__init__(f"{run.chapter}, code cell {cell}:\n\n{code}\n\n{error}")


@dataclass
class Run:
    """An executed chapter and the processor seconds that each cell took.

    Processor time, its children's included: a busy machine changes it little.
    `notices` is what cells wrote to stderr; the notebook is without it.
    """

    chapter: str
    notebook: dict
    cells: list[tuple[int, str, float]] = field(default_factory=list)
    notices: list[Fault] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Seconds that the cells computed together, without the kernel's start."""
        return sum(seconds for _, _, seconds in self.cells)


def run_chapter(
    page: Path,
    on_cell: Callable[[int, str, float], None] | None = None,
    strict: bool = True,
) -> Run:
    """Execute a chapter in a fresh kernel, in an empty folder.

    `on_cell(number, source, seconds)` is called after each code cell; cells
    are counted from 1. Raises `ChapterError` for the first cell that raises or
    runs too long. What is written to stderr raises too where it is `strict`;
    else it is taken out of the outputs and into `notices`.
    """
    import jupytext
    from nbclient import NotebookClient

    run = Run(paths.name_of(page), jupytext.read(page))
    number = _number_code_cells(run.notebook)
    started: dict[int, float] = {}

    def start(cell: dict, cell_index: int) -> None:
        started[cell_index] = _processor_seconds(client)

    def end(cell: dict, cell_index: int, execute_reply: dict) -> None:
        seconds = _processor_seconds(client) - started[cell_index]
        run.cells.append((number[cell_index], cell["source"], seconds))
        if on_cell:
            on_cell(*run.cells[-1])

    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            run.notebook,
            timeout=CELL_TIMEOUT,
            startup_timeout=CELL_TIMEOUT,
            iopub_timeout=CELL_TIMEOUT,  # after 4 s, outputs would be lost in silence
            record_timing=False,  # it would change the key of the stored outputs
            on_cell_execute=start,
            on_cell_executed=end,
            resources={"metadata": {"path": folder}},
            extra_arguments=["--log-level=ERROR"],
        )
        try:
            _execute(client, run, number, started)
        finally:
            run.notices = _take_stderr(run.notebook, number)
    if strict and run.notices:
        _refuse(run, number)
    return run


def _processor_seconds(client) -> float:
    """What the kernel, and the children that it waited for, have computed so far."""
    import psutil

    with contextlib.suppress(psutil.Error):
        return sum(psutil.Process(client.km.provisioner.pid).cpu_times()[:4])
    return 0.0  # the kernel is gone


def _number_code_cells(notebook: dict) -> dict[int, int]:
    """From a cell's index to its number among the code cells, from 1."""
    code = [i for i, c in enumerate(notebook["cells"]) if c["cell_type"] == "code"]
    return {index: number for number, index in enumerate(code, 1)}


def _execute(client, run: Run, number: dict, started: dict) -> None:
    """Run the client; turn its failures into one that names the cell."""
    from nbclient.exceptions import (
        CellExecutionError,
        CellTimeoutError,
        DeadKernelError,
    )

    try:
        client.execute(env=os.environ | kernels.SHOWN)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        index = max(started, default=min(number, default=0))
        cell = run.notebook["cells"][index]
        message = getattr(error, "traceback", None) or str(error)
        message = _last_traceback(cell) or _marked(cell, message)
        raise ChapterError(run, number[index], cell["source"], message) from None


def _marked(cell: dict, message: str) -> str:
    """Show a failure that is no exception of the cell's own among its outputs."""
    from nbformat.v4 import new_output

    lines = message.strip().splitlines() or ["no reason was given"]
    name, _, value = lines[-1].partition(": ")
    shown = {"ename": name, "evalue": value, "traceback": lines}
    cell["outputs"].append(new_output("error", **shown))
    return message


def _last_traceback(cell: dict) -> str:
    """The cell's own traceback, shorter than nbclient's account of it."""
    found = [o for o in cell["outputs"] if o["output_type"] == "error"]
    return "\n".join(found[-1]["traceback"]) if found else ""


def _take_stderr(notebook: dict, number: dict[int, int]) -> list[Fault]:
    """Take what cells wrote to stderr out of their outputs; return it."""
    taken = []
    for index, count in number.items():
        cell = notebook["cells"][index]
        said = [o["text"] for o in cell["outputs"] if o.get("name") == "stderr"]
        cell["outputs"] = [o for o in cell["outputs"] if o.get("name") != "stderr"]
        if said:
            taken.append(Fault(count, "".join(said)))
    return taken


def _refuse(run: Run, number: dict[int, int]) -> None:
    """A chapter writes nothing to stderr: a warning is something to mend."""
    first = run.notices[0]
    index = next(i for i, count in number.items() if count == first.cell)
    source = run.notebook["cells"][index]["source"]
    raise ChapterError(run, first.cell, source, "wrote to stderr:\n" + first.text)


def execute(pages: list[Path], every_cell: bool = False) -> int:
    """Execute chapters and print seconds per cell; 0 if all is well.

    Cells under half a second are shown with `every_cell` alone.
    """
    paths.steady()
    return max(_report(page, every_cell) for page in pages)


def _report(page: Path, every_cell: bool) -> int:
    """Run one chapter and print what happened; 0 if all is well."""
    if not page.is_file():
        print(f"{page}: no such file")
        return 2

    def show(number: int, source: str, seconds: float) -> None:
        if every_cell or seconds >= 0.5:
            first = source.strip().split("\n", 1)[0]
            print(f"  cell {number:2d}  {seconds:6.2f} s  {first[:60]}", flush=True)

    print(page, flush=True)
    try:
        run = run_chapter(page, show)
    except ChapterError as error:
        print(f"\nFAILED: {error}")
        return 1
    print(f"  {len(run.cells)} code cells, {run.seconds:.1f} s, nothing on stderr")
    return 0
