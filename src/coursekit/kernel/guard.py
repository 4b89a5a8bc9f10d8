"""Run inside a graded kernel: bound its output and time, and keep the recorder whole.

A submission shares its process with the recorder, never with a wanted value. `start`
runs before the submission. Wanted values lie in `coursekit.checks`, which nothing in
this process can import any more. `check` says which part of the recorder was replaced.
This stops the usual tricks, not a determined attacker: the instructor's guide says so.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.abc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

OURS = "coursekit.kernel."  #: the recorder's modules
OPEN = ("coursekit", "coursekit.kernel")  #: what a graded kernel may import of us
ADDRESS_VARIABLE = "COURSEKIT_ADDRESS"
ASK = "# the grader asks"  #: the cell at which the grader's questions are answered
CLOSED = "the grader's own code cannot be imported while an answer is graded"

_known: dict[str, dict[str, tuple]] = {}
_import = builtins.__import__


class _Closed(importlib.abc.MetaPathFinder):
    """Refuses to import what holds wanted values, and the rest of our tools."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name.split(".")[0] == "coursekit" and not _is_open(name):
            raise ImportError(f"{name}: {CLOSED}")


def _is_open(name: str) -> bool:
    return name in OPEN or name.startswith(OURS)


def close() -> None:
    """From now on, nothing of `coursekit` but the recorder can be imported."""
    for name in [n for n in sys.modules if n.startswith("coursekit.")]:
        if not _is_open(name):
            del sys.modules[name]
    sys.meta_path.insert(0, _Closed())


def start(output_characters: int, cell_seconds: int) -> None:
    """Remember the recorder; bound each stream and each cell; wait for the grader.

    A cell gets `cell_seconds` of processor time, and each stream `output_characters`.
    """
    from coursekit.kernel import host

    remember()
    close()
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
    interrupt_after(0)  # the handler alone
    set_timer, timer = signal.setitimer, signal.ITIMER_PROF
    _around_each_cell("pre_run_cell", lambda _: set_timer(timer, seconds, 1))
    _around_each_cell("post_run_cell", lambda _: set_timer(timer, 0))


def interrupt_after(seconds: float) -> None:
    """Interrupt what runs after `seconds` of processor time, and then each second.

    0 only sets the handler. Where there is no such timer (Windows) nothing happens.
    """

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt("it computed for too long")

    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGPROF, stop)
        signal.setitimer(signal.ITIMER_PROF, seconds, 1)


def recorder(name: str) -> ModuleType:
    """The recorder's module of that name: read anew unless it was here at the start.

    Raises `ImportError` for a module that is none of the recorder's.
    """
    if not name.startswith(OURS):
        raise ImportError(f"{name} is no module of the recorder")
    if name not in _known:
        sys.modules.pop(name, None)
        _known[name] = dict(_functions(importlib.import_module(name)))
    return sys.modules[name]


def _around_each_cell(event: str, function: Callable) -> None:
    """Call `function` at the shell's event of that name, in a notebook's kernel."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        shell.events.register(event, function)


def remember() -> None:
    """Note the functions of the recorder, and their code."""
    from coursekit.kernel import calls, host, watching, wire  # noqa: F401

    for name, module in list(sys.modules.items()):
        if name.startswith(OURS):
            _known[name] = dict(_functions(module))


def _functions(module: ModuleType) -> Iterator[tuple[str, tuple]]:
    for name, value in vars(module).items():
        inner = vars(value) if isinstance(value, type) else {}
        for part, function in {name: value, **_named(name, inner)}.items():
            if callable(function):
                yield part, (function, getattr(function, "__code__", None))


def _named(outer: str, inner: dict) -> dict:
    return {f"{outer}.{name}": value for name, value in inner.items()}


def check() -> None:
    """Raise `AssertionError` naming a part of the recorder that was replaced."""
    for name, known in _known.items():
        now = dict(_functions(sys.modules[name])) if name in sys.modules else {}
        for part, was in known.items():
            if now.get(part) != was:
                raise builtins.AssertionError(
                    f"{name}.{part} was replaced by this notebook: your answer is "
                    "recorded by it. Take the replacement out."
                )


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
