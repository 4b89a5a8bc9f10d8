"""Judge many answers to one exercise, each as a submission's would be, in milliseconds.

nbgrader takes seconds for a submission. A bench starts one sandboxed process, which
runs the cells that the exercise needs; every answer runs in a fork of it, and the
grader asks it over the same wire, with the same check, as it asks a notebook's kernel.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from coursekit.chapters.exercises import Chapter, Exercise, bare
from coursekit.chapters.slicing import needed_cells
from coursekit.checks.asking import ENDLESS
from coursekit.classroom.sandbox.elsewhere import GONE, Conversation
from coursekit.classroom.sandbox.judging import Outcome, judge, prelude
from coursekit.classroom.sandbox.launch import launched
from coursekit.classroom.sandbox.limits import Limits
from coursekit.classroom.sandbox.listening import Listener, short_place
from coursekit.kernel.wire import Channel, WireError

SECONDS = 180.0  #: processor time of one answer with its checks
START_SECONDS = 300.0  #: for the process to start and to run the chapter's cells


class BenchError(RuntimeError):
    """The chapter's own cells did not run; the message has the error."""


class Bench:
    """The state that an exercise of a chapter starts from, kept for many answers.

    Use it as a context, or call `close`. Raises `BenchError` for what the chapter's
    own cells raise.
    """

    def __init__(self, chapter: Chapter, exercise: Exercise) -> None:
        self.exercise = exercise
        cells = needed_cells(chapter, [exercise])
        self.sources = [bare(cell.source) for cell in cells]
        self.given = prelude(self.sources)
        self.folder = Path(tempfile.mkdtemp(prefix="ck-", dir=short_place()))
        for name in ("tmp", "shm", "work", "run"):
            (self.folder / name).mkdir()
        self.listener = Listener(self.folder / "run")
        self.channel: Channel | None = None
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        """Start the process (again), and let it run what comes before an answer."""
        module = ["-P", "-m", "coursekit.kernel.begin"]
        command = [sys.executable, *module, self.listener.address]
        limits = Limits(total_seconds=10**6, memory_bytes=8 * 2**30)
        self.process = launched(command, self.folder, self.folder / "run", limits)
        self.channel = self._connected()
        shown = "".join([*self.sources, self.exercise.solution, self.exercise.check])
        self.channel.send({"sources": self.sources, "optimizes": "optim" in shown})
        if raised := self.channel.receive():
            raise BenchError(f"{self.exercise.label}: {raised[0][0]}: {raised[1]}")

    def _connected(self) -> Channel:
        for _ in range(int(START_SECONDS)):
            with contextlib.suppress(TimeoutError):
                return self.listener.wait(1, START_SECONDS)
            if self.process.poll() is not None:
                break
        raise BenchError(f"{self.exercise.label}: no Python starts in the sandbox")

    def outcomes(
        self,
        answer: str,
        seeds: Iterable[int],
        check: str | None = None,
        limit: float = SECONDS,
    ) -> Iterator[Outcome]:
        """Run `answer` (a whole solution cell); what the check says, for each seed.

        It runs once, in a process of its own, for `limit` seconds of processor time.
        `check` stands in for the exercise's own. Every exception is an outcome.
        """
        check = self.exercise.check if check is None else check
        conversation, failed = self._conversation(answer, limit)
        if failed:
            yield failed
            return
        try:
            label = self.exercise.label
            for seed in seeds:
                yield judge(conversation, label, check, seed, self.given)
        finally:
            conversation.end()
            conversation.channel.close()
            if os.name != "posix":  # no fork there: an answer has the whole process
                self._again()

    def grade(
        self, answer: str, seed: int, check: str | None = None, limit: float = SECONDS
    ) -> Outcome:
        """`outcomes` for one seed."""
        return next(iter(list(self.outcomes(answer, [seed], check, limit))))

    def _conversation(self, answer: str, limit: float):
        """A conversation with a fork that has run the answer, or why there is none."""
        channel = None
        work = {"source": answer, "seconds": limit, "address": self.listener.address}
        try:
            self.channel.send(work)
            channel = self.listener.wait(START_SECONDS, 4 * limit + 30)
            raised = channel.receive()
        except (OSError, EOFError, WireError) as error:
            if channel is None or isinstance(error, OSError):
                self._again()
            return None, Outcome(False, type(error).__name__, f"{GONE} ({error})")
        if raised:
            kinds, text = raised
            hint = ENDLESS if "KeyboardInterrupt" in kinds else text
            channel.send({"do": "end"})
            channel.close()
            return None, Outcome(False, str(kinds[0]), hint)
        return Conversation(channel), None

    def _again(self) -> None:
        self._stop()
        self._begin()

    def _stop(self) -> None:
        if self.channel:
            self.channel.close()
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End the process and take its folder away."""
        if hasattr(self, "process"):
            self._stop()
        self.listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
