"""What decoding gets from a model's `prepare()`: a model of its own, made once."""

from __future__ import annotations

from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from n2t._checks import check_choice, check_size
from n2t.models.prepared import known, products

WEIGHTS = ("own", "int8")
DTYPES = (torch.float32, torch.float64)
LAYOUTS = {
    "row": products.for_one_row,
    "rows": products.for_rows,
    "int8": products.in_bytes,
}


class Kept(NamedTuple):
    """A model's parts, laid out, and what they were made of."""

    parts: Any
    of: known.Fingerprint
    modules: list[nn.Module]  # held, so that no other gets one's `id`


_kept: WeakKeyDictionary[nn.Module, dict[str, Kept]] = WeakKeyDictionary()


class Prepared(nn.Module):
    """A model in a form for decoding; it follows the protocol of `n2t.decoding`.

    `start` looks whether the model has changed, and lays it out anew if so; between two
    starts its weights have to stay. With weights="int8" products are of bytes: other
    numbers than the model's, and often the same tokens.
    """

    def __init__(self, model: nn.Module, n_row: int, weights: str):
        super().__init__()
        self.model, self.config, self.weights = model, model.config, weights
        self.form = "int8" if weights == "int8" else "row" if n_row == 1 else "rows"
        self.parts: Any = None

    def prepare(self, n_row: int = 1, *, weights: str | None = None) -> nn.Module:
        """As the model's own `prepare`, by default with the weights as here."""
        return self.model.prepare(n_row, weights=weights or self.weights)

    def make_parts(self, model: nn.Module, lay_out: products.LayOut) -> Any:
        """The model's layers and output, laid out; `model` itself is in no part."""
        raise NotImplementedError

    def lay_out(self) -> None:
        """Take the model's parts as they were kept, or make them anew."""
        forms = _kept.setdefault(self.model, {})
        kept = forms.get(self.form)
        if kept is not None and kept.of.same(self.model):
            self.parts = kept.parts
            return
        if kept is not None:
            forms.clear()
        of = known.fingerprint(self.model)
        self.parts = self.make_parts(self.model, LAYOUTS[self.form])
        below = list(self.model.modules())[1:]  # not the model, which is to go its way
        forms[self.form] = Kept(self.parts, of, below)

    def forward(self, *inputs: Tensor) -> Tensor:
        """What the model itself gives."""
        return self.model(*inputs)

    def __getstate__(self) -> dict[str, Any]:
        """A copy lays its own model out."""
        return self.__dict__ | {"parts": None}


def prepared(
    model: nn.Module, kind: type[Prepared], n_row: int, weights: str
) -> nn.Module:
    """The model in the form `kind` for `n_row` rows, or the model itself.

    Itself, where something in it is not as the library makes it (`known`), and where
    this form has nothing to give: off the CPU, in other dtypes, under autocast.

    Raises ValueError for weights that are not "own" or "int8", and for "int8" where
    the model or the processor cannot have it.
    """
    check_size("n_row", n_row)
    check_choice("weights", weights, WEIGHTS)
    fits = _fits(model) and known.as_made(model)
    if weights == "int8" and not (fits and products.has_bytes()):
        raise ValueError(
            'weights="int8" wants a float32 model of the library, unchanged, on a CPU '
            "for which torch has products of bytes"
        )
    return kind(model, n_row, weights) if fits else model


def _fits(model: nn.Module) -> bool:
    first = next(model.parameters()).dtype
    tensors = (*model.parameters(), *model.buffers())
    alike = all(x.device.type == "cpu" and x.dtype == first for x in tensors)
    return alike and first in DTYPES and not torch.is_autocast_enabled("cpu")
