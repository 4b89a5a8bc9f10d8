"""What Windows refuses, refused here: tests run as if on it, as far as calls go."""

import errno
import os
import shutil

OPENED_FOR = os.O_RDONLY | os.O_WRONLY | os.O_RDWR
POSIX_ALONE = ("O_DIRECTORY", "fork", "fchmod", "getuid", "sysconf", "uname")


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
