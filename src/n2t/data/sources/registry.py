"""Where the full-size data sets lie, and how they get onto your machine.

``fetch("multi30k")`` gives a folder whose files all carry the SHA-256 that
``registry.json`` names. It looks in three places, in this order: the folder
named by the environment variable ``N2T_DATA``, your cache, the URL.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from n2t._extras import optional
from n2t.data.sources.download import (
    CorruptFileError,
    DataError,
    DataFile,
    OfflineError,
    check,
    download,
    set_aside,
)

LOCK_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Dataset:
    """One data set of the registry.

    Attributes:
        name: also the name of its folder.
        title: one line that says what it is.
        license: as its source states it.
        citation: key in ``references.bib``.
        files: every file that the loaders read.
    """

    name: str
    title: str
    license: str
    citation: str
    files: tuple[DataFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


def read_registry(path: Path) -> dict[str, Dataset]:
    """Read and check a registry.

    Raises:
        ValueError: an entry lacks a field or holds a wrong one (a file without
            a SHA-256, for instance); the message names set, file and field.
    """
    sets: dict[str, Dataset] = {}
    for entry in json.loads(path.read_text(encoding="utf-8"))["sets"]:
        label = entry.get("name", "a set without a name")
        try:
            files = tuple(_read_file(label, raw) for raw in entry["files"])
            dataset = Dataset(**{**entry, "files": files})
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path.name}: {label}: {error}") from error
        if not files or label in sets:
            raise ValueError(f"{path.name}: {label} is empty or named twice")
        sets[label] = dataset
    return sets


def _read_file(dataset: str, raw: Mapping[str, object]) -> DataFile:
    label = f"{dataset}/{raw.get('name', 'a file without a name')}"
    missing = {"name", "url", "size", "sha256"} - raw.keys()
    if missing:
        raise ValueError(f"registry: {label} has no {', '.join(sorted(missing))}")
    try:
        return DataFile(**raw)
    except (TypeError, ValueError) as error:
        raise ValueError(f"registry: {label}: {error}") from error


REGISTRY = read_registry(Path(__file__).with_name("registry.json"))


def data_folder() -> Path | None:
    """The folder named by ``N2T_DATA``, or None where that is not set.

    Raises:
        DataError: ``N2T_DATA`` names something that is no folder.
    """
    named = os.environ.get("N2T_DATA")
    if not named:
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise DataError(f"N2T_DATA ({named}) must name an existing folder")
    return folder


def cache_folder() -> Path:
    """The folder for downloads: ``N2T_CACHE``, or your system's cache folder."""
    named = os.environ.get("N2T_CACHE") or optional("pooch").os_cache("n2t")
    return Path(named).expanduser()


def list_datasets() -> tuple[Dataset, ...]:
    """Every data set of the registry, by name."""
    return tuple(REGISTRY[name] for name in sorted(REGISTRY))


def where(name: str) -> Path | None:
    """The folder on this machine that holds all of a set's files, checked.

    Never uses the network. None means that ``fetch`` would have to download.

    Raises:
        ValueError: no set has this name.
        CorruptFileError: a file under ``N2T_DATA`` is not the published one.
    """
    dataset = _dataset(name)
    own = data_folder()
    if own is not None and _complete(dataset, own / name, strict=True):
        return own / name
    try:
        cached = cache_folder() / name
    except ImportError:
        return None
    return cached if _complete(dataset, cached, strict=False) else None


def state(name: str) -> tuple[str, str]:
    """Whether a set is on this machine, in a word, and what is wrong if it is damaged.

    Never uses the network, and raises nothing for a wrong file.

    Returns:
        ``"here"``, ``"not here"`` or ``"damaged"``; and for ``"damaged"`` the file and
        what to do about it, otherwise "".

    Raises:
        ValueError: no set has this name.
        DataError: ``N2T_DATA`` names something that is no folder.
    """
    try:
        if where(name) is not None:
            return "here", ""
        states = verify(name)
    except CorruptFileError as error:
        return "damaged", str(error)
    except ImportError:  # without pooch no cache is known
        return "not here", ""
    wrong = [
        f"{f} has the {s}" for f, s in states.items() if s not in ("ok", "missing")
    ]
    if not wrong:
        return "not here", ""
    what = f"n2t data fetch {name} sets it aside and downloads it again"
    return "damaged", f"{'; '.join(wrong)}: {what}"


def verify(name: str) -> dict[str, str]:
    """State of each file of a set where ``fetch`` would look for it.

    Returns:
        File name → ``"ok"``, ``"missing"``, ``"wrong size"``, ``"wrong hash"``
        or ``"unreadable"``, for the folder under ``N2T_DATA`` if that exists,
        for the cache otherwise.

    Raises:
        ValueError: no set has this name.
    """
    dataset = _dataset(name)
    own = data_folder()
    folder = own / name if own is not None and (own / name).is_dir() else None
    folder = folder or cache_folder() / name
    return {file.name: check(folder / file.name, file) for file in dataset.files}


def fetch(name: str, *, progress: bool | None = None) -> Path:
    """The folder with a set's files, downloaded if they are not here yet.

    Two processes may ask at once: one downloads, the other waits and finds
    the files. A damaged file in the cache is set aside and downloaded again.

    Args:
        name: a key of ``REGISTRY``.
        progress: draw a progress bar on stderr; by default only on a terminal.

    Returns:
        A folder in which every file of the set has the right SHA-256.

    Raises:
        ValueError: no set has this name.
        OfflineError: no files and no network.
        CorruptFileError: a file under ``N2T_DATA``, or one that arrived, is
            not the published one.
        DataError: the server refused, or the cache cannot be written.
    """
    folder = where(name)
    if folder is not None:
        return folder
    cache = cache_folder()
    try:
        with _locked(cache, name):
            for file in REGISTRY[name].files:
                _fetch_file(file, cache / name, progress)
    except OSError as error:
        raise DataError(
            f"{name} cannot be kept in {cache}: {error}; set N2T_CACHE to a folder "
            "that you may write to, or N2T_DATA to one that holds the files"
        ) from error
    return cache / name


def _fetch_file(file: DataFile, folder: Path, progress: bool | None) -> None:
    """Leave a checked copy of the file in the folder, or raise."""
    path, aside = folder / file.name, None
    state = check(path, file)
    if state == "ok":
        return
    if state != "missing":
        aside = set_aside(path)
    try:
        download(file, folder, progress=progress)
    except OfflineError as error:
        damaged = f" (a damaged copy was set aside as {aside})" if aside else ""
        raise OfflineError(
            f"{folder.name}: {error}{damaged}: go online and run "
            f"`n2t data fetch {folder.name}`, or let N2T_DATA name a folder that "
            f"holds {folder.name}/"
        ) from error


def _locked(cache: Path, name: str):
    """A lock that one process at a time holds; it ends with its process."""
    optional("pooch")  # what the download itself will need
    filelock = optional("filelock")
    (cache / name).mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(cache / f"{name}.lock")
    try:
        lock.acquire(timeout=LOCK_TIMEOUT_S)
    except filelock.Timeout as error:
        raise DataError(
            f"another process has been fetching {name} for {LOCK_TIMEOUT_S:.0f} s: "
            f"wait for it or stop it, then try again ({lock.lock_file})"
        ) from error
    return lock


def _complete(dataset: Dataset, folder: Path, *, strict: bool) -> bool:
    """Are all files there and right? ``strict``: a wrong one is an error."""
    for file in dataset.files:
        state = check(folder / file.name, file)
        if strict and state not in ("ok", "missing"):
            raise CorruptFileError(
                f"{folder / file.name} has the {state} (wanted {file.size} bytes, "
                f"SHA-256 {file.sha256}): replace it with the file from {file.url}, "
                "or remove it"
            )
        if state != "ok":
            return False
    return True


def _dataset(name: str) -> Dataset:
    if name not in REGISTRY:
        known = ", ".join(sorted(REGISTRY))
        raise ValueError(f"name ({name!r}) must be one of: {known}")
    return REGISTRY[name]
