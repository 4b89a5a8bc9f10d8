"""Spoken digits: read as published, refused if changed, no voice in two sets."""

import io
import os
import tarfile
import wave
from hashlib import sha256

import numpy as np
import pytest

from n2t.data.sets import fsdd
from n2t.data.sources.download import CorruptFileError, DataError, OfflineError


def wav(samples, channels=1, width=2):
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(fsdd.RATE)
        file.writeframes(np.asarray(samples, "<i2").tobytes())
    return kept.getvalue()


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A little set of the same form: three speakers, two digits, two recordings."""
    names = [
        f"{d}_{s}_{n}.wav" for d in (0, 7) for s in ("a", "b", "c") for n in (0, 1)
    ]
    found = {name: wav([i, -i, 32767]) for i, name in enumerate(names)}
    lines = [f"{sha256(found[n]).hexdigest()}  {n}\n" for n in sorted(found)]
    monkeypatch.setattr(fsdd, "CHECKSUM", sha256("".join(lines).encode()).hexdigest())
    monkeypatch.setenv("N2T_DATA", str(tmp_path))
    return found


def unpacked(root, files):
    folder = root / "fsdd" / "recordings"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def packed(root, files):
    (root / "fsdd").mkdir()
    with tarfile.open(root / "fsdd" / "recordings.tar.gz", "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"recordings/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


@pytest.mark.parametrize("put", [unpacked, packed])
def test_a_folder_and_an_archive_give_the_same_recordings(put, tmp_path, files):
    put(tmp_path, files)
    found = fsdd.recordings()
    assert [each[1:] for each in found] == sorted(
        (d, s, n) for d in (0, 7) for s in "abc" for n in (0, 1)
    )
    assert found[3].sound.dtype == np.float32
    np.testing.assert_array_equal(found[3].sound * 32768, [3, -3, 32767])


@pytest.mark.parametrize("change", ["a byte", "one less", "one more"])
def test_a_changed_recording_is_not_taken_for_the_published_one(
    change, tmp_path, files
):
    if change == "one less":
        files.pop("7_c_1.wav")
    else:
        name = "0_a_0.wav" if change == "a byte" else "7_d_0.wav"
        files[name] = wav([5, 5, 5])
    unpacked(tmp_path, files)
    with pytest.raises(CorruptFileError, match="check out commit 26eb9aaf"):
        fsdd.recordings()


def test_without_the_recordings_one_clear_sentence_says_what_to_do(
    tmp_path, monkeypatch
):
    monkeypatch.delenv("N2T_DATA", raising=False)
    with pytest.raises(OfflineError, match="^fsdd: .*N2T_DATA"):
        fsdd.recordings()
    monkeypatch.setenv("N2T_DATA", str(tmp_path))
    with pytest.raises(OfflineError, match="clone"):
        fsdd.recordings()
    (tmp_path / "fsdd").mkdir()
    with pytest.raises(DataError, match="holds no"):
        fsdd.recordings()


def test_by_speaker_no_voice_is_in_two_sets_and_at_random_every_voice_is(
    tmp_path, files
):
    unpacked(tmp_path, files)
    everything = fsdd.recordings()
    parts = fsdd.by_speaker(everything, validation="b", test="a")
    assert [{e.speaker for e in part} for part in parts] == [{"c"}, {"b"}, {"a"}]
    assert sum(map(len, parts)) == len(everything)
    parts = fsdd.at_random(everything, validation=2, test=4, seed=1)
    assert [len(part) for part in parts] == [6, 2, 4]
    assert len({each[1:] for part in parts for each in part}) == 12
    for validation, test in (("a", "a"), ("a", "x")):
        with pytest.raises(ValueError, match="must be two of a, b, c"):
            fsdd.by_speaker(everything, validation=validation, test=test)


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", wav([1, 2], channels=2), wav([1, 2], width=1)]
)
def test_what_is_no_such_wav_is_refused(content):
    with pytest.raises(ValueError, match="content"):
        fsdd.read_wave(content)


def test_the_published_recordings_are_3000_and_fifty_a_digit_and_speaker():
    if not os.path.isdir(os.path.join(os.environ.get("N2T_DATA", ""), "fsdd")):
        pytest.skip("needs the recordings: see n2t.data.sets.fsdd")
    found = fsdd.recordings()
    assert len(found) == 3000 and {e.speaker for e in found} == set(fsdd.SPEAKERS)
    wanted = [(d, s, n) for d in range(10) for s in fsdd.SPEAKERS for n in range(50)]
    assert [each[1:] for each in found] == wanted
    assert len({each.sound.tobytes() for each in found}) == 3000
