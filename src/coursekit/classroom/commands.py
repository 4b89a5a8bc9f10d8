"""The commands that make, collect, grade and report assignments.

Each is a few lines over modules that are imported when its command is called.
`coursekit.cli` adds them to its own.
"""

import functools
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated, Literal

import typer
from typer import Argument, Option

from coursekit import paths
from coursekit.classroom.collect import timestamps
from coursekit.classroom.exports import Style, as_csv
from coursekit.classroom.sandbox.limits import Limits
from n2t.files import write_text

app = typer.Typer()
USUAL = Limits()
RELEASE = Path("release")
MENDABLE = (ValueError, LookupError, OSError)

Course = Annotated[Path, Argument(help="The instructor's course folder.")]
Assignment = Annotated[str, Argument(help="Its name, which is the chapter's.")]
Variant = Annotated[
    int | None,
    Option(help="Any number: draws which exercises are exchanged for variants."),
]
Chapters = Annotated[
    list[Path] | None, Argument(metavar="[chapter]...", help="All by default.")
]


def mendable(function: Callable[..., int]) -> Callable[..., None]:
    """Turn the errors that a user can mend into one line and status 2.

    `function` returns a status, which becomes the command's.
    """

    @functools.wraps(function)
    def run(**options: object) -> None:
        os.environ.setdefault("MPLBACKEND", "agg")
        try:
            status = function(**options)
        except MENDABLE as error:
            print(f"coursekit {function.__name__}: {error}", file=sys.stderr)
            status = 2
        raise typer.Exit(status)

    return run


@app.command()
@mendable
def assignments(
    chapter: Chapters = None,
    folder: Annotated[Path, Option(help="Where to write.")] = RELEASE,
    overlay: Annotated[Path | None, Option(help="The private folder, if any.")] = None,
    repository: Annotated[
        str | None, Option(help="Https address, for Colab notebooks.")
    ] = None,
    variant: Variant = None,
) -> int:
    """Make the course folder, the students' files, and scripts."""
    from coursekit.book.scripts import script
    from coursekit.classroom.handout.assignments import (
        make_course,
        make_students,
        repository_address,
    )

    chapters = _varied(_chapters(chapter), variant)
    edition = os.environ.get("EDITION") or "self-study"
    address = repository or repository_address(paths.ROOT)
    names = make_course(folder / "instructor", chapters, overlay)
    made = make_students(folder / "students", folder / "instructor", names, address)
    (folder / "scripts").mkdir(exist_ok=True)
    for each in chapters:
        place = folder / "scripts" / f"{each.name}.py"
        place.write_text(script(each, edition), encoding="utf-8")
    print(f"{len(names)} assignments: {', '.join(names)}")
    print(f"for students: {len(made)} files in {folder / 'students'}")
    print(f"for the instructor: {folder / 'instructor'} (an nbgrader course folder)")
    print(f"scripts: {folder / 'scripts'}")
    if not address:
        print("no repository address known: give --repository for Colab notebooks")
    return 0


def _varied(chapters: list, variant: int | None) -> list:
    """The chapters of one class: those of the book without a number."""
    from coursekit.classroom.handout.variants import varied_chapter

    if variant is None:
        return chapters
    return [varied_chapter(chapter, variant) for chapter in chapters]


def _chapters(files: list[Path] | None) -> list:
    """The chapters in those files, else all that have graded exercises."""
    from coursekit.chapters.exercises import chapter_files, read_chapter

    found = [read_chapter(path) for path in files or chapter_files()]
    return [chapter for chapter in found if files or chapter.graded]


@app.command()
@mendable
def overlay(
    folder: Annotated[Path, Argument(help="Outside the repository.")],
    chapter: Chapters = None,
    variants: Annotated[int, Option(help="For each exercise.")] = 2,
    fresh: Annotated[bool, Option("--fresh", help="Replace what is there.")] = False,
) -> int:
    """Fill a private folder with hidden tests, freshly drawn."""
    from coursekit.classroom.overlay import generate

    made = generate(folder, _chapters(chapter), variants, fresh)
    print(f"{len(made)} exercises got new hidden tests in {folder}")
    return 0


@app.command()
@mendable
def collect(
    course: Course,
    assignment: Assignment,
    download: Annotated[Path, Argument(help="The platform's zip, or a folder.")],
    zone: Annotated[
        tzinfo | None,
        Option(parser=timestamps.zone, metavar="zone", help="Of a zip's times."),
    ] = None,
    received: Annotated[
        datetime | None,
        Option(parser=timestamps.understood, metavar="time", help="Where it has none."),
    ] = None,
) -> int:
    """Sort what Canvas or Moodle hands out into the course folder."""
    from coursekit.classroom.collect import collecting

    found = collecting.collect(
        course, assignment, download, zone=zone or UTC, received=received
    )
    print(*found.lines(), sep="\n")
    return 1 if found.unknown or found.refused else 0


@app.command()
@mendable
def grade(
    course: Course,
    assignment: Assignment,
    student: Annotated[
        list[str] | None, Option(help="Only this one; give it again for more.")
    ] = None,
    again: Annotated[bool, Option("--again", help="Regrade, same seeds.")] = False,
    unprotected: Annotated[
        bool, Option("--unprotected", help="Go on without bubblewrap.")
    ] = False,
    processes: Annotated[int, Option(help="Side by side.")] = 2,
    cell_seconds: Annotated[
        int, Option(help="Of processor time, one cell.")
    ] = USUAL.cell_seconds,
    total_seconds: Annotated[
        int, Option(help="Of processor time, a submission.")
    ] = USUAL.total_seconds,
    wall_seconds: Annotated[
        int, Option(help="On the clock, a submission.")
    ] = USUAL.wall_seconds,
    memory_mib: Annotated[
        int, Option(help="Of memory, a submission.")
    ] = USUAL.memory_bytes // 2**20,
) -> int:
    """Grade an assignment's submissions; 0 if each was graded."""
    from coursekit.classroom import grading

    limits = Limits(
        cell_seconds=cell_seconds,
        total_seconds=total_seconds,
        wall_seconds=wall_seconds,
        memory_bytes=memory_mib * 2**20,
    )
    marks = grading.grade(
        course,
        assignment,
        student,
        again=again,
        unprotected=unprotected,
        processes=processes,
        limits=limits,
    )
    chosen = student or marks["students"]
    return _summary([marks["students"][name] for name in chosen])


def _summary(records: list[dict]) -> int:
    """Print how many came to what; 0 if all were graded."""
    counts = {
        status: sum(record["status"] == status for record in records)
        for status in ("graded", "failed", "missing")
    }
    took = [record["seconds"] for record in records if "seconds" in record]
    mean = sum(took) / len(took) if took else 0.0
    words = ", ".join(f"{number} {status}" for status, number in counts.items())
    print(f"{words}; {mean:.1f} s a submission")
    return 0 if counts["graded"] == len(records) else 1


@app.command()
@mendable
def feedback(course: Course, assignment: Assignment) -> int:
    """Write all feedback again, hand-given marks included."""
    from coursekit.classroom.feedback import renew

    students = renew(course, assignment)
    print(f"feedback for {len(students)} students in {course / 'feedback'}")
    return 0


@app.command()
@mendable
def marks(
    course: Course,
    assignment: Assignment,
    format_: Annotated[Style, Option("--format", help="Whose columns.")] = "plain",
    due: Annotated[
        datetime | None,
        Option(
            parser=timestamps.due, metavar="time", help="ISO 8601, with a zone or UTC."
        ),
    ] = None,
    free_days: Annotated[
        int | None, Option(help="Late days that cost nothing.")
    ] = None,
    cost: Annotated[
        float | None, Option(help="Of the mark, for each further day.")
    ] = None,
    unfinished: Annotated[
        bool, Option("--unfinished", help="Platforms get half-marked work too.")
    ] = False,
    output: Annotated[
        Path | None, Option(help="A file, in place of the screen.")
    ] = None,
) -> int:
    """Print the marks as CSV, late days taken off."""
    from coursekit.classroom.collect.roster import read_roster
    from coursekit.classroom.gradebook import largest_score
    from coursekit.classroom.marks import remarks, remember_policy, rows, stored_policy

    most = largest_score(course, assignment)
    said = {"due": due, "free_days": free_days, "cost": cost}
    said = {key: value for key, value in said.items() if value is not None}
    if said:  # kept, so that every format has the same days
        remember_policy(course, assignment, **said)
    policy = stored_policy(course, assignment)
    made = rows(course, assignment, policy)
    text = as_csv(made, assignment, most, format_, unfinished)
    if output:
        write_text(output, text)
        print(f"{len(made)} students in {output}")
    else:
        print(text, end="")
    problems = read_roster(course).problems
    for line in [*remarks(made, policy), *problems]:
        print(line, file=sys.stderr)
    return 1 if problems else 0


@app.command()
@mendable
def similar(
    course: Course,
    assignment: Assignment,
    least: Annotated[float, Option(help="0 to 1.")] = 0.8,
) -> int:
    """List answers that resemble each other or the reference."""
    from coursekit.classroom.similar import handed_in, pairs

    for value, label, one, other in pairs(course, assignment, least):
        print(f"{value:.2f}  {label}  {one}  {other}")
    for student, reason in handed_in(course, assignment)[1].items():
        print(f"not compared: {student}: {reason}")
    return 0


@app.command()
@mendable
def adapters(
    action: Annotated[Literal["new", "check", "notebook"], Argument()],
    chapter: Annotated[Path, Argument(help="The chapter's .md file.")],
    file: Annotated[Path, Option(help="Your adapters.")] = Path("adapters.py"),
    released: Annotated[
        Path | None, Option(help="The notebook that you were given.")
    ] = None,
    into: Annotated[Path, Option(help="Folder to hand in.")] = Path("handin"),
    variant: Variant = None,
) -> int:
    """Write adapters.py, check it, or make a notebook of it."""
    from coursekit.chapters.exercises import read_chapter
    from coursekit.classroom.adapters import check, submission, template

    (read,) = _varied([read_chapter(chapter)], variant)
    if action == "check":
        return _show_outcomes(check(file, read))
    if action == "notebook":
        if released is None:
            raise ValueError("--released: the notebook that you were given")
        print(submission(file, read, released, into))
        return 0
    if file.exists():
        raise ValueError(f"{file} is there already; it is left as it is")
    file.write_text(template(read), encoding="utf-8")
    print(f"{file}: fill it, then: coursekit adapters check {chapter}")
    return 0


def _show_outcomes(outcomes: dict) -> int:
    """Print what became of each answer; 0 if all passed."""
    for label, outcome in outcomes.items():
        said = "passed" if outcome.passed else f"{outcome.error}: {outcome.hint}"
        print(f"{label}: {said}")
    return 0 if all(outcome.passed for outcome in outcomes.values()) else 1


@app.command()
@mendable
def leaks(
    site: Annotated[Path, Argument(help="A built site.")] = paths.SITE,
) -> int:
    """Search a built class site for solutions; 0 if it has none."""
    from coursekit.book.editions import check_site
    from coursekit.chapters.exercises import chapter_files

    if not site.is_dir():
        raise FileNotFoundError(f"{site}: no built site")
    found = check_site(site, chapter_files())
    for place in found:
        print(place)
    print(f"{len(found)} traces of solutions in {site}")
    return 1 if found else 0
