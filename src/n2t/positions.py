"""Five ways to tell a Transformer where a token stands, behind one interface.

Attention by itself sees a set: permute the input and the output permutes with it.
Each class here breaks that symmetry at one of three places, and leaves the other two
alone:

| kind | where it acts | source |
|---|---|---|
| `none` | nowhere | |
| `learned` | `embed`: adds a trained vector | Gehring et al. (2017) |
| `sinusoidal` | `embed`: adds fixed sines and cosines | Vaswani et al. (2017), 3.5 |
| `rotary` | `rotate`: turns queries and keys | Su et al. (2021), RoFormer |
| `alibi` | `bias`: lowers scores with distance | Press, Smith and Lewis (2022) |

Every method takes the `offset` at which its first token stands, so that a decoder can
go on from a cache.

>>> import torch
>>> positions = make_positions("rotary", d_model=32, n_head=4, d_k=8, max_length=16)
>>> q = torch.randn(1, 4, 3, 8)                  # (B, H, T, d_k)
>>> positions.rotate(q, offset=5).shape
torch.Size([1, 4, 3, 8])
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from n2t._checks import check_choice, check_positive, check_size

KINDS = ("none", "learned", "sinusoidal", "rotary", "alibi")


class Positions(nn.Module):
    """No positions at all, and the interface of the others.

    `max_length` is the number of places. The other kinds raise ValueError for a
    token beyond it, which no training reached; without positions nothing is at a
    place, so this class only keeps the number.
    """

    kind = "none"

    def __init__(self, max_length: int):
        super().__init__()
        self.max_length = check_size("max_length", max_length)

    def embed(
        self, x: Float[Tensor, "batch length d_model"], offset: int = 0
    ) -> Float[Tensor, "batch length d_model"]:
        """Embeddings (B, T, D) with their places added, if this kind adds any."""
        return x

    def rotate(
        self, x: Float[Tensor, "batch heads length d_k"], offset: int = 0
    ) -> Float[Tensor, "batch heads length d_k"]:
        """Queries or keys (B, H, T, d_k), turned if this kind turns them."""
        return x

    def bias(self, Tq: int, Tk: int) -> Float[Tensor, "heads queries keys"] | None:
        """What to add to the scores (H, Tq, Tk), or None; last query at last key."""
        return None

    def shared(
        self, mask: Bool[Tensor, "..."] | None, key: tuple, make: Callable[[], Tensor]
    ) -> Tensor:
        """What `make()` gives, which depends on `mask` and `key` alone.

        Attention makes its biased mask through this, so that positions of one pass
        (see `for_one_pass`) can keep it for the next layer.
        """
        return make()

    def for_one_pass(self) -> Positions | OnePass:
        """These positions for all layers of one forward pass: equal values, made once.

        Only a kind with a bias has anything to keep; the others return themselves.
        """
        return self

    def tables(self) -> dict[str, Tensor]:
        """The tables that follow from the sizes alone and stand in no file, by name."""
        return {}

    def make_tables(self) -> None:
        """Compute `tables()` and hold them as buffers: once at the start, and again
        where a model was made without memory, on torch's device "meta"."""
        for name, table in self.tables().items():
            table = table.to(torch.get_default_dtype())
            self.register_buffer(name, table, persistent=False)

    def check(self, length: int, offset: int = 0) -> None:
        """Raise ValueError if a token would stand beyond `max_length`."""
        if offset + length > self.max_length:
            raise ValueError(
                f"the sequence reaches length {offset + length}, "
                f"beyond max_length ({self.max_length})"
            )

    def extra_repr(self) -> str:
        return f"kind={self.kind}, max_length={self.max_length}"


class Learned(Positions):
    """One trained vector a place, added to the embedding: GPT's and BERT's choice."""

    kind = "learned"

    def __init__(self, d_model: int, max_length: int):
        super().__init__(max_length)
        self.table = nn.Parameter(
            torch.empty(max_length, check_size("d_model", d_model))
        )
        nn.init.normal_(self.table, std=0.02)

    def embedding_weights(self) -> list[nn.Parameter]:
        """The table, where it is trained: a row for each place."""
        return list(self.parameters(recurse=False))

    def embed(self, x, offset=0):
        T = x.shape[1]
        self.check(T, offset)
        return x + self.table[offset : offset + T].to(x.dtype)


class Sinusoidal(Learned):
    """Sines and cosines of falling frequency: PE[p, 2i] = sin(p / 10000^(2i/D))."""

    kind = "sinusoidal"

    def __init__(self, d_model: int, max_length: int):
        Positions.__init__(self, max_length)
        self.d_model = d_model
        self.make_tables()

    def tables(self):
        angles = _angles(self.d_model, self.max_length, 10_000.0, "d_model")
        return {"table": torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)}


class Rotary(Positions):
    """Turns each pair of features by an angle that grows with the place.

    A query at place m and a key at n then meet at the angle (m - n) θ: their product
    knows the distance alone. Feature i is paired with i + d_k/2, as in Hugging Face's
    Llama; the paper pairs neighbors, the same up to a fixed shuffle of features.
    Pair i turns by base^(-2i/d_k) a place: a larger `base` turns slower, for longer
    sequences.
    """

    kind = "rotary"

    def __init__(self, d_k: int, max_length: int, base: float = 10_000.0):
        super().__init__(max_length)
        self.d_k, self.base = d_k, check_positive("base", base)
        self.make_tables()

    def tables(self):
        angles = _angles(self.d_k, self.max_length, self.base, "d_k")
        return {"cos": angles.cos(), "sin": angles.sin()}  # (max_length, d_k/2)

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, base={self.base}"

    def rotate(self, x, offset=0):
        T = x.shape[-2]
        self.check(T, offset)
        cos = self.cos[offset : offset + T].to(x.dtype)  # (T, d_k/2)
        sin = self.sin[offset : offset + T].to(x.dtype)
        first, second = x.chunk(2, dim=-1)
        turned = first * cos - second * sin, first * sin + second * cos
        return torch.cat(turned, dim=-1)


class Alibi(Positions):
    """Lowers a score by slope × distance, with one fixed slope a head.

    Slopes fall geometrically, 2^(-8/H), 2^(-16/H), ..., 2^-8 for H heads; where H is no
    power of two the paper interleaves the slopes of the next larger one. Without a
    causal mask, keys to the right count by their distance too.
    """

    kind = "alibi"

    def __init__(self, n_head: int, max_length: int):
        super().__init__(max_length)
        self.n_head = check_size("n_head", n_head)
        self.make_tables()

    def tables(self):
        return {"slopes": torch.tensor(_slopes(self.n_head))}

    def for_one_pass(self):
        return OnePass(self)

    def bias(self, Tq, Tk):
        self.check(Tk)
        queries = torch.arange(Tk - Tq, Tk, device=self.slopes.device)
        keys = torch.arange(Tk, device=self.slopes.device)
        distance = (queries[:, None] - keys[None, :]).abs()  # (Tq, Tk)
        return -self.slopes[:, None, None] * distance  # (H, Tq, Tk)


class OnePass:
    """Positions whose bias all layers of one forward pass share, unchanged.

    A bias has Tq × Tk numbers a head, and a mask of each row's padding makes that many
    a row. Made in every layer, each is kept until the backward pass; here the last one
    is, and goes with the pass.
    """

    def __init__(self, positions: Positions):
        self.positions = positions
        self._bias: dict[tuple[int, int], Tensor | None] = {}
        self._kept: tuple | None = None  # mask, key, what they made

    def rotate(self, x: Tensor, offset: int = 0) -> Tensor:
        """See `Positions.rotate`."""
        return self.positions.rotate(x, offset)

    def bias(self, Tq: int, Tk: int) -> Tensor | None:
        """See `Positions.bias`."""
        if (Tq, Tk) not in self._bias:
            self._bias = {(Tq, Tk): self.positions.bias(Tq, Tk)}
        return self._bias[Tq, Tk]

    def shared(
        self, mask: Tensor | None, key: tuple, make: Callable[[], Tensor]
    ) -> Tensor:
        """See `Positions.shared`; the last one is kept."""
        kept = self._kept
        if kept is None or kept[0] is not mask or kept[1] != key:
            kept = self._kept = (mask, key, make())
        return kept[2]


def make_positions(
    kind: str,
    d_model: int,
    n_head: int,
    d_k: int,
    max_length: int,
    rotary_base: float = 10_000.0,
) -> Positions:
    """The positions of that kind: "none", "learned", "sinusoidal", "rotary", "alibi".

    Raises ValueError for another kind, and for an odd `d_model` (sinusoidal) or `d_k`
    (rotary), whose features do not pair.
    """
    check_choice("position", kind, KINDS)
    make = {
        "none": lambda: Positions(max_length),
        "learned": lambda: Learned(d_model, max_length),
        "sinusoidal": lambda: Sinusoidal(d_model, max_length),
        "rotary": lambda: Rotary(d_k, max_length, rotary_base),
        "alibi": lambda: Alibi(n_head, max_length),
    }
    return make[kind]()


def _angles(width: int, max_length: int, base: float, name: str) -> Tensor:
    """Place × frequency, (max_length, width/2), in float64 for its accuracy."""
    if check_size(name, width) % 2:
        raise ValueError(f"{name} ({width}) must be even: its features are paired")
    frequencies = base ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    return torch.arange(max_length, dtype=torch.float64)[:, None] * frequencies


def _slopes(n_head: int) -> list[float]:
    power = 2 ** (n_head.bit_length() - 1)  # at most n_head
    slopes = [2 ** (-8 * (i + 1) / power) for i in range(power)]
    between = [2 ** (-4 * (i + 1) / power) for i in range(0, 2 * power, 2)]
    return slopes + between[: n_head - power]
