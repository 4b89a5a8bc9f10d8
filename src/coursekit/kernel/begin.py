"""What runs first in a process that student code will share: limits, and the recorder.

In a notebook's kernel `start` bounds output and time, and waits for the grader. Run as
a program, this module is a bench for many answers (see `host.bench`).
"""

from __future__ import annotations

import builtins
import os
import signal
import sys
from collections.abc import Callable

from coursekit.kernel import calls, guard, host, watching, wire  # noqa: F401

ADDRESS_VARIABLE = "COURSEKIT_ADDRESS"
ASK = "# the grader asks"  #: the cell at which the grader's questions are answered

_import = builtins.__import__


def start(output_characters: int, cell_seconds: int) -> None:
    """Remember the recorder; bound each stream and each cell; wait for the grader.

    A cell gets `cell_seconds` of processor time, and each stream `output_characters`.
    """
    guard.remember()
    guard.close()
    left = {"stdout": output_characters, "stderr": output_characters}
    _around_each_cell("post_run_cell", lambda _: _imports_again())
    _around_each_cell("pre_run_cell", lambda _: _bound(left))
    if hasattr(signal, "setitimer"):  # elsewhere nbgrader's clock remains
        _clock(cell_seconds)
    _answer_questions(host.serve, os.environ.pop(ADDRESS_VARIABLE, ""))


def _imports_again() -> None:
    """Put `__import__` back: the kernel itself imports as it runs, and would hang."""
    builtins.__import__ = _import


def _answer_questions(serve: Callable, address: str) -> None:
    """Talk with the grader before the cell that says `ASK`: it looks up no name."""
    from IPython import get_ipython

    shell = get_ipython()

    def ask(information: object) -> None:
        if information.raw_cell == ASK:
            serve(address, shell.user_ns)

    if shell is not None:
        shell.events.register("pre_run_cell", ask)


def _clock(seconds: int) -> None:
    """Interrupt each cell that computed for so many seconds, as a person would."""
    guard.interrupt_after(0)  # the handler alone
    set_timer, timer = signal.setitimer, signal.ITIMER_PROF
    _around_each_cell("pre_run_cell", lambda _: set_timer(timer, seconds, 1))
    _around_each_cell("post_run_cell", lambda _: set_timer(timer, 0))


def _around_each_cell(event: str, function: Callable) -> None:
    """Call `function` at the shell's event of that name, in a notebook's kernel."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        shell.events.register(event, function)


def _bound(left: dict[str, int]) -> None:
    """Make both streams raise once they were given that many characters in all.

    The shell puts its own `write` on the streams for each cell, so this is called
    before each cell, inside that.
    """
    for name in left:
        stream = getattr(sys, name)
        if not hasattr(stream.write, "bounded"):
            stream.write = _bounded(stream.write, name, left)


def _bounded(write: Callable, name: str, left: dict[str, int]) -> Callable:
    def bounded(text: str) -> int:
        left[name] -= len(text)
        if left[name] < 0:
            raise RuntimeError("too many characters of output")
        return write(text)

    bounded.bounded = True
    return bounded


if __name__ == "__main__":
    guard.remember()
    guard.close()
    host.bench(sys.argv[1])
