"""Grade a folder of submissions: nbgrader outside, each student's kernel sandboxed.

Every submission ends as graded, failed (with the reason) or missing; none stops the
run. The seed that drew its inputs is kept with its mark, so grading again gives the
same mark. Marks lie in ``marks/<assignment>.json`` of the course folder.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from pathlib import Path

from coursekit.checks.draws import new_seed
from coursekit.classroom import reference
from coursekit.classroom.course import LARGEST, everyone, submitted_notebook
from coursekit.classroom.faults import explained
from coursekit.classroom.feedback import write_failure, write_feedback
from coursekit.classroom.gradebook import (
    marked_by_hand,
    read_marks,
    score_of,
    stand_by_hand,
    update,
)
from coursekit.classroom.graded_cells import graded_cells
from coursekit.classroom.nbgrader_api import open_nbgrader
from coursekit.classroom.restore import preprocessors
from coursekit.classroom.sandbox import launch
from coursekit.classroom.sandbox.limits import Limits
from coursekit.classroom.sandbox.listening import short_place
from coursekit.classroom.turns import turn


class GradingError(ValueError):
    """Nothing can be graded; the message says what is missing."""


def grade(
    course: Path,
    name: str,
    students: Iterable[str] | None = None,
    *,
    again: bool = False,
    unprotected: bool = False,
    processes: int = 2,
    limits: Limits | None = None,
    say: Callable[[str], None] = print,
) -> dict:
    """Grade the submissions of assignment `name`; its marks, which are stored too.

    `students` restricts it; those whose files were graded already are left alone
    unless `again`, and then get their own seed again. Raises `GradingError` for an
    unknown assignment, where student code would run without protection (unless
    `unprotected`), and where the reference answers do not pass: then nobody is graded.
    """
    course, limits = course.resolve(), limits or Limits()
    if not (course / "release" / name).is_dir():
        raise GradingError(f"{course} has no released assignment {name!r}")
    protection = launch.protection()
    say(f"protection: {protection}")
    if not (unprotected or launch.bubblewrap()):
        raise GradingError(
            "student code would run unprotected here: install bubblewrap, or grade on "
            "a machine that may be lost and say --unprotected"
        )
    marks = update(course, name, {}, protection=protection)
    jobs, of_files = [], {}
    for student in everyone(course) if students is None else students:
        old = marks["students"].get(student, {})
        now = turn(course, name, student, old, again)
        if now.grade:
            of_files[student] = now.record
            jobs.append(_job(course, name, student, old, now.record, limits))
        elif now.record != old or old["status"] == "missing":
            update(course, name, {student: now.record})
            say(_line(student, now.record))
    if jobs:
        _try_reference(course, name, limits)
    for student, record in _run(jobs, processes):
        update(course, name, {student: record | of_files[student]})
        say(_line(student, record))
    return read_marks(course, name)


def _job(course, name, student, old: dict, new: dict, limits: Limits) -> tuple:
    """For `grade_one`: the seed of before, and what a person gave the same files."""
    same = old.get("digest") == new["digest"]
    marked = marked_by_hand(course, name, student) if same else []
    return course, name, student, old.get("seed", new_seed()), limits, marked


def _processes(number: int) -> ProcessPoolExecutor:
    """Processes that share nothing with this one but its environment as it is now.

    On Linux they are forks of one that has imported what they need and done nothing
    else. (Its socket lies in the temporary folder, whose path may be too long.)
    """
    if sys.platform == "linux" and not short_place():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__, "torch"])
    else:
        context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(
        number, mp_context=context, initializer=_take_over, initargs=(dict(os.environ),)
    )


def _take_over(environment: dict[str, str]) -> None:
    """Make the grader's environment that of this process."""
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # it is looked for anew


def _try_reference(course: Path, name: str, limits: Limits) -> None:
    """Raise `GradingError` unless the reference gets full automatic marks here."""
    with _processes(1) as pool:
        found = pool.submit(reference_problems, course, name, limits).result()
    if found:
        raise GradingError(
            f"the reference answers of {name} do not pass on this machine, so nobody "
            "was graded:\n" + "\n".join(found)
        )


def reference_problems(course: Path, name: str, limits: Limits) -> list[str]:
    """`reference.problems`, in the same protection as a submission's kernel."""
    usual = tempfile.tempdir
    warnings.filterwarnings("ignore", module="nbgrader")
    try:
        with tempfile.TemporaryDirectory(prefix="ck-", dir=short_place()) as temporary:
            place = Path(temporary, "work")
            place.mkdir()
            nbgrader = _prepared(course, name, Path(temporary), new_seed(), limits)
            return reference.problems(nbgrader, course, name, place)
    finally:
        tempfile.tempdir = usual


def _line(student: str, record: dict) -> str:
    if "note" in record:
        return f"{student}: {record['note']}"
    if record["status"] == "graded":
        mark = f"{record['score']:g} of {record['max_score']:g}"
        return f"{student}: {mark} ({record['seconds']:.1f} s)"
    return f"{student}: {record['status']}: {record['reason']}"


def _run(jobs: list[tuple], processes: int):
    """Each job's student and record, as they end; a broken pool is begun anew.

    What was left when a pool broke is run alone, so that the one that breaks its
    process is known and the others are graded.
    """
    left = list(jobs)
    with _processes(processes) as pool:
        futures = {pool.submit(grade_one, *job): job for job in jobs}
        for future in as_completed(futures):
            try:
                record = future.result()
            except BrokenProcessPool:
                continue
            left.remove(futures[future])
            yield futures[future][2], record
    for job in left:
        yield job[2], _alone(job)


def _alone(job: tuple) -> dict:
    with _processes(1) as pool:
        try:
            return pool.submit(grade_one, *job).result()
        except BrokenProcessPool:
            return _failed(job[3], "the grader's own process died", 0.0)


def _failed(seed: int, reason: str, seconds: float) -> dict:
    return {
        "status": "failed",
        "score": 0.0,
        "reason": reason,
        "seed": seed,
        "seconds": round(seconds, 2),
    }


def grade_one(
    course: Path,
    name: str,
    student: str,
    seed: int,
    limits: Limits,
    marked: Iterable[str] = (),
) -> dict:
    """Grade one submission in this process; its record, whatever happens.

    The record has ``status``, ``score``, ``seed`` and ``seconds``; a graded one
    ``max_score`` and ``grades`` (label -> points, hint), a failed one ``reason``.
    `marked` are the ids of the marks that a person gave the same files: they stand.
    """
    began, usual = time.monotonic(), tempfile.tempdir
    warnings.filterwarnings("ignore", module="nbgrader")
    try:
        return _graded(course, name, student, seed, limits, marked, began)
    finally:
        tempfile.tempdir = usual


def _graded(course, name, student, seed, limits, marked, began) -> dict:
    refused = _refused(submitted_notebook(course, student, name).parent)
    with tempfile.TemporaryDirectory(prefix="ck-", dir=short_place()) as temporary:
        verdict = Path(temporary, "verdict")
        nbgrader = _prepared(course, name, Path(temporary), seed, limits)
        notebook = submitted_notebook(course, student, name)
        reason = refused or explained(_autograde(nbgrader, name, student), notebook)
        if reason:
            stopped = verdict.read_text("utf-8") if verdict.is_file() else ""
            reason = f"stopped: it {stopped}" if stopped else reason
            write_failure(course, name, student, reason)
            return _failed(seed, reason, time.monotonic() - began)
        if marked:
            stand_by_hand(course, name, student, marked)
        record = score_of(nbgrader, name, student)
        record["grades"] = graded_cells(course, name, student)
        write_feedback(nbgrader, course, name, student, record)
    seconds = round(time.monotonic() - began, 2)
    return {**record, "status": "graded", "seed": seed, "seconds": seconds}


def _refused(folder: Path) -> str:
    """Why the files of a submission are not even opened; "" if they are."""
    files = list(folder.rglob("*"))
    links = [p.name for p in files if p.is_symlink()]
    if links:
        return f"it contains a link: {links[0]}"
    total = sum(p.stat().st_size for p in files if p.is_file())
    if total > LARGEST:
        return f"it is larger than {LARGEST / 2**20:.0f} MiB"
    return ""


def _prepared(course: Path, name: str, temporary: Path, seed: int, limits: Limits):
    """nbgrader, told to use the sandboxed kernel; the environment it hands on."""
    launch.install_kernel(temporary)
    runtime = temporary / "run"
    runtime.mkdir()
    os.environ |= {
        "JUPYTER_PATH": str(temporary),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        launch.LIMITS_VARIABLE: json.dumps(asdict(limits)),
        launch.VERDICT_VARIABLE: str(temporary / "verdict"),
    }
    nbgrader = open_nbgrader(course)
    released = course / "release" / name / f"{name}.ipynb"
    first, then = preprocessors()
    nbgrader.config.Autograde.sanitize_preprocessors = first
    nbgrader.config.Autograde.autograde_preprocessors = then
    nbgrader.config.GradedExecute.seed = seed
    instructors = course / "source" / name / f"{name}.ipynb"
    nbgrader.config.GradedExecute.source = str(instructors)
    nbgrader.config.RestoreCells.released = str(released)
    nbgrader.config.Execute.kernel_name = launch.KERNEL
    for wait in ("timeout", "startup_timeout", "iopub_timeout"):  # late is not lost
        nbgrader.config.Execute[wait] = max(1, limits.wall_seconds // 3)
    if os.name == "posix":  # sockets in a folder: the kernel needs no network
        nbgrader.config.KernelManager.transport = "ipc"
        nbgrader.config.KernelManager.ip = str(runtime / "kernel")
    tempfile.tempdir = str(runtime)  # where Jupyter writes its connection file
    return nbgrader


def _autograde(nbgrader, name: str, student: str) -> str:
    """Run nbgrader; "" if it graded, else why not. A locked database is tried again."""
    for attempt in range(5):
        done = nbgrader.autograde(name, student, force=True, create=True)
        log = f"{done.get('log')}\n{done.get('error')}"
        if done["success"] or "database is locked" not in log:
            break
        time.sleep(0.5 * (attempt + 1))
    return "" if done["success"] else _reason(log)


def _reason(log: str) -> str:
    """nbgrader's log in one line that a person understands."""
    known = {
        "DeadKernelError": "its kernel died: did the code leave Python (os._exit)?",
        "Kernel died": "its kernel died: did the code leave Python (os._exit)?",
        "UnresponsiveKernelError": "its kernel no longer answered",
        "NotJSONError": "it is not a notebook",
        "CellTimeoutError": "it ran out of time: a cell waited, not to be interrupted",
        "ValidationError": "its nbgrader metadata was changed",
        "failed to validate": "its nbgrader metadata was changed",
        "database is locked": "the gradebook stayed locked",
    }
    for sign, meaning in known.items():
        if sign in log:
            return meaning
    errors = [x.strip() for x in log.splitlines() if "Error" in x or "Exception" in x]
    return errors[0][:200] if errors else "nbgrader could not grade it"
