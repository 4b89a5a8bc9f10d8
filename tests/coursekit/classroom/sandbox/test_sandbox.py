"""The sandboxed kernel starts guarded, and away from what is not a student's."""

import os
import subprocess
import sys

from coursekit.classroom.sandbox.launch import kernel_command, private_folder
from coursekit.classroom.sandbox.limits import Limits
from coursekit.kernel import guard

LINES = "--IPKernelApp.exec_lines="


def test_what_the_kernel_runs_first_starts_the_guard():
    command = kernel_command("connection.json", [], Limits())
    (first,) = [x.removeprefix(LINES) for x in command if x.startswith(LINES)]
    code = f"{first}\nprint(sorted(begin.guard._known))\nimport coursekit.checks"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "'coursekit.kernel.calls'" in done.stdout, done.stderr
    assert guard.CLOSED in done.stderr


def test_links_stay_out_of_the_kernels_folder(tmp_path):
    (tmp_path / "98_sample.ipynb").write_text("{}")
    os.symlink("/etc/hostname", tmp_path / "data.txt")
    home = private_folder(tmp_path)
    assert [p.name for p in (home / "work").iterdir()] == ["98_sample.ipynb"]
