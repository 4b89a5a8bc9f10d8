"""Where the ledger lies, and what else it speaks of.

In a checkout of the course, records and trained weights lie in the top folder
``results``. An installed package carries a copy of that folder inside itself, and of
the sources that a record names those below ``src``.
"""

import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]  # the folder n2t, wherever it lies
NAME = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)*")


class AwayError(LookupError):
    """What is asked for lies in the course's repository, and n2t is apart from it."""


def root_of(package: Path) -> Path:
    """The folder that holds ``results``: the checkout's, or the package itself."""
    top = package.parents[1]
    checkout = top / "src" / package.name == package and (top / "results").is_dir()
    return top if checkout else package


ROOT = root_of(PACKAGE)


def checkout() -> Path:
    """The checkout of the course that this is.

    Raises:
        AwayError: n2t is installed apart from one.
    """
    if ROOT == PACKAGE:
        raise AwayError(
            f"this needs the course's repository, and n2t ({PACKAGE}) is installed "
            "apart from it: clone it, and pip install -e . there"
        )
    return ROOT


def results(root: Path | str | None = None) -> Path:
    """The folder of records and trained weights."""
    return Path(root or ROOT) / "results"


def names(root: Path | str | None = None) -> list[str]:
    """The names of all recorded runs."""
    files = results(root).glob("*.json")
    return sorted(path.stem.replace(".", "/") for path in files)


def path_of(name: str, root: Path | str | None = None) -> Path:
    """Where a record lies: "a/b" in ``results/a.b.json``."""
    if not NAME.fullmatch(name):
        raise ValueError(
            f"name ({name!r}) must be lower-case words, digits and _, joined by /"
        )
    return results(root) / f"{name.replace('/', '.')}.json"


def weights(name: str, root: Path | str | None = None) -> Path:
    """The folder of trained weights that came with the course.

    Raises:
        LookupError: there are none of that name; the message lists those there are.
    """
    folder = results(root) / "weights"
    known = sorted(path.name for path in folder.glob("*") if path.is_dir())
    if name not in known:
        listed = ", ".join(known) or "nothing"
        raise LookupError(f"no weights {name!r} in {folder}; there are: {listed}")
    return folder / name


def source(path: str, root: Path | str | None = None) -> Path | None:
    """The file that a record names by its ``path`` from the top of the checkout.

    None for a file that an installed package left behind, such as a benchmark: it
    stayed as it was in the checkout from which package and record were built.
    """
    root = Path(root or ROOT)
    if root != PACKAGE:
        return root / path
    if not path.startswith("src/"):
        return None
    return PACKAGE.parent / path.removeprefix("src/")
