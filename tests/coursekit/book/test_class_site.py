"""The whole book in the class edition: no solution anywhere on the site.

Run after the book was built, by `coursekit test` in its last step.
"""

import os
import shutil
import subprocess
import sys

import pytest

from coursekit import paths
from coursekit.book.build import JUPYTER_BOOK
from coursekit.book.editions import check_site
from coursekit.chapters.exercises import chapter_files


@pytest.mark.skipif(not paths.CACHE.is_dir(), reason="no outputs yet: run `make book`")
def test_the_class_edition_of_the_book_holds_no_solution(tmp_path):
    shutil.copytree(paths.CACHE, tmp_path / "_build" / paths.CACHE.name)
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(paths.ROOT)]
    command += ["-W", "-n", "--keep-going", "--path-output", str(tmp_path)]
    own = {**os.environ, **paths.STEADY, "EDITION": "class"}
    done = subprocess.run(command, env=own, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    site = tmp_path / "_build" / "html"
    assert len(list(site.rglob("*.html"))) > len(chapter_files())
    assert not (site / "_sources").exists()
    assert check_site(site, chapter_files()) == []
