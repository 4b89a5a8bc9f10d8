"""Thirty pretend submissions of the sample assignment, kind and unkind.

Each is (answers by label, what to do to the notebook or its folder) with what should
come of it. The hostile ones are bounded and touch only the folder of their test.
"""

import json
import runpy

import nbformat
from sample_chapter import ANSWERS, RIGHT, sample

from coursekit.chapters.exercises import bare

WEIGHTS, ENTROPY = "ex-sample-weights", "ex-sample-entropy"
OTHER = "def weights(scores):\n    return scores\n"


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
    yield "bo", _second(), 5
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


def write(place, student, made):
    """Store one submission under `place`, with what its student does to it."""
    place.mkdir(parents=True)
    path = place / "98_sample.ipynb"
    if student == "edits":
        _cell(made, f"{WEIGHTS}-check").source = "pass"
    if student == "points":
        _cell(made, f"{WEIGHTS}-check").metadata.nbgrader.points = 100
        made.cells.remove(_cell(made, f"{ENTROPY}-check"))
    if student == "twice":
        made.cells.append(nbformat.from_dict({**_cell(made, f"{WEIGHTS}-check")}))
        made.cells[-1].id = "copy"
    if student == "shadows":
        (place / "numpy.py").write_text("raise SystemExit\n")
        (place / "coursekit").mkdir()
        (place / "coursekit" / "__init__.py").write_text("")
    path.write_text(json.dumps(made), encoding="utf-8")
    if student == "scrap":
        path.write_text("this is not JSON")
    if student == "linked":
        (place / "data.txt").symlink_to("/etc/hostname")
    if student == "misnamed":
        path.rename(place / "final_version.ipynb")


def _cell(made, name):
    return next(cell for cell in made.cells if cell.id == name)
