"""The gate: references get full marks by the real path, all of it.

Released, handed in as a notebook, restored, run in the sandbox, asked from outside,
marked by nbgrader. A student's habits change nothing, known wrong answers get nothing.
Here that is seen of every second chapter, and of every sixth with wrong answers:
`tests/exercises` judges all of them over the same wire, `tests/coursekit/classroom/
handout` looks at every chapter's notebook, and `grade` tries the references first.
(`grade` would try the references as they are first, or grade nobody: the pretend class
has that. Here they come with the habits alone, which is harder.)
"""

import json
import pkgutil

import nbformat
import pytest

from coursekit import checks
from coursekit.answers import mutants
from coursekit.chapters.exercises import bare, chapter_files, read_chapter
from coursekit.classroom import grading
from coursekit.classroom.handout import assignments

FILES = {path.stem: path for path in chapter_files()[::2]}
MODULES = [m.name.split(".")[-1] for m in pkgutil.walk_packages(checks.__path__, "x.")]
#: What students do at the top of a notebook, and what no mark may depend on.
HABITS = f"""
import sys
import torch
for _name in {MODULES + ["checks", "rng", "draw", "ask", "twisted"]!r}:
    globals()[_name] = "a helper of mine"
print("training...")
print("100%|##########| 3/3", file=sys.stderr)
torch.use_deterministic_algorithms(True)
torch.use_deterministic_algorithms(False)
"""
#: What loads a compiler for five seconds, for these alone too.
COMPILES = (
    "torch.compile(lambda x: x)\n"
    "torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1).step()\n"
)
STEP = 3
#: A second submission, of wrong answers, comes for these.
WITH_WRONG = list(FILES)[::STEP]


def references(chapter):
    return {e.label: bare(e.solution) for e in chapter.automatic}


def first_wrong(chapter):
    return {
        e.label: next(iter(mutants.answers(chapter, e)["WRONG"].values()))[0]
        for e in chapter.automatic
    }


def notebook(released, answers):
    made = nbformat.read(released, as_version=4)
    for cell in made.cells:
        cell.source = answers.get(cell.id, cell.source)
    return made


def with_habits(made, more=""):
    """Helpers, prints and a bar on stderr first; tests above answers; no metadata."""
    made.cells.sort(key=lambda cell: not cell.id.endswith("-check"))
    made.cells.insert(0, nbformat.v4.new_code_cell(HABITS + more, id="habits"))
    for cell in made.cells:
        cell.metadata.pop("nbgrader", None)
    return made


@pytest.fixture(scope="module", params=FILES)
def marks(request, tmp_path_factory):
    """The chapter, and the marks of its assignment's submissions, by student."""
    chapter, course = read_chapter(FILES[request.param]), tmp_path_factory.mktemp("c")
    assignments.make_course(course, [chapter])
    released = course / "release" / chapter.name / f"{chapter.name}.ipynb"
    more = COMPILES if request.param in WITH_WRONG else ""
    made = {"habits": with_habits(notebook(released, references(chapter)), more)}
    if request.param in WITH_WRONG:
        made["wrong"] = notebook(released, first_wrong(chapter))
    for student, notes in made.items():
        place = course / "submitted" / student / chapter.name
        place.mkdir(parents=True)
        (place / f"{chapter.name}.ipynb").write_text(json.dumps(notes), "utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(grading, "_try_reference", lambda *given: None)
        graded = grading.grade(course, chapter.name, processes=1, say=lambda line: None)
    return chapter, graded["students"]


def by_tests(chapter, record):
    """Label -> (points, hint) of the exercises that tests grade."""
    assert record["status"] == "graded", record["reason"]
    found = record["grades"]
    return {
        e.label: (found[e.label]["points"], found[e.label]["hint"])
        for e in chapter.automatic
    }


def test_every_reference_gets_full_automatic_marks(marks):
    chapter, graded = marks
    wanted = {e.label: (e.points, "") for e in chapter.automatic}
    assert by_tests(chapter, graded["habits"]) == wanted


@pytest.mark.parametrize("marks", WITH_WRONG, indirect=True)
def test_a_known_wrong_answer_gets_nothing_and_a_reason(marks):
    chapter, graded = marks
    found = by_tests(chapter, graded["wrong"])
    assert {label: points for label, (points, _) in found.items()} == dict.fromkeys(
        found, 0
    )
    assert all(hint for _, hint in found.values())
