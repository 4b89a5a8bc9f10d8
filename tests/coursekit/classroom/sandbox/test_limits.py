"""The watchdog: processor time is bounded, waiting too, and the two are told apart."""

import os
import subprocess
import sys

import pytest

from coursekit.classroom.sandbox.limits import Limits, watch

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits are POSIX's")


BUSY = "import sys\nwhile True: pass"


WORKER = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BUSY!r}])"


def verdict(program, folder, **limits):
    process = subprocess.Popen([sys.executable, "-c", program])
    return watch(process, folder, Limits(**limits))


@pytest.mark.parametrize("program", [BUSY, WORKER], ids=["itself", "its child"])
def test_what_computes_too_long_is_stopped(program, tmp_path):
    said = verdict(program, tmp_path, total_seconds=1)
    assert said == "ran out of time: it computed for 1 s"


def test_what_waits_too_long_is_stopped(tmp_path):
    said = verdict("import time; time.sleep(600)", tmp_path, wall_seconds=1)
    assert said == "ran out of time: it waited for 1 s"


def test_waiting_is_not_computing(tmp_path):
    assert verdict("import time; time.sleep(1.5)", tmp_path, total_seconds=1) == ""


def test_too_much_on_disk_is_stopped(tmp_path):
    (tmp_path / "big").write_bytes(bytes(2048))
    said = verdict("import time; time.sleep(600)", tmp_path, disk_bytes=1024)
    assert "to disk" in said


def test_a_limit_of_nothing_is_refused():
    with pytest.raises(ValueError, match=r"total_seconds \(0\) must be positive"):
        Limits(total_seconds=0)
