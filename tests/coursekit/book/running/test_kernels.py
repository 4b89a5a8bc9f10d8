"""Kernels that are forks show what kernels show that Jupyter starts."""

import asyncio
import os
import subprocess
import sys
import time

import psutil
import pytest
from jupyter_client.provisioning import KernelProvisionerFactory
from sample_chapter import HEADER

from coursekit.book.running import kernels
from coursekit.book.running.execute import ChapterError, run_chapter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="no fork server")
CELL = "```{{code-cell}} ipython3\n{}\n```\n\n"
#: What a page sees of where it runs.
SEEN = """
import os, sys
[os.listdir(), sys.argv[0].rpartition("/")[2].removesuffix(".py"), sys.path[1:],
 {k: v for k, v in os.environ.items() if k != "JPY_PARENT_PID"},
 __name__, type(get_ipython()).__name__, os.getpgid(0) == os.getpid()]
"""
FIGURE = """
import matplotlib.pyplot as plt
plt.plot([1, 2])
print(plt.get_backend())
"""
#: What a kernel begins with; then a program of Triton's, as chapter 25 has one.
INTERPRETED = """
import os, sys
import coursekit.book.running.preloaded
print("triton" in sys.modules, "TRITON_INTERPRET" in os.environ)
os.environ.setdefault("TRITON_INTERPRET", "1")
import torch, triton
import triton.language as tl

@triton.jit
def below_most(x):
    at = tl.arange(0, 4)
    tl.store(x + at, tl.load(x + at) - tl.max(tl.load(x + at), 0))

x = torch.arange(4.0)
below_most[(1,)](x)
print(x.tolist())
"""


def chapter(folder, *cells):
    page = folder / "01_page.md"
    text = f"{HEADER}\n# A page\n\n" + "".join(CELL.format(cell) for cell in cells)
    page.write_text(text, encoding="utf-8")
    return page


def outputs(page):
    cells = run_chapter(page).notebook["cells"]
    return [cell["outputs"] for cell in cells if cell["cell_type"] == "code"]


@pytest.fixture
def forked():
    """Kernels are forks, for one test."""
    factory = KernelProvisionerFactory.instance()
    before = factory.default_provisioner_name
    kernels.use()
    yield
    factory.default_provisioner_name = before


def test_a_fork_shows_what_another_kernel_shows(tmp_path, request):
    drawn = "import torch\ntorch.manual_seed(1)\ntorch.rand(3)"
    page = chapter(tmp_path, SEEN, FIGURE, drawn)
    wanted = outputs(page)
    request.getfixturevalue("forked")
    assert outputs(page) == wanted
    assert "image/png" in wanted[1][-1]["data"]


def test_a_fork_has_the_libraries_and_nothing_of_another_fork(tmp_path, forked):
    there = "import sys, numpy\n['torch' in sys.modules, hasattr(numpy, 'left')]"
    drawn = "import torch\nnumpy.left = numpy.random.rand()\n"
    page = chapter(tmp_path, there, drawn + "[numpy.left, torch.rand(1).item()]")
    found = [outputs(page) for _ in range(2)]
    for (shown,), _ in found:
        assert shown["data"]["text/plain"] == "[True, False]"
    assert found[0][1] != found[1][1]  # nobody has seeded them


@pytest.mark.skipif(
    any(map(os.path.exists, kernels.GPU)), reason="Triton compiles here"
)
def test_triton_interprets_where_a_chapter_asks_for_it_and_no_setting_is_left(
    tmp_path,
):
    page = tmp_path / "page.py"
    page.write_text(INTERPRETED)
    own = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"}
    done = subprocess.run(
        [sys.executable, page], env=own, capture_output=True, text=True
    )
    wanted = ["True False", "[-3.0, -2.0, -1.0, 0.0]"]
    assert done.stdout.splitlines() == wanted, done.stderr


def test_a_fork_that_ends_or_fails_is_noticed(tmp_path, forked):
    for cell, says in (("import os; os._exit(3)", "died"), ("1 / 0", "by zero")):
        with pytest.raises(ChapterError, match=says):
            run_chapter(chapter(tmp_path, cell))


KILLED = """
import sys
from pathlib import Path
from coursekit.book.running import execute, kernels
if __name__ == "__main__":
    kernels.use()
    execute.run_chapter(Path(sys.argv[1]))
"""


def test_a_fork_ends_when_the_one_who_asked_for_it_is_killed(tmp_path):
    number = tmp_path / "number"
    begins = (
        "import os, pathlib\n"
        f"_ = pathlib.Path({str(number)!r}).write_text(f'{{os.getpid()}} ')"
    )
    page = chapter(tmp_path, begins, "import time\ntime.sleep(600)")
    (tmp_path / "killed.py").write_text(KILLED)
    command = [sys.executable, str(tmp_path / "killed.py"), str(page)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        until(lambda: number.exists() and number.read_text().endswith(" "))
        kernel = psutil.Process(int(number.read_text()))
        process.kill()
    until(lambda: not kernel.is_running())


def until(true):
    """Wait for that; a minute of waiting is a failure."""
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come to be")


def test_where_a_sockets_path_would_be_too_long_kernels_start_as_ever(monkeypatch):
    """As the path of a temporary folder may be, on a cluster."""
    factory = KernelProvisionerFactory.instance()
    before = factory.default_provisioner_name
    monkeypatch.setattr(kernels.tempfile, "gettempdir", lambda: "/" + "long" * 20)
    kernels.use()
    assert factory.default_provisioner_name == before != kernels.NAME


def test_another_kernel_is_started_as_ever():
    provisioner = kernels.ForkedProvisioner()
    provisioner.connection_info = {}
    command = [sys.executable, "-c", "raise SystemExit(7)"]

    async def ended():
        await provisioner.launch_kernel(command, env=dict(os.environ))
        return await provisioner.wait()

    assert asyncio.run(ended()) == 7
