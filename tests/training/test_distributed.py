"""Two processes learn what one does from the same global batch."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from training.distributed_run import train
from training.toy import ENVIRONMENT

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


@pytest.mark.parametrize("way", [*WAYS, "shard adamw resumed"])
def test_two_processes_give_the_curves_and_weights_of_one(way, found, tmp_path):
    one, two = train(tmp_path, optimizer=way.split()[1]), found[way]
    assert two["tokens"] == one["tokens"]
    for curve in ("train", "validation", "norms"):
        np.testing.assert_allclose(two[curve], one[curve], rtol=1e-5)
    for name, weight in one["weights"].items():
        np.testing.assert_allclose(two["weights"][name], weight, rtol=1e-4, atol=1e-5)


def test_one_process_goes_on_with_what_two_have_saved(found, tmp_path):
    folder = Path(found["folder"]) / "shard-muon"
    assert train(folder, optimizer="muon")["train"] == found["shard muon"]["train"]


def test_one_process_writes(found):
    for way in WAYS:
        path = Path(found["folder"]) / way.replace(" ", "-") / "metrics.jsonl"
        rows = [json.loads(line) for line in path.open()]
        steps = [row["step"] for row in rows if "loss" in row]
        assert steps == list(range(1, 9))
