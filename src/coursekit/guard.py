"""Run inside a graded kernel: notice replaced functions, bound what is printed.

A submission shares its process with the tests, so it could replace what they call.
`start` runs before the submission and remembers; `check` runs before each test and
says what was replaced. This stops the usual tricks, not a determined attacker: the
instructor's guide says so.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from types import ModuleType

WATCHED = ("builtins", "numpy", "numpy.testing", "numpy.linalg", "numpy.random", "math")
WATCHED_LATER = ("torch", "torch.testing", "torch.nn.functional", "coursekit.draws")
ALLOWED = {"_", "input", "display", "get_ipython", "exit", "quit"}  # the shell's

_known: dict[str, dict[str, object]] = {}


def _functions(module: ModuleType) -> dict[str, object]:
    return {name: value for name, value in vars(module).items() if callable(value)}


def start(output_characters: int) -> None:
    """Remember the modules that tests rely on, and bound each stream's output."""
    import numpy.testing  # noqa: F401

    remember(WATCHED)
    _around_each_cell("post_run_cell", remember)
    left = {"stdout": output_characters, "stderr": output_characters}
    _around_each_cell("pre_run_cell", lambda: _bound(left))


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
        if name.startswith("coursekit.checks") and name not in _known:
            _known[name] = _functions(sys.modules[name])


def check() -> None:
    """Raise `AssertionError` naming the first function that was replaced."""
    for name, functions in _known.items():
        module = sys.modules.get(name)
        for function, value in functions.items():
            if function not in ALLOWED and getattr(module, function, None) is not value:
                raise builtins.AssertionError(
                    f"{name}.{function} was replaced by this notebook: the tests "
                    "need it as it was. Take the replacement out."
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
