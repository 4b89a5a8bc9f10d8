"""A chapter as a plain script."""

import subprocess
import sys

import pytest
from sample_chapter import sample

from coursekit.book.scripts import script
from coursekit.chapters.exercises import STUB


@pytest.mark.parametrize("edition", ["self-study", "class"])
def test_the_script_of_a_chapter_runs(tmp_path, edition):
    path = tmp_path / "sample.py"
    path.write_text(script(sample(), edition), encoding="utf-8")
    done = subprocess.run([sys.executable, path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "285" in done.stdout
    text = path.read_text(encoding="utf-8")
    assert ("def weights" in text) == (edition == "self-study")
    assert STUB not in text
    assert "SOLUTION" not in text
