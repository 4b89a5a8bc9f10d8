"""A file is whole or as it was before, and its hash is the one others compute."""

import ast
import hashlib
import json
import os
import stat
from pathlib import Path

import pytest
from windows import as_on_windows, lacking

from n2t import files


def only(folder):
    """Names of everything in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def test_a_text_arrives_letter_by_letter_in_a_folder_that_is_made(tmp_path):
    path = tmp_path / "a/b/words.txt"
    files.write_text(path, "über\r\nalles\n")
    assert path.read_bytes() == "über\r\nalles\n".encode()
    assert only(path.parent) == ["words.txt"]


def test_an_error_while_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "facts.json"
    files.write_json(path, {"a": 1})
    with pytest.raises(KeyboardInterrupt), files.whole(path) as part:
        part.write_text('{"a"')
        raise KeyboardInterrupt
    assert json.loads(path.read_text()) == {"a": 1}
    assert only(tmp_path) == ["facts.json"]


@pytest.mark.parametrize("content", [{"loss": float("nan")}, {"model": object()}])
def test_what_is_no_json_is_refused_and_the_old_file_stays(tmp_path, content):
    path = tmp_path / "facts.json"
    files.write_json(path, [1])
    with pytest.raises((TypeError, ValueError)):
        files.write_json(path, content)
    assert path.read_text() == "[1]\n"
    assert only(tmp_path) == ["facts.json"]


def test_everything_is_on_the_disk_before_the_file_has_its_name(tmp_path, monkeypatch):
    done = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda h: (done.append("flushed"), fsync(h)))
    monkeypatch.setattr(os, "replace", lambda *a: (done.append("named"), replace(*a)))
    files.write_text(tmp_path / "words.txt", "words")
    assert done == ["flushed", "named"]


@pytest.mark.skipif(os.name == "nt", reason="rights as POSIX has them")
def test_a_file_has_the_rights_that_any_new_file_has(tmp_path):
    (tmp_path / "plain").write_text("")
    files.write_text(tmp_path / "ours", "")
    rights = [stat.S_IMODE((tmp_path / n).stat().st_mode) for n in ("plain", "ours")]
    assert rights[0] == rights[1]


@pytest.mark.skipif(os.name == "nt", reason="rights as POSIX has them")
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_file_that_a_library_makes_for_its_owner_alone_gets_the_usual_rights(
    tmp_path, mask
):
    before = os.umask(mask)
    try:
        with files.whole(tmp_path / "ours") as part:
            os.close(os.open(part, os.O_CREAT | os.O_WRONLY, 0o600))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == 0o666 & ~mask
    assert only(tmp_path) == ["ours"]


def test_files_are_written_where_no_folder_opens_and_reading_allows_no_flush(
    tmp_path, monkeypatch
):
    as_on_windows(monkeypatch)
    files.write_text(tmp_path / "a/words.txt", "words")
    files.flush(tmp_path / "a")
    assert (tmp_path / "a/words.txt").read_text("utf-8") == "words"


def test_what_windows_lacks_is_asked_for_before_it_is_used():
    package = Path(files.__file__).parent
    found = [
        (path.name, name)
        for path in package.rglob("*.py")
        for name in lacking(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text, found",
    [
        ("os.fork()", ["os.fork"]),
        ("if hasattr(os, 'fork'):\n    os.fork()", []),
        ("os.fsync(os.open(path, os.O_RDONLY))", ["os.open"]),
        ("if hasattr(os, 'O_DIRECTORY'):\n    os.open(path, flags)", []),
        ("if hasattr(os, 'sync'):\n    os.fork()", ["os.fork"]),
        ("def f():\n    import fcntl, os", ["fcntl"]),
        ("from os import fork, path", ["fork"]),
        ("from resource import getrusage", ["resource"]),
        ("signal.signal(signal.SIGTERM, f), signal.alarm(3)", ["signal.alarm"]),
    ],
)
def test_what_windows_lacks_would_be_found(text, found):
    assert list(lacking(ast.parse(text))) == found


def refused(times, monkeypatch):
    """Renaming is refused so many times; what was waited between."""
    waited, real, left = [], os.replace, [None] * times

    def busy(*paths):
        if left:
            left.pop()
            raise PermissionError("used by another process")
        real(*paths)

    monkeypatch.setattr(os, "replace", busy)
    monkeypatch.setattr("time.sleep", waited.append)
    return waited


def test_a_file_that_someone_reads_gets_its_new_content_when_he_is_done(
    tmp_path, monkeypatch
):
    waited = refused(2, monkeypatch)
    files.write_text(tmp_path / "words.txt", "words")
    assert (tmp_path / "words.txt").read_text("utf-8") == "words"
    assert waited == list(files.WAITS[:2])


def test_a_file_that_stays_open_is_an_error_and_no_endless_wait(tmp_path, monkeypatch):
    files.write_text(tmp_path / "words.txt", "old")
    refused(99, monkeypatch)
    with pytest.raises(PermissionError):
        files.write_text(tmp_path / "words.txt", "new")
    assert (tmp_path / "words.txt").read_text("utf-8") == "old"
    assert only(tmp_path) == ["words.txt"]


def test_hashes_are_sha256(tmp_path):
    (tmp_path / "words.txt").write_bytes("über".encode())
    wanted = hashlib.sha256("über".encode()).hexdigest()
    assert files.file_hash(tmp_path / "words.txt") == wanted
    assert files.text_hash("über") == wanted
