"""What every process of ``test_distributed.py`` does; started by ``torchrun``."""

import json
import shutil
import sys
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from training.toy import toy_batches, toy_fit

from n2t.training import distributed, history, state

CONFIG = dict(max_steps=8, gradient_accumulation=4, validate_every=4, log_every=1)
CONFIG |= dict(average_last=6, weight_decay=0.1, checkpoint_every=4)


class Layered(nn.Module):
    """Layers in a ``ModuleList``, as the library's models have them; tied ends.

    In float64, for an optimizer makes much of the last digits of small gradients, and
    those depend on the order in which processes add up.
    """

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.enter = nn.Linear(8, 8)
        self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(2))
        self.leave = nn.Linear(8, 8)
        self.leave.weight = self.enter.weight
        self.double()

    def forward(self, x):
        x = self.enter(x.double())
        for layer in self.layers:
            x = x + torch.tanh(layer(x))
        return self.leave(x)


def uneven(batches):
    """The same examples in batches of other sizes, no two of them equal."""
    inputs, labels = (torch.cat(parts) for parts in zip(*batches, strict=True))
    n = len(batches)
    sizes = [2 * len(labels) // (n * (n + 1)) * size for size in range(n, 0, -1)]
    sizes[0] += len(labels) - sum(sizes)
    return list(zip(inputs.split(sizes), labels.split(sizes), strict=True))


def loaded(batches):
    """The same batches from a ``DataLoader``."""
    inputs, labels = (torch.cat(parts) for parts in zip(*batches, strict=True))
    numbers = torch.arange(len(labels)).split([len(part) for _, part in batches])
    data = TensorDataset(inputs, labels)
    return DataLoader(data, batch_sampler=[index.tolist() for index in numbers])


def train(folder, **fields):
    """One run; its loss curves, and its last weights, whole.

    With Muon its batches come from loaders, else from lists.
    """
    model = Layered()
    given = loaded if fields.get("optimizer") == "muon" else list
    curves = toy_fit(
        model,
        CONFIG | fields,
        train=given(uneven(toy_batches())),
        validation=given(uneven(toy_batches(3, seed=2))),
        run_dir=folder,
    )
    weights = {name: value.tolist() for name, value in state.weights_of(model).items()}
    rows = history.read_rows(folder / history.METRICS_FILE)
    return {
        "train": curves.train_loss,
        "norms": [row["gradient_norm"] for row in rows if "loss" in row],
        "validation": [*curves.validation_loss, curves.final_loss],
        "tokens": curves.tokens,
        "weights": weights,
    }


def main(folder):
    """All ways to share a run out; the writer notes what came out."""
    found = {
        f"{sharding} {optimizer}": train(
            folder / f"{sharding}-{optimizer}", sharding=sharding, optimizer=optimizer
        )
        for sharding in ("replicate", "shard")
        for optimizer in ("adamw", "muon")
    }
    again, world = folder / "shard-adamw", distributed.join()
    if world.is_writer:
        shutil.rmtree(again / "step-00000008")
    world.barrier()
    found["shard adamw resumed"] = train(again, sharding="shard")
    if world.is_writer:
        (folder / "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
