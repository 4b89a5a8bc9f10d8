"""A picture as a sequence: the Vision Transformer (Dosovitskiy et al., 2021).

A picture is cut into square patches, each patch becomes one vector, and from there on
a picture is what a sentence is: a row of vectors for encoder layers.

>>> import torch
>>> sizes = {"d_model": 16, "n_head": 4, "n_layer": 2, "d_ff": 32}
>>> config = VisionTransformerConfig(28, 7, n_class=10, **sizes)
>>> config.n_patch                               # 4 rows of 4
16
>>> model = VisionTransformer(config)
>>> model(torch.rand(2, 1, 28, 28)).shape        # (B, n_class)
torch.Size([2, 10])
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Annotated

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from n2t._checks import check_divides, check_size
from n2t._fields import OneOf, Size
from n2t.blocks import ACTIVATIONS, Dropout, EncoderLayer, make_norm
from n2t.models.configuration import StackConfig
from n2t.models.counting import linear_flops, self_attention_flops
from n2t.models.recording import ShowsAttention
from n2t.models.saving import Pretrained
from n2t.positions import Learned, Positions, Sinusoidal

POOLINGS = ("class", "mean")
PLACES = ("none", "learned", "sinusoidal")


def patches(
    images: Shaped[Tensor, "..."], size: int
) -> Shaped[Tensor, "batch patches pixels"]:
    """Square patches of `size` by `size` pixels, a row each: (B, N, C size size).

    Of pictures (B, C, height, width), of any dtype. Patches come row by row, as one
    reads; the numbers of one are its channels, each row by row. Raises ValueError where
    the picture's sides are no multiples of `size`.
    """
    check_size("size", size)
    if images.dim() != 4:
        raise ValueError(f"images must be (B, C, H, W), got {tuple(images.shape)}")
    B, C, height, width = images.shape
    check_divides("height", height, "size", size)
    check_divides("width", width, "size", size)
    rows, columns = height // size, width // size
    cut = images.reshape(B, C, rows, size, columns, size)
    cut = cut.permute(0, 2, 4, 1, 3, 5)  # (B, rows, columns, C, size, size)
    return cut.reshape(B, rows * columns, C * size * size)


class Grid(Positions):
    """Fixed sines and cosines of two directions, for places in rows and columns.

    The first half of a place's features says its row, the second its column, each as
    `n2t.positions.Sinusoidal` says a place on a line.
    """

    kind = "grid"

    def __init__(self, d_model: int, rows: int, columns: int):
        super().__init__(rows * columns)
        self.d_model, self.rows, self.columns = d_model, rows, columns
        self.make_tables()

    def tables(self) -> dict[str, Tensor]:
        """A row for each place, in the order of reading."""
        half = self.d_model // 2
        row = Sinusoidal(half, self.rows).tables()["table"]
        column = Sinusoidal(half, self.columns).tables()["table"]
        both = [row.repeat_interleave(self.columns, 0), column.repeat(self.rows, 1)]
        return {"table": torch.cat(both, dim=-1)}

    def embed(self, x, offset=0):
        """Patches (B, N, d_model) with their places added."""
        self.check(x.shape[1], offset)
        return x + self.table[offset : offset + x.shape[1]].to(x.dtype)


@dataclass(frozen=True)
class VisionTransformerConfig(StackConfig):
    """A `VisionTransformer`'s sizes.

    image_size, patch_size: sides of the square picture and of a patch, in pixels.
    n_channel: 1 for gray, 3 for color. n_class: how many classes.
    pooling: what a class is read from: a "class" vector that goes along with the
    patches, as in the paper, or the "mean" over them.
    position: "learned", a vector a patch, as in the paper; "sinusoidal", fixed, half of
    it for the row and half for the column; or "none".
    The other fields are `StackConfig`'s; max_length and rotary_base have no part in it.
    """

    image_size: Size
    patch_size: Size
    _: KW_ONLY
    n_class: Size
    n_channel: Size = 1
    pooling: Annotated[str, OneOf(POOLINGS)] = "class"
    position: Annotated[str, OneOf(PLACES)] = "learned"
    norm_first: bool = True
    activation: Annotated[str, OneOf(ACTIVATIONS)] = "gelu"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_divides("image_size", self.image_size, "patch_size", self.patch_size)
        if self.position == "sinusoidal" and self.d_model % 4:
            raise ValueError(
                f"d_model ({self.d_model}) must be divisible by 4 for positions of "
                "two directions"
            )

    @property
    def n_patch(self) -> int:
        """How many patches a picture has."""
        return (self.image_size // self.patch_size) ** 2


class VisionTransformer(Pretrained, ShowsAttention, nn.Module):
    """Pictures to class logits.

    The class vector has no place of its own: a learned one would be one more vector
    added to a vector that is learned anyway.
    """

    config_class = VisionTransformerConfig

    def __init__(self, config: VisionTransformerConfig):
        super().__init__()
        if not isinstance(config, VisionTransformerConfig):
            raise TypeError(f"config must be a VisionTransformerConfig, got {config!r}")
        self.config, D = config, config.d_model
        self.embedding = nn.Linear(config.n_channel * config.patch_size**2, D)
        self.class_token: nn.Parameter | None = None
        if config.pooling == "class":
            self.class_token = nn.Parameter(torch.empty(D))
            nn.init.normal_(self.class_token, std=0.02)
        self.positions = _positions(config)
        self.dropout = Dropout(config.dropout)
        options = config.layer_options()
        self.layers = nn.ModuleList(
            EncoderLayer(**options) for _ in range(config.n_layer)
        )
        final = make_norm(config.norm, D, config.norm_epsilon)
        self.norm = final if config.norm_first else nn.Identity()
        self.output = nn.Linear(D, config.n_class)
        nn.init.normal_(self.output.weight, std=0.02)
        nn.init.zeros_(self.output.bias)

    def forward(self, images: Shaped[Tensor, "..."]) -> Float[Tensor, "batch classes"]:
        """Class logits (B, n_class) of pictures (B, C, height, width).

        Raises ValueError for pictures of another shape than the configuration's, and
        TypeError for whole numbers, which are most often bytes from 0 to 255.
        """
        x = self.features(images)
        pooled = x.mean(1) if self.class_token is None else x[:, 0]
        return self.output(pooled)

    def features(
        self, images: Shaped[Tensor, "..."]
    ) -> Float[Tensor, "batch length d_model"]:
        """The patches' vectors (B, N, d_model); a class vector goes before them."""
        self._check(images)
        x = self.embedding(patches(images, self.config.patch_size))  # (B, N, D)
        x = self.positions.embed(x)
        if self.class_token is not None:
            first = self.class_token.to(x.dtype).expand(len(x), 1, -1)
            x = torch.cat([first, x], dim=1)
        x = self.dropout(x)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)

    def _check(self, images: Tensor) -> None:
        side, C = self.config.image_size, self.config.n_channel
        if images.dim() != 4 or images.shape[1:] != (C, side, side):
            raise ValueError(
                f"images must have the shape (B, {C}, {side}, {side}), channels before "
                f"rows, got {tuple(images.shape)}"
            )
        if not images.is_floating_point():
            raise TypeError(
                f"images must be floating-point numbers, got {images.dtype}: divide "
                "bytes by 255"
            )

    def forward_flops(self, batch_size: int) -> int:
        """Operations of a forward pass (see `n2t.models.counting`)."""
        N = self.config.n_patch
        T = N + (self.class_token is not None)
        ends = linear_flops(self.embedding, batch_size * N)
        ends += linear_flops(self.output, batch_size)
        return ends + self_attention_flops(self.layers, batch_size, T)


def _positions(config: VisionTransformerConfig) -> Positions:
    """The places of a picture's patches."""
    side = config.image_size // config.patch_size
    if config.position == "learned":
        return Learned(config.d_model, side * side)
    if config.position == "sinusoidal":
        return Grid(config.d_model, side, side)
    return Positions(side * side)
