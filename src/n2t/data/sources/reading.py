"""Text files, read so that no line is lost, split or shifted without a word.

``str.splitlines`` ends a line at eleven different characters, several of which
occur inside sentences of real corpora; in a pair of parallel files one such
character shifts every pair after it. Here only ``\\n`` (and ``\\r\\n``) ends a
line, or ``\\r`` where nothing else does; what cannot be read for sure is refused
with file and line. All that reads lines of text reads them by ``split_lines``.
"""

import gzip
import zlib
from pathlib import Path
from typing import AnyStr

MAX_CHARACTERS = 100_000  # a longer "sentence" is a file without line ends


def split_lines(text: AnyStr) -> list[AnyStr]:
    """The lines of a text without their ends; blank ones are kept.

    Ends are ``\\n`` and ``\\r\\n``. Old Macs wrote ``\\r``: it is an end where the text
    has no other. The last line may have none. An empty text has no line.

    Args:
        text: a string, or bytes in which these characters are single bytes (UTF-8).

    >>> split_lines("one\\r\\n\\ntwo\\u2028still two")
    ['one', '', 'two\\u2028still two']
    """
    text = _plain_ends(text)
    end = "\n" if isinstance(text, str) else b"\n"
    return text.removesuffix(end).split(end) if text else []


def _plain_ends(text: AnyStr) -> AnyStr:
    """A text in which ``\\n`` alone ends lines."""
    if isinstance(text, bytes):
        text = text.replace(b"\r\n", b"\n")
        return text if b"\n" in text else text.replace(b"\r", b"\n")
    text = text.replace("\r\n", "\n")
    return text if "\n" in text else text.replace("\r", "\n")


def check_line(line: str, max_characters: int = MAX_CHARACTERS) -> str:
    """What is wrong with a line, in words that follow its place; "" if nothing."""
    if "\0" in line:
        return "NUL character (is this UTF-16, or a binary file?)"
    if len(line) > max_characters:
        return f"{len(line):,} characters, wanted at most {max_characters:,}"
    return ""


def read_text(path: str | Path, *, encoding: str = "utf-8") -> str:
    """A whole text file, as one string with ``\\n`` line ends.

    Files that end in ``.gz`` are unpacked. A byte-order mark is dropped.

    Args:
        path: the file.
        encoding: what the bytes are, by their publisher's word.

    Raises:
        ValueError: the file is empty, cut off, not in this encoding, or holds
            NUL characters (as UTF-16 text read as UTF-8 does).
    """
    path = Path(path)
    text = _decode(_read_bytes(path), path, encoding).removeprefix("\ufeff")
    if not text:
        raise ValueError(f"{path} is empty: wanted at least one line of text")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ValueError(
            f"{path}, line {line}: NUL character (is this UTF-16, or a binary file?)"
        )
    return _plain_ends(text)


def read_lines(
    path: str | Path,
    *,
    encoding: str = "utf-8",
    max_characters: int = MAX_CHARACTERS,
) -> list[str]:
    """The lines of a text file, without their ends; blank lines are kept.

    Raises:
        ValueError: as ``read_text``; or a line is longer than
            ``max_characters``.
    """
    lines = split_lines(read_text(path, encoding=encoding))
    for number, line in enumerate(lines, 1):
        if wrong := check_line(line, max_characters):
            raise ValueError(
                f"{path}, line {number}: {wrong} "
                "(pass a larger max_characters if it is meant)"
            )
    return lines


def read_parallel(
    *paths: str | Path,
    encoding: str = "utf-8",
    max_characters: int = MAX_CHARACTERS,
) -> list[tuple[str, ...]]:
    """Line by line, what several files say about the same thing.

    Args:
        paths: two or more files; line ``i`` of each belongs together.
        encoding: of all the files.
        max_characters: the longest line to accept.

    Returns:
        One tuple a line, in the order of ``paths``.

    Raises:
        ValueError: fewer than two paths; files with different numbers of
            lines (all counts are named); or as ``read_lines``.
    """
    if len(paths) < 2:
        raise ValueError(f"paths ({len(paths)}) must name at least two files")
    columns = [
        read_lines(path, encoding=encoding, max_characters=max_characters)
        for path in paths
    ]
    if len({len(column) for column in columns}) > 1:
        counts = ", ".join(
            f"{Path(path).name}: {len(column):,}"
            for path, column in zip(paths, columns, strict=True)
        )
        raise ValueError(f"parallel files must have equally many lines ({counts})")
    return list(zip(*columns, strict=True))


def _read_bytes(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix != ".gz":
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is damaged or cut off: {error}") from error


def _decode(data: bytes, path: Path, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path}, line {line}: byte 0x{data[error.start]:02x} is not {encoding}; "
            "wanted a file in one encoding (pass its name as encoding)"
        ) from error
