"""A whole course by the guide's own commands: release, 30 submissions, marks, CSV."""

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import platform_zips
import pretend_class
import pytest
from nbgrader.api import Gradebook
from sample_chapter import ANSWERS, SAMPLE

from coursekit.classroom.sandbox import launch
from coursekit.classroom.sandbox.limits import Limits

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "chapters" / "appendices" / "instructors_guide.md"
CHAPTER, NAME = "11_scaled_dot_product", "98_sample"
# seconds of processor time: how busy the machine is changes no outcome
PYTHON = f"{shlex.quote(sys.executable)} -m coursekit"
QUICK = "--cell-seconds 2 --total-seconds 8 --memory-mib 1024"
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the guide's shell is POSIX")


def commands():
    """The command lines of the guide, in order."""
    listings = re.findall(
        r"^```\{code-block\} bash\n(.*?)^```", GUIDE.read_text("utf-8"), re.M | re.S
    )
    text = "".join(listings).replace("\\\n", "")
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def here(line):
    """A command of the guide, for the sample chapter and this Python."""
    line = line.replace(CHAPTER, NAME)
    if line.startswith("make "):
        return line.replace("make ", f"make -n -C {shlex.quote(str(ROOT))} ", 1)
    if line.startswith("coursekit mutants"):
        line += f" --answers {shlex.quote(str(ANSWERS))}"
    if line.startswith("coursekit grade") and "--again" not in line:
        line = line.replace(" || true", f" {QUICK} || true")
    return re.sub(r"^coursekit\b", lambda _: PYTHON, line)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The folder after every command of the guide ran; each one's output by line."""
    folder = tmp_path_factory.mktemp("c") / "Kürs 2030" / "n2t"
    part = folder / "chapters" / "3_attention"
    part.mkdir(parents=True)
    shutil.copy(SAMPLE, part)
    (folder / "_build" / "html").mkdir(parents=True)
    exchange(folder).mkdir()
    exchange(folder).chmod(0o777)
    (folder.parent / "sentinel").mkdir()
    said = {}
    for line in commands():
        if line.startswith("coursekit collect"):
            hand_in(folder)
            # some of the class use the other platform: its zip comes first
            other = line.replace("submissions.zip", "canvas.zip")
            said["Canvas"] = ran(folder, other)
        said[line] = ran(folder, line)
        if line.startswith("coursekit collect"):
            hand_in_past_collect(folder)
    return folder, said


def exchange(folder):
    """A hub's exchange lies apart from the course, on a path of the hub's choice."""
    return folder.parents[1] / "exchange"


def ran(folder, line):
    """What a command of the guide says; it must succeed."""
    done = shell(folder, here(line))
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def shell(folder, line):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    own = {**os.environ, "PATH": path, "EXCHANGE": str(exchange(folder))}
    own |= {"JUPYTER_CONFIG_DIR": str(folder / "jupyter"), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        line, shell=True, cwd=folder, env=own, capture_output=True, text=True
    )


def students(folder):
    return list(pretend_class.cells_of(folder.parent))


def hand_in(folder):
    """The class list, and each platform's zip with what its students handed in."""
    people = pretend_class.class_list().values()
    lines = ["id,name,email", "absent,Absent Example,"]
    lines += [f"{each.id},{each.name},{each.email}" for each in people]
    roster = folder / "release" / "instructor" / "students.csv"
    roster.write_text("\n".join(lines) + "\n", encoding="utf-8")
    released = folder / "release" / "students" / f"{NAME}.ipynb"
    moodle, canvas = pretend_class.downloads(released, folder.parent)
    platform_zips.pack(folder / "downloads" / "submissions.zip", moodle)
    platform_zips.pack(folder / "downloads" / "canvas.zip", canvas)


def hand_in_past_collect(folder):
    """What no zip brings, straight into `submitted`: a link, and a wrong name."""
    released = folder / "release" / "students" / f"{NAME}.ipynb"
    for student, answers, _ in students(folder):
        if student in pretend_class.PAST_COLLECT:
            place = folder / "release" / "instructor" / "submitted" / student / NAME
            made = pretend_class.notebook(released, answers)
            pretend_class.write(place, student, made)


@pytest.fixture(scope="module")
def marks(course):
    path = course[0] / "release" / "instructor" / "marks" / f"{NAME}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def output(course, start):
    return next(text for line, text in course[1].items() if line.startswith(start))


def test_the_class_has_thirty_submissions(course):
    assert len(students(course[0])) == 30


def test_all_that_a_zip_can_bring_is_collected_from_one_of_two_platforms(course):
    assert output(course, "coursekit collect") == "20 students' files collected\n"
    assert "8 students' files collected" in course[1]["Canvas"]
    path = course[0] / "release" / "instructor" / "collected" / f"{NAME}.json"
    came = {k: v["number"] for k, v in json.loads(path.read_text("utf-8")).items()}
    people = pretend_class.class_list().values()
    platform = {each: "canvas" for each in pretend_class.CANVAS}
    assert came == {
        each.id: f"{platform.get(each.id, 'moodle')} {each.number}"
        for each in people
        if each.id not in pretend_class.PAST_COLLECT
    }


def test_every_submission_is_graded_or_named_as_failed_or_missing(course, marks):
    wrong = []
    for student, _, wanted in students(course[0]):
        record = marks["students"][student]
        if wanted is None:
            good = record["status"] == "missing" and "final_version" in record["reason"]
        elif isinstance(wanted, str):
            good = record["status"] == "failed" and wanted in record["reason"]
        else:
            good = (record["status"], record.get("score")) == ("graded", wanted)
        if not good:
            wrong.append((student, wanted, record))
    assert wrong == []
    assert marks["students"]["absent"]["reason"] == "nothing was submitted"


def test_the_run_says_which_protection_is_active_and_how_long_it_took(course, marks):
    said = output(course, "coursekit grade")
    assert said.startswith(f"protection: {launch.protection()}")
    assert re.search(r"25 graded, 4 failed, 2 missing; \d+\.\d s a submission", said)
    assert marks["protection"] == launch.protection()


def test_limits_held(marks):
    graded = [r for r in marks["students"].values() if "seconds" in r]
    assert max(record["seconds"] for record in graded) < Limits().wall_seconds


@pytest.mark.skipif(not launch.bubblewrap(), reason="no working bubblewrap here")
def test_nothing_outside_the_sandbox_was_touched_or_reached(course, marks):
    assert (course[0].parent / "sentinel").is_dir()
    for student, words in (("network", "unreachable"), ("deletes", "No such file")):
        assert (
            words in marks["students"][student]["grades"]["ex-sample-weights"]["hint"]
        )


def test_each_hint_reaches_the_feedback_and_hidden_tests_do_not(course):
    folder = course[0] / "release" / "instructor" / "feedback"
    for student, words in (
        ("fay", "wrong axis"),
        ("eve", "write your answer here"),
        ("forges", "calls.call was replaced"),
        ("floods", "too many characters of output"),
        ("memory", "MemoryError"),
        ("disk", "File too large"),
        ("leaves", "kernel died"),
        ("endless", "ran out of time"),
    ):
        text = (folder / student / NAME / "feedback.txt").read_text(encoding="utf-8")
        assert words in text, (student, text)
    pages = list(folder.glob(f"*/{NAME}/{NAME}.html"))
    assert len(pages) == 25
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "_draw" not in text and "HIDDEN" not in text


def test_grading_again_uses_the_same_seed_and_gives_the_same_mark(course, marks):
    first = re.search(r"^ada: (5 of 8) ", output(course, "coursekit grade"), re.M)
    lines = [text for line, text in course[1].items() if "--again" in line]
    assert first.group(1) in lines[0]
    assert isinstance(marks["students"]["ada"]["seed"], int)
    seeds = [r["seed"] for r in marks["students"].values() if "seed" in r]
    assert len(set(seeds)) == len(seeds)


def test_the_platforms_files_hold_every_student(course):
    for name in ("canvas.csv", "moodle.csv"):
        with (course[0] / name).open(newline="", encoding="utf-8") as file:
            found = list(csv.reader(file))
        assert len(found) == 32 + (name == "canvas.csv")
    with (course[0] / "canvas.csv").open(newline="", encoding="utf-8") as file:
        scores = {row["SIS User ID"]: row[NAME] for row in csv.DictReader(file)}
    assert (scores["ada"], scores["dee"], scores["leaves"]) == ("5.0", "2.0", "0.0")
    assert scores["hal"] == "2.4"  # 3 points, a tenth off for each of two late days


def test_marks_given_by_hand_are_in_the_feedback(course):
    folder, by_hand = course[0] / "release" / "instructor", "ex-sample-words"
    text = folder / "feedback" / "bo" / NAME / "feedback.txt"
    assert f"{by_hand}: to be marked by hand" in text.read_text(encoding="utf-8")
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        grade = book.find_grade(by_hand, NAME, NAME, "bo")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.db.commit()
    line = f"{PYTHON} feedback release/instructor {NAME}"
    assert shell(course[0], line).returncode == 0
    assert f"{by_hand}: 1.5 (of 2)" in text.read_text(encoding="utf-8")


def test_copies_are_listed_with_the_reference_taking_part(course):
    said = output(course, "coursekit similar")
    assert "ex-sample-entropy" in said
    assert "the reference" in said


def test_the_exchange_of_a_hub_has_the_assignment(course):
    found = list(exchange(course[0]).rglob(f"outbound/{NAME}/{NAME}.ipynb"))
    assert len(found) == 1


def test_without_bubblewrap_limits_hold_and_the_report_says_what_does_not(course):
    """Last, since it grades two submissions again."""
    folder, alone = course[0], str(Path(sys.executable).parent)
    chosen = "--again --unprotected --student ada --student memory --student leaves"
    line = f"{PYTHON} grade release/instructor {NAME} {chosen}"
    own = {**os.environ, "PATH": alone, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        f"{line} {QUICK}",
        shell=True,
        cwd=folder,
        env=own,
        capture_output=True,
        text=True,
    )
    assert "network and the user's other files are NOT protected" in done.stdout
    assert re.search(r"^ada: 5 of 8", done.stdout, re.M), done.stdout + done.stderr
    assert re.search(r"^memory: 3 of 8", done.stdout, re.M)
    assert re.search(r"^leaves: failed: its kernel died", done.stdout, re.M)
