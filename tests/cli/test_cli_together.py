"""``n2t train`` in two processes, weights shared out; and what a prompt may hold."""

import subprocess
import sys

import pytest
import torch
from training.toy import ENVIRONMENT
from typer.testing import CliRunner

from n2t import cli
from n2t.data.text import Tokenizer
from n2t.runs import folders
from n2t.training import checkpoints

SETTINGS = ["data.size=60", "data.held_out=20", "model.n_layer=1", "model.d_model=16"]
SETTINGS += ["model.d_ff=16", "batches.max_tokens=256", "fit.max_steps=3"]
SETTINGS += ["fit.warmup=1", "fit.validate_every=3", "fit.gradient_accumulation=2"]


def test_two_processes_that_share_out_the_weights_keep_a_whole_model(tmp_path):
    words = "-m torch.distributed.run --standalone --nproc_per_node=2 -m n2t.cli train"
    words += " translation --preset cpu --device cpu --set fit.sharding=shard"
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    done = subprocess.run(
        [sys.executable, *words.split(), "--folder", "runs/two", *settings],
        env=ENVIRONMENT, cwd=tmp_path, capture_output=True, text=True, timeout=600,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout.count("model in") == 1  # one process speaks
    folder = tmp_path / "runs/two"
    model, tokenizer, facts = folders.load_model(folder)
    saved = checkpoints.load(checkpoints.latest(folder))[0]
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, saved[name]), name
    assert facts["weights"] == "the weights of update 3"
    assert facts["precision"] == "float32"
    assert model.config.target_vocab_size == tokenizer.vocab_size


def test_a_character_that_the_model_never_saw_swallows_nothing(monkeypatch, tmp_path):
    class Letters(Tokenizer):
        """Ids of a and b; any other character is one unknown that reads as nothing."""

        vocabulary = _state = _from_state = None
        _encode = _decode = None

        def encode(self, text):
            return [{"a": 1, "b": 2}.get(letter, 0) for letter in text]

        def decode(self, ids):
            return "".join(" ab"[i] for i in ids if i)

    class Model(torch.nn.Linear):
        class config:
            max_length = 20

    monkeypatch.setattr(cli, "_model", lambda *_: (Model(1, 1), Letters(), {}))
    monkeypatch.setattr("n2t.runs.generating.stream", lambda *_, **__: iter([2, 1, 2]))
    said = CliRunner().invoke(cli.app, ["generate", str(tmp_path), "1a1"])
    assert said.output == "1a1bab\n"


def test_a_curve_without_a_point_is_no_traceback(tmp_path):
    (tmp_path / "metrics.jsonl").write_text("")
    said = CliRunner().invoke(cli.app, ["plot", str(tmp_path)])
    assert isinstance(said.exception, folders.RunError)
    assert "no point of a curve yet" in str(said.exception)


@pytest.mark.parametrize("debug", [True, False])
def test_a_mistake_has_its_traceback_where_it_was_asked_for(tmp_path, debug):
    words = ["--debug"] * debug + ["plot", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "n2t.cli", *words],
        env=ENVIRONMENT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert ("Traceback" in done.stderr) == debug
    assert "metrics.jsonl" in done.stderr
