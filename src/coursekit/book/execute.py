"""Run one chapter, cell by cell, in a fresh kernel."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from coursekit import paths

COLOR = re.compile(r"\x1b\[[0-9;]*m")
CELL_TIMEOUT = 900  # seconds on the wall; a chapter may compute for 60 in all


class ChapterError(Exception):
    """A chapter that failed: says which chapter, which cell, and how."""

    def __init__(self, chapter: str, cell: int, source: str, error: str) -> None:
        self.chapter, self.cell = chapter, cell
        code = "\n".join(f"    {line}" for line in source.splitlines())
        error = COLOR.sub("", error).rstrip()
        super().__init__(f"{chapter}, code cell {cell}:\n\n{code}\n\n{error}")


@dataclass
class Run:
    """An executed chapter and the processor seconds that each cell took.

    Processor time, its children's included: a busy machine changes it little.
    """

    chapter: str
    notebook: dict
    cells: list[tuple[int, str, float]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Seconds that the cells computed together, without the kernel's start."""
        return sum(seconds for _, _, seconds in self.cells)


def run_chapter(
    page: Path, on_cell: Callable[[int, str, float], None] | None = None
) -> Run:
    """Execute a chapter in a fresh kernel, in an empty folder.

    `on_cell(number, source, seconds)` is called after each code cell; cells
    are counted from 1. Raises `ChapterError` for the first cell that raises,
    runs too long, or writes to stderr.
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
        _execute(client, run, number, started)
    _refuse_stderr(run, number)
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
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        index = max(started, default=min(number, default=0))
        source = run.notebook["cells"][index]["source"]
        message = getattr(error, "traceback", None) or str(error)
        message = _last_traceback(run.notebook["cells"][index]) or message
        raise ChapterError(run.chapter, number[index], source, message) from None


def _last_traceback(cell: dict) -> str:
    """The cell's own traceback, shorter than nbclient's account of it."""
    found = [o for o in cell["outputs"] if o["output_type"] == "error"]
    return "\n".join(found[-1]["traceback"]) if found else ""


def _refuse_stderr(run: Run, number: dict[int, int]) -> None:
    """A chapter writes nothing to stderr: a warning is something to mend."""
    for index, count in number.items():
        cell = run.notebook["cells"][index]
        for output in cell["outputs"]:
            if output.get("name") == "stderr":
                error = "wrote to stderr:\n" + output["text"]
                raise ChapterError(run.chapter, count, cell["source"], error)


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
