"""Models and data so small that a run takes a fraction of a second."""

import os
from pathlib import Path

import torch
from torch import nn

from n2t.training import FitConfig, classification_loss, fit

# For a process of its own: it finds these modules, and works on one thread.
_PATHS = [str(Path(__file__).parents[1]), *filter(None, [os.getenv("PYTHONPATH")])]
ENVIRONMENT = os.environ | {
    "PYTHONPATH": os.pathsep.join(_PATHS),
    "OMP_NUM_THREADS": "1",
}


def toy_model(seed=0, dropout=0.1):
    """A classifier of 8 numbers into 3 classes, with dropout."""
    torch.manual_seed(seed)
    layers = nn.Linear(8, 16), nn.ReLU(), nn.Dropout(dropout), nn.Linear(16, 3)
    return nn.Sequential(*layers)


def toy_batches(n_batch=8, size=20, seed=1):
    """Batches of (inputs, labels) that can be learned."""
    draws = torch.Generator().manual_seed(seed)
    inputs = torch.randn(n_batch * size, 8, generator=draws)
    labels = (inputs[:, 0] > 0).long() + (inputs[:, 1] > 0).long()
    return list(zip(inputs.split(size), labels.split(size), strict=True))


class Shuffled:
    """Batches in an order that the global generator draws anew each epoch."""

    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        for index in torch.randperm(len(self.batches)).tolist():
            yield self.batches[index]


def toy_fit(model, config=None, *, train=None, **options):
    """``fit`` with the toy's data; ``config`` holds the fields that matter."""
    fields = dict(max_steps=12, learning_rate=1e-2, log_every=5) | (config or {})
    return fit(
        model,
        toy_batches() if train is None else train,
        options.pop("loss", classification_loss),
        config=FitConfig(**fields),
        **options,
    )


def same_weights(first, second):
    """Whether two models' weights are equal bit for bit."""
    pairs = zip(first.state_dict().items(), second.state_dict().items(), strict=True)
    return all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)


class StoppedError(Exception):
    """Stands for a crash."""


def crash_at(call):
    """A loss that crashes at its ``call``-th call."""
    calls = []

    def loss(model, batch):
        calls.append(1)
        if len(calls) == call:
            raise StoppedError
        return classification_loss(model, batch)

    return loss
