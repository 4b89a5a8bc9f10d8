"""One file at a time: download, check, keep. No unchecked byte gets a name.

A download is written to ``NAME.part``, compared with its SHA-256 and only then
renamed to ``NAME``: a reader sees the right file or none. A file that fails
the check is set aside as ``NAME.bad`` for you to look at.
"""

import hashlib
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ATTEMPTS = 3  # a dropped connection is tried again this often
PAUSE_S = 0.5  # before the second attempt; doubled before each later one
TIMEOUT_S = 30.0  # for a server that says nothing


class DataError(RuntimeError):
    """A data set cannot be had; the message says why and what to do."""


class OfflineError(DataError):
    """The files are not on this machine and the network cannot be reached."""


class CorruptFileError(DataError):
    """A file is there, or arrived, but is not the file that was published."""


@dataclass(frozen=True)
class DataFile:
    """One published file: where it lies and how to know that it is itself.

    Attributes:
        name: file name inside the data set's folder, without a directory.
        url: where it is downloaded from.
        size: length in bytes.
        sha256: SHA-256 as 64 lower-case hexadecimal digits.
    """

    name: str
    url: str
    size: int
    sha256: str

    def __post_init__(self) -> None:
        if not self.name or Path(self.name).name != self.name:
            raise ValueError(f"name ({self.name!r}) must be a plain file name")
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise ValueError(f"url ({self.url!r}) must start with http:// or https://")
        if not isinstance(self.size, int) or self.size < 1:
            raise ValueError(f"size ({self.size!r}) must be a number of bytes above 0")
        digits = set(self.sha256) if isinstance(self.sha256, str) else set()
        if not digits <= set("0123456789abcdef") or len(self.sha256 or "") != 64:
            raise ValueError(f"sha256 ({self.sha256!r}) must be 64 hexadecimal digits")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check(path: Path, file: DataFile) -> str:
    """Compare a file on disk with what was published.

    Returns:
        ``"ok"``, ``"missing"``, ``"wrong size"``, ``"wrong hash"`` or
        ``"unreadable"``.
    """
    try:
        if path.stat().st_size != file.size:
            return "wrong size"
        return "ok" if sha256_of(path) == file.sha256 else "wrong hash"
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "unreadable"


def set_aside(path: Path, wanted: Path | None = None) -> Path:
    """Rename a bad file to ``NAME.bad`` (``.bad2``, ... if taken).

    Args:
        path: the bad file.
        wanted: the path whose name the new one is made from (default: ``path``).

    Returns:
        The file's new path.
    """
    stem, number = wanted or path, 1
    while True:
        aside = stem.with_name(f"{stem.name}.bad{number if number > 1 else ''}")
        if not aside.exists():
            return path.rename(aside)
        number += 1


def download(file: DataFile, folder: Path, *, progress: bool | None = None) -> Path:
    """Download one file into ``folder``, checked before it gets its name.

    Args:
        file: what to download.
        folder: an existing folder that may be written.
        progress: draw a progress bar on stderr; by default only on a terminal.

    Returns:
        Path of the checked file.

    Raises:
        OfflineError: the server could not be reached in ``ATTEMPTS`` attempts.
        CorruptFileError: what arrived is not what was published; it is kept
            beside the place it was meant for, as ``NAME.bad``.
        DataError: the server refused.
        OSError: the folder cannot be written.
    """
    path = folder / file.name
    part = path.with_name(path.name + ".part")
    problem = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_S * 2 ** (attempt - 1))
        problem = _transfer(file, part, progress)
        if not problem and part.stat().st_size >= file.size:
            break  # a shorter answer may have been cut off: ask again
    if problem:
        host = urlsplit(file.url).netloc
        raise OfflineError(f"{file.name} is not on this machine and {host} {problem}")
    state = check(part, file)
    if state != "ok":
        aside = set_aside(part, wanted=path)
        raise CorruptFileError(
            f"{file.url} sent a file with the {state} for {file.name}; it was set "
            f"aside as {aside}: look at it (a login page of your network?), then "
            "try again, or put a good copy under N2T_DATA"
        )
    os.replace(part, path)
    return path


def _transfer(file: DataFile, part: Path, progress: bool | None) -> str:
    """One attempt: the body of the answer goes to ``part``.

    Returns:
        What went wrong on the way, if trying again may help; else nothing.
    """
    import pooch
    from requests.exceptions import HTTPError, RequestException

    bar = sys.stderr.isatty() if progress is None else progress
    fetch = pooch.HTTPDownloader(progressbar=bar, timeout=TIMEOUT_S)
    try:
        fetch(file.url, str(part), None)
    except HTTPError as error:
        status = error.response.status_code
        if status < 500 and status != 429:  # 429: too many requests, come again
            raise DataError(
                f"{file.url} cannot be downloaded: the server answered {status}; "
                "put the file under N2T_DATA instead"
            ) from error
        return f"answered {status}"
    except RequestException:
        return "cannot be reached"
    return ""
