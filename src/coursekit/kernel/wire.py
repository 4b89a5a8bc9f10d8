"""Values on their way between two processes: JSON and plain bytes, nothing pickled.

Numbers, texts, None, lists, tuples, dictionaries, NumPy arrays and torch tensors cross
as they are (a tensor without its graph). Anything else stays where it is, and a number
that stands for it crosses: `keep` gives that number, `find` gives the thing back. A
peer cannot make this process run anything by what it sends.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

LARGEST = 256 * 2**20  #: bytes of a message
#: Bytes of a folder's path below which that of a socket in it, which a system cuts at
#: 104 to 108 bytes, still fits.
LONGEST_FOLDER = 70
PLAIN = (bool, int, float, str)
_SIZE = struct.Struct("<QQ")  # bytes of the header, bytes of the arrays
HEAD = _SIZE.size  #: bytes in front of what `unpack` takes


class WireError(ValueError):
    """What came over the wire is no message of ours."""


def pack(value: Any, keep: Callable[[object], dict] | None = None) -> bytes:
    """`value` as one message. Raises `TypeError` for what cannot cross without `keep`.

    `keep` returns a small dictionary that stands for a thing that stays.
    """
    blobs: list[bytes] = []
    header = json.dumps(_tree(value, blobs, keep, 0)).encode()
    sizes = json.dumps([len(blob) for blob in blobs]).encode()
    body = b"".join(blobs)
    head = struct.pack("<Q", len(sizes)) + sizes + header
    if len(head) + len(body) > LARGEST:
        raise WireError(f"a message of more than {LARGEST / 2**20:.0f} MiB")
    return _SIZE.pack(len(head), len(body)) + head + body


def _tree(value: Any, blobs: list, keep: Callable | None, depth: int) -> Any:
    if depth > 50:
        raise WireError("lists inside lists, more than 50 deep")
    if value is None or type(value) in PLAIN:
        return value
    inner = [*(_kind(value)), blobs, keep, depth + 1]
    if inner[0]:
        return _composite(*inner)
    if isinstance(value, np.ndarray | np.generic) and not value.dtype.hasobject:
        return _array(value, blobs)
    if _is_tensor(value):
        return _tensor(value, blobs)
    for plain in PLAIN:  # an enum or another child of a plain type
        if isinstance(value, plain):
            return plain(value)
    if keep is None:
        raise TypeError(f"{type(value).__name__} cannot cross between processes")
    return {"kind": "kept", **keep(value)}


def _kind(value: Any) -> tuple[str, list]:
    """The name of a composite type and its parts; ("", []) for any other."""
    if isinstance(value, dict):
        return "dict", [part for pair in value.items() for part in pair]
    for kind in (tuple, list):
        if isinstance(value, kind):
            return kind.__name__, list(value)
    return "", []


def _composite(kind: str, parts: list, blobs: list, keep: Any, depth: int) -> dict:
    return {"kind": kind, "of": [_tree(part, blobs, keep, depth) for part in parts]}


def _array(value: np.ndarray | np.generic, blobs: list) -> dict:
    kind = "array" if isinstance(value, np.ndarray) else "scalar"
    array = np.ascontiguousarray(np.asarray(value))
    blobs.append(array.tobytes())
    return {"kind": kind, "dtype": array.dtype.str, "shape": np.shape(value)}


def _is_tensor(value: object) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _tensor(value: Any, blobs: list) -> dict:
    import torch

    name, plain = str(value.dtype).removeprefix("torch."), value.detach().cpu()
    if plain.layout is not torch.strided:
        plain = plain.to_dense()
    if plain.dtype == torch.bfloat16:
        plain = plain.contiguous().view(torch.int16)
    array = _array(plain.resolve_conj().numpy(), blobs)
    return {**array, "kind": "tensor", "named": name}


def unpack(message: bytes, find: Callable[[dict], object] | None = None) -> Any:
    """The value of a message (without its two sizes in front, as `receive` gives it).

    Raises `WireError` for anything that `pack` would not have made.
    """
    try:
        (n,) = struct.unpack_from("<Q", message)
        sizes = json.loads(message[8 : 8 + n])
        end = len(message) - sum(sizes)
        blobs, at = [], end
        for size in sizes:
            blobs.append(message[at : at + size])
            at += size
        return _value(json.loads(message[8 + n : end]), iter(blobs), find)
    except WireError:
        raise
    except Exception as error:
        raise WireError(f"{type(error).__name__}: {error}") from None


def _value(tree: Any, blobs: Any, find: Callable | None) -> Any:
    if tree is None or type(tree) in PLAIN:
        return tree
    kind = tree["kind"]
    if kind in ("list", "tuple", "dict"):
        parts = [_value(part, blobs, find) for part in tree["of"]]
        return _joined(kind, parts)
    if kind in ("array", "scalar", "tensor"):
        return _numbers(tree, kind, next(blobs))
    if kind == "kept" and find is not None:
        return find(tree)
    raise WireError(f"a value of kind {kind!r}")


def _joined(kind: str, parts: list) -> Any:
    if kind == "dict":
        return dict(zip(parts[::2], parts[1::2], strict=True))
    return tuple(parts) if kind == "tuple" else parts


def _numbers(tree: dict, kind: str, blob: bytes) -> Any:
    dtype = np.dtype(tree["dtype"])
    if dtype.hasobject:
        raise WireError("an array of objects")
    array = np.frombuffer(blob, dtype).reshape(tree["shape"]).copy()
    if kind == "array":
        return array
    if kind == "scalar":
        return array[()]
    import torch

    tensor = torch.from_numpy(array)
    return tensor.view(torch.bfloat16) if tree["named"] == "bfloat16" else tensor


class Channel:
    """Messages over a connected socket, one way to send and one to receive.

    `keep` and `find` are those of `pack` and `unpack`.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.keep: Callable | None = None
        self.find: Callable | None = None

    def send(self, value: Any) -> None:
        """Send one value; raises `OSError` when the peer is gone."""
        self.connection.sendall(pack(value, self.keep))

    def receive(self) -> Any:
        """Wait for one value; raises `EOFError` when the peer has left."""
        head, body = _SIZE.unpack(self._exactly(_SIZE.size))
        if head + body > LARGEST:
            raise WireError(f"a message of {head + body} bytes")
        return unpack(self._exactly(head + body), self.find)

    def _exactly(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            part = self.connection.recv(min(size - len(parts), 2**20))
            if not part:
                raise EOFError("the other process has left")
            parts += part
        return bytes(parts)

    def close(self) -> None:
        """Close the connection; the peer sees the end."""
        self.connection.close()


def connect(address: str) -> Channel:
    """A channel to ``host:port``, or to a socket in the file system."""
    host, _, port = address.rpartition(":")
    if port.isdigit() and host:
        return Channel(socket.create_connection((host, int(port))))
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    return Channel(connection)
