"""A Transformer that may also copy words of its source: the pointer-generator."""

from n2t.models.pointer.network import (
    Parts,
    PointerConfig,
    PointerState,
    PointerTransformer,
    copy_mixture,
)

__all__ = [
    "Parts",
    "PointerConfig",
    "PointerState",
    "PointerTransformer",
    "copy_mixture",
]
