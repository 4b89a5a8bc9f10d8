"""Where the ledger lies, and what else it speaks of."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]  # the folder that holds src/ and results/
NAME = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)*")


def names(root: Path | str | None = None) -> list[str]:
    """The names of all recorded runs."""
    files = (Path(root or ROOT) / "results").glob("*.json")
    return sorted(path.stem.replace(".", "/") for path in files)


def path_of(name: str, root: Path) -> Path:
    """Where a record lies: "a/b" in ``results/a.b.json``."""
    if not NAME.fullmatch(name):
        raise ValueError(
            f"name ({name!r}) must be lower-case words, digits and _, joined by /"
        )
    return root / "results" / f"{name.replace('/', '.')}.json"
