"""The commands that make, collect, grade and report assignments.

Each function takes the words after the command's name and returns the exit status;
what goes wrong is printed as one line that says what was wanted.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from coursekit.chapters.exercises import Chapter, chapter_files, read_chapter

ROOT = Path(__file__).resolve().parents[3]
RELEASE = Path("release")


def command(function: Callable[[list[str]], int]) -> Callable[[list[str]], int]:
    """Turn the errors that a user can mend into one line and status 2."""

    @functools.wraps(function)
    def run(arguments: list[str]) -> int:
        os.environ.setdefault("MPLBACKEND", "agg")
        try:
            return function(arguments)
        except (ValueError, LookupError, FileNotFoundError) as error:
            print(f"coursekit {function.__name__}: {error}", file=sys.stderr)
            return 2

    return run


def _parser(function: Callable, summary: str) -> argparse.ArgumentParser:
    name = f"coursekit {function.__name__}"
    return argparse.ArgumentParser(prog=name, description=summary)


def _chapters(paths: list[Path]) -> list[Chapter]:
    """The chapters at those paths, else all that have graded exercises."""
    found = [read_chapter(path) for path in paths or chapter_files()]
    return [chapter for chapter in found if paths or chapter.graded]


@command
def assignments(arguments: list[str]) -> int:
    """Instructor's course folder, students' files, and scripts, in one folder."""
    from coursekit.book.scripts import script
    from coursekit.classroom.assignments import (
        make_course,
        make_students,
        repository_address,
    )

    parser = _parser(assignments, assignments.__doc__)
    parser.add_argument("chapter", nargs="*", type=Path, help="default: all")
    parser.add_argument("--folder", type=Path, default=RELEASE, help="where to write")
    parser.add_argument("--overlay", type=Path, help="the private folder, if any")
    parser.add_argument("--repository", help="https address, for Colab notebooks")
    options = parser.parse_args(arguments)
    chapters = _chapters(options.chapter)
    folder, edition = options.folder, os.environ.get("EDITION") or "self-study"
    address = options.repository or repository_address(ROOT)
    names = make_course(folder / "instructor", chapters, options.overlay)
    made = make_students(folder / "students", folder / "instructor", names, address)
    (folder / "scripts").mkdir(exist_ok=True)
    for chapter in chapters:
        place = folder / "scripts" / f"{chapter.name}.py"
        place.write_text(script(chapter, edition), encoding="utf-8")
    print(f"{len(names)} assignments: {', '.join(names)}")
    print(f"for students: {len(made)} files in {folder / 'students'}")
    print(f"for the instructor: {folder / 'instructor'} (an nbgrader course folder)")
    print(f"scripts: {folder / 'scripts'}")
    if not address:
        print("no repository address known: give --repository for Colab notebooks")
    return 0


@command
def overlay(arguments: list[str]) -> int:
    """Fill a private folder with hidden tests: fresh seeds and parameters."""
    from coursekit.classroom.overlay import generate

    parser = _parser(overlay, overlay.__doc__)
    parser.add_argument("folder", type=Path, help="outside the repository")
    parser.add_argument("chapter", nargs="*", type=Path, help="default: all")
    parser.add_argument("--variants", type=int, default=2, help="for each exercise")
    parser.add_argument("--fresh", action="store_true", help="replace what is there")
    options = parser.parse_args(arguments)
    chapters = _chapters(options.chapter)
    made = generate(options.folder, chapters, options.variants, options.fresh)
    print(f"{len(made)} exercises got new hidden tests in {options.folder}")
    return 0


def _of_assignment(function: Callable) -> argparse.ArgumentParser:
    parser = _parser(function, function.__doc__)
    parser.add_argument("course", type=Path, help="the instructor's course folder")
    parser.add_argument("assignment", help="its name, which is the chapter's")
    return parser


@command
def collect(arguments: list[str]) -> int:
    """Sort what Canvas or Moodle hands out into the course folder."""
    from coursekit.classroom.collecting import collect as take_in

    parser = _of_assignment(collect)
    parser.add_argument("download", type=Path, help="the platform's zip, or a folder")
    options = parser.parse_args(arguments)
    found = take_in(options.course, options.assignment, options.download)
    print(f"{len(found['collected'])} students' files collected")
    for name in found["unknown"]:
        print(f"belongs to nobody in students.csv: {name}")
    return 1 if found["unknown"] else 0


@command
def grade(arguments: list[str]) -> int:
    """Grade an assignment's submissions; 0 if each was graded."""
    from coursekit.classroom.grading import grade as grade_all
    from coursekit.classroom.sandbox import Limits

    usual = Limits()
    parser = _of_assignment(grade)
    parser.add_argument("--student", action="append", help="only this one (repeat)")
    parser.add_argument("--again", action="store_true", help="regrade, same seeds")
    parser.add_argument("--processes", type=int, default=2, help="side by side")
    for name in ("cell", "total", "wall"):
        seconds = getattr(usual, f"{name}_seconds")
        parser.add_argument(f"--{name}-seconds", type=int, default=seconds)
    parser.add_argument("--memory-mib", type=int, default=usual.memory_bytes // 2**20)
    options = parser.parse_args(arguments)
    limits = Limits(
        cell_seconds=options.cell_seconds,
        total_seconds=options.total_seconds,
        wall_seconds=options.wall_seconds,
        memory_bytes=options.memory_mib * 2**20,
    )
    marks = grade_all(
        options.course,
        options.assignment,
        options.student,
        again=options.again,
        processes=options.processes,
        limits=limits,
    )
    chosen = options.student or marks["students"]
    return _summary([marks["students"][student] for student in chosen])


def _summary(records: list[dict]) -> int:
    counts = {
        status: sum(record["status"] == status for record in records)
        for status in ("graded", "failed", "missing")
    }
    took = [record["seconds"] for record in records if "seconds" in record]
    mean = sum(took) / len(took) if took else 0.0
    words = ", ".join(f"{number} {status}" for status, number in counts.items())
    print(f"{words}; {mean:.1f} s a submission")
    return 0 if counts["graded"] == len(records) else 1


@command
def feedback(arguments: list[str]) -> int:
    """Write every graded student's feedback again, hand-given marks included."""
    from coursekit.classroom.feedback import renew

    options = _of_assignment(feedback).parse_args(arguments)
    students = renew(options.course, options.assignment)
    print(f"feedback for {len(students)} students in {options.course / 'feedback'}")
    return 0


@command
def marks(arguments: list[str]) -> int:
    """Print the marks as CSV, late days taken off."""
    from coursekit.classroom.marks import (
        FORMATS,
        LatePolicy,
        as_csv,
        largest_score,
        rows,
    )

    parser = _of_assignment(marks)
    parser.add_argument("--format", choices=FORMATS, default="plain")
    parser.add_argument("--due", type=datetime.fromisoformat, help="UTC, ISO 8601")
    parser.add_argument(
        "--free-days", type=int, default=0, help="late days that cost 0"
    )
    parser.add_argument("--cost", type=float, default=0.1, help="of the mark, a day")
    parser.add_argument("--output", type=Path, help="a file, in place of the screen")
    options = parser.parse_args(arguments)
    policy = LatePolicy(options.due, options.free_days, options.cost)
    made = rows(options.course, options.assignment, policy)
    most = largest_score(options.course, options.assignment)
    text = as_csv(made, options.assignment, most, options.format)
    if options.output:
        options.output.write_text(text, encoding="utf-8")
        print(f"{len(made)} students in {options.output}")
    else:
        print(text, end="")
    return 0


@command
def similar(arguments: list[str]) -> int:
    """List answers that resemble each other or the reference, likest first."""
    from coursekit.classroom.similar import pairs

    parser = _of_assignment(similar)
    parser.add_argument("--least", type=float, default=0.8, help="0 to 1")
    options = parser.parse_args(arguments)
    for value, label, one, other in pairs(
        options.course, options.assignment, options.least
    ):
        print(f"{value:.2f}  {label}  {one}  {other}")
    return 0


@command
def adapters(arguments: list[str]) -> int:
    """Write adapters.py, check it, or turn it into a notebook to hand in."""
    from coursekit.classroom.adapters import NAME, check, submission, template

    parser = _parser(adapters, adapters.__doc__)
    parser.add_argument("action", choices=("new", "check", "notebook"))
    parser.add_argument("chapter", type=Path, help="the chapter's .md file")
    parser.add_argument("--file", type=Path, default=Path(NAME))
    parser.add_argument("--released", type=Path, help="the notebook you were given")
    parser.add_argument("--into", type=Path, default=Path("handin"))
    options = parser.parse_args(arguments)
    chapter = read_chapter(options.chapter)
    if options.action == "check":
        return _show_outcomes(check(options.file, chapter))
    if options.action == "notebook":
        if options.released is None:
            raise ValueError("--released: the notebook that you were given")
        print(submission(options.file, chapter, options.released, options.into))
        return 0
    if options.file.exists():
        raise ValueError(f"{options.file} is there already; it is left as it is")
    options.file.write_text(template(chapter), encoding="utf-8")
    print(f"{options.file}: fill it, then: coursekit adapters check {options.chapter}")
    return 0


def _show_outcomes(outcomes: dict) -> int:
    for label, outcome in outcomes.items():
        said = "passed" if outcome.passed else f"{outcome.error}: {outcome.hint}"
        print(f"{label}: {said}")
    return 0 if all(outcome.passed for outcome in outcomes.values()) else 1


@command
def leaks(arguments: list[str]) -> int:
    """Search a built class site for anything of the solutions; 0 if there is none."""
    from coursekit.book.editions import check_site

    parser = _parser(leaks, leaks.__doc__)
    parser.add_argument("site", type=Path, nargs="?", default=ROOT / "_build" / "html")
    options = parser.parse_args(arguments)
    if not options.site.is_dir():
        raise FileNotFoundError(f"{options.site}: no built site")
    found = check_site(options.site, chapter_files())
    for place in found:
        print(place)
    print(f"{len(found)} traces of solutions in {options.site}")
    return 1 if found else 0
