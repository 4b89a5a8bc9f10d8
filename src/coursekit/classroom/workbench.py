"""Run answers against a chapter's own check cell, in this process.

nbgrader takes seconds for each submission; a bench takes milliseconds, because the
cells that an exercise needs run once and every answer starts from what they left.
"""

from __future__ import annotations

import contextlib
import io
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from coursekit.chapters.exercises import Chapter, Exercise, bare
from coursekit.chapters.slicing import needed_cells
from coursekit.kernel.draws import draw

SECONDS = 180.0  #: time limit for one answer with its check, on any machine


class TimeUp(BaseException):
    """An answer ran past its limit. Not an `Exception`, so that no answer eats it."""


@dataclass(frozen=True)
class Outcome:
    """What a check said of one answer: whether it passed, which error, which words."""

    passed: bool
    error: str = ""
    hint: str = ""
    seconds: float = 0.0


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeUp` in the main thread once `seconds` have passed.

    Where the system has no alarm signal (Windows), or off the main thread, a timer
    interrupts the main thread instead.
    """
    on_main = threading.current_thread() is threading.main_thread()
    if not (on_main and hasattr(signal, "setitimer")):
        with _timer_limit(seconds):
            yield
        return

    def stop(number: int, frame: object) -> None:
        raise TimeUp(f"ran for more than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _timer_limit(seconds: float) -> Iterator[None]:
    import _thread

    timer = threading.Timer(seconds, _thread.interrupt_main)
    timer.start()
    try:
        yield
    except KeyboardInterrupt:
        raise TimeUp(f"ran for more than {seconds:g} s") from None
    finally:
        timer.cancel()


class Bench:
    """The state that an exercise of a chapter starts from, kept for many answers.

    Raises whatever the chapter's own cells raise.
    """

    def __init__(self, chapter: Chapter, exercise: Exercise) -> None:
        self.exercise = exercise
        self.namespace: dict = {"__name__": "__main__"}
        with _quiet():
            for cell in needed_cells(chapter, [exercise]):
                self._run(bare(cell.source), f"{chapter.name}:{cell.line}")
        self.start = dict(self.namespace)

    def _run(self, source: str, name: str) -> None:
        exec(compile(source, name, "exec"), self.namespace)

    def grade(
        self, answer: str, seed: int, check: str | None = None, limit: float = SECONDS
    ) -> Outcome:
        """Run `answer` (a whole solution cell) and then the check, with that seed.

        `check` stands in for the exercise's own; every exception is an outcome.
        """
        check = self.exercise.check if check is None else check
        began = time.perf_counter()
        try:
            with time_limit(limit), _quiet():
                self._run(answer, "answer")
                self.namespace["rng"] = draw(self.exercise.label, seed)
                self._run(check, "check")
            error, hint = "", ""
        except (Exception, SystemExit, TimeUp) as raised:
            error, hint = type(raised).__name__, str(raised)
        finally:
            self.namespace.clear()
            self.namespace.update(self.start)
        return Outcome(not error, error, hint, time.perf_counter() - began)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Swallow what answers print, and warnings; no figure opens a window."""
    import warnings

    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield
