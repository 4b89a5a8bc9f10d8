"""Kernels that are forks of one process, in which what chapters import is imported.

The start of a kernel, torch and Matplotlib take several seconds of a chapter that
computes for twenty, and chapters are executed twice where everything is checked. On
Linux one process imports it all and runs nothing, and each kernel is a fork of it
(Python's own fork server); elsewhere kernels start as Jupyter starts them.

`use()` makes such kernels those that Jupyter's clients in this process start. As a
plug-in (``-p coursekit.book.running.kernels``) this module makes them nbval's.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
from importlib.metadata import EntryPoint
from typing import Any

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from coursekit.kernel.wire import LONGEST_FOLDER

NAME = "forked-provisioner"
#: What most kernels import.
LIBRARIES = (
    *("numpy", "torch", "matplotlib.pyplot"),
    *("ipykernel.kernelapp", "n2t.attention", "n2t.plots"),
    "coursekit.book.running.preloaded",
)
#: How Linux shows a GPU that Triton could compile for; asking torch would start it.
GPU = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
LAUNCHER = "ipykernel_launcher"
#: A page shows its figures, whatever back end the reader's shell asks for.
SHOWN = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}


def use() -> None:
    """Let Jupyter's clients in this process fork their kernels, where that works.

    It needs Linux, and a temporary folder that has room for a socket's path.
    """
    short = len(os.fsencode(tempfile.gettempdir())) <= LONGEST_FOLDER
    if sys.platform == "linux" and short:
        _forks().set_forkserver_preload(list(LIBRARIES))
        group = KernelProvisionerFactory.GROUP_NAME
        factory = KernelProvisionerFactory.instance()
        ours = EntryPoint(NAME, f"{__name__}:ForkedProvisioner", group)
        factory.provisioners[NAME] = ours
        factory.default_provisioner_name = NAME


def _forks() -> Any:
    """Python's fork server; it starts with the first process that it is asked for."""
    return multiprocessing.get_context("forkserver")


def pytest_configure(config: object) -> None:
    """As a plug-in of pytest: let nbval fork its kernels.

    It compares no pictures, so none carries a drawing, which takes longer than it does.
    """
    from n2t.plots.style import DRAWINGS  # not above: pytest checks n2t's shapes first

    os.environ.pop(DRAWINGS, None)
    use()


class Fork:
    """A kernel's process, with the part of `Popen` that a provisioner uses."""

    stdin = stdout = stderr = None

    def __init__(self, command: list[str], env: dict[str, str], cwd: str | None):
        given = (command, env, cwd or os.getcwd(), _import_path())
        self.process = _forks().Process(target=_be_a_kernel, args=given)
        self.process.start()
        self.pid = self.process.pid

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        return self.process.exitcode

    def wait(self) -> int | None:
        """Wait for its end; how it ended."""
        self.process.join()
        return self.process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal, if it is still there."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class ForkedProvisioner(LocalProvisioner):
    """Starts IPython kernels of this Python as forks, and all others as ever."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict:
        """Start the kernel; how to connect to it."""
        if cmd[0] != sys.executable or LAUNCHER not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        command = cmd[cmd.index(LAUNCHER) :]
        self.process = Fork(command, dict(kwargs["env"]), kwargs.get("cwd"))
        self.pid = self.pgid = self.process.pid
        return self.connection_info


@functools.cache
def _import_path() -> list[str]:
    """Where a fresh Python of this environment imports from."""
    shown = [sys.executable, "-P", "-c", "import sys; print(*sys.path, sep='\\n')"]
    return subprocess.check_output(shown, text=True).splitlines()


def _be_a_kernel(
    command: list[str], env: dict[str, str], cwd: str, import_path: list[str]
) -> None:
    """In a fork: be the kernel that this command would have started."""
    import matplotlib
    import numpy as np
    import torch
    from ipykernel import kernelapp

    os.setsid()  # an interrupt at the terminal is for the one who started it
    os.environ.clear()
    os.environ.update({**env, **{k: v for k, v in SHOWN.items() if k not in env}})
    os.chdir(cwd)
    sys.argv[:], sys.path[:] = command, import_path
    matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]
    np.random.seed()  # else what no chapter has seeded would be alike in all of them
    torch.default_generator.seed()
    threading.Thread(target=_end_with_client, daemon=True).start()
    quiet = f"--IPKernelApp.parent_handle={os.getppid()}"  # nobody types to it
    kernelapp.launch_new_instance(argv=[*command[1:], quiet])


def _end_with_client() -> None:
    """In a fork: wait for the end of who asked for it. (The server waits for us.)"""
    multiprocessing.parent_process().join()
    os._exit(1)
