"""nbval compares: a reference that differs fails, but for what is sanitized."""

import re
import sys

import nbformat
import pytest

from coursekit.book.running.references import check_executed, compare, nbval_command

#: Pattern of nbval_sanitize.cfg: (what one run shows, what another run shows,
#: the same with a difference that must not pass).
SHOWN = {
    "address": (
        "<Thing at 0x7f00aa12> of 3",
        "<Thing at 0x55d0cc31> of 3",
        "<Thing at 0x7f00aa12> of 4",
    ),
    "figure": (
        "<Figure size 640x480 with 1 Axes> 3",
        "<Figure size 500x300 with 2 Axes> 3",
        "<Figure size 640x480 with 1 Axes> 4",
    ),
    "progress": (
        "\r 40%|####      | 4/10\nloss 2.5",
        "\r100%|##########| 10/10\nloss 2.5",
        "\r 40%|####      | 4/10\nloss 2.6",
    ),
    "timeit": (
        "1.2 ms ± 3.4 µs per loop (7 runs)",
        "900 µs ± 12 ns per loop (7 runs)",
        "1.2 ms ± 3.4 µs per loop (8 runs)",
    ),
    "cpu times": (
        "CPU times: user 2 s, sys: 1 ms\nloss 2.5",
        "CPU times: user 90 ms, sys: 0 ns\nloss 2.5",
        "CPU times: user 2 s, sys: 1 ms\nloss 2.6",
    ),
    "rate": (
        "1,234.5 tokens/s at length 64",
        "987k tokens/s at length 64",
        "1,234.5 tokens/s at length 65",
    ),
    "seconds": (
        "step 10 took 0.123 s, loss 1.50",
        "step 10 took 12.1 s, loss 1.50",
        "step 10 took 0.123 s, loss 1.51",
    ),
    "ratio": (
        "3.2 times faster for 8 heads",
        "2.9 times faster for 8 heads",
        "3.2 times faster for 9 heads",
    ),
    "utilization": (
        "41.2% MFU with batch 16",
        "9% MFU with batch 16",
        "41.2% MFU with batch 17",
    ),
    "temporary path": (
        "saved /tmp/tmpab12/model.json, 3 files",
        "saved /tmp/tmpcd34/model.json, 3 files",
        "saved /tmp/tmpab12/model.json, 4 files",
    ),
    "ipython cell": (
        "ipykernel_123/456.py, line 3",
        "ipykernel_987/654.py, line 3",
        "ipykernel_123/456.py, line 4",
    ),
}


def reference(folder, shown, *more):
    """A notebook whose cells print the first texts and claim to have shown others.

    `more` are cells and what they claim to have shown.
    """
    printed = [(f"print({SHOWN[p][0]!r})", text) for p, text in shown.items()]
    cells = []
    for count, (source, text) in enumerate([*printed, *more], 1):
        cell = nbformat.v4.new_code_cell(source)
        cell.execution_count = count
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
        cells.append(cell)
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "reference.ipynb")
    return folder / "reference.ipynb"


def failed_cells(report):
    """The numbers of the cells that nbval found different."""
    return {int(n) for n in re.findall(r"^FAILED .*::Cell (\d+)", report, re.M)}


def patterns():
    """The names of the patterns in the configuration."""
    from coursekit.book.running.references import SANITIZE

    return re.findall(r"^\[(.+)\]$", SANITIZE.read_text("utf-8"), re.M)


def test_every_sanitizing_pattern_is_tried_here():
    assert sorted(patterns()) == sorted(SHOWN)


def test_what_is_sanitized_may_differ_and_no_drawing_is_drawn(tmp_path):
    shown = {pattern: texts[1] + "\n" for pattern, texts in SHOWN.items()}
    drawings = ("import os\nprint(os.environ.get('N2T_DRAWINGS'))", "None\n")
    done = compare([reference(tmp_path, shown, drawings)], beside=1)
    assert done.returncode == 0, done.stdout
    assert f"{len(SHOWN) + 1} passed" in done.stdout


def test_a_changed_digit_beside_what_is_sanitized_fails_for_every_pattern(tmp_path):
    shown = {pattern: texts[2] + "\n" for pattern, texts in SHOWN.items()}
    done = compare([reference(tmp_path, shown)], beside=1)
    assert failed_cells(done.stdout) == set(range(len(SHOWN))), done.stdout


def test_a_notebook_without_outputs_is_refused():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    with pytest.raises(ValueError, match=r"sample: code cells \[1\] were never"):
        check_executed(notebook, "sample")


def test_cells_of_one_notebook_stay_on_one_worker():
    command = " ".join(nbval_command([]))
    assert command.startswith(sys.executable)
    assert "-n 2 --dist loadfile" in command
