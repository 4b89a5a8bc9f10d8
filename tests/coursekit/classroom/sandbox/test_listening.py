"""A socket is found wherever temporary files lie."""

import os
import socket
import tempfile
from pathlib import Path

import pytest

from coursekit.classroom.sandbox.listening import listening, short_place

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sockets in folders")


@pytest.mark.parametrize("name", ["usual", "Kürs 2030", "long" * 20])
def test_a_socket_is_reached_wherever_temporary_files_lie(tmp_path, monkeypatch, name):
    usual = tmp_path / name
    usual.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(usual))
    with tempfile.TemporaryDirectory(prefix="ck-", dir=short_place()) as folder:
        run = Path(folder, "run")
        run.mkdir()
        with listening(run) as listener, socket.socket(socket.AF_UNIX) as caller:
            assert len(os.fsencode(listener.address)) < 108  # what Linux allows
            caller.connect(listener.address)
            listener.wait(5).close()
