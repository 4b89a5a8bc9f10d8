"""What Windows refuses, refused here: tests run as if on it, as far as calls go."""

import ast
import errno
import os
import shutil

import torch._dynamo  # noqa: F401  torch's own, made late, would ask who the user is

OPENED_FOR = os.O_RDONLY | os.O_WRONLY | os.O_RDWR
POSIX_ALONE = ("O_DIRECTORY", "fork", "fchmod", "getuid", "sysconf", "uname")
#: More of what ``os`` and ``signal`` have on POSIX systems alone, and whole modules.
NAMES = {
    "os": "chown fchown fdatasync fork geteuid getgid getloadavg getpgid killpg lchown "
    "lockf mkfifo nice openpty posix_fadvise pread pwrite sched_getaffinity sendfile "
    "setsid setuid statvfs sync wait3 wait4 O_NOFOLLOW O_NONBLOCK",
    "signal": "SIGALRM SIGCHLD SIGHUP SIGKILL SIGUSR1 SIGUSR2 SIGXFSZ alarm pause "
    "pthread_kill setitimer sigwait",
}
NAMES = {owner: names.split() for owner, names in NAMES.items()}
NAMES["os"] += POSIX_ALONE
MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "termios", "tty"}


def lacking(tree):
    """What a module uses that Windows has not, unless it asks with ``hasattr``.

    ``os.open`` opens folders on POSIX systems alone: who uses it asks for O_DIRECTORY.
    """
    asked = {
        (ast.unparse(node.args[0]), ast.literal_eval(node.args[1]))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "hasattr"
        if isinstance(node.args[1], ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner, name = node.value.id, node.attr
            if (owner, name) == ("os", "open") and ("os", "O_DIRECTORY") not in asked:
                yield "os.open"
            if name in NAMES.get(owner, ()) and (owner, name) not in asked:
                yield f"{owner}.{name}"
        if isinstance(node, ast.Import):
            yield from sorted(MODULES & {name.name for name in node.names})
        if isinstance(node, ast.ImportFrom):
            taken = {name.name for name in node.names}
            yield from sorted(taken & {*NAMES.get(node.module, ())})
            yield from sorted(MODULES & {node.module})


def as_on_windows(monkeypatch):
    """Until the test ends no folder opens, and only what can be written is flushed.

    What ``os`` has on POSIX systems alone is gone.
    """
    real_open, real_fsync, flags_of = os.open, os.fsync, {}

    def opened(path, flags, *rest, **options):
        if os.path.isdir(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        handle = real_open(path, flags, *rest, **options)
        flags_of[handle] = flags & OPENED_FOR
        return handle

    def flushed(handle):
        if flags_of.get(handle) == os.O_RDONLY:
            raise OSError(errno.EBADF, "Bad file descriptor")
        real_fsync(handle)

    for name in POSIX_ALONE:
        monkeypatch.delattr(os, name, raising=False)
    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(shutil, "_use_fd_functions", False)
