"""Fetching and checking files, with a server on this machine only."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import filelock
import pooch
import pytest

from n2t.data.sources import download, registry

TEXT = b"a line\n" * 5000
OTHER = b"<html>please log in</html>"


class Handler(BaseHTTPRequestHandler):
    """Serves TEXT; the path says what goes wrong."""

    def do_GET(self):
        server, kind = self.server, self.path.split("/")[1]
        server.hits[self.path] += 1
        if kind == "gone":
            return self.send_error(404)
        if kind == "busy" and server.hits[self.path] < 3:
            return self.send_error(503)
        body = {"other": OTHER, "swapped": TEXT.upper()}.get(kind, TEXT)
        self.send_response(200)
        if kind != "unsized":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if kind == "slow":
            time.sleep(0.3)
        if kind == "stall" and server.hits[self.path] == 1:
            self.wfile.write(body[:1000])
            self.wfile.flush()
            return server.release.wait(20)
        cut = kind in ("short", "unsized") and server.hits[self.path] < 3
        self.wfile.write(body[: len(body) // 2] if cut else body)

    def log_message(self, *_):
        """Say nothing on stderr."""


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.hits, http.release = Counter(), threading.Event()
        http.address = f"http://127.0.0.1:{http.server_port}"
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        yield http
        http.release.set()
        http.shutdown()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.delenv("N2T_DATA", raising=False)
    monkeypatch.setenv("N2T_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(pooch.core, "time", SimpleNamespace(sleep=lambda seconds: None))
    return tmp_path / "cache"


def entry(address, kind, names=("a.txt",)):
    """A registry entry, as JSON holds it."""
    digest = hashlib.sha256(TEXT).hexdigest()
    files = [
        dict(name=n, url=f"{address}/{kind}/{n}", size=len(TEXT), sha256=digest)
        for n in names
    ]
    about = dict(title="Lines", license="CC0", citation="nobody2020lines")
    return {"name": "toy", **about, "files": files}


@pytest.fixture
def toy(monkeypatch, tmp_path, cache):
    """Adds a set called toy to the registry."""

    def add(address, kind="good", names=("a.txt",)):
        path = tmp_path / "registry.json"
        path.write_text(json.dumps({"sets": [entry(address, kind, names)]}))
        dataset = registry.read_registry(path)["toy"]
        monkeypatch.setitem(registry.REGISTRY, "toy", dataset)
        return path

    return add


# Fetching
def test_fetched_files_are_the_published_ones_and_nothing_else_is_left(
    toy, server, cache
):
    toy(server.address, names=("a.txt", "b.txt"))
    assert registry.where("toy") is None
    assert set(registry.verify("toy").values()) == {"missing"}
    folder = registry.fetch("toy")
    assert folder == cache / "toy" == registry.where("toy")
    assert sorted(path.name for path in folder.iterdir()) == ["a.txt", "b.txt"]
    assert (folder / "a.txt").read_bytes() == TEXT
    assert set(registry.verify("toy").values()) == {"ok"}
    (cache / "plain").touch()  # readable by whom the umask lets read it
    rights = (cache / "plain").stat().st_mode
    assert (folder / "a.txt").stat().st_mode == rights


def test_a_second_fetch_asks_no_server(toy, server):
    toy(server.address)
    registry.fetch("toy")
    registry.fetch("toy")
    assert sum(server.hits.values()) == 1


def test_the_named_folder_comes_before_the_cache_and_the_url(
    toy, server, tmp_path, monkeypatch
):
    toy(server.address)
    registry.fetch("toy")
    own = tmp_path / "own" / "toy"
    own.mkdir(parents=True)
    monkeypatch.setenv("N2T_DATA", str(own.parent))
    assert registry.where("toy") != own, "an empty folder holds no data"
    (own / "a.txt").write_bytes(TEXT)
    assert registry.fetch("toy") == own
    assert sum(server.hits.values()) == 1


def test_a_named_folder_that_is_none_is_refused(toy, server, monkeypatch, tmp_path):
    toy(server.address)
    monkeypatch.setenv("N2T_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(download.DataError, match="N2T_DATA .*nowhere"):
        registry.fetch("toy")


def test_a_wrong_file_in_the_named_folder_is_named_and_left_alone(
    toy, server, monkeypatch, tmp_path
):
    toy(server.address)
    (tmp_path / "own" / "toy").mkdir(parents=True)
    wrong = tmp_path / "own" / "toy" / "a.txt"
    wrong.write_bytes(TEXT[:-1] + b"?")
    monkeypatch.setenv("N2T_DATA", str(tmp_path / "own"))
    with pytest.raises(download.CorruptFileError, match=r"a\.txt has the wrong hash"):
        registry.fetch("toy")
    assert wrong.exists() and registry.verify("toy") == {"a.txt": "wrong hash"}


@pytest.mark.parametrize("kind", ["busy", "short", "unsized"])
def test_a_download_that_breaks_off_is_tried_again(toy, server, kind):
    toy(server.address, kind)
    assert (registry.fetch("toy") / "a.txt").read_bytes() == TEXT
    assert server.hits[f"/{kind}/a.txt"] == 3


def test_a_file_that_is_not_there_is_not_asked_for_again(toy, server):
    toy(server.address, "gone")
    with pytest.raises(download.DataError, match="answered 404.*N2T_DATA"):
        registry.fetch("toy")
    assert server.hits["/gone/a.txt"] == 1


def test_a_login_page_never_gets_the_name_of_data_and_is_set_aside(toy, server, cache):
    toy(server.address, "other")
    for number in ("", "2"):
        with pytest.raises(download.CorruptFileError, match=r"a\.txt\.bad.*login"):
            registry.fetch("toy")
        assert (cache / "toy" / f"a.txt.bad{number}").read_bytes() == OTHER
    assert registry.where("toy") is None
    assert not list((cache / "toy").glob("*.part"))


def test_a_file_of_the_right_length_and_wrong_bytes_is_set_aside(toy, server, cache):
    toy(server.address, "swapped")
    with pytest.raises(download.CorruptFileError, match="wrong hash for a.txt"):
        registry.fetch("toy")
    assert (cache / "toy" / "a.txt.bad").read_bytes() == TEXT.upper()
    assert server.hits["/swapped/a.txt"] == 1


def test_without_a_network_one_sentence_says_what_to_do(toy, cache):
    toy("http://127.0.0.1:9")  # nobody listens there
    with pytest.raises(download.OfflineError) as caught:
        registry.fetch("toy")
    message = str(caught.value)
    assert "n2t data fetch toy" in message and "N2T_DATA" in message
    assert "a.txt" in message and "\n" not in message and len(message) < 250


def test_a_half_written_cache_is_mended(toy, server, cache):
    toy(server.address, names=("a.txt", "b.txt"))
    (cache / "toy").mkdir(parents=True)
    (cache / "toy" / "a.txt").write_bytes(TEXT[:100])
    (cache / "toy" / "b.txt.part").write_bytes(TEXT[:100])
    assert registry.verify("toy") == {"a.txt": "wrong size", "b.txt": "missing"}
    folder = registry.fetch("toy")
    assert set(registry.verify("toy").values()) == {"ok"}
    assert (folder / "a.txt.bad").read_bytes() == TEXT[:100]
    assert not (folder / "b.txt.part").exists()


def test_a_damaged_cache_without_a_network_loses_nothing(toy, cache):
    toy("http://127.0.0.1:9")
    (cache / "toy").mkdir(parents=True)
    (cache / "toy" / "a.txt").write_bytes(OTHER)
    with pytest.raises(download.OfflineError, match=r"set aside as .*a\.txt\.bad"):
        registry.fetch("toy")
    assert (cache / "toy" / "a.txt.bad").read_bytes() == OTHER


@contextlib.contextmanager
def without_rights():
    """Not root for a while: root may write anywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder():
    """A folder that other users may enter, unlike pytest's."""
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_read_only_cache_is_read_but_a_download_into_it_is_refused(
    toy, server, open_folder, monkeypatch
):
    assert pooch.HTTPDownloader and filelock.FileLock  # imported with all rights
    monkeypatch.setenv("N2T_CACHE", str(open_folder))
    toy(server.address)
    open_folder.chmod(0o555)
    with (
        without_rights(),
        pytest.raises(download.DataError, match="N2T_CACHE to a folder that you may"),
    ):
        registry.fetch("toy")
    open_folder.chmod(0o755)
    folder = registry.fetch("toy")
    folder.chmod(0o555)
    open_folder.chmod(0o555)
    with without_rights():
        assert registry.fetch("toy") == folder
    folder.chmod(0o755)
    open_folder.chmod(0o755)


FETCH = """
import sys
from pathlib import Path
from n2t.data.sources import download, registry
registry.REGISTRY.update(registry.read_registry(Path(sys.argv[1])))
print(registry.fetch("toy", progress=False))
"""


def fetch_elsewhere(listed):
    """Fetch in another process."""
    command = [sys.executable, "-c", FETCH, str(listed)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_at_once_download_once(toy, server, cache):
    listed = toy(server.address, "slow", names=("a.txt", "b.txt"))
    processes = [fetch_elsewhere(listed) for _ in range(2)]
    for process in processes:
        output, _ = process.communicate(timeout=300)
        assert (process.returncode, output.strip()) == (0, str(cache / "toy"))
    assert set(server.hits.values()) == {1}
    assert set(registry.verify("toy").values()) == {"ok"}


def test_a_process_killed_while_downloading_holds_up_nobody(toy, server):
    listed = toy(server.address, "stall")
    process = fetch_elsewhere(listed)
    while not server.hits and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    server.release.set()
    assert (registry.fetch("toy") / "a.txt").read_bytes() == TEXT


def test_waiting_for_a_lock_ends_with_a_reason(toy, server, cache, monkeypatch):
    toy(server.address)
    monkeypatch.setattr(registry, "LOCK_TIMEOUT_S", 0.05)
    cache.mkdir()
    with (
        filelock.FileLock(cache / "toy.lock"),
        pytest.raises(download.DataError, match="another process"),
    ):
        registry.fetch("toy")


def test_the_progress_bar_is_drawn_on_a_terminal_only(toy, server, capfd):
    toy(server.address)
    registry.fetch("toy")
    assert capfd.readouterr().err == ""
    (registry.where("toy") / "a.txt").unlink()
    registry.fetch("toy", progress=True)
    assert "100%" in capfd.readouterr().err
