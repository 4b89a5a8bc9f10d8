"""The training loop learns, counts, stops, averages and speaks as it says."""

import copy
import json
import subprocess
import sys

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from training.toy import (
    ENVIRONMENT,
    Shuffled,
    same_weights,
    toy_batches,
    toy_fit,
    toy_model,
)

from n2t.data.batches import LabeledBatches
from n2t.training import FitConfig, history
from n2t.training.losses import classification_loss


def test_a_plain_loop_written_out_by_hand_gives_the_same_weights():
    model, batches = toy_model(dropout=0.0), toy_batches()
    by_hand = copy.deepcopy(model)
    toy_fit(model, dict(schedule="constant", clip_norm=None, max_steps=10))
    optimizer = torch.optim.AdamW(
        by_hand.parameters(), lr=1e-2, betas=(0.9, 0.98), eps=1e-9, weight_decay=0.0
    )
    for step in range(10):
        inputs, labels = batches[step % len(batches)]
        optimizer.zero_grad()
        F.cross_entropy(by_hand(inputs), labels).backward()
        optimizer.step()
    for ours, theirs in zip(model.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_training_lowers_the_loss(optimizer):
    model = toy_model()
    curves = toy_fit(
        model, dict(max_steps=150, optimizer=optimizer), validation=toy_batches(seed=2)
    )
    assert curves.train_loss[-1] < 0.6 * curves.train_loss[0]
    assert curves.final_loss < 0.7


def test_accumulated_batches_give_the_update_of_one_large_batch():
    """Batches of unequal size: only sums over all tokens make this come out right."""
    inputs, labels = (torch.cat(parts) for parts in zip(*toy_batches(), strict=True))
    cut = [30, 50, 80]
    small = list(zip(inputs.split(cut), labels.split(cut), strict=True))
    one, three = toy_model(dropout=0.0), toy_model(dropout=0.0)
    first = toy_fit(one, train=[(inputs, labels)])
    second = toy_fit(three, dict(gradient_accumulation=3), train=small)
    assert first.tokens == second.tokens == 12 * 160
    for loss, other in zip(first.train_loss, second.train_loss, strict=True):
        assert loss == pytest.approx(other, rel=1e-5)
    for a, b in zip(one.parameters(), three.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


def test_the_training_curve_is_the_mean_over_tokens_since_the_point_before():
    batches, losses = toy_batches(2), []

    def spying(model, batch):
        total, count = classification_loss(model, batch)
        losses.append(total.item() / int(count))
        return total, count

    curves = toy_fit(toy_model(), dict(max_steps=7), train=batches, loss=spying)
    assert curves.steps == [5, 7]
    expected = [sum(losses[:5]) / 5, sum(losses[5:]) / 2]
    assert curves.train_loss == pytest.approx(expected, rel=1e-6)


def test_dropout_is_on_in_training_and_off_in_validation_and_afterwards():
    modes = []

    def spying(model, batch):
        modes.append(model.training)
        return classification_loss(model, batch)

    model = toy_model()
    toy_fit(
        model,
        dict(max_steps=2, validate_every=1),
        loss=spying,
        validation=toy_batches(1),
    )
    assert modes == [True, False, True, False, False]
    assert not model.training


def test_patience_stops_the_run_and_gives_the_best_weights_back():
    model, hard = toy_model(), toy_batches(1, seed=3)
    labels = torch.randint(3, (20,), generator=torch.Generator().manual_seed(0))
    curves = toy_fit(
        model,
        dict(max_steps=400, validate_every=5, patience=3),
        validation=[(hard[0][0], labels)],  # noise: it gets worse with training
    )
    assert curves.stopped == "patience"
    assert curves.validation_steps[-1] < 400
    assert curves.best_loss == min(curves.validation_loss)
    assert curves.best_step == curves.validation_steps[-4]
    assert curves.final_loss == pytest.approx(curves.best_loss, rel=1e-6)


def test_the_same_validation_batches_serve_a_second_run_as_well_as_the_first():
    held_out = LabeledBatches([([4, 5], 0), ([6], 1)], shuffle=False)
    losses = []
    for _ in range(2):
        torch.manual_seed(0)
        model = nn.EmbeddingBag(8, 3)
        batches = [(torch.tensor([[4], [5]]), torch.tensor([0, 1]))]
        curves = toy_fit(model, dict(max_steps=2), train=batches, validation=held_out)
        losses.append(curves.final_loss)
    assert losses[0] == losses[1]


def test_every_validation_is_on_the_same_batches_though_they_are_shuffled():
    labeled = [([4 + i], i % 3) for i in range(40)]
    held_out, seen = LabeledBatches(labeled, max_tokens=8), []

    def spying(model, batch):
        if not model.training:
            seen.append(batch[0].flatten().tolist())
        return classification_loss(model, batch)

    train = [(torch.tensor([[4], [5]]), torch.tensor([0, 1]))]
    options = dict(train=train, loss=spying, validation=held_out)
    toy_fit(nn.EmbeddingBag(44, 3), dict(max_steps=4, validate_every=2), **options)
    assert len(seen) == 3 * 5, "two validations, and one of the final weights"
    assert seen[:5] == seen[5:10] == seen[10:]


def test_averaging_ends_with_the_mean_of_the_last_snapshots():
    seen = {}
    model = toy_model()

    def spying(inner, batch):
        seen[len(seen)] = {n: p.detach().clone() for n, p in inner.named_parameters()}
        return classification_loss(inner, batch)

    config = dict(max_steps=10, average_last=3, average_every=2, schedule="constant")
    toy_fit(model, config, loss=spying)
    plain = toy_model()
    toy_fit(plain, config | dict(average_last=0))
    last = dict(plain.named_parameters())
    for name, parameter in model.named_parameters():
        # weights after update 6 and 8 are those that updates 7 and 9 begin with
        wanted = (seen[6][name] + seen[8][name] + last[name]) / 3
        torch.testing.assert_close(parameter.detach(), wanted.detach())


def test_the_same_seed_gives_the_same_run_and_another_seed_another():
    models = [toy_model() for _ in range(3)]
    curves = [
        toy_fit(model, dict(seed=seed), train=Shuffled(toy_batches()))
        for model, seed in zip(models, (5, 5, 6), strict=True)
    ]
    assert curves[0] == curves[1] != curves[2]
    assert same_weights(models[0], models[1])


def test_frozen_weights_stay():
    model = toy_model()
    model[0].requires_grad_(False)
    before = model[0].weight.clone()
    toy_fit(model)
    assert torch.equal(model[0].weight, before)


def test_a_run_says_nothing_without_a_terminal(capfd, tmp_path):
    toy_fit(toy_model(), validation=toy_batches(1), run_dir=tmp_path)
    assert capfd.readouterr() == ("", "")


def test_a_run_that_is_asked_to_says_precision_loss_and_speed(capfd):
    toy_fit(
        toy_model(), dict(validate_every=6), validation=toy_batches(1), verbose=True
    )
    said = capfd.readouterr().err
    for words in ("precision float32 on cpu", "validation loss", "loss=", "tokens/s="):
        assert words in said


def test_metrics_are_json_lines_and_read_back_as_curves(tmp_path):
    config = dict(validate_every=6)
    curves = toy_fit(toy_model(), config, validation=toy_batches(1), run_dir=tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").open()]
    assert {"step", "loss", "learning_rate", "gradient_norm", "tokens"} <= set(rows[0])
    found = history.read(tmp_path)
    assert found.steps == curves.steps and found.train_loss == curves.train_loss
    assert found.validation_loss == curves.validation_loss


class Deep(nn.Module):
    """Three layers with dropout; counts how often each makes its activations."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Dropout(0.2)) for _ in range(3)
        )
        self.made = [0, 0, 0]
        for number, layer in enumerate(self.layers):
            layer[0].register_forward_hook(lambda *_, number=number: self.note(number))

    def note(self, number):
        self.made[number] += 1

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def test_recomputed_activations_give_the_same_weights_and_leave_no_trace():
    plain, thrifty = Deep(), Deep()
    toy_fit(plain)
    toy_fit(thrifty, dict(activation_checkpointing=True))
    assert same_weights(plain, thrifty)
    assert plain.made == [12] * 3 and thrifty.made == [24] * 3
    assert all("forward" not in vars(layer) for layer in thrifty.layers)


def test_no_batches_no_weights_and_no_iterable_are_refused():
    with pytest.raises(ValueError, match="train must give at least one batch"):
        toy_fit(toy_model(), train=[])
    with pytest.raises(ValueError, match="no parameters to train"):
        toy_fit(nn.ReLU())
    with pytest.raises(TypeError, match="train"):
        toy_fit(toy_model(), train=3)


@pytest.mark.parametrize(
    "once",
    [
        lambda batches: (batch for batch in batches),
        iter,
        lambda batches: zip(*zip(*batches, strict=True), strict=True),
    ],
)
@pytest.mark.parametrize("name", ["train", "validation"])
def test_batches_that_can_be_read_only_once_are_refused_before_training(name, once):
    before, model = toy_model(), toy_model()
    with pytest.raises(TypeError, match=rf"{name} \(.*\) gives its batches only once"):
        toy_fit(model, **{name: once(toy_batches())})
    assert same_weights(before, model)


def mean_of(model, batch, **options):
    inputs, labels = batch
    return F.cross_entropy(model(inputs), labels, **options)


MEANS = {
    "cross-entropy": lambda m, b: (mean_of(m, b), len(b[1])),
    "smoothed": lambda m, b: (mean_of(m, b, label_smoothing=0.1), len(b[1])),
    "mean()": lambda m, b: (mean_of(m, b, reduction="none").mean(), len(b[1])),
    "divided": lambda m, b: (mean_of(m, b, reduction="sum") / len(b[1]), len(b[1])),
    "two means": lambda m, b: (mean_of(m, b) + m(b[0]).square().mean(), len(b[1])),
}


@pytest.mark.parametrize("name", MEANS)
def test_a_loss_that_gives_a_mean_is_refused_before_the_weights_move(name):
    before, model = toy_model(), toy_model()
    with pytest.raises(ValueError, match="sum over its 20 tokens, and gives a mean"):
        toy_fit(model, loss=MEANS[name])
    assert same_weights(before, model)


# In a process of its own: jaxtyping's check, on in these tests, stops the compiler.
COMPILED = """
import functools
from torch import nn
from torch.nn import functional as F
from training.toy import toy_fit, toy_model

nn.Module.compile = functools.partialmethod(nn.Module.compile, backend="aot_eager")

def loss(model, batch, **options):
    return F.cross_entropy(model(batch[0]), batch[1], **options), len(batch[1])

for reduction in ("sum", "mean"):
    config = dict(compile=True, max_steps=2)
    toy_fit(toy_model(), config, loss=functools.partial(loss, reduction=reduction))
    print(reduction, "was taken")
"""


def test_a_mean_is_seen_before_it_is_compiled():
    """Compiled, the graph of a loss is one node, whose name says nothing."""
    command = [sys.executable, "-c", COMPILED]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.stdout.strip() == "sum was taken", done.stderr[-2000:]
    assert "sum over its 20 tokens, and gives a mean" in done.stderr


SUMS = {
    "cross-entropy": lambda m, b: (mean_of(m, b, reduction="sum"), len(b[1])),
    "smoothed": lambda m, b: (
        mean_of(m, b, reduction="sum", label_smoothing=0.1),
        torch.tensor(len(b[1])),
    ),
    "a mean, multiplied": lambda m, b: (mean_of(m, b) * len(b[1]), len(b[1])),
    "a sum and a mean": lambda m, b: (
        mean_of(m, b, reduction="sum") + m(b[0]).square().mean(),
        len(b[1]),
    ),
}


@pytest.mark.parametrize("name", SUMS)
def test_a_loss_that_gives_a_sum_is_taken_however_it_is_made(name):
    assert toy_fit(toy_model(), loss=SUMS[name]).tokens == 12 * 20


@pytest.mark.parametrize(
    "loss, words",
    [
        (mean_of, r"two things.*it gave Tensor \(\)"),
        (lambda m, b: None, "two things.*it gave NoneType"),
        (lambda m, b: (1.0, 2), "first a float tensor.*not float"),
        (lambda m, b: (mean_of(m, b, reduction="none"), 20), r"not Tensor \(20,\)"),
        (lambda m, b: (mean_of(m, b), None), "second one number, not NoneType"),
        (lambda m, b: (mean_of(m, b), b[1]), r"second one number, not Tensor \(20,\)"),
    ],
)
def test_a_loss_that_gives_no_sum_and_count_is_refused_in_words(loss, words):
    with pytest.raises(TypeError, match=words):
        toy_fit(toy_model(), loss=loss)


@pytest.mark.parametrize(
    "fields, error",
    [
        (dict(max_steps=0), "max_steps (0) must be at least 1"),
        (dict(learning_rate=0.0), "learning_rate (0.0) must be above 0"),
        (dict(schedule="cos"), "schedule ('cos') must be one of constant, noam"),
        (dict(optimizer="sgd"), "optimizer ('sgd') must be one of adamw, muon"),
        (dict(precision="int8"), "precision ('int8') must be one of auto"),
        (dict(warmup=20), "warmup (20) must be at most max_steps (12)"),
        (dict(patience=2), "patience needs validate_every"),
        (dict(clip_norm=-1.0), "clip_norm (-1.0) must be above 0"),
        (dict(weight_decay=-1.0), "weight_decay (-1.0) must be at least 0"),
        (dict(weight_decay=float("nan")), "weight_decay (nan) must be a finite number"),
        (dict(final_share=1.5), "final_share (1.5) must be at most 1"),
        (dict(betas=(0.9, 1.0)), "betas[1] (1.0) must be below 1"),
        (dict(seed=2**63), "must be at most 9223372036854775807"),
    ],
)
def test_a_configuration_that_cannot_be_names_the_field(fields, error):
    with pytest.raises(ValueError) as caught:
        FitConfig(**(dict(max_steps=12) | fields))
    assert error in str(caught.value)


@pytest.mark.parametrize(
    "fields, error",
    [
        (dict(max_steps=1.5), "max_steps (1.5) must be a whole number"),
        (dict(learning_rate="1"), "learning_rate ('1') must be a number"),
        (dict(betas=[0.9]), "betas ((0.9,)) must be 2 values (a number, a number)"),
        (dict(final_share="x"), "final_share ('x') must be a number"),
        (dict(compile="False"), "compile ('False') must be true or false"),
        (dict(activation_checkpointing=1), "activation_checkpointing (1) must be true"),
        (dict(patience="3"), "patience ('3') must be a whole number or none"),
        (dict(schedule=None), "schedule (None) must be text"),
    ],
)
def test_a_field_of_another_type_is_refused(fields, error, own_checks_only):
    with pytest.raises(TypeError) as caught:
        FitConfig(**(dict(max_steps=1) | fields))
    assert error in str(caught.value)


def test_a_configuration_survives_json():
    config = FitConfig(max_steps=3, betas=(0.8, 0.9), clip_norm=None)
    assert FitConfig.from_json(config.to_json()) == config
    with pytest.raises(TypeError, match="stepps"):
        FitConfig.from_json('{"max_steps": 1, "stepps": 2}')
