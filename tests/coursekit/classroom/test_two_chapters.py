"""Two real chapters, two platforms, four students: one story from zips to exports.

The first chapter comes through Canvas, the second through Moodle. `late` is a day late
in the second; `twice` hands in a better notebook of the first after its grading, and
late; `helped` brings folders of helpers and data; `missing` hands in nothing.
"""

import contextlib
import csv
import io
import itertools
import json

import nbformat
import pytest
from nbgrader.api import Gradebook
from platform_zips import Student, in_canvas, in_moodle, pack

from coursekit import cli
from coursekit.chapters.exercises import bare, chapter_files, read_chapter
from coursekit.classroom.gradebook import read_marks
from coursekit.classroom.handout import assignments
from coursekit.classroom.sandbox import launch

FILES = {path.stem: path for path in chapter_files()}
START, NEURON = "00_start_here", "01_the_neuron"
CHAPTERS = {name: read_chapter(FILES[name]) for name in (START, NEURON)}
LATE = Student("late", "Ömer", "Late", 4711)
TWICE = Student("twice", "Ann", "van Twice", 4712)
HELPED = Student("helped", "Li", "O'Helped", 4713)
MISSING = Student("missing", "Max", "Missing", 4714)
CLASS = (LATE, TWICE, HELPED, MISSING)
DUE, NEXT_DAY = "2030-03-01T23:59", (2030, 3, 2, 9, 0, 0)
HAND_MARK = 1.5  # for every exercise that a person marks
ID = {"plain": "id", "canvas": "SIS User ID", "moodle": "Identifier"}
SCORE = {"plain": "score", "canvas": None, "moodle": "Grade"}  # None: the chapter's
HELPERS = {"mine/deep/__init__.py": "kept = 'mine'\n", "data/notes.txt": "read me\n"}
USES_THEM = (
    "from mine.deep import kept\nassert open('data/notes.txt').read() and kept\n"
)
pytestmark = pytest.mark.skipif(not launch.bubblewrap(), reason="no bubblewrap here")


def notebook(course, name, left_out="", before=""):
    """The references as answers, one perhaps left out; `before` stops all that fail."""
    made = nbformat.read(course / "release" / name / f"{name}.ipynb", as_version=4)
    graded = CHAPTERS[name].graded
    own = {e.label: before + bare(e.solution) if e.checks else "# mine" for e in graded}
    own.pop(left_out, None)
    for cell in made.cells:
        cell.source = own.get(cell.id, cell.source)
    return json.dumps(made)


def helped(course, name):
    """A notebook that needs the folders beside it, in a folder of its own."""
    files = HELPERS | {f"{name}.ipynb": notebook(course, name, before=USES_THEM)}
    return {f"work/{path}": text for path, text in files.items()}


def canvas(course, path, *more):
    """Canvas's zip of the first chapter: all files flat, so folders come zipped."""
    packed = pack(path.with_name("handin.zip"), helped(course, START))
    unfinished = notebook(course, START, left_out="ex-start-pad")
    files = {
        in_canvas(LATE, f"{START}.ipynb", 101): notebook(course, START),
        in_canvas(TWICE, f"{START}.ipynb", 102): unfinished,
        in_canvas(HELPED, "handin.zip", 103): packed.read_bytes(),
    }
    return pack(path, files | dict(more))


def moodle(course, path):
    """Moodle's zip of the second chapter, with folders."""
    files = {in_moodle(HELPED, k): text for k, text in helped(course, NEURON).items()}
    late = (notebook(course, NEURON), NEXT_DAY)
    return pack(path, files | {in_moodle(LATE, f"{NEURON}.ipynb"): late})


def said(*words, status=0):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert cli.main([str(word) for word in words]) == status, out.getvalue()
    return out.getvalue()


def mark_by_hand(course, name):
    """What a person gives in nbgrader's formgrader, to all that wait for it."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        for submission in book.assignment_submissions(name):
            for grade in submission.notebooks[0].grades:
                if grade.needs_manual_grade:
                    grade.manual_score, grade.needs_manual_grade = HAND_MARK, False
        book.db.commit()


def tables(course):
    """(chapter, format, whether unfinished) -> student -> score, days late, final."""
    found = {}
    for name, style, more in itertools.product(CHAPTERS, ID, ([], ["--unfinished"])):
        text = said("marks", course, name, "--format", style, *more)
        rows = [row for row in csv.DictReader(io.StringIO(text)) if row[ID[style]]]
        found[name, style, bool(more)] = {
            row[ID[style]]: (row[SCORE[style] or name], row["days_late"], row["final"])
            for row in rows
        }
    return found


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """The course folder at the end; what the commands said and listed on the way."""
    top, told = tmp_path_factory.mktemp("two"), {}
    course = top / "course"
    assignments.make_course(course, CHAPTERS.values())
    people = [f"{s.id},{s.name},{s.email},{s.number}" for s in CLASS]
    listed = "\n".join(["id,name,email,canvas_id", *people])
    (course / "students.csv").write_text(listed, encoding="utf-8")
    told["canvas"] = said("collect", course, START, canvas(course, top / "a.zip"))
    told["moodle"] = said("collect", course, NEURON, moodle(course, top / "b.zip"))
    for name in CHAPTERS:
        told[name] = said("grade", course, name, status=1)  # somebody is missing
        said("marks", course, name, "--due", DUE)
    attempt = in_canvas(TWICE, f"{START}-1.ipynb", 104, late=True)
    better = (attempt, (notebook(course, START), NEXT_DAY))
    newer = canvas(course, top / "c.zip", better)
    told["newer"] = said("collect", course, START, newer)
    told["between"] = tables(course)
    told["graded"] = said("grade", course, START, status=1)
    told["before"] = tables(course)
    for name in CHAPTERS:
        mark_by_hand(course, name)
        said("feedback", course, name)
    told["after"] = tables(course)
    told["records"] = read_marks(course, NEURON)["students"]
    said("grade", course, NEURON, "--again", "--student", "late")
    told["regraded"] = tables(course)
    return course, told


def test_both_platforms_zips_bring_notebooks_and_folders(story):
    course, told = story
    assert told["canvas"] == "3 students' files collected\n"
    assert told["moodle"] == "2 students' files collected\n"
    for name in CHAPTERS:
        place = course / "submitted" / "helped" / name
        for path, text in HELPERS.items():
            assert (place / path).read_text(encoding="utf-8") == text


def test_the_first_grading_gives_each_its_points_by_tests(story):
    for name, wanted in (
        (START, {"late": "7 of 13", "twice": "5 of 13", "helped": "7 of 13"}),
        (NEURON, {"late": "7 of 12", "helped": "7 of 12"}),
    ):
        lines = story[1][name].splitlines()
        for student, points in wanted.items():
            assert any(line.startswith(f"{student}: {points} (") for line in lines)
        assert "missing: missing: nothing was submitted" in lines


def test_a_newer_hand_in_is_told_and_graded_by_itself(story):
    told = story[1]
    assert told["newer"].startswith("1 students' files collected\n")
    assert "collected before: late, helped" in told["newer"]
    assert told["between"][START, "plain", False]["twice"] == ("4.5", "1", "no")
    lines = told["graded"].splitlines()
    assert [line for line in lines if " of 13 (" in line] == [
        line for line in lines if line.startswith("twice: 7 of 13 (")
    ]
    assert len([line for line in lines if line.startswith("twice: ")]) == 1


GIVEN_OUT = {
    START: {
        "late": ("10.0", "0", "yes"),
        "twice": ("9.0", "1", "yes"),  # 10, a tenth off
        "helped": ("10.0", "0", "yes"),
        "missing": ("0.0", "0", "yes"),
    },
    NEURON: {
        "late": ("9.0", "1", "yes"),
        "twice": ("0.0", "0", "yes"),
        "helped": ("10.0", "0", "yes"),
        "missing": ("0.0", "0", "yes"),
    },
}
SO_FAR = {
    START: {
        "late": ("7.0", "0", "no"),
        "twice": ("6.3", "1", "no"),
        "helped": ("7.0", "0", "no"),
        "missing": ("0.0", "0", "yes"),
    },
    NEURON: {
        "late": ("6.3", "1", "no"),
        "twice": ("0.0", "0", "yes"),
        "helped": ("7.0", "0", "no"),
        "missing": ("0.0", "0", "yes"),
    },
}


@pytest.mark.parametrize("style", ID)
@pytest.mark.parametrize("name", CHAPTERS)
def test_every_format_says_the_same_before_hand_marks(story, name, style):
    found, wanted = story[1]["before"], SO_FAR[name]
    assert found[name, style, True] == wanted
    if style != "plain":  # what is not final is kept from a platform
        wanted = {k: v if v[2] == "yes" else ("", *v[1:]) for k, v in wanted.items()}
    assert found[name, style, False] == wanted


@pytest.mark.parametrize("when", ["after", "regraded"])
@pytest.mark.parametrize("style", ID)
@pytest.mark.parametrize("name", CHAPTERS)
def test_every_format_says_the_same_after_hand_marks(story, name, style, when):
    for unfinished in (False, True):
        assert story[1][when][name, style, unfinished] == GIVEN_OUT[name]


@pytest.mark.parametrize("name", CHAPTERS)
def test_feedback_has_the_marks_given_by_hand(story, name):
    by_hand = [e for e in CHAPTERS[name].graded if not e.checks]
    most = sum(e.points for e in CHAPTERS[name].graded)
    for student in ("late", "helped"):
        folder = story[0] / "feedback" / student / name
        text = (folder / "feedback.txt").read_text(encoding="utf-8")
        assert text.startswith(f"{name}: 10 of {most:g} points\n")
        for exercise in by_hand:
            assert f"{exercise.label}: 1.5 (of {exercise.points:g})" in text
        assert (folder / f"{name}.html").is_file()


def test_a_regrade_draws_and_gives_the_same(story):
    now = read_marks(story[0], NEURON)["students"]["late"]
    before = story[1]["records"]["late"]
    assert now["seconds"] != before["seconds"], "it was not graded again"
    for key in ("status", "seed", "digest", "when", "grades"):
        assert now[key] == before[key], key
