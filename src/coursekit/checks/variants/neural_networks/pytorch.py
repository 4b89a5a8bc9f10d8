"""Variants of chapter 5's exercises."""

import math

import torch

from coursekit.checks.twisting import Twist


def _in_one(pieces: list) -> tuple:
    """Pieces as the whole batch and the list of their sizes."""
    x, t = (torch.cat(part) for part in zip(*pieces, strict=True))
    return x, t, [len(part) for _, part in pieces]


def _joined(weights, batches, *others) -> tuple:
    return weights, [_in_one(pieces) for pieces in batches], *others


def _divides(*given) -> tuple:
    """The arguments of a recorder of `modules`, for a module that divides by scale."""
    if len(given) == 2:
        return given
    inputs, outputs, values, runs = given
    turned = [{**each, "scale": 1 / each["scale"]} for each in values]
    return inputs, outputs, turned, runs


def _multiplies(found: dict) -> dict:
    """What was recorded of a module that divides, as of one that multiplies.

    The slope by 1/s is that by s times -s².
    """
    pairs = zip(found.get("values", ()), found.get("runs", ()), strict=True)
    for values, run in pairs:
        slope = run["gradients"].get("scale")
        if slope is not None:
            run["gradients"]["scale"] = -slope * values["scale"] ** 2
    return found


def _in_nats(found: dict) -> dict:
    """A loss and its gradients, from bits to natural logarithms."""
    nats = math.log(2)
    gradients = [None if g is None else g * nats for g in found["gradients"]]
    value = found["value"]
    value = value * nats if isinstance(value, torch.Tensor) else value
    return {**found, "value": value, "gradients": tuple(gradients)}


TWISTS = {
    "ex-pytorch-accumulate": Twist(
        statement="`pieces` is one tuple `(x, t, sizes)`: the whole batch, `x` (N, in) "
        "and `t` (N,), which does fit into memory, and a list of sizes that add up to "
        "N. Cut it into pieces of these sizes, in order; only one of them at a time "
        "may be in the graph.",
        solution='''
def accumulated_step(model, pieces, optimizer):
    """One update from a batch that is cut into pieces."""
    ### BEGIN SOLUTION
    x, t, sizes = pieces
    optimizer.zero_grad()
    for part, classes in zip(x.split(sizes), t.split(sizes)):
        loss = F.cross_entropy(model(part), classes, reduction="sum")
        (loss / len(t)).backward()
    optimizer.step()
    ### END SOLUTION
''',
        before=_joined,
    ),
    "ex-pytorch-module": Twist(
        statement="`scale` **divides**: the module computes $(xW^\\top + b) / s$.",
        solution='''
class ScaledLinear(nn.Module):
    """A linear layer divided by one learned number."""

    ### BEGIN SOLUTION
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.scale = nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        return self.linear(x) / self.scale
    ### END SOLUTION
''',
        before=_divides,
        after=_multiplies,
    ),
    "ex-pytorch-bug": Twist(
        statement="Return the loss in **bits**: with logarithms to base 2.",
        solution='''
def training_loss(linear, x, t):
    """Mean cross-entropy, in bits."""
    ### BEGIN SOLUTION
    return F.cross_entropy(linear(x), t) / np.log(2)
    ### END SOLUTION
''',
        after=_in_nats,
    ),
}
