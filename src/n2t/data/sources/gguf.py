"""A reader for GGUF, the one-file format of llama.cpp: header, names, tensors.

The file begins with a header: four letters, a version, two counts; then the metadata
(name, type, value), then each tensor's name, shape, kind and place. The tensors' bytes
follow. ``read_gguf`` reads the header alone; a tensor is read when it is asked for.

Source: the format's description in the repository ggml-org/ggml, ``docs/gguf.md``.
"""

import math
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from n2t.data.sources.blocks import BY_NAME, KINDS, Kind, unpack

MAGIC, VERSION, ALIGNMENT = b"GGUF", 3, 32
STRING, ARRAY = 8, 9
#: type's number in a file → how ``struct`` and NumPy write it
NUMBERS = dict(enumerate("BbHhIif?")) | {10: "Q", 11: "q", 12: "d"}
MOST_AXES = 4


@dataclass(frozen=True)
class GGUFTensor:
    """A tensor of a file, which is read when it is asked for.

    Attributes:
        name: as in the file.
        shape: NumPy's order, (rows, columns); the file names the columns first.
        kind: how numbers are stored: "F32", "Q8_0" or "Q4_1".
        path, offset: where the bytes are.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    path: Path
    offset: int

    @property
    def n_byte(self) -> int:
        """How many bytes the tensor takes in the file."""
        return math.prod(self.shape) // self._how.n_weight * self._how.n_byte

    @property
    def _how(self) -> Kind:
        return BY_NAME[self.kind]

    def read_blocks(self) -> np.ndarray:
        """The bytes as they lie in the file, (blocks, bytes of a block), uint8.

        Raises:
            ValueError: the file has been cut since its header was read.
        """
        with self.path.open("rb") as file:
            raw = np.fromfile(file, np.uint8, self.n_byte, offset=self.offset)
        if len(raw) < self.n_byte:
            raise ValueError(f"{self.path} is cut: it ends within {self.name}")
        return raw.reshape(-1, self._how.n_byte)

    def read(self) -> np.ndarray:
        """The numbers, float32, in ``shape``; see ``n2t.data.sources.blocks``.

        Raises:
            ValueError: the file has been cut since its header was read.
        """
        return unpack(self.kind, self.read_blocks()).reshape(self.shape)


@dataclass(frozen=True)
class GGUF:
    """What a GGUF file says of itself.

    Attributes:
        path: the file.
        metadata: name → number, text, or a list of these.
        tensors: name → ``GGUFTensor``, in the file's order.
    """

    path: Path
    metadata: dict[str, Any]
    tensors: dict[str, GGUFTensor]


def read_gguf(path: str | os.PathLike) -> GGUF:
    """Read the header of a GGUF file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: no GGUF file; another version or byte order; a type or a kind of
            tensor that is not known here, by name; a file that is cut, or whose
            tensors do not fit into it.
    """
    path = Path(path)
    with path.open("rb") as file:
        header = _Header(path, file)
        n_tensor, n_entry = header.begin()
        metadata: dict[str, Any] = {}
        for _ in range(n_entry):
            name = header.text("a name in the metadata")
            header.once(name, metadata)
            metadata[name] = header.value(name)
        found: dict[str, tuple[tuple[int, ...], Kind, int]] = {}
        for _ in range(n_tensor):
            name = header.text("a tensor's name")
            header.once(name, found)
            found[name] = header.tensor(name)
        start = header.data_start(metadata)
    tensors = {
        name: GGUFTensor(name, shape, kind.name, path, start + offset)
        for name, (shape, kind, offset) in found.items()
    }
    for tensor in tensors.values():
        if tensor.offset + tensor.n_byte > header.size:
            raise header.wrong(f"it ends before the end of tensor {tensor.name!r}")
    return GGUF(path, metadata, tensors)


class _Header:
    """A file that is read from its beginning, each number checked before it is used."""

    def __init__(self, path: Path, file: BinaryIO):
        self.path, self.file = path, file
        self.size = os.fstat(file.fileno()).st_size

    def wrong(self, why: str) -> ValueError:
        """The error for a file that cannot be read."""
        return ValueError(f"{self.path} cannot be read as GGUF: {why}")

    def take(self, count: int, what: str) -> bytes:
        """The next bytes. A count that no file holds takes no memory."""
        if count > self.size - self.file.tell():
            raise self.wrong(f"it ends within {what}")
        return self.file.read(count)

    def number(self, code: str, what: str) -> Any:
        """The next number, of a type of ``struct``'s."""
        return struct.unpack(f"<{code}", self.take(struct.calcsize(code), what))[0]

    def text(self, what: str) -> str:
        """The next string: a length, then UTF-8."""
        raw = self.take(self.number("Q", what), what)
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise self.wrong(f"{what} is no UTF-8: {raw[:40]!r}") from None

    def begin(self) -> tuple[int, int]:
        """Letters and version checked; how many tensors and entries there are."""
        if (letters := self.file.read(4)) != MAGIC:
            raise self.wrong(f"it begins with {letters!r}, not with {MAGIC!r}")
        version = self.number("I", "its version")
        if version == int.from_bytes(VERSION.to_bytes(4, "big"), "little"):
            raise self.wrong("its numbers are big-endian")
        if version != VERSION:
            raise self.wrong(f"it has version {version}; known is {VERSION}")
        n_tensor, n_entry = self.number("Q", "its counts"), self.number("Q", "counts")
        if max(n_tensor, n_entry) > self.size:
            raise self.wrong(f"it says it has {n_tensor} tensors, {n_entry} entries")
        return n_tensor, n_entry

    def once(self, name: str, known: dict) -> None:
        """Refuse a name that was there before."""
        if name in known:
            raise self.wrong(f"{name!r} is there twice")

    def value(self, name: str) -> Any:
        """The next value of the metadata, with its type in front."""
        code = self.number("I", f"the type of {name!r}")
        if code != ARRAY:
            return self._plain(name, code)
        code = self.number("I", f"the type of {name!r}")
        count = self.number("Q", f"the length of {name!r}")
        if count > self.size:
            raise self.wrong(f"it ends within {name!r}")
        if code in NUMBERS:
            letter = NUMBERS[code]
            raw = self.take(count * struct.calcsize(letter), repr(name))
            return np.frombuffer(raw, f"<{letter}").tolist()
        return [self._plain(name, code) for _ in range(count)]

    def _plain(self, name: str, code: int) -> Any:
        if code == STRING:
            return self.text(repr(name))
        if code not in NUMBERS:
            raise self.wrong(f"{name!r} has a type that is not known here ({code})")
        return self.number(NUMBERS[code], repr(name))

    def tensor(self, name: str) -> tuple[tuple[int, ...], Kind, int]:
        """Shape, kind and place of the tensor of that name."""
        what = f"what it says of tensor {name!r}"
        n_axis = self.number("I", what)
        if not 1 <= n_axis <= MOST_AXES:
            raise self.wrong(f"tensor {name!r} has {n_axis} axes")
        shape = tuple(self.number("Q", what) for _ in range(n_axis))
        code, offset = self.number("I", what), self.number("Q", what)
        if code not in KINDS:
            known = ", ".join(f"{kind.name} ({i})" for i, kind in KINDS.items())
            raise self.wrong(
                f"tensor {name!r} is stored as kind {code}; known here are {known}"
            )
        kind = KINDS[code]
        if 0 in shape or shape[0] % kind.n_weight:
            raise self.wrong(
                f"tensor {name!r} has rows of {shape[0]} weights, wanted blocks of "
                f"{kind.n_weight}"
            )
        return shape[::-1], kind, offset

    def data_start(self, metadata: dict[str, Any]) -> int:
        """Where the first tensor's bytes begin: at the next multiple of alignment."""
        alignment = metadata.get("general.alignment", ALIGNMENT)
        if type(alignment) is not int or alignment < 1:
            raise self.wrong(f"general.alignment is {alignment!r}")
        return -(-self.file.tell() // alignment) * alignment
