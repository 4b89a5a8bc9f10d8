"""A download that is no zip says what it is; unsafe files stay where they are."""

import os
import struct
import zipfile
from datetime import UTC, datetime
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

import pytest

from coursekit.classroom.collect import archives
from coursekit.classroom.collect.archives import CollectError, Times, unpack


@pytest.fixture
def unpacked(tmp_path):
    """Unpack a download into a folder beside it."""
    folder = tmp_path / "unpacked"
    folder.mkdir()

    def run(download, most=2**30, **times):
        return unpack(download, folder, most, Times(**times))

    return run


def paths(found):
    return [str(file.path) for file in found.files]


@pytest.mark.parametrize(
    "path", ["../ada.ipynb", "/ada.ipynb", "a\\..\\..\\ada.ipynb", "C:\\ada.ipynb"]
)
def test_an_unsafe_path_is_refused_and_the_others_go_on(zipped, unpacked, path):
    found = unpacked(zipped({path: "{}", "bo.ipynb": "{}"}))
    assert paths(found) == ["bo.ipynb"]
    assert len(found.refused) == 1 and "unsafe path" in found.refused[0]


def test_a_link_in_a_zip_is_refused_and_the_others_go_on(tmp_path, unpacked):
    path = tmp_path / "d.zip"
    with zipfile.ZipFile(path, "w") as packed:
        entry = zipfile.ZipInfo("ada.ipynb", (2026, 1, 1, 0, 0, 0))
        entry.external_attr = 0o120777 << 16
        packed.writestr(entry, "/etc/passwd")
        packed.writestr("bo.ipynb", "{}")
    found = unpacked(path)
    assert (paths(found), found.refused) == (["bo.ipynb"], ["ada.ipynb: it is a link"])


def test_links_in_a_folder_are_not_followed(tmp_path, unpacked):
    folder, secret = tmp_path / "download", tmp_path / "secret"
    folder.mkdir()
    secret.mkdir()
    (secret / "x.ipynb").write_text("secret")
    (folder / "bo.ipynb").write_text("{}")
    os.symlink(secret / "x.ipynb", folder / "ada.ipynb")
    os.symlink(secret, folder / "ada")
    found = unpacked(folder)
    assert paths(found) == ["bo.ipynb"]
    assert found.refused == ["ada: it is a link", "ada.ipynb: it is a link"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<!DOCTYPE html><html>log in</html>", "a web page: did the platform send"),
        (b"\xef\xbb\xbf\n <html>", "a web page"),
        (b"\x1f\x8b\x08", "gzip"),
        (b'{"cells": []}', "a notebook"),
        (b"", "damaged or cut off"),
        (b"PK\x03\x04 and no end", "damaged or cut off"),
    ],
)
def test_what_is_no_zip_is_named(tmp_path, unpacked, content, said):
    path = tmp_path / "submissions.zip"
    path.write_bytes(content)
    with pytest.raises(CollectError, match=f"is not a zip, it is .*{said}"):
        unpacked(path)


def test_a_missing_zip_is_named(tmp_path, unpacked):
    with pytest.raises(CollectError, match="no-such.zip: there is no such file"):
        unpacked(tmp_path / "no-such.zip")


def test_an_empty_download_is_named(tmp_path, zipped, unpacked):
    for empty in (zipped({}), zipped({"__MACOSX/._x": ""}), tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(CollectError, match="holds no file"):
            unpacked(empty)


def test_an_encrypted_zip_is_refused(zipped, unpacked):
    path = zipped({"ada.ipynb": "{}"})
    raw = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + at] |= 1
    path.write_bytes(raw)
    with pytest.raises(CollectError, match="is encrypted"):
        unpacked(path)


@pytest.mark.parametrize("when", [(1980, 0, 0, 0, 0, 0), (1980, 1, 1, 0, 0, 0)])
def test_a_zip_without_times_is_refused_unless_a_time_is_given(zipped, unpacked, when):
    path = zipped({"ada.ipynb": ("{}", when), "bo.ipynb": "{}"})
    with pytest.raises(CollectError, match="does not say when ada.ipynb was sent"):
        unpacked(path)
    given = datetime(2026, 5, 1, tzinfo=UTC)
    found = unpacked(path, received=given)
    assert [file.when.month for file in found.files] == [5, 3]


def test_the_times_of_a_zip_are_of_the_zone_that_is_given(zipped, unpacked):
    found = unpacked(zipped({"ada.ipynb": "{}"}), zone=ZoneInfo("Europe/Berlin"))
    assert found.files[0].when == datetime(2026, 3, 1, 11, 30, tzinfo=UTC)


def test_a_time_in_seconds_of_utc_is_preferred(tmp_path, unpacked):
    entry = zipfile.ZipInfo("ada.ipynb", (2026, 3, 1, 0, 0, 0))
    seconds = int(datetime(2026, 3, 1, 9, 5, 1, tzinfo=UTC).timestamp())
    entry.extra = struct.pack("<HHHHHBi", 1, 2, 0, 0x5455, 5, 1, seconds)
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as packed:
        packed.writestr(entry, "{}")
    found = unpacked(tmp_path / "d.zip", zone=ZoneInfo("Asia/Tokyo"))
    assert found.files[0].when.timestamp() == seconds


def test_umlauts_of_a_packer_that_does_not_say_utf_8_are_read(tmp_path, unpacked):
    entry = zipfile.ZipInfo(
        "J\u00f6rg.ipynb".encode().decode("cp437"), (2026, 1, 1, 0, 0, 0)
    )
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as packed:
        packed.writestr(entry, "{}")
    raw = (tmp_path / "d.zip").read_bytes()
    true, marked = "J\u00f6rg".encode(), "J\u00f6rg".encode().decode("cp437").encode()
    assert marked in raw and true != marked
    found = archives._name(entry)
    assert found == "J\u00f6rg.ipynb"


def test_a_file_over_the_limit_and_a_bomb_are_refused(zipped, unpacked, monkeypatch):
    monkeypatch.setattr(archives, "LARGEST", 10)
    found = unpacked(zipped({"ada.ipynb": "x" * 11, "bo.ipynb": "{}"}))
    assert paths(found) == ["bo.ipynb"] and "larger than" in found.refused[0]
    with pytest.raises(CollectError, match="is it a bomb"):
        unpacked(zipped({"ada.ipynb": "x" * 9, "bo.ipynb": "x" * 9}), most=10)


def test_a_damaged_file_is_refused_and_the_others_go_on(zipped, unpacked):
    path = zipped({"ada.ipynb": "damage me", "bo.ipynb": "{}"})
    path.write_bytes(path.read_bytes().replace(b"damage me", b"damaged! "))
    found = unpacked(path)
    assert paths(found) == ["bo.ipynb"]
    assert found.refused[0].startswith("ada.ipynb: it is damaged")


def test_a_file_that_was_handed_in_in_a_zip_has_the_time_of_the_zip(tmp_path, zipped):
    inner = zipped({"a/x.py": ("", (2001, 1, 1, 0, 0, 0))})
    sent = datetime(2026, 1, 1, tzinfo=UTC)
    handed = archives.Arrived(PurePosixPath("ada/h.zip"), inner, sent)
    (tmp_path / "into").mkdir()
    found = archives.unpack_handin(handed, tmp_path / "into")
    assert [(str(f.path), f.when) for f in found.files] == [("ada/a/x.py", sent)]
