"""Each model is one graph for torch.compile: no break, and the same numbers."""

import subprocess
import sys

# In a process of its own: jaxtyping's check, on in these tests, would break the graph.
SCRIPT = """
import torch
from n2t.models import *

sizes = dict(d_model=8, n_head=2, n_layer=1, d_ff=12, max_length=16, dropout=0.0)
ids = torch.tensor([[3, 4, 5], [6, 7, 0]])
for position in ("sinusoidal", "rotary", "alibi"):
    for model, inputs in [
        (Transformer(TransformerConfig(9, 9, position=position, **sizes)), (ids, ids)),
        (DecoderOnly(DecoderOnlyConfig(9, position=position, **sizes)), (ids,)),
        (EncoderOnly(EncoderOnlyConfig(9, position=position, **sizes)), (ids,)),
    ]:
        whole = torch.compile(model, fullgraph=True, backend="eager")
        torch.testing.assert_close(whole(*inputs), model(*inputs))
        whole(*inputs).sum().backward()
print("one graph each")
"""


def test_every_model_compiles_without_a_graph_break():
    command = [sys.executable, "-c", SCRIPT]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.stdout.strip() == "one graph each", result.stderr[-2000:]
