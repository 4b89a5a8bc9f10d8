"""GGUF files: header and blocks as the format says, and byte for byte as `gguf`'s."""

import struct

import gguf_files
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from n2t.data.sources.blocks import BY_NAME, ROWS_AT_ONCE, unpack
from n2t.data.sources.gguf import read_gguf

METADATA = {
    "general.architecture": "toy",
    "a.count": -3,
    "a.share": 0.5,
    "a.switch": True,
    "words": ["", "Ġé", "六"],
    "numbers": [1, -2],
    "switches": [True, False],
}
TENSORS = {
    "plain": np.arange(6, dtype=np.float32).reshape(2, 3),
    "bytes": ("Q8_0", np.random.default_rng(0).integers(0, 120, (3, 2, 34), np.uint8)),
    "halves": ("Q4_1", np.random.default_rng(1).integers(0, 120, (2, 1, 20), np.uint8)),
    "one axis": np.float32([1, -2, 3]),
}


@pytest.fixture
def small(tmp_path):
    return gguf_files.write(tmp_path / "small.gguf", METADATA, TENSORS)


def test_names_values_shapes_and_kinds_are_the_files(small):
    file = read_gguf(small)
    assert file.metadata == METADATA and file.path == small
    assert list(file.tensors) == list(TENSORS)
    found = {name: (t.shape, t.kind, t.n_byte) for name, t in file.tensors.items()}
    assert found == {
        "plain": ((2, 3), "F32", 24),
        "bytes": ((3, 64), "Q8_0", 3 * 2 * 34),
        "halves": ((2, 32), "Q4_1", 2 * 20),
        "one axis": ((3,), "F32", 12),
    }
    assert np.array_equal(file.tensors["plain"].read(), TENSORS["plain"])
    blocks = file.tensors["halves"].read_blocks()
    assert np.array_equal(blocks, TENSORS["halves"][1].reshape(2, 20))
    for tensor in file.tensors.values():
        weights = tensor.read()
        assert weights.dtype == np.float32 and weights.shape == tensor.shape


def test_a_block_is_read_by_hand_as_the_format_says():
    low, high = np.arange(16) % 16, (3 * np.arange(16)) % 16
    numbers = np.array([0.25, -1.5], "<f2").view(np.uint8)
    block = np.concatenate([numbers, low | high << 4]).astype(np.uint8)
    wanted = np.concatenate([low, high]) * 0.25 - 1.5
    assert np.array_equal(unpack("Q4_1", block[None])[0], np.float32(wanted))
    codes = np.arange(-16, 16, dtype=np.int8)
    block = np.concatenate(
        [np.array([0.5], "<f2").view(np.uint8), codes.view(np.uint8)]
    )
    assert np.array_equal(unpack("Q8_0", block[None])[0], np.float32(codes * 0.5))


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_1"])
def test_any_blocks_are_unpacked_as_the_package_gguf_does(kind):
    """Random bits are any scale; infinity and the smallest numbers stand in front."""
    peer = pytest.importorskip("gguf")
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 256, (4_000, BY_NAME[kind].n_byte), np.uint8)
    scales = np.array([np.inf, -np.inf, 6e-8, -0.0], "<f2")
    blocks[:4, :2] = scales.view(np.uint8).reshape(4, 2)
    with np.errstate(all="ignore"):
        wanted = peer.quants.dequantize(blocks, peer.GGMLQuantizationType[kind])
        found = unpack(kind, blocks)
    assert np.isnan(wanted).any() and np.isinf(wanted).any()
    assert found.tobytes() == wanted.tobytes()


def test_blocks_beyond_a_part_are_unpacked_too():
    blocks = np.zeros((ROWS_AT_ONCE + 2, 34), np.uint8)
    blocks[:, :2] = np.array([2], "<f2").view(np.uint8)
    blocks[-1, 2:] = 3
    assert (unpack("Q8_0", blocks)[-1] == 6).all()


def test_a_file_of_the_package_gguf_is_read_as_it_reads_it(tmp_path):
    peer = pytest.importorskip("gguf")
    path, rng = tmp_path / "theirs.gguf", np.random.default_rng(0)
    writer = peer.GGUFWriter(path, "toy")
    writer.add_uint64("big", 2**40)
    writer.add_float64("fine", 0.1)
    writer.add_array("words", ["a", "é"])
    weights = rng.standard_normal((6, 64)).astype(np.float32)
    writer.add_tensor("plain", weights)
    for kind in ("Q8_0", "Q4_1"):
        number = peer.GGMLQuantizationType[kind]
        packed = peer.quants.quantize(weights, number)
        writer.add_tensor(kind, packed, raw_dtype=number)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    ours, theirs = read_gguf(path), peer.GGUFReader(path)
    for name, field in theirs.fields.items():
        if not name.startswith("GGUF."):
            assert ours.metadata[name] == field.contents()
    for tensor in theirs.tensors:
        wanted = peer.quants.dequantize(tensor.data, tensor.tensor_type)
        found = ours.tensors[tensor.name].read()
        assert found.shape == wanted.shape and found.tobytes() == wanted.tobytes()


def test_every_tensor_of_the_real_file_is_unpacked_as_the_package_gguf_does(
    smollm2_file,
):
    """Its reader takes half a minute: here are the ends of each tensor, unpacked."""
    peer = pytest.importorskip("gguf")
    tensors = read_gguf(smollm2_file).tensors
    kinds = [tensor.kind for tensor in tensors.values()]
    counts = {kind: kinds.count(kind) for kind in BY_NAME}
    assert counts == {"F32": 61, "Q4_1": 210, "Q8_0": 1}
    for name, tensor in tensors.items():
        kind = peer.GGMLQuantizationType[tensor.kind]
        blocks = tensor.read_blocks()
        ends = np.concatenate([blocks[:999], blocks[-999:]])
        wanted = peer.quants.dequantize(ends, kind)
        weights = tensor.read().reshape(len(blocks), -1)
        found = np.concatenate([weights[:999], weights[-999:]])
        assert found.tobytes() == wanted.tobytes(), name
    end = max(tensor.offset + tensor.n_byte for tensor in tensors.values())
    assert end == smollm2_file.stat().st_size


# Refusals


def test_a_file_cut_anywhere_is_refused_by_name(small):
    whole = small.read_bytes()
    for end in range(len(whole) - 20):  # the last tensor's 12 bytes, padded to 32
        small.write_bytes(whole[:end])
        with pytest.raises(ValueError, match=r"small\.gguf cannot be read as GGUF"):
            read_gguf(small)


def test_a_file_that_is_cut_after_it_was_looked_at_is_refused(small):
    tensor = read_gguf(small).tensors["one axis"]
    small.write_bytes(small.read_bytes()[:-24])
    with pytest.raises(ValueError, match="ends within one axis"):
        tensor.read()


@given(st.binary(max_size=200))
def test_whatever_the_bytes_the_error_is_ours(tmp_path_factory, raw):
    path = tmp_path_factory.getbasetemp() / "any.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<I", 3) + raw)
    try:
        read_gguf(path)
    except ValueError as error:
        assert "cannot be read as GGUF" in str(error)


ONE = struct.pack("<Ii", 5, 1)  # a value: its type, then 1
TOY = {"w": ((2, 32), 0, 0)}
BROKEN = {
    "letters": (gguf_files.header({}, {}, magic=b"GGML"), "begins with b'GGML'"),
    "version": (gguf_files.header({}, {}, version=2), "version 2; known is 3"),
    "byte order": (gguf_files.header({}, {}, version=3 << 24), "big-endian"),
    "kind": (
        gguf_files.header({}, {"blk.0.w": ((2, 256), 12, 0)}),
        r"tensor 'blk\.0\.w' is stored as kind 12; known here are F32 \(0\)",
    ),
    "rows": (
        gguf_files.header({}, {"w": ((2, 33), 8, 0)}),
        "'w' has rows of 33 weights, wanted blocks of 32",
    ),
    "nothing": (gguf_files.header({}, {"w": ((0,), 0, 0)}), "'w' has rows of 0"),
    "axes": (gguf_files.header({}, {"w": ((1,) * 5, 0, 0)}), "'w' has 5 axes"),
    "beyond": (gguf_files.header({}, TOY), "ends before the end of tensor 'w'"),
    "type": (
        gguf_files.header({"a": 1}, {}).replace(ONE, b"\x63" + bytes(7)),
        r"'a' has a type that is not known here \(99\)",
    ),
    "text": (gguf_files.header({"é": 1}, {}).replace(b"\xc3", b"\xff"), "no UTF-8"),
    "alignment": (gguf_files.header({"general.alignment": 0}, {}), "alignment is 0"),
    "lists in a list": (
        gguf_files.header({"a": [1]}, {}).replace(
            struct.pack("<II", 9, 5), struct.pack("<II", 9, 9)
        ),
        r"'a' has a type that is not known here \(9\)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_not_known_is_refused_by_name(what, tmp_path):
    raw, words = BROKEN[what]
    (tmp_path / "x.gguf").write_bytes(raw)
    with pytest.raises(ValueError, match=words):
        read_gguf(tmp_path / "x.gguf")


def test_a_name_that_is_there_twice_is_refused(tmp_path):
    raw = gguf_files.header({"aa": 1, "ab": 2}, {})
    (tmp_path / "x.gguf").write_bytes(raw.replace(b"ab", b"aa"))
    with pytest.raises(ValueError, match="'aa' is there twice"):
        read_gguf(tmp_path / "x.gguf")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: unpack("Q4_0", np.zeros((1, 18), np.uint8)), "kind must be one of"),
        (lambda: unpack("Q8_0", np.zeros((1, 20), np.uint8)), r"uint8 \(blocks, 34\)"),
        (lambda: unpack("F32", np.zeros((1, 4), np.int8)), "got int8"),
    ],
)
def test_blocks_of_another_size_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
