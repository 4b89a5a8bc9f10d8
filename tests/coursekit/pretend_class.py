"""Thirty pretend submissions of the sample assignment, kind and unkind.

Each is (answers by label, what to do to the notebook or its folder) with what should
come of it. The hostile ones are bounded and touch only the folder of their test.
"""

import json
import runpy
from itertools import cycle

import nbformat
from platform_zips import Student, in_canvas, in_moodle
from sample_chapter import ANSWERS, RIGHT, sample

from coursekit.chapters.exercises import bare

WEIGHTS, ENTROPY = "ex-sample-weights", "ex-sample-entropy"
WORDS = "ex-sample-words"  # marked by hand, once it is answered
OTHER = "def weights(scores):\n    return scores\n"
LAST = ("Example", "Müller", "van den Berg", "O'Neill", "García-López")
#: Who hands in on Canvas; the others use Moodle, but for those no zip can bring:
#: one has a link (collect refuses it), one a name that collect would put right.
CANVAS = ("bo", "dee", "gus", "hal", "syntax", "endless", "edits", "scrap")
PAST_COLLECT = ("linked", "misnamed")
LATE = {"hal": (2030, 3, 5, 12, 0, 0)}  # 4 days, 2 of them free


def _wrong(label):
    return {name: source for name, (source, _) in _file(label)["WRONG"].items()}


def _file(label):
    return runpy.run_path(str(ANSWERS / "98_sample" / f"{label}.py"))


def _second():
    return {
        label: next(iter(_file(label)["RIGHT"].values()))
        for label in (WEIGHTS, ENTROPY)
    }


def cells_of(folder):
    """(student, answers, points by tests or a word of the failure's reason)."""
    wrong, entropy = _wrong(WEIGHTS), _wrong(ENTROPY)
    half = {ENTROPY: RIGHT[ENTROPY]}  # earns 3 beside whatever the first cell does

    def beside(source):
        return {WEIGHTS: source, **half}

    yield "ada", RIGHT, 5
    yield "bo", _second() | {WORDS: "One weight gets all, and no bits are left."}, 5
    yield "cy", {e.label: bare(e.solution) for e in sample().automatic}, 5
    yield "dee", {WEIGHTS: RIGHT[WEIGHTS]}, 2
    yield "eve", {}, 0
    for student, name in zip(("fay", "gus", "hal", "ivy"), wrong, strict=False):
        yield student, beside(wrong[name]), 3
    for student, name in zip(("jon",), entropy, strict=False):
        yield student, {WEIGHTS: RIGHT[WEIGHTS], ENTROPY: entropy[name]}, 2
    yield "raises", beside("1 / 0"), 3
    yield "syntax", beside("def weights(scores:"), 3
    yield "endless", beside("while True:\n    pass"), 3
    yield "stubborn", beside(STUBBORN), "ran out of time"
    yield "leaves", {WEIGHTS: "import os\nos._exit(0)"}, "kernel died"
    yield "floods", beside("for i in range(10**4):\n    print('x' * 10**3)"), 3
    yield "memory", beside("big = np.ones(2**29)"), 3
    yield "disk", beside(DISK), 3
    yield "network", beside(NETWORK), 3
    yield "deletes", beside(DELETES.format(folder=str(folder))), 3
    yield "blocks", beside(BLOCKS), 3
    yield "replaces", beside(f"np.allclose = lambda *a, **k: True\n{OTHER}"), 3
    yield "forges", beside(f"{FORGES}\n{OTHER}"), 0
    yield "edits", beside(OTHER), 3
    yield "points", beside(OTHER), 3
    yield "shadows", beside(OTHER), 3
    yield "twice", RIGHT, 5
    yield "scrap", RIGHT, "not a notebook"
    yield "linked", RIGHT, "link"
    yield "misnamed", RIGHT, None


STUBBORN = """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""
DISK = """
with open("big", "wb") as file:
    for _ in range(300):
        file.write(bytes(2**20))
"""
NETWORK = """
import socket
socket.create_connection(("192.0.2.1", 9), timeout=1)
"""
DELETES = """
import pathlib, shutil
for path in pathlib.Path.cwd().iterdir():
    path.unlink() if path.is_file() else shutil.rmtree(path)
shutil.rmtree({folder!r} + "/sentinel")
"""
BLOCKS = """
import builtins
def closed(*a, **k):
    raise ImportError("no imports today")
builtins.__import__ = closed
"""


FORGES = """
from coursekit.kernel import calls
calls.call = lambda answer, arguments=(), **options: {"value": 0}
"""


def notebook(released, answers):
    """The released notebook with those answers in their cells."""
    made = nbformat.read(released, as_version=4)
    for cell in made.cells:
        cell.source = answers.get(cell.id, cell.source)
    return made


def class_list():
    """The thirty with their names and numbers, by id."""
    students = [student for student, *_ in cells_of("")]
    return {
        student: Student(student, student.title(), last, 100100 + number)
        for number, (student, last) in enumerate(zip(students, cycle(LAST)))
    }


def files(student, made):
    """The files that a student hands in, by path: what each does to a notebook."""
    name, extra = "98_sample.ipynb", {}
    if student == "edits":
        _cell(made, f"{WEIGHTS}-check").source = "pass"
    if student == "points":
        _cell(made, f"{WEIGHTS}-check").metadata.nbgrader.points = 100
        made.cells.remove(_cell(made, f"{ENTROPY}-check"))
    if student == "twice":
        made.cells.append(nbformat.from_dict({**_cell(made, f"{WEIGHTS}-check")}))
        made.cells[-1].id = "copy"
    if student == "shadows":
        extra = {"numpy.py": "raise SystemExit\n", "coursekit/__init__.py": ""}
    if student == "misnamed":
        name = "final_version.ipynb"
    text = "this is not JSON" if student == "scrap" else json.dumps(made)
    return {name: text} | extra


def downloads(released, folder):
    """What the two platforms' zips hold: Moodle's, and Canvas's."""
    moodle, canvas = {}, {}
    people = class_list()
    for upload, (student, answers, _) in enumerate(cells_of(folder), 67890):
        handed = files(student, notebook(released, answers))
        if student in CANVAS:
            (text,), when = handed.values(), LATE.get(student)
            named = in_canvas(people[student], "98_sample-1.ipynb", upload, bool(when))
            canvas[named] = (text, when) if when else text
        elif student not in PAST_COLLECT:
            for name, text in handed.items():
                moodle[in_moodle(people[student], name)] = text
    return moodle, canvas


def write(place, student, made):
    """Put one hand-in into `place`, past collect."""
    for name, text in files(student, made).items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")
    if student == "linked":
        (place / "data.txt").symlink_to("/etc/hostname")


def _cell(made, name):
    return next(cell for cell in made.cells if cell.id == name)
