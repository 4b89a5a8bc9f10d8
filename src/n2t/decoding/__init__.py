"""From logits to sequences: greedy, beam search and sampling (taught in chapter 18).

One loop serves every model that follows the protocol: `start(source, batch_size,
max_length)` gives a state with its cache, `step(ids, state)` the logits (B, V) of the
next token, `state.reorder(rows)` moves the cache's rows. The strategies only choose.

>>> import torch
>>> from n2t.models.recurrent import RecurrentConfig, RecurrentSeq2Seq
>>> model = RecurrentSeq2Seq(RecurrentConfig(20, 20, d_model=8, d_hidden=8))
>>> source = torch.randint(3, 20, (2, 5))
>>> greedy = decode(model, source, max_new_tokens=4)
>>> same = decode(model, source, max_new_tokens=4, strategy=Beam(1))
>>> torch.equal(greedy.ids, same.ids)
True
>>> best = decode(model, source, max_new_tokens=4, strategy=Beam(5, n_best=3))
>>> best.scores.shape  # (B, n_best), best first
torch.Size([2, 3])
"""

from n2t.decoding.ctc import best_path, collapse, log_likelihood
from n2t.decoding.logits import (
    keep_top_k,
    keep_top_p,
    length_penalty,
    penalize_repetition,
)
from n2t.decoding.loop import Decoded, DecodingState, GeneratingModel, decode, stream
from n2t.decoding.searches import DecodingError
from n2t.decoding.strategies import Beam, Greedy, Sample, Strategy

__all__ = [
    "Beam",
    "Decoded",
    "DecodingError",
    "DecodingState",
    "GeneratingModel",
    "Greedy",
    "Sample",
    "Strategy",
    "best_path",
    "collapse",
    "decode",
    "keep_top_k",
    "keep_top_p",
    "length_penalty",
    "log_likelihood",
    "penalize_repetition",
    "stream",
]
