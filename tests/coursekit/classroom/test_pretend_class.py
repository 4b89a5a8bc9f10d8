"""A whole course by the guide's own commands: release, 30 submissions, marks, CSV."""

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

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
    return re.sub(r"^coursekit\b", f"{sys.executable} -m coursekit", line)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The folder after every command of the guide ran; each one's output by line."""
    folder = tmp_path_factory.mktemp("c") / "n2t"
    part = folder / "chapters" / "3_attention"
    part.mkdir(parents=True)
    shutil.copy(SAMPLE, part)
    (folder / "_build" / "html").mkdir(parents=True)
    (folder / "exchange").mkdir()
    (folder / "exchange").chmod(0o777)
    (folder.parent / "sentinel").mkdir()
    said = {}
    for line in commands():
        if line.startswith("coursekit collect"):
            hand_in(folder)
        done = shell(folder, here(line))
        said[line] = done.stdout + done.stderr
        assert done.returncode == 0, f"{line}\n{said[line]}"
        if line.startswith("coursekit collect"):
            hand_in_the_rest(folder)
    return folder, said


def shell(folder, line):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    own = {**os.environ, "PATH": path, "EXCHANGE": str(folder / "exchange")}
    own |= {"JUPYTER_CONFIG_DIR": str(folder / "jupyter"), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        line, shell=True, cwd=folder, env=own, capture_output=True, text=True
    )


def students(folder):
    return list(pretend_class.cells_of(folder.parent))


def hand_in(folder):
    """The class list, and a platform's zip with what can come through a zip."""
    lines = ["id,name,email", "absent,Absent Example,"]
    lines += [f"{s},{s.title()} Example,{s}@example.org" for s, *_ in students(folder)]
    instructor = folder / "release" / "instructor"
    (instructor / "students.csv").write_text("\n".join(lines) + "\n")
    released = folder / "release" / "students" / f"{NAME}.ipynb"
    (folder / "downloads").mkdir()
    with zipfile.ZipFile(folder / "downloads" / "submissions.zip", "w") as packed:
        for student, answers, _ in students(folder):
            made = pretend_class.notebook(released, answers)
            if student in ("ada", "bo"):
                name = f"{student.title()} Example_1_assignsubmission_file_/a.ipynb"
                packed.writestr(name, json.dumps(made))


def hand_in_the_rest(folder):
    """The others straight into `submitted`, with links and odd names."""
    released = folder / "release" / "students" / f"{NAME}.ipynb"
    for student, answers, _ in students(folder):
        place = folder / "release" / "instructor" / "submitted" / student / NAME
        if not place.exists():
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
        with (course[0] / name).open(newline="") as file:
            found = list(csv.reader(file))
        assert len(found) == 32 + (name == "canvas.csv")
    with (course[0] / "canvas.csv").open(newline="") as file:
        scores = {row["SIS User ID"]: row[NAME] for row in csv.DictReader(file)}
    assert (scores["ada"], scores["dee"], scores["leaves"]) == ("5.0", "2.0", "0.0")


def test_marks_given_by_hand_are_in_the_feedback(course):
    folder, by_hand = course[0] / "release" / "instructor", "ex-sample-words"
    text = folder / "feedback" / "bo" / NAME / "feedback.txt"
    assert f"{by_hand}: to be marked by hand" in text.read_text(encoding="utf-8")
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        grade = book.find_grade(by_hand, NAME, NAME, "bo")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.db.commit()
    line = f"{sys.executable} -m coursekit feedback {folder} {NAME}"
    assert shell(course[0], line).returncode == 0
    assert f"{by_hand}: 1.5 (of 2)" in text.read_text(encoding="utf-8")


def test_copies_are_listed_with_the_reference_taking_part(course):
    said = output(course, "coursekit similar")
    assert "ex-sample-entropy" in said
    assert "the reference" in said


def test_the_exchange_of_a_hub_has_the_assignment(course):
    found = list((course[0] / "exchange").rglob(f"outbound/{NAME}/{NAME}.ipynb"))
    assert len(found) == 1


def test_without_bubblewrap_limits_hold_and_the_report_says_what_does_not(course):
    """Last, since it grades two submissions again."""
    folder, alone = course[0], str(Path(sys.executable).parent)
    chosen = "--again --unprotected --student ada --student memory --student leaves"
    line = f"{sys.executable} -m coursekit grade release/instructor {NAME} {chosen}"
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
