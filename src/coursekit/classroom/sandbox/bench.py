"""Judge many answers to one exercise, each as a submission's would be, in milliseconds.

nbgrader takes seconds for a submission. Here one sandboxed process imports the
libraries; a fork of it runs the cells that an exercise needs; every answer runs in a
fork of that, and the grader asks it over the same wire, with the same check, as it asks
a notebook's kernel.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from coursekit.chapters.exercises import Chapter, Exercise, bare
from coursekit.chapters.slicing import needed_cells
from coursekit.checks.asking import ENDLESS
from coursekit.classroom.sandbox.elsewhere import (
    GONE,
    Conversation,
    GoneError,
    SilentError,
)
from coursekit.classroom.sandbox.judging import Outcome, judge, prelude
from coursekit.classroom.sandbox.launch import launched
from coursekit.classroom.sandbox.limits import Limits
from coursekit.classroom.sandbox.listening import Listener, short_place
from coursekit.kernel.wire import Channel, WireError

SECONDS = 180.0  #: processor time of one answer with its checks
START_SECONDS = 300.0  #: for the process to start and to run the chapter's cells


class BenchError(RuntimeError):
    """The chapter's own cells did not run; the message has the error."""


class _Begun(contextlib.AbstractContextManager):
    """What is begun when it is made, and closed at the end of a block."""

    def _begin_or_close(self) -> None:
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *error: object) -> None:
        self.close()


class Workplace(_Begun):
    """A sandboxed process that has imported the libraries: benches are forks of it.

    One at a time. Use it as a context, or call `close`.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ck-", dir=short_place()))
        for name in ("tmp", "shm", "work", "run"):
            (self.folder / name).mkdir()
        self.listener: Listener | None = None
        self.process: subprocess.Popen | None = None
        self.channel: Channel | None = None
        self._begin_or_close()

    def _begin(self) -> None:
        self.listener = Listener(self.folder / "run")  # nobody of before knows it
        module = ["-P", "-m", "coursekit.kernel.begin"]
        command = [sys.executable, *module, self.listener.address]
        limits = Limits(total_seconds=10**6, memory_bytes=8 * 2**30)
        self.process = launched(command, self.folder, self.folder / "run", limits)
        try:
            self.channel = self.wait(START_SECONDS)
        except TimeoutError:
            raise BenchError("no Python starts in the sandbox") from None

    def wait(self, silence: float) -> Channel:
        """The channel to what connects next, which may be silent for `silence` seconds.

        Raises `TimeoutError` if nothing does, at once where the process has ended.
        """
        for _ in range(int(START_SECONDS)):
            with contextlib.suppress(TimeoutError):
                return self.listener.wait(1, silence)
            if self.process.poll() is not None:
                break
        raise TimeoutError("nothing connects")

    def again(self) -> None:
        """Start the process anew, whatever it is doing."""
        self._stop()
        self._begin()

    def _stop(self) -> None:
        if self.channel:
            self.channel.close()
        if self.process:
            self.process.kill()
            self.process.wait()
        if self.listener:
            self.listener.close()

    def close(self) -> None:
        """End the process and take its folder away."""
        self._stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Bench(_Begun):
    """The state that an exercise of a chapter starts from, kept for many answers.

    Use it as a context, or call `close`. It stands in a `place` that may serve one
    bench after another, else in one of its own. Raises `BenchError` for what the
    chapter's own cells raise.
    """

    def __init__(
        self, chapter: Chapter, exercise: Exercise, place: Workplace | None = None
    ) -> None:
        self.exercise = exercise
        cells = needed_cells(chapter, [exercise])
        self.sources = [bare(cell.source) for cell in cells]
        self.given = prelude(self.sources)
        self.own, self.place = place is None, place or Workplace()
        self._begin_or_close()

    def _begin(self) -> None:
        """Let a fork of the process run what comes before an answer."""
        try:
            raised = self._prepared()
        except (OSError, EOFError):  # the bench before this one ended it, or holds it
            self.place.again()
            raised = self._prepared()
        if raised:
            raise BenchError(f"{self.exercise.label}: {raised[0][0]}: {raised[1]}")

    def _prepared(self) -> list:
        shown = "".join([*self.sources, self.exercise.solution, self.exercise.check])
        first = {"sources": self.sources, "optimizes": "optim" in shown}
        self.place.channel.send(first)
        return self.place.channel.receive()

    def outcomes(
        self,
        answer: str,
        seeds: Iterable[int],
        check: str | None = None,
        limit: float = SECONDS,
    ) -> Iterator[Outcome]:
        """Run `answer` (a whole solution cell); what the check says, for each seed.

        It runs once, in a process of its own, for `limit` seconds of processor time;
        once more, in a place begun anew, where that process ends: an answer before it
        may have ended what is above both. `check` stands in for the exercise's own.
        Every exception is an outcome.
        """
        check = self.exercise.check if check is None else check
        running = _Running(self, answer, limit)
        try:
            for seed in seeds:
                yield running.judged(self.exercise.label, check, seed, self.given)
                if running.failed:
                    return
        finally:
            running.close()
            if os.name != "posix":  # no fork there: an answer has the whole process
                self.again()

    def grade(
        self, answer: str, seed: int, check: str | None = None, limit: float = SECONDS
    ) -> Outcome:
        """`outcomes` for one seed."""
        return next(iter(list(self.outcomes(answer, [seed], check, limit))))

    def conversation(
        self, answer: str, limit: float
    ) -> tuple[Conversation | None, Outcome | None]:
        """A conversation with a fork that has run the answer, or why there is none."""
        channel = self._fork(answer, limit)
        try:
            raised = channel.receive()
        except WireError as error:
            return None, Outcome(False, type(error).__name__, f"{GONE} ({error})")
        except TimeoutError as error:
            self.again()
            return None, Outcome(False, SilentError.__name__, f"{GONE} ({error})")
        except (OSError, EOFError) as error:
            return None, Outcome(False, GoneError.__name__, f"{GONE} ({error})")
        if raised:
            kinds, text = raised
            hint = ENDLESS if "KeyboardInterrupt" in kinds else text
            channel.send({"do": "end"})
            channel.close()
            return None, Outcome(False, str(kinds[0]), hint)
        return Conversation(channel), None

    def _fork(self, answer: str, limit: float) -> Channel:
        """The channel to a fork that is about to run the answer.

        Where none connects, an earlier answer has ended the process, or holds it: it is
        started anew, once.
        """
        try:
            return self._try_fork(answer, limit)
        except OSError:
            self.again()
            return self._try_fork(answer, limit)

    def _try_fork(self, answer: str, limit: float) -> Channel:
        address = self.place.listener.address
        work = {"source": answer, "seconds": limit, "address": address}
        self.place.channel.send(work)
        return self.place.wait(4 * limit + 30)

    def again(self) -> None:
        """Start the place anew, and let it run what comes before an answer."""
        self.place.again()
        self._begin()

    def close(self) -> None:
        """Leave the place to the next bench, or close it where it is one's own."""
        if self.own:
            self.place.close()
            return
        with contextlib.suppress(OSError):
            if hasattr(os, "fork"):
                self.place.channel.send({})
                return
        self.place.again()


class _Running:
    """An answer in a process of its own; in another, once, where that one ended."""

    def __init__(self, bench: Bench, answer: str, limit: float) -> None:
        self.bench, self.asked, self.last = bench, (answer, limit), False
        self.conversation, self.failed = bench.conversation(*self.asked)

    def judged(self, *asked: Any) -> Outcome:
        """What `judge` says; `failed` where the answer's own cell did not run."""
        outcome = self.failed or judge(self.conversation, *asked)
        if outcome.error != GoneError.__name__ or self.last:
            return outcome
        self.close()
        self.last = True
        self.bench.again()
        self.conversation, self.failed = self.bench.conversation(*self.asked)
        return self.failed or judge(self.conversation, *asked)

    def close(self) -> None:
        """Let the process end."""
        if self.conversation:
            self.conversation.end()
            self.conversation.channel.close()
