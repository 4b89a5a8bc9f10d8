"""Where things lie, and which chapters there are."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

#: The course; the tests set COURSEKIT_ROOT to build a small one elsewhere.
ROOT = Path(os.environ.get("COURSEKIT_ROOT", Path(__file__).parents[2])).resolve()
CHAPTERS = ROOT / "chapters"
BUILD = ROOT / "_build"
SITE = BUILD / "html"
CACHE = BUILD / ".jupyter_cache"
WORK = ROOT / "work"

#: What a change of must never be hidden by stored outputs.
SOURCES = (
    *("src", "results", "requirements.txt", "requirements-models.txt"),
    "pyproject.toml",
)

GENERATED = re.compile(r"__pycache__|\.egg-info")

#: One thread, a fixed hash seed, no network: the same outputs every time; drawings.
STEADY = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "HF_HUB_OFFLINE": "1",
    "N2T_DRAWINGS": "1",  # a page's figures are drawings, see n2t.plots.grounds
    "TOKENIZERS_PARALLELISM": "false",
    "KINETO_LOG_LEVEL": "99",  # torch's profiler writes to stderr otherwise
    "JUPYTER_PREFER_ENV_PATH": "1",
    "JUPYTER_PLATFORM_DIRS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


def steady() -> None:
    """Make this process, and the kernels it starts, run the same every time."""
    os.environ.update(STEADY)


def setting() -> str:
    """The reader's settings that change what chapters show."""
    return os.environ.get("N2T_BUDGET", "cpu")


def pages() -> list[Path]:
    """Every page of `_toc.yml` that is there, as a path, in reading order.

    Jupyter Book itself names those that are not.
    """
    import yaml

    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    listed = [ROOT / f"{name}.md" for name in _files(toc)]
    return [page for page in listed if page.is_file()]


def _files(node: object) -> list[str]:
    """The `root` and `file` entries below a node of the table of contents."""
    if isinstance(node, list):
        return [name for item in node for name in _files(item)]
    if not isinstance(node, dict):
        return []
    own = [node[key] for key in ("root", "file") if key in node]
    return own + [name for item in node.values() for name in _files(item)]


def is_notebook(page: Path) -> bool:
    """Whether a page has code to run (its header names a kernel)."""
    header = page.read_text("utf-8").split("\n---", 1)[0]
    return header.startswith("---") and "\nkernelspec:" in header


def notebooks() -> list[Path]:
    """The pages of the table of contents that are executed."""
    return [page for page in pages() if is_notebook(page)]


def name_of(page: Path) -> str:
    """A page's name from the root of the course, without its ending."""
    page = page.resolve()
    inside = page.is_relative_to(ROOT)
    return str(page.relative_to(ROOT) if inside else page).removesuffix(".md")


def sources_hash(extra: str = "") -> str:
    """One number for everything that a chapter's outputs may depend on."""
    digest = hashlib.sha256(extra.encode())
    for name in SOURCES:
        for path in sorted((ROOT / name).rglob("*")) or [ROOT / name]:
            if path.is_file() and not GENERATED.search(str(path)):
                digest.update(str(path.relative_to(ROOT)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
