"""Start the kernel that runs a student's code, with as much protection as there is.

nbgrader and its gradebook stay outside; only the kernel goes in. Under bubblewrap the
kernel sees the system, Python and the course's packages read-only, a private folder of
its own, no network and no other submission. Elsewhere resource limits and a watchdog
remain. `protection()` says which, in words for the report. This module, run as the
kernel's parent, is the watchdog.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from coursekit.classroom.sandbox.limits import Limits, set_limits, watch
from coursekit.kernel.begin import ADDRESS_VARIABLE

#: Where this code lies, whatever course is graded (not `paths.ROOT`).
CODE = Path(__file__).resolve().parents[4]
KERNEL = "coursekit-grader"
LIMITS_VARIABLE = "COURSEKIT_LIMITS"
VERDICT_VARIABLE = "COURSEKIT_VERDICT"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/fonts")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")
PASSED_ON = (ADDRESS_VARIABLE, "NBGRADER_EXECUTION", "N2T_BUDGET", "LANG", "LC_ALL")


@functools.cache
def bubblewrap() -> str | None:
    """Path of a bubblewrap that works here, or None. Tried once, for real."""
    program = shutil.which("bwrap")
    if not program:
        return None
    trial = [program, "--ro-bind", "/", "/", "--unshare-all", "--proc", "/proc"]
    try:
        done = subprocess.run([*trial, "true"], capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return program if done.returncode == 0 else None


def protection() -> str:
    """Which protection is active on this machine, in one sentence."""
    if bubblewrap():
        return (
            "bubblewrap: own file system view (read-only but for a private folder), "
            "no network, own processes; limits on time, memory, output and disk"
        )
    if os.name == "posix":
        return (
            "resource limits only (no working bubblewrap): time, memory, output and "
            "disk are bounded; network and the user's other files are NOT protected"
        )
    return "a watchdog only: time is bounded; nothing else is protected"


def install_kernel(folder: Path) -> None:
    """Write the kernel specification that nbgrader is told to use, under `folder`.

    Put `folder` into ``JUPYTER_PATH`` for Jupyter to find it.
    """
    place = folder / "kernels" / KERNEL
    place.mkdir(parents=True, exist_ok=True)
    # -P: the folder it starts in is the student's; nothing is imported from there
    argv = [
        sys.executable,
        "-P",
        "-m",
        "coursekit.classroom.sandbox.launch",
        "{connection_file}",
    ]
    specification = {
        "argv": argv,
        "display_name": "Python 3 (graded)",
        "language": "python",
        "interrupt_mode": "message",
    }
    (place / "kernel.json").write_text(json.dumps(specification), encoding="utf-8")


def kernel_command(connection_file: str, extra: list[str], limits: Limits) -> list[str]:
    """The kernel itself: the submission's folder comes last on its import path."""
    start = (
        "import sys; from coursekit.kernel import begin; "
        f"begin.start({limits.output_characters}, {limits.cell_seconds}); "
        "sys.path.append('')"
    )
    return [
        sys.executable,
        "-P",
        "-m",
        "ipykernel_launcher",
        "-f",
        connection_file,
        "--InteractiveShellApp.ignore_cwd=True",
        f"--IPKernelApp.exec_lines={start}",
        *extra,
    ]


def environment(home: Path) -> dict[str, str]:
    """The kernel's whole environment: nothing of the instructor's is passed on."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    own = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "IPYTHONDIR": str(home / "ipython"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "MPLBACKEND": "agg",
        "PYTHONWARNINGS": "ignore",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "OMP_NUM_THREADS": "1",
        "USER": "student",
    }
    return {**kept, **own}


def wrapped(command: list[str], home: Path, runtime: Path) -> list[str]:
    """`command` inside bubblewrap, if there is one; else as it is."""
    program = bubblewrap()
    if not program:
        return command
    arguments = [program, "--die-with-parent", "--unshare-all", "--clearenv"]
    for name, value in environment(home).items():
        arguments += ["--setenv", name, value]
    for path in (*SYSTEM, *SYSTEM_FILES):
        arguments += ["--ro-bind-try", path, path]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    arguments += ["--bind", str(home / "tmp"), "/tmp"]
    arguments += ["--bind", str(home / "shm"), "/dev/shm"]
    for path in _readable():
        arguments += ["--ro-bind-try", path, path]
    for path in _closed():
        arguments += ["--tmpfs", path]
    for path in (home, runtime):
        arguments += ["--bind", str(path), str(path)]
    return [*arguments, "--chdir", str(home / "work"), *command]


def _readable() -> list[str]:
    """Where Python and the course's packages lie, outermost first."""
    ours = ("src", "results", "benchmarks")  # records name what they were made by
    places = {sys.prefix, sys.base_prefix, *(str(CODE / name) for name in ours)}
    executable = Path(sys.executable)
    while executable.is_symlink():
        executable = executable.parent / os.readlink(executable)
        places.add(str(executable.parent))
    return sorted(p for p in places if not f"{p}/".startswith(("/usr/", "/bin/")))


def _closed() -> list[str]:
    """Our own folders that the sandbox hides: those that hold wanted values."""
    ours = CODE / "src" / "coursekit"
    return [str(ours / room) for room in ("checks", "classroom", "answers")]


def private_folder(submission: Path) -> Path:
    """A new folder with a copy of the submission's files; links are left out."""
    home = Path(tempfile.mkdtemp(prefix="ck-"))
    for name in ("tmp", "shm"):
        (home / name).mkdir()
    shutil.copytree(submission, home / "work", ignore=_links, symlinks=True)
    return home


def _links(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if Path(folder, name).is_symlink()]


def launched(
    command: list[str], home: Path, runtime: Path, limits: Limits, **streams: int
) -> subprocess.Popen:
    """Start `command` inside the protection, with `home` and `runtime` writable."""
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    posix = {"preexec_fn": functools.partial(set_limits, limits)}
    return subprocess.Popen(
        wrapped(command, home, runtime),
        cwd=home / "work",
        env=environment(home),
        **{**quiet, **streams},
        **(posix if os.name == "posix" else {}),
    )


def main(arguments: list[str]) -> int:
    """Run a kernel under the limits in the environment; the kernel's exit status."""
    connection_file, *extra = arguments
    limits = Limits(**json.loads(os.environ.get(LIMITS_VARIABLE, "{}")))
    home = private_folder(Path.cwd())
    command = kernel_command(connection_file, extra, limits)
    try:
        runtime = Path(connection_file).resolve().parent
        process = launched(command, home, runtime, limits)
        why = watch(process, home, limits)
        if why and VERDICT_VARIABLE in os.environ:
            Path(os.environ[VERDICT_VARIABLE]).write_text(why, encoding="utf-8")
        return process.returncode
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
