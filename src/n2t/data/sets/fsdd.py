"""Spoken digits: 3,000 recordings of ten digits by six speakers (a full-size set).

The Free Spoken Digit Dataset (Jackson et al., CC BY-SA 4.0) at one commit. Put it
under the folder that ``N2T_DATA`` names, as ``fsdd/recordings/*.wav`` (a clone of the
repository called ``fsdd`` has them there) or as one ``fsdd/recordings.tar.gz``.

Each speaker says each digit fifty times, so a split at random, and the repository's
own by number of recording, have every test speaker in training too. A model may then
be good at six voices and not at digits: :func:`by_speaker` asks for a new voice.
"""

from __future__ import annotations

import io
import tarfile
import wave
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from n2t.data.sets.splits import Splits, split
from n2t.data.sources.download import CorruptFileError, DataError, OfflineError
from n2t.data.sources.registry import data_folder

RATE = 8000  #: samples a second
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
REPOSITORY = "https://github.com/Jakobovski/free-spoken-digit-dataset"
COMMIT = "26eb9aaf76e81b692f806f9140c2d2777410d7a1"
#: SHA-256 of all lines ``SHA-256 of a file, two spaces, its name``, by name.
CHECKSUM = "1801eae019c063377d98f831d3f93574f259475df7332bb0e3d1b080fb5e6959"


class Recording(NamedTuple):
    """One digit, said once.

    Attributes:
        sound: pressure from -1 to 1, 8,000 samples a second.
        digit: what was said, 0 to 9.
        speaker: who said it.
        number: which of the speaker's recordings of the digit, 0 to 49.
    """

    sound: Float32[np.ndarray, " samples"]
    digit: int
    speaker: str
    number: int


def recordings() -> list[Recording]:
    """All recordings, by digit, speaker and number.

    Raises:
        n2t.data.sources.download.OfflineError: they are not under ``N2T_DATA``.
        n2t.data.sources.download.CorruptFileError: they are not those of the commit.
    """
    folder = _folder()
    files = dict(_files(folder))
    lines = [f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    if sha256("".join(lines).encode()).hexdigest() != CHECKSUM:
        raise CorruptFileError(
            f"fsdd: the {len(files)} files of {folder} are not the published ones: "
            f"check out commit {COMMIT[:8]} of {REPOSITORY}"
        )
    found = [_recording(name, content) for name, content in files.items()]
    return sorted(found, key=lambda each: each[1:])


def at_random(
    all_of_them: Iterable[Recording],
    *,
    validation: int | float = 0.15,
    test: int | float = 0.15,
    seed: int = 0,
) -> Splits[Recording]:
    """Recordings divided at random: every speaker is in every set. Beware."""
    return split(
        all_of_them, validation=validation, test=test, seed=seed, keys=_by_place()
    )


def by_speaker(
    all_of_them: Iterable[Recording], validation: str, test: str
) -> Splits[Recording]:
    """One speaker held out for choices, another for the end; the others train.

    Raises:
        ValueError: a speaker that is not there, or the same for both.
    """
    all_of_them = list(all_of_them)
    known = {each.speaker for each in all_of_them}
    if validation == test or not {validation, test} <= known:
        raise ValueError(
            f"validation ({validation!r}) and test ({test!r}) must be two of "
            f"{', '.join(sorted(known))}"
        )
    parts = [
        [each for each in all_of_them if each.speaker == speaker]
        for speaker in (validation, test)
    ]
    rest = [each for each in all_of_them if each.speaker not in (validation, test)]
    return Splits(rest, *parts)


def read_wave(content: bytes) -> tuple[Float32[np.ndarray, " samples"], int]:
    """Sound from -1 to 1, and samples a second, of a WAV file.

    Raises:
        ValueError: it is no WAV, or has other than one channel of 16 bits.
    """
    try:
        with wave.open(io.BytesIO(content)) as file:
            shape = file.getnchannels(), file.getsampwidth()
            samples, rate = file.readframes(file.getnframes()), file.getframerate()
    except (wave.Error, EOFError) as error:
        raise ValueError(f"content must be a WAV file: {error}") from None
    if shape != (1, 2):
        raise ValueError(f"content must have 1 channel of 2 bytes, not {shape}")
    return np.frombuffer(samples, "<i2").astype(np.float32) / 32768, rate


def _by_place() -> Callable[[Recording], list]:
    """A key for each recording of its own."""
    return lambda each: [each[1:]]


def _folder() -> Path:
    own = data_folder()
    folder = None if own is None else own / "fsdd"
    if folder is None or not folder.is_dir():
        raise OfflineError(
            f"fsdd: not on this machine: clone {REPOSITORY} at commit {COMMIT[:8]} "
            "as fsdd/ into a folder, and let N2T_DATA name that folder"
        )
    return folder


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of every recording, from the archive or from the folder."""
    archive = folder / "recordings.tar.gz"
    if archive.is_file():
        with tarfile.open(archive) as members:
            for member in members:
                if member.isfile() and member.name.endswith(".wav"):
                    yield Path(member.name).name, members.extractfile(member).read()
        return
    paths = sorted((folder / "recordings").glob("*.wav"))
    if not paths:
        raise DataError(f"fsdd: {folder} holds no recordings/*.wav and no archive")
    for path in paths:
        yield path.name, path.read_bytes()


def _recording(name: str, content: bytes) -> Recording:
    digit, speaker, number = name.removesuffix(".wav").split("_")
    return Recording(read_wave(content)[0], int(digit), speaker, int(number))
