"""Recurrent translators go the way of all runs; a run is scored as one was asked to."""

import functools
import json
import shutil

import pytest
import torch

from n2t import ledger
from n2t.data.sets.splits import Splits
from n2t.ledger import places
from n2t.runs import folders, lineage, scoring, sections, tasks
from n2t.training import checkpoints, fit, history, translation_loss

SETTINGS = ["data.size=120", "data.held_out=20", "fit.max_steps=4", "fit.warmup=1"]
SIZES = {"d_model": 8, "d_hidden": 8}
SETTINGS += ["fit.validate_every=null", "fit.checkpoint_every=2", "fit.average_last=2"]
SETTINGS += ["fit.average_every=2"]


def trained(folder, model):
    """A finished run of four updates, with the mean of the last two weights."""
    preset = tasks.read_preset("translation", "cpu") | {"model": model}
    job = tasks.build("translation", tasks.change(preset, SETTINGS))
    fit(job.model, job.train, job.loss, config=job.config, run_dir=folder)
    cpu = torch.device("cpu")
    facts = folders.describe(job, preset="cpu", command="again", seed=0, device=cpu)
    folders.write(folder, facts)
    folders.keep_model(folder, job.model, job.tokenizer)
    return folder


@pytest.fixture(scope="module")
def transformer(tmp_path_factory):
    settings = tasks.read_preset("translation", "cpu")["model"]
    return trained(tmp_path_factory.mktemp("run"), settings | {"n_layer": 1})


@pytest.fixture(scope="module")
def recurrent(tmp_path_factory):
    settings = tasks.read_preset("translation", "ladder_bahdanau")["model"]
    return trained(tmp_path_factory.mktemp("run"), settings | SIZES)


@pytest.fixture
def shelf(tmp_path, monkeypatch, recurrent):
    """A ledger of its own, with the files that a record of a recurrent run names."""
    shutil.copytree(places.ROOT / "src", tmp_path / "src")
    presets = tmp_path / "src/n2t/runs/presets/translation.json"
    presets.write_text(json.dumps({"cpu": folders.read(recurrent)["configuration"]}))
    monkeypatch.setattr(places, "ROOT", tmp_path)
    return tmp_path


def test_a_recurrent_preset_trains_a_model_that_loads_and_translates(recurrent):
    model, tokenizer, facts = folders.load_model(recurrent)
    assert type(model).__name__ == "RecurrentSeq2Seq"
    assert model.config.attention == "additive" and model.config.bidirectional
    answers = scoring.translate(model, tokenizer, ["one", "forty-two"])
    assert len(answers) == 2 and all(isinstance(text, str) for text in answers)
    assert set(scoring.evaluate(recurrent)) >= {"bleu_cased", "bleu_lower", "chrf"}


def test_a_family_that_is_unknown_is_refused():
    with pytest.raises(ValueError, match=r"family \('sparse'\).*transformer, recurr"):
        sections.family_of({"family": "sparse"})


@pytest.mark.parametrize("attention", ["none", "additive", "dot"])
def test_a_recurrent_model_has_the_same_loss_in_chunks(attention):
    settings = {"family": "recurrent", "attention": attention, "dropout": 0.0}
    preset = tasks.change(tasks.read_preset("translation", "cpu"), SETTINGS)
    preset["model"] = settings | SIZES
    job = tasks.build("translation", preset)
    model, batch = job.model.double(), next(iter(job.train))
    gradients = []
    for chunk in (None, 7):
        loss, _ = translation_loss(chunk=chunk)(model, batch)
        model.zero_grad()
        loss.backward()
        gradients.append([loss.detach(), *(p.grad for p in model.parameters())])
    for plain, chunked in zip(*gradients, strict=True):
        torch.testing.assert_close(plain, chunked, rtol=1e-10, atol=1e-12)


def test_the_last_weights_are_those_before_the_mean(transformer):
    kept = scoring.load(transformer)[0].state_dict()
    last = scoring.load(transformer, weights="last")[0].state_dict()
    stored, _ = checkpoints.load(transformer / "step-00000004")
    assert all(torch.equal(last[name], value) for name, value in stored.items())
    assert any(not torch.equal(last[name], kept[name]) for name in kept)


def test_weights_stored_as_bytes_are_near_and_not_equal(transformer):
    kept = scoring.load(transformer)[0].state_dict()
    small = scoring.load(transformer, dtype=torch.int8)[0].state_dict()
    changed = [name for name in kept if not torch.equal(kept[name], small[name])]
    assert changed and all(kept[name].dim() > 1 for name in changed)
    for name in kept:
        step = kept[name].abs().max() / 127
        assert (kept[name] - small[name]).abs().max() <= 0.51 * step


def test_evaluate_searches_as_it_is_told(transformer, monkeypatch):
    seen = []

    @functools.wraps(scoring.translate)  # it takes the same options
    def spying(model, tokenizer, texts, **options):
        seen.append(options)
        return texts

    monkeypatch.setattr(scoring, "translate", spying)
    scoring.evaluate(transformer)
    scoring.evaluate(transformer, decode={"beam": 5, "length_penalty": 0.6})
    plain = folders.read(transformer)["configuration"]["decode"]
    assert seen == [plain, plain | {"beam": 5, "length_penalty": 0.6}]


def test_weights_that_are_unknown_are_refused(transformer):
    with pytest.raises(ValueError, match=r"weights \('best'\).*kept, last"):
        scoring.evaluate(transformer, weights="best")


def test_a_record_says_what_was_scored_and_how_large_the_run_was(recurrent, shelf):
    facts = {"note": "one seed", "command": "x && y"}
    scoring.enter(
        "toy/rnn", [recurrent], facts=facts, weights="last", decode={"beam": 2}
    )
    found = ledger.result("toy/rnn", root=shelf)
    n = sum(p.numel() for p in folders.load_model(recurrent)[0].parameters())
    assert (found["parameters"], found["updates"]) == (n, 4)
    assert found["scored"] == {"split": "test", "weights": "last"} | {
        "decode": {"beam": 2}
    }
    assert found["note"] == "one seed" and found["command"] == "x && y"
    assert found.signature("bleu_cased").startswith("test; nrefs:1|case:mixed")
    assert "src/n2t/models/recurrent.py" in found["sources"]
    assert "src/n2t/models/transformer.py" not in found["sources"]
    used = history.last_point(recurrent)["processor_seconds"]
    assert found["processor_seconds"] == used > 0


def test_a_record_counts_what_the_model_does_and_says_how(recurrent, shelf):
    scoring.enter("toy/rnn", [recurrent])
    found, run = ledger.result("toy/rnn", root=shelf), folders.read(recurrent)
    job = tasks.build("translation", run["configuration"])
    flops = [
        job.model.forward_flops(*batch.source.shape, batch.target_in.shape[1])
        for batch in job.train
    ]
    target_tokens = sum(batch.n_token for batch in job.train)
    assert found["flops"] == 3 * sum(flops) / target_tokens * found["tokens"]
    assert "target token" in found["flops_counted"]
    seconds = found["processor_seconds"]
    assert found["energy"]["joules"] == round(3.5 * seconds, 1)
    assert "an estimate, not measured" in found["energy"]["how"]


def test_a_language_models_score_is_in_chunks_where_the_training_is():
    preset = tasks.change(
        tasks.read_preset("language-model", "cpu"),
        ["model.n_layer=1", "batches.length=32", "batches.batch_size=4"],
    )
    parts = Splits(["abc def " * 60], ["abc def " * 60], [])
    tokenizer = tasks.learn_tokenizer(preset["tokenizer"], parts.train)
    torch.manual_seed(0)
    model = tasks.make_model("language-model", preset["model"], tokenizer, parts)
    read_out = []
    model.output.register_forward_hook(lambda *_: read_out.append(1))
    ask = (model.eval(), tokenizer, parts.validation)
    plain = scoring.score_language_model(*ask, preset | {"loss": {}})
    assert read_out
    read_out.clear()
    chunked = scoring.score_language_model(*ask, preset | {"loss": {"chunk": 7}})
    assert not read_out, "the logits of all positions were there at once"
    assert chunked == pytest.approx(plain, rel=1e-5)


def test_what_cuts_words_anew_is_a_source_of_the_runs_that_do(recurrent):
    run = folders.read(recurrent)
    assert "src/n2t/data/text/merge_dropout.py" not in lineage.sources_of(run)
    run["configuration"]["batches"]["merge_dropout"] = 0.1
    assert "src/n2t/data/text/merge_dropout.py" in lineage.sources_of(run)
