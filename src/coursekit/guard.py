"""Run inside a graded kernel: notice replaced functions, bound what is printed.

A submission shares its process with the tests, so it could replace what they call.
`start` runs before the submission and remembers; `check` runs before each test and
says what was replaced. This stops the usual tricks, not a determined attacker: the
instructor's guide says so.
"""

from __future__ import annotations

import builtins
import sys
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
    _after_each_cell(remember)
    for stream in (sys.stdout, sys.stderr):
        _bound(stream, output_characters)


def _after_each_cell(function: object) -> None:
    """Call `function()` whenever a cell has run, in a notebook's kernel."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        shell.events.register("post_run_cell", lambda result: function())


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


def _bound(stream: object, characters: int) -> None:
    """Make `stream.write` raise once it was given that many characters in all."""
    write, left = stream.write, [characters]

    def bounded(text: str) -> int:
        left[0] -= len(text)
        if left[0] < 0:
            raise RuntimeError(f"more than {characters} characters of output")
        return write(text)

    stream.write = bounded
