"""Keep the recorder whole, and what holds wanted values away from student code.

A submission shares its process with the recorder, never with a wanted value: those lie
in `coursekit.checks`, which nothing in this process can import once it is closed.
`check` says which part of the recorder was replaced. This stops the usual tricks, not
a determined attacker: the instructor's guide says so.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.abc
import signal
import sys
from collections.abc import Iterator
from types import ModuleType

OURS = "coursekit.kernel."  #: the recorder's modules
OPEN = ("coursekit", "coursekit.kernel")  #: what a graded kernel may import of us
CLOSED = "the grader's own code cannot be imported while an answer is graded"

_known: dict[str, dict[str, tuple]] = {}


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


def remember() -> None:
    """Note the functions of the recorder, and their code."""
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
