"""An environment that holds a wheel of n2t and what it declares, and nothing more.

Nothing is downloaded: the packages are those of the environment that runs the tests,
each linked into the new one if the wheel's metadata ask for it, and not otherwise.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Collection, Iterable
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from coursekit import paths
from coursekit.bootstrap import python_in

PROBE = Path(__file__).with_name("installed.py")
BUILD = "from setuptools import build_meta; build_meta.build_sdist('..')"
PIP = ["--no-deps", "--no-index", "--no-cache-dir", "--disable-pip-version-check"]
OURS = ("PYTHON", "N2T_", "COURSEKIT_", "PIP_")  # variables of this environment alone


def run(*words: str | Path, cwd: Path) -> str:
    """What a command prints; the test fails with what it complains of."""
    kept = {name: v for name, v in os.environ.items() if not name.startswith(OURS)}
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=kept | {"OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, (
        f"{words}: {done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    )
    return done.stdout


def make(folder: Path) -> None:
    """Build a wheel in a folder, and install it into the environment ``venv`` there."""
    shutil.rmtree(folder, ignore_errors=True)
    copy_sources(folder / "copy")
    run(sys.executable, "-c", BUILD, cwd=folder / "copy")
    (packed,) = folder.glob("n2t-*.tar.gz")
    pip = [sys.executable, "-m", "pip"]
    run(*pip, "wheel", packed, "--no-build-isolation", *PIP, "-w", "wheel", cwd=folder)
    (wheel,) = folder.glob("wheel/*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", "venv", cwd=folder)
    python = python_in(folder / "venv")
    run(*pip, "--python", python, "install", *PIP, wheel, cwd=folder)
    link(closure(declared(folder)).values(), site(folder))


def copy_sources(folder: Path) -> None:
    """Copy what git knows, so that a build leaves nothing in the checkout."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(words, cwd=paths.ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, done.stdout.split("\0")):
        if (paths.ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(paths.ROOT / name, folder / name)


def site(folder: Path) -> Path:
    """The environment's folder of packages."""
    base = {"base": str(folder / "venv"), "platbase": str(folder / "venv")}
    return Path(sysconfig.get_path("purelib", "venv", vars=base))


def wheel(folder: Path) -> metadata.Distribution:
    """The metadata of n2t as it was installed there."""
    (found,) = metadata.distributions(name="n2t", path=[str(site(folder))])
    return found


def declared(folder: Path, *extras: str) -> list[Requirement]:
    """What the wheel asks for, without extras or with some."""
    return asked(wheel(folder), extras)


def asked(package: metadata.Distribution, extras: Collection[str]) -> list[Requirement]:
    """What a distribution asks for on this machine, with these extras."""
    wanted = [Requirement(line) for line in package.requires or ()]
    return [
        need
        for need in wanted
        if need.marker is None
        or any(need.marker.evaluate({"extra": extra}) for extra in extras or ("",))
    ]


def closure(needs: Iterable[Requirement]) -> dict[str, metadata.Distribution]:
    """The distributions that these needs bring, and what those ask for, by name."""
    found, done, todo = {}, set(), list(needs)
    while todo:
        need = todo.pop()
        name = canonicalize_name(need.name)
        if (name, *sorted(need.extras)) not in done:
            done.add((name, *sorted(need.extras)))
            found[name] = metadata.distribution(name)
            todo += asked(found[name], need.extras)
    return found


def link(packages: Iterable[metadata.Distribution], folder: Path) -> None:
    """Make packages importable from a folder too, without a copy."""
    for package in packages:
        if package.files is None:
            pytest.skip(f"{package.name} does not say which files are its own")
        tops = {path.parts[0] for path in package.files} - {"..", "__pycache__"}
        for top in tops:
            try:
                (folder / top).symlink_to(package.locate_file(top))
            except FileExistsError:
                continue  # several packages share a folder
            except OSError as error:
                pytest.skip(f"no symbolic links on this system: {error}")


def ask(folder: Path, *words: str | Path):
    """What ``installed.py`` finds out, asked in the environment."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    python = python_in(folder / "venv")
    return json.loads(run(python, "-I", PROBE, *words, cwd=elsewhere).splitlines()[-1])
