"""What every model is made from: a frozen configuration.

A configuration is checked when it is made, equal when its fields are, and goes through
JSON unchanged.

>>> config = StackConfig(d_model=256, n_head=4)
>>> StackConfig.from_json(config.to_json()) == config
True
>>> config.replace(d_model=250)
Traceback (most recent call last):
ValueError: d_model (250) must be divisible by n_head (4)
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Annotated, Any

from n2t._checks import check_divides
from n2t._fields import OneOf, Positive, Rate, Size, check_fields, did_you_mean
from n2t.blocks import ACTIVATIONS, NORMS
from n2t.positions import KINDS

LATER = {"later": True}  # marks a field that models were saved without
PAIRED = {"sinusoidal": "d_model", "rotary": "d_k"}  # positions, and what must be even


class Configuration:
    """Base of the configurations: frozen dataclasses, checked by their annotations."""

    def __post_init__(self) -> None:
        """Raise TypeError or ValueError, naming the field, for what it cannot be."""
        check_fields(self)

    def to_dict(self) -> dict[str, Any]:
        """The fields, by name; those marked `later` only where they are set.

        A field that models were saved without is left out at its default, so that
        what was written before it came and what is written now are alike.
        """
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if "later" not in field.metadata
            or getattr(self, field.name) != field.default
        }

    def to_json(self) -> str:
        """The fields as indented JSON, with the class's name under "type"."""
        return json.dumps({"type": type(self).__name__, **self.to_dict()}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Configuration:
        """The configuration that `to_json` wrote.

        Raises ValueError, naming them, for fields that are unknown or missing, for
        JSON of another type, and for values that do not pass the checks.
        """
        values = json.loads(text)
        if not isinstance(values, dict):
            raise ValueError(f"a configuration is a JSON object, got {text[:40]!r}")
        kind = values.pop("type", cls.__name__)
        if kind != cls.__name__:
            raise ValueError(f"this is a {kind}, wanted a {cls.__name__}")
        fields = {field.name: field for field in dataclasses.fields(cls)}
        unknown = sorted(values.keys() - fields.keys())
        if unknown:
            raise ValueError(
                f"{cls.__name__} has no field {', '.join(unknown)}"
                f"{did_you_mean(unknown[0], fields)}"
            )
        nothing = dataclasses.MISSING
        missing = [
            n for n in fields if n not in values and fields[n].default is nothing
        ]
        if missing:
            raise ValueError(f"{cls.__name__} needs {', '.join(missing)}")
        try:
            return cls(**values)
        except TypeError as error:
            raise ValueError(str(error)) from None

    def replace(self, **changes: Any) -> Configuration:
        """A copy with some fields changed, checked again."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, kw_only=True)
class StackConfig(Configuration):
    """The fields that all Transformers share.

    d_model: width of the residual stream. n_head, n_layer: how many.
    d_k, d_v: widths of a head's keys and values; by default d_model / n_head.
    n_kv_head: key/value heads; by default n_head.
    d_ff: width inside the feed-forward network. activation: its nonlinearity.
    dropout: on embeddings and on each sublayer's output; feed_forward_dropout: inside
    the feed-forward network; attention_dropout: on attention weights, where above 0 it
    gives up the fused kernels. The paper has neither of the last two.
    max_length: the longest sequence. position: a kind of `n2t.positions`.
    norm: "layer" or "rms"; norm_first: pre-norm. bias: on every linear map.
    normalize_query_key: see `n2t.attention.MultiHeadAttention`.
    norm_epsilon: what norms add under the root. rotary_base: `n2t.positions.Rotary`'s.
    """

    d_model: Size = 512
    n_head: Size = 8
    n_layer: Size = 6
    d_k: Size | None = None
    d_v: Size | None = None
    n_kv_head: Size | None = None
    d_ff: Size = 2048
    dropout: Rate = 0.1
    attention_dropout: Rate = 0.0
    feed_forward_dropout: Rate = 0.0
    max_length: Size = 512
    position: Annotated[str, OneOf(KINDS)] = "sinusoidal"
    norm: Annotated[str, OneOf(NORMS)] = "layer"
    norm_first: bool = False
    activation: Annotated[str, OneOf(ACTIVATIONS)] = "relu"
    bias: bool = True
    normalize_query_key: bool = False
    norm_epsilon: Positive = dataclasses.field(default=1e-5, metadata=LATER)
    rotary_base: Positive = dataclasses.field(default=10_000.0, metadata=LATER)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.d_k is None or self.d_v is None:
            check_divides("d_model", self.d_model, "n_head", self.n_head)
        if self.n_kv_head is not None:
            check_divides("n_head", self.n_head, "n_kv_head", self.n_kv_head)
        paired = PAIRED.get(self.position)
        if paired and (width := self.position_options()[paired]) % 2:
            raise ValueError(
                f"{paired} ({width}) must be even for position {self.position!r}"
            )

    def layer_options(self) -> dict[str, Any]:
        """Arguments for `EncoderLayer` and `DecoderLayer`."""
        names = (
            "d_model n_head d_ff d_k d_v n_kv_head dropout attention_dropout "
            "feed_forward_dropout activation norm norm_first bias normalize_query_key "
            "norm_epsilon"
        )
        return {name: getattr(self, name) for name in names.split()}

    def position_options(self) -> dict[str, Any]:
        """Arguments for `make_positions`."""
        d_k = self.d_k or self.d_model // self.n_head
        names = ("d_model", "n_head", "max_length", "rotary_base")
        return {name: getattr(self, name) for name in names} | {
            "kind": self.position,
            "d_k": d_k,
        }


def check_special_ids(config: Configuration, names: str, vocab_size: int) -> None:
    """Raise ValueError for a special id outside the vocabulary; None is left out."""
    for name in names.split():
        value = getattr(config, name)
        if value is not None and value >= vocab_size:
            raise ValueError(
                f"{name} ({value}) must be below vocab_size ({vocab_size})"
            )
