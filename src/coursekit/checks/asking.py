"""Ask a student's answer: beside it in a notebook, or from the grader's process.

`ask` is how every check calls an answer. It gives a `Record` of what happened, and an
`AssertionError` that a student understands for whatever went wrong on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any

from coursekit.kernel import calls, wire
from coursekit.kernel.calls import Record

ENDLESS = "ran out of time: is there an endless loop?"


class AnswerError(Exception):
    """An answer raised something that is no built-in exception; its name and text."""


def run(recorder: Callable, answer: Any, *arguments: Any, **options: Any) -> Any:
    """What a recorder of `coursekit.kernel` records of an answer, here or elsewhere.

    Everything crosses as it would between processes, so a check sees the same values
    in both: copies, and tensors without their graph.
    """
    elsewhere = getattr(answer, "coursekit_run", None)
    if elsewhere is not None:
        return elsewhere(recorder, arguments, options)
    arguments, options = _crossed((arguments, options))
    return _crossed(recorder(answer, *arguments, **options))


def _crossed(value: Any) -> Any:
    """`value` as if it had come over the wire; what cannot cross stays as it is."""
    kept: list = []

    def keep(thing: object) -> dict:
        kept.append(thing)
        return {"id": len(kept) - 1}

    message = wire.pack(value, keep)[wire.HEAD :]
    return wire.unpack(message, lambda tree: kept[tree["id"]])


def ask(
    answer: Any,
    *arguments: Any,
    hint: str = "",
    keywords: dict | None = None,
    may_change: Sequence[int] = (),
    **options: Any,
) -> Record:
    """Call `answer` on inputs; what happened, `options` as `calls.call` has them.

    Raises `AssertionError` when it raised (with `hint`), when it changed an argument
    in place that is not in `may_change`, or what it had returned earlier.
    `NotImplementedError` passes through: that answer has not been written yet.
    """
    found = run_or_say(
        calls.call, answer, arguments, keywords=keywords, hint=hint, **options
    )
    record = Record(**found)
    for place in set(record.changed) - set(may_change):
        raise AssertionError(
            f"your answer changes its argument number {place + 1} in place: the "
            "caller still needs it, so work on a copy"
        )
    assert not record.earlier_changed, (
        "a call changes what an earlier call returned: two results share memory"
    )
    return record


def run_or_say(
    recorder: Callable, answer: Any, *arguments: Any, hint: str = "", **options: Any
) -> Any:
    """`run`, where whatever the answer raises becomes an `AssertionError` with `hint`.

    `NotImplementedError` and assertions pass through.
    """
    try:
        return run(recorder, answer, *arguments, **options)
    except (NotImplementedError, AssertionError):
        raise
    except KeyboardInterrupt:
        raise AssertionError(ENDLESS) from None
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        if isinstance(error, AnswerError):
            said = str(error)
        raise AssertionError(f"{said}\n{hint}".strip()) from None


def refused(
    answer: Any,
    *arguments: Any,
    words: str,
    error: type[Exception] = ValueError,
    keywords: dict | None = None,
) -> str:
    """The text of the `error` that `answer` raises for bad inputs.

    Raises `AssertionError` with `words` if it returns, or raises another.
    """
    try:
        found = run(calls.call, answer, arguments, keywords=keywords)
    except NotImplementedError:
        raise
    except error as raised:
        return str(raised)
    except KeyboardInterrupt:
        raise AssertionError(ENDLESS) from None
    except Exception as other:
        raise AssertionError(
            f"wanted {error.__name__}, got {type(other).__name__}: {other}"
        ) from None
    raise AssertionError(f"{words}; it returned {str(found['value'])[:80]}")


def avoids(record: Record, forbidden: Sequence[str], words: str) -> None:
    """Refuse an answer that called one of these library functions, or hid its calls.

    `forbidden` are beginnings of full names; the call must have asked to `watch` them.
    """
    begins = (*forbidden, "sys.setprofile")
    called = [name for name in record.called if name.startswith(begins)]
    if called:
        raise AssertionError(f"your answer calls {_known(called)}: {words}")


def _known(called: Sequence[str]) -> str:
    """The first public name of those called, else what is public of the first.

    A public function goes on to call private ones, which its reader has never seen.
    """
    for name in called:
        if all(map(_public, name.split("."))):
            return name
    parts = called[0].split(".")
    if _public(parts[-1]):
        return f"{parts[0]}'s {parts[-1]}"
    return ".".join(takewhile(_public, parts))


def _public(part: str) -> bool:
    return part.isidentifier() and part[0] != "_"
