"""Models in a form for decoding: the same answers, sooner.

A step of decoding is a few matrix products with one row for each sequence, and many
small operations between them. Here what does not change from step to step is done once:

* the projections of queries, keys and values are one matrix, as are a gate and what it
  gates; each matrix is laid out for products with few rows (see `products`);
* rotary positions turn neighbors, as complex numbers, in one operation;
* the room for keys and values is taken once, and the source's are computed once and
  stored once, however many beams read them;
* of the last layer only the last place is computed, for no other is asked for;
* shapes, dtypes and ids are checked at the start.

`Transformer` and `DecoderOnly` offer it as `prepare()`, and `n2t.decoding` asks for it
at the start of a search. The result differs from the plain path's by rounding alone.
What was laid out is kept beside the model, is no part of it (nothing of it is saved,
copied or trained), and is made anew where weights or layers have changed. Where a model
is not made as this folder knows it, the plain path decodes it: see `known`.

It costs memory: the matrices a second time, and a third time where single rows and
batches are decoded in turn, for each has a layout of its own.
"""

from n2t.models.prepared.decoders import (
    PreparedDecoderOnly,
    PreparedTransformer,
)
from n2t.models.prepared.forms import Prepared, prepared
from n2t.models.prepared.known import remember
from n2t.models.prepared.state import PreparedState

__all__ = [
    "Prepared",
    "PreparedDecoderOnly",
    "PreparedState",
    "PreparedTransformer",
    "prepared",
    "remember",
]
