"""Weights kept as bytes, and made float32 for one product at a time.

A model that only reads spends its memory on weights. Here a matrix stays packed, in
int8 rows (`n2t.models.quantization`) or in the blocks of a GGUF file
(`n2t.data.sources.blocks`); each product unpacks the one matrix that it needs, some
rows at a time, and forgets them. Memory is that of the bytes; the unpacking takes time.

>>> store = Int8Rows(2, 2).pack(torch.tensor([[0.5, -1.0], [0.0, 0.0]]))
>>> PackedLinear(store)(torch.tensor([[2.0, 1.0]])).shape
torch.Size([1, 2])
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from n2t._checks import check_choice, check_divides
from n2t.models.quantization import quantize_rows

BLOCK_WEIGHTS = 32
BLOCK_BYTES = {"Q8_0": 34, "Q4_1": 20}
ALL = slice(None)
ROWS_AT_ONCE = 2048  # that are rounded or unpacked together: memory beside the bytes


class Int8Rows(nn.Module):
    """A matrix as int8 codes and a scale a row: a quarter of float32's bytes.

    It starts with zeros; `pack` gives it a matrix.
    """

    def __init__(self, rows: int, columns: int):
        super().__init__()
        self.n_row = rows
        self.register_buffer("codes", torch.zeros(rows, columns, dtype=torch.int8))
        self.register_buffer("scales", torch.zeros(rows))

    def pack(self, weight: Float[Tensor, "rows columns"]) -> Int8Rows:
        """Hold `weight`, rounded as `quantize_rows` does, part by part."""
        for start in range(0, len(weight), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            self.codes[part], self.scales[part] = quantize_rows(weight[part])
        return self

    def unpacked(
        self, rows: Int[Tensor, "..."] | slice = ALL
    ) -> Float[Tensor, "... columns"]:
        """The matrix, or some of its rows, in float32."""
        return self.codes[rows].float() * self.scales[rows][..., None]


class Blocks(nn.Module):
    """A matrix in a GGUF file's own blocks of 32 weights, "Q8_0" or "Q4_1".

    It starts with zeros; `pack` gives it a matrix. For what the bytes mean see
    `n2t.data.sources.blocks`.
    """

    def __init__(self, rows: int, columns: int, kind: str):
        super().__init__()
        self.n_row = rows
        self.kind = check_choice("kind", kind, tuple(BLOCK_BYTES))
        check_divides("columns", columns, "the weights of a block", BLOCK_WEIGHTS)
        size = (rows, columns // BLOCK_WEIGHTS, BLOCK_BYTES[kind])
        self.register_buffer("blocks", torch.zeros(size, dtype=torch.uint8))

    def pack(self, raw: UInt8[Tensor, "rows bytes"]) -> Blocks:
        """Hold a matrix that is packed already: `raw` has the bytes of each row."""
        self.blocks.copy_(raw.reshape(self.blocks.shape))
        return self

    def unpacked(
        self, rows: Int[Tensor, "..."] | slice = ALL
    ) -> Float[Tensor, "... columns"]:
        """The matrix, or some of its rows, in float32."""
        blocks = self.blocks[rows]
        head = 2 if self.kind == "Q8_0" else 4
        numbers = blocks[..., :head].contiguous().view(torch.float16).float()
        bytes_ = blocks[..., head:]
        if self.kind == "Q8_0":
            weights = bytes_.view(torch.int8) * numbers  # (..., blocks, 32)
        else:
            codes = torch.cat([bytes_ & 0x0F, bytes_ >> 4], dim=-1)
            weights = codes * numbers[..., :1] + numbers[..., 1:]
        return weights.flatten(-2)


class PackedLinear(nn.Module):
    """A linear map without bias whose matrix is unpacked for each product."""

    def __init__(self, store: Int8Rows | Blocks):
        super().__init__()
        self.store = store

    def forward(self, x: Float[Tensor, "... columns"]) -> Float[Tensor, "... rows"]:
        """`x` (..., columns) to (..., rows), some rows of the matrix at a time."""
        parts = [
            F.linear(x, self.store.unpacked(slice(start, start + ROWS_AT_ONCE)))
            for start in range(0, self.store.n_row, ROWS_AT_ONCE)
        ]
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)


class PackedEmbedding(nn.Module):
    """A table of vectors of which the rows that are looked up are unpacked."""

    def __init__(self, store: Int8Rows | Blocks):
        super().__init__()
        self.store = store

    def forward(self, ids: Int[Tensor, "..."]) -> Float[Tensor, "... columns"]:
        """`ids` (...) to their vectors (..., columns)."""
        return self.store.unpacked(ids)


def replace_by_packed(model: nn.Module, name: str, store: Int8Rows | Blocks) -> None:
    """Let the layer whose matrix has this name, "….weight", keep it in `store`."""
    path, _, leaf = name.removesuffix(".weight").rpartition(".")
    parent = model.get_submodule(path)
    old = getattr(parent, leaf)
    biased = getattr(old, "bias", None) is not None
    if biased or not isinstance(old, (nn.Linear, nn.Embedding)):
        raise TypeError(f"{name} belongs to {old!r}, which cannot be packed")
    kind = PackedEmbedding if isinstance(old, nn.Embedding) else PackedLinear
    setattr(parent, leaf, kind(store))
