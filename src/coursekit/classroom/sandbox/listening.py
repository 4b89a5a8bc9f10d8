"""Wait for another process of this machine to connect."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from coursekit.kernel.wire import LONGEST_FOLDER, Channel


def short_place() -> str | None:
    """Where to make a folder with sockets: None for the usual place, if it is short."""
    usual = os.fsencode(tempfile.gettempdir())
    return "/tmp" if os.name == "posix" and len(usual) > LONGEST_FOLDER else None


class Listener:
    """A socket in a folder (on Windows a port of this machine) and its address."""

    def __init__(self, folder: Path) -> None:
        if os.name == "posix":
            self.socket = socket.socket(socket.AF_UNIX)
            self.address = str(folder / f"ask-{secrets.token_hex(4)}")
            self.socket.bind(self.address)
        else:
            self.socket = socket.create_server(("127.0.0.1", 0))
            self.address = "{}:{}".format(*self.socket.getsockname())
        self.socket.listen(1)

    def wait(self, seconds: float, silence: float | None = None) -> Channel:
        """The channel to the process that connects within `seconds`.

        The channel waits at most `silence` seconds for each part of a message. Raises
        `TimeoutError` if nobody connects.
        """
        self.socket.settimeout(seconds)
        connection, _ = self.socket.accept()
        connection.settimeout(silence)
        return Channel(connection)

    def close(self) -> None:
        """Stop waiting, and take the socket out of its folder."""
        self.socket.close()
        if os.name == "posix":
            with contextlib.suppress(OSError):
                os.unlink(self.address)


@contextlib.contextmanager
def listening(folder: Path) -> Iterator[Listener]:
    """A `Listener` in `folder` for the length of a block."""
    listener = Listener(folder)
    try:
        yield listener
    finally:
        listener.close()
