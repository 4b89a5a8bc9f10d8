"""Text files, read so that no line is lost, split or shifted without a word.

``str.splitlines`` ends a line at eleven different characters, several of which
occur inside sentences of real corpora; in a pair of parallel files one such
character shifts every pair after it. Here only ``\\n`` (and ``\\r\\n``) ends a
line, and what cannot be read for sure is refused with file and line.
"""

import gzip
import zlib
from pathlib import Path

MAX_CHARACTERS = 100_000  # a longer "sentence" is a file without line ends


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
    return text.replace("\r\n", "\n")


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
    lines = read_text(path, encoding=encoding).removesuffix("\n").split("\n")
    for number, line in enumerate(lines, 1):
        if len(line) > max_characters:
            raise ValueError(
                f"{path}, line {number}: {len(line):,} characters, wanted at most "
                f"{max_characters:,} (pass a larger max_characters if it is meant)"
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
