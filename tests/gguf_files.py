"""Small GGUF files for tests: written here, by the format's description alone."""

import struct

import numpy as np

KINDS = {"F32": 0, "Q4_1": 3, "Q8_0": 8}
PER_BLOCK = {"F32": 1, "Q4_1": 32, "Q8_0": 32}


def text(value):
    """A string: its length, then its bytes."""
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def typed(value):
    """A value of the metadata, with its type in front."""
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<Ii", 5, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + text(value)
    inside = [typed(each) for each in value]
    head = struct.pack("<I", 9) + inside[0][:4] + struct.pack("<Q", len(inside))
    return head + b"".join(each[4:] for each in inside)


def header(metadata, tensors, *, magic=b"GGUF", version=3):
    """The bytes before the weights; `tensors`: name → (shape, kind's number, place)."""
    parts = [magic, struct.pack("<IQQ", version, len(tensors), len(metadata))]
    parts += [text(name) + typed(value) for name, value in metadata.items()]
    for name, (shape, kind, place) in tensors.items():
        parts.append(text(name) + struct.pack("<I", len(shape)))
        parts.append(struct.pack(f"<{len(shape)}Q", *shape[::-1]))
        parts.append(struct.pack("<IQ", kind, place))
    raw = b"".join(parts)
    return raw + bytes(-len(raw) % 32)


def write(path, metadata, tensors):
    """Write a file of float32 arrays, or of (kind, blocks (rows, blocks, bytes))."""
    about, parts, place = {}, [], 0
    for name, value in tensors.items():
        kind, blocks = value if isinstance(value, tuple) else ("F32", value)
        shape = blocks.shape
        if kind != "F32":
            shape = (shape[0], shape[1] * PER_BLOCK[kind])
        raw = np.ascontiguousarray(blocks).tobytes()
        about[name] = (shape, KINDS[kind], place)
        parts.append(raw + bytes(-len(raw) % 32))
        place += len(parts[-1])
    path.write_bytes(header(metadata, about) + b"".join(parts))
    return path
