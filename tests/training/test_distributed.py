"""Two processes learn what one does from the same global batch."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from training.distributed_run import train
from training.toy import ENVIRONMENT

from n2t.training import checkpoints
from n2t.training.distributed import World

HERE = Path(__file__).parent
WAYS = ("replicate adamw", "replicate muon", "shard adamw", "shard muon")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What two processes found, connected over loopback alone."""
    folder = tmp_path_factory.mktemp("two")
    command = "-m torch.distributed.run --standalone --nproc_per_node=2"
    done = subprocess.run(
        [
            sys.executable,
            *command.split(),
            HERE / "distributed_run.py",
            folder,
        ],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads((folder / "found.json").read_text()) | {"folder": str(folder)}


def assert_same(two, one):
    """Losses, norms and weights are equal but for rounding."""
    assert two["tokens"] == one["tokens"]
    for curve in ("train", "validation", "norms"):
        np.testing.assert_allclose(two[curve], one[curve], rtol=1e-5)
    for name, weight in one["weights"].items():
        np.testing.assert_allclose(two["weights"][name], weight, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("way", [*WAYS, "shard adamw resumed"])
def test_two_processes_give_the_curves_and_weights_of_one(way, found, tmp_path):
    one = train(tmp_path, optimizer=way.split()[1])
    assert_same(found[way], one)
    assert one["weights"]["enter.weight"] == one["weights"]["leave.weight"]


def test_one_process_goes_on_in_the_midst_of_averaging_with_what_two_saved(
    found, tmp_path
):
    folder = Path(shutil.copytree(Path(found["folder"]) / "shard-muon", tmp_path / "a"))
    shutil.rmtree(folder / "step-00000008")
    assert checkpoints.load(folder / "step-00000004")[1]["average"]["count"] == 2
    assert_same(train(folder, optimizer="muon"), found["shard muon"])


def test_each_process_draws_its_own_dropout(found):
    for way in WAYS:
        folder = Path(found["folder"]) / way.replace(" ", "-")
        _, state = checkpoints.load(folder / "step-00000008")
        first, second = state["draws"]["torch"]
        assert not torch.equal(first, second)


def test_every_process_gets_as_many_batches():
    two = World(0, 2, torch.device("cpu"))
    assert [two.shares(count) for count in (1, 2, 3)] == [2, 2, 4]


def test_one_process_writes(found):
    for way in WAYS:
        path = Path(found["folder"]) / way.replace(" ", "-") / "metrics.jsonl"
        rows = [json.loads(line) for line in path.open()]
        steps = [row["step"] for row in rows if "loss" in row]
        assert steps == list(range(1, 9))
