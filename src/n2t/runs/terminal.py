"""What the command line reads and says: lines, commands to type, errors."""

import os
import shlex
import subprocess
import sys
from pathlib import Path


def lines() -> list[str]:
    """The lines of standard input, whatever marks their ends.

    Raises:
        ValueError: bytes that are no text.
    """
    try:
        return [line.removesuffix("\n") for line in sys.stdin]
    except UnicodeDecodeError as error:
        raise ValueError(f"standard input is no text in {error.encoding}") from None


def typed(*words: str | Path) -> str:
    """A command as it is typed on this machine, with spaces in its words and all."""
    texts = [str(word) for word in words]
    return subprocess.list2cmdline(texts) if os.name == "nt" else shlex.join(texts)


def said(error: BaseException) -> str:
    """An error as one line, which names the file where there is one."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__
