"""Run inside a graded kernel: notice replaced functions, bound output and time.

A submission shares its process with the tests, so it could replace what they call.
`start` runs before the submission and remembers; `check` runs before each test and
says what was replaced. This stops the usual tricks, not a determined attacker: the
instructor's guide says so.
"""

from __future__ import annotations

import builtins
import signal
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

WATCHED = ("builtins", "numpy", "numpy.testing", "numpy.linalg", "numpy.random", "math")
WATCHED_LATER = ("torch", "torch.testing", "torch.nn.functional")
OURS = "coursekit.kernel."  #: the draws and the checks, this module left out
ALLOWED = {"_", "input", "display", "get_ipython", "exit", "quit"}  # the shell's

_known: dict[str, dict[str, object]] = {}
_import = builtins.__import__
_put_back: set[str] = set()


def _functions(module: ModuleType) -> dict[str, object]:
    return {name: value for name, value in vars(module).items() if callable(value)}


def start(output_characters: int, cell_seconds: int) -> None:
    """Remember the modules that tests rely on; bound each stream and each cell.

    A cell gets `cell_seconds` of processor time, and each stream `output_characters`.
    """
    import numpy.testing  # noqa: F401

    remember(WATCHED)
    _around_each_cell("post_run_cell", _imports_again)
    _around_each_cell("post_run_cell", remember)
    left = {"stdout": output_characters, "stderr": output_characters}
    _around_each_cell("pre_run_cell", lambda: _bound(left))
    if hasattr(signal, "setitimer"):  # elsewhere nbgrader's clock remains
        _clock(cell_seconds)


def _clock(seconds: int) -> None:
    """Interrupt each cell that computed for so many seconds, as a person would."""
    set_timer, timer = signal.setitimer, signal.ITIMER_PROF

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt(f"it computed for {seconds} s")

    signal.signal(signal.SIGPROF, stop)
    _around_each_cell("pre_run_cell", lambda: set_timer(timer, seconds))
    _around_each_cell("post_run_cell", lambda: set_timer(timer, 0))


def _imports_again() -> None:
    """The kernel itself imports as it runs: put `__import__` back, and remember."""
    if builtins.__import__ is not _import:
        builtins.__import__ = _import
        _put_back.add("builtins.__import__")


def _around_each_cell(event: str, function: Callable) -> None:
    """Call `function()` at the shell's event of that name, in a notebook's kernel."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        shell.events.register(event, lambda information: function())


def remember(names: tuple[str, ...] = WATCHED_LATER) -> None:
    """Note the functions of those modules that are imported by now."""
    for name in names:
        if name in sys.modules and name not in _known:
            _known[name] = _functions(sys.modules[name])
    for name in list(sys.modules):
        if name.startswith(OURS) and name not in (__name__, *_known):
            _known[name] = _functions(sys.modules[name])


def check() -> None:
    """Raise `AssertionError` naming the first function that was replaced."""
    for name in [*sorted(_put_back), *_replaced()]:
        raise builtins.AssertionError(
            f"{name} was replaced by this notebook: the tests "
            "need it as it was. Take the replacement out."
        )


def _replaced() -> Iterator[str]:
    """Names of the functions that are not what they were, as they are found."""
    for name, functions in _known.items():
        module = sys.modules.get(name)
        for function, value in functions.items():
            if function not in ALLOWED and getattr(module, function, None) is not value:
                yield f"{name}.{function}"


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
