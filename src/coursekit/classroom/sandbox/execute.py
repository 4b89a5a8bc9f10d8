"""Run a submission's notebook, and judge its answers from outside at each test.

Nothing of a test runs in the student's kernel. Where the notebook has a test, the
kernel answers questions (`coursekit.kernel.begin.ASK`), the check runs here, and what
it says becomes the output of the test's cell.
"""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from traitlets import Int, Unicode

from coursekit.classroom.sandbox.elsewhere import Conversation
from coursekit.classroom.sandbox.judging import MISSING, Outcome, judge, prelude
from coursekit.classroom.sandbox.listening import Listener
from coursekit.kernel.begin import ADDRESS_VARIABLE, ASK

CHECK = "-check"  #: how the grade id of a test ends, after its exercise's label
SILENT = Outcome(
    False,
    "Silence",
    "the recorder did not answer: this notebook took part of it away, or its cell was "
    "interrupted",
)


def data_of(cell: nbformat.NotebookNode) -> dict:
    """nbgrader's metadata of a cell; empty if it has none."""
    data = cell.metadata.get("nbgrader")
    return dict(data) if isinstance(data, dict) else {}


def is_test(cell: nbformat.NotebookNode) -> bool:
    """Whether a cell is the locked test of an auto-graded exercise."""
    data = data_of(cell)
    tested = data.get("grade") and not data.get("solution")
    return bool(tested and str(data.get("grade_id")).endswith(CHECK))


class GradedExecute(Execute):
    """nbgrader's step that runs a notebook, with the tests judged in this process."""

    seed = Int(0, help="draws the inputs").tag(config=True)
    source = Unicode("", help="the instructor's notebook").tag(config=True)

    def preprocess(self, nb, resources, km=None):
        """Run every cell of `nb`; called by nbgrader."""
        given = nbformat.read(self.source, as_version=4).cells
        self.checks = {data_of(c)["grade_id"]: c.source for c in given if is_test(c)}
        code = [cell for cell in given if cell.cell_type == "code"]
        self.given = prelude(c.source for c in code if data_of(c).get("locked"))
        self.outcomes: dict[str, Outcome] = {}
        self.later: list[tuple[Any, int]] = []
        with tempfile.TemporaryDirectory(prefix="ck-") as folder:
            self.listener = Listener(Path(os.environ.get(RUNTIME, folder)))
            os.environ[ADDRESS_VARIABLE] = self.listener.address
            try:
                return super().preprocess(nb, resources, km)
            finally:
                self.listener.close()

    def preprocess_cell(self, cell, resources, index):
        """Run one cell; a test whose answer is not there yet waits for the end."""
        if is_test(cell):
            self._judge(cell, resources, index)
            if self.outcomes[data_of(cell)["grade_id"]].error == MISSING:
                self.later.append((cell, index))
        else:
            cell, resources = super().preprocess_cell(cell, resources, index)
        if index == len(self.nb.cells) - 1:
            for waiting, place in self.later:
                self._judge(waiting, resources, place)
        return cell, resources

    def _judge(self, cell, resources, index) -> None:
        """Ask the kernel what the test of this cell asks; the cell gets its output."""
        name, shown = data_of(cell)["grade_id"], cell.source
        found: list[Outcome] = []
        over = threading.Event()
        asking = threading.Thread(target=self._ask, args=(name, found, over))
        asking.start()
        cell.source = ASK
        try:
            super().preprocess_cell(cell, resources, index)
        finally:
            over.set()
            asking.join()
            cell.source = shown
        outcome = found[0] if found else SILENT
        self.outcomes[name] = outcome
        cell.outputs = [] if outcome.passed else [_as_output(outcome)]

    def _ask(self, name: str, found: list, over: threading.Event) -> None:
        """Wait for the kernel to connect, and judge; in a thread of its own."""
        while not over.is_set():
            try:
                channel = self.listener.wait(0.2, self.timeout)
                break
            except TimeoutError:
                continue
        else:
            return
        conversation = Conversation(channel)
        try:
            label = name.removesuffix(CHECK)
            check = self.checks[name]
            found.append(judge(conversation, label, check, self.seed, self.given))
        finally:
            conversation.end()
            channel.close()


RUNTIME = "JUPYTER_RUNTIME_DIR"  #: the folder that the sandbox shares with us


def _as_output(outcome: Outcome) -> nbformat.NotebookNode:
    """An outcome as the error that a cell would have shown."""
    return new_output(
        "error", ename=outcome.error, evalue=outcome.hint, traceback=[outcome.hint]
    )
