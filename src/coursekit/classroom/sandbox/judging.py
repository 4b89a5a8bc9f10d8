"""Judge an answer that runs in another process: draw, ask, compare, give a hint."""

from __future__ import annotations

import contextlib
import io
import time
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from coursekit.chapters.slicing import assigned, imports, used
from coursekit.checks.asking import ENDLESS
from coursekit.checks.draws import draw
from coursekit.classroom.sandbox.elsewhere import Conversation
from coursekit.kernel.wire import WireError

MISSING = "NameError"


class Here:
    """What `judge` needs of a `Conversation`, about a namespace of this process."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.namespace = namespace

    def look(self, names: Iterable[str]) -> dict[str, Any]:
        """What is called by these names; unknown ones are left out."""
        return {n: self.namespace[n] for n in names if n in self.namespace}

    def seed(self, number: int) -> None:
        """`draw` has seeded this process already."""


@dataclass(frozen=True)
class Outcome:
    """What a check said of one answer: whether it passed, which error, which words."""

    passed: bool
    error: str = ""
    hint: str = ""
    seconds: float = 0.0


def prelude(sources: Iterable[str]) -> list[str]:
    """The imports of a chapter's cells, for checks that use their names."""
    return list(dict.fromkeys(line for source in sources for line in imports(source)))


def judge(
    conversation: Conversation | Here,
    label: str,
    check: str,
    seed: int,
    given: Iterable[str] = (),
) -> Outcome:
    """Run the source of a check here, about names that are looked up there.

    `given` are import statements that the check may rely on. Every exception is an
    outcome; an error of `MISSING` says that the answer is not there (yet).
    """
    began = time.perf_counter()
    error, hint = "", ""
    try:
        with _quiet():
            _run(conversation, label, check, seed, given)
    except (Exception, KeyboardInterrupt) as raised:
        error, hint = _said(raised)
    return Outcome(not error, error, hint, time.perf_counter() - began)


def _run(conversation, label, check, seed, given) -> None:
    namespace: dict[str, Any] = {"__name__": "check", "rng": draw(label, seed)}
    free = used(check) - {"rng"}
    for line in given:
        if assigned(line) & free:
            exec(line, namespace)
    wanted = sorted(free - set(namespace))
    found = conversation.look(wanted)
    for name in wanted:
        if name not in found:
            raise NameError(f"{name} is not defined when the test asks for it")
    conversation.seed(seed)
    namespace |= found
    exec(compile(check, f"the check of {label}", "exec"), namespace)


def _said(raised: BaseException) -> tuple[str, str]:
    if isinstance(raised, KeyboardInterrupt):
        return "KeyboardInterrupt", ENDLESS
    if isinstance(raised, WireError):
        return "WireError", f"what it sent could not be read: {raised}"
    return type(raised).__name__, str(raised)


@contextlib.contextmanager
def _quiet():
    """Swallow what a check prints, and warnings."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield
