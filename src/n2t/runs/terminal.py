"""What the command line reads and says: numbers, commands to type, errors."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

EXPECTED = (ImportError, OSError, ValueError)


def whole(text: object) -> int:
    """A whole number that was typed; typer's own error does not say what was."""
    return _parsed(int, text, "whole number")


def number(text: object) -> float:
    """A number that was typed, as ``whole``."""
    return _parsed(float, text, "number")


def _parsed(kind: type, text: object, words: str):
    try:
        return kind(str(text))
    except ValueError:
        from typer import BadParameter

        raise BadParameter(f"{text!r} is no {words}") from None


def typed_lines(prompt: str) -> Iterator[str]:
    """Lines of standard input that say something, until its end.

    On a terminal each is asked for by ``prompt``.
    """
    asked = prompt if sys.stdin.isatty() else ""
    while True:
        try:
            line = input(asked)
        except EOFError:
            return
        if line.strip():
            yield line


def typed(*words: str | Path) -> str:
    """A command as it is typed on this machine, with spaces in its words and all."""
    texts = [str(word) for word in words]
    return subprocess.list2cmdline(texts) if os.name == "nt" else shlex.join(texts)


def meant(error: BaseException) -> bool:
    """Whether an error is meant for who typed the command, and shows no bug.

    A KeyError or a TypeError, or an error of torch's, comes from a value that nothing
    checked. A plain LookupError is nobody's but ours: Python raises its children.
    """
    ours = type(error).__module__.partition(".")[0] == "n2t"
    return ours or type(error) is LookupError or isinstance(error, EXPECTED)


def said(error: BaseException) -> str:
    """An error as one line, which names the file where there is one."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__
