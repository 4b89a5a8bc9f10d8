"""One file at a time: download, check, keep. No unchecked byte gets a name.

A download is written to ``NAME.part``, compared with its SHA-256 and only then
renamed to ``NAME``: a reader sees the right file or none. A file that fails
the check is set aside as ``NAME.bad`` for you to look at.

The library pooch transfers, tries again and checks. Two things it does not have:
it deletes a wrong file, which may be the login page that explains everything; and
it asks again whatever the answer was. Both are added in ``_transfer``.
"""

import os
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from n2t.files import file_hash

RETRIES = 2  # after a dropped connection, with a pause that pooch makes longer
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


def check(path: Path, file: DataFile) -> str:
    """Compare a file on disk with what was published.

    Returns:
        ``"ok"``, ``"missing"``, ``"wrong size"``, ``"wrong hash"`` or
        ``"unreadable"``.
    """
    try:
        if path.stat().st_size != file.size:
            return "wrong size"
        return "ok" if file_hash(path) == file.sha256 else "wrong hash"
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
        OfflineError: the server could not be reached, ``RETRIES`` times more.
        CorruptFileError: what arrived is not what was published; it is kept
            beside the place it was meant for, as ``NAME.bad``.
        DataError: the server refused.
        OSError: the folder cannot be written.
    """
    import pooch
    from requests.exceptions import RequestException

    pooch.get_logger().setLevel("WARNING")  # progress is shown by the bar alone
    bar = sys.stderr.isatty() if progress is None else progress
    http = pooch.HTTPDownloader(progressbar=bar, timeout=TIMEOUT_S)
    hashes, urls = {file.name: file.sha256}, {file.name: file.url}
    more = dict(registry=hashes, urls=urls, retry_if_failed=RETRIES)
    shelf = pooch.create(folder, "", **more)
    part = folder / f"{file.name}.part"  # a later attempt overwrites it
    try:
        transfer = partial(_transfer, file, part, http)
        return Path(shelf.fetch(file.name, downloader=transfer))
    except RequestException as error:
        host = urlsplit(file.url).netloc
        status = getattr(error.response, "status_code", None)
        problem = f"answered {status}" if status else "cannot be reached"
        raise OfflineError(
            f"{file.name} is not on this machine and {host} {problem}"
        ) from error
    except (ValueError, CorruptFileError):
        state = check(part, file)
        aside = set_aside(part, wanted=folder / file.name)
        raise CorruptFileError(
            f"{file.url} sent a file with the {state} for {file.name}; it was set "
            f"aside as {aside}: look at it (a login page of your network?), then "
            "try again, or put a good copy under N2T_DATA"
        ) from None


def _transfer(file: DataFile, part: Path, http, url: str, right: str, _) -> None:
    """One attempt: the right file goes on to pooch, at the path ``right``.

    Raises:
        ValueError: it is too short, maybe cut off: pooch asks again.
        CorruptFileError, DataError: pooch would get the same answer again.
    """
    from requests.exceptions import HTTPError

    try:
        http(url, str(part), None)
    except HTTPError as error:
        status = error.response.status_code
        if status < 500 and status != 429:  # 429: too many requests, come again
            raise DataError(
                f"{url} cannot be downloaded: the server answered {status}; "
                "put the file under N2T_DATA instead"
            ) from error
        raise
    if part.stat().st_size < file.size:
        raise ValueError(f"{file.name} ends early")
    if check(part, file) != "ok":
        raise CorruptFileError(file.name)
    os.replace(part, right)
