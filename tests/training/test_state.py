"""What processes keep of the weights when a run is saved: the writer, and others."""

import dataclasses

import torch
from training.toy import toy_batches, toy_model

from n2t.training import FitConfig, checkpoints, classification_loss
from n2t.training.loop import Run
from n2t.training.state import optimizer_state, weights_of


def numbers_in(tree):
    """How many numbers the tensors of a tree hold."""
    tensors = checkpoints.flatten(tree)[1].values()
    return sum(tensor.numel() for tensor in tensors)


def run():
    config = FitConfig(max_steps=4, average_last=2, average_every=1)
    return Run(toy_model(), toy_batches(), classification_loss, config)


def test_a_process_that_does_not_write_collects_no_weights(monkeypatch):
    writer, other = run(), run()
    for one in (writer, other):
        one.to_the_end()
    beside = dataclasses.replace(other.world, rank=1)
    monkeypatch.setattr(other, "world", beside)
    kept = [part.state_dict() for part in (writer, other)]
    for key in ("weights", "optimizers", "average"):
        assert numbers_in(kept[0][key]) > 8 * 16
        assert numbers_in(kept[1][key]) == 0, key


def test_what_is_written_at_once_is_not_copied_first():
    model = toy_model()
    own = {name: weight.data_ptr() for name, weight in model.state_dict().items()}
    saved, kept = weights_of(model, copy=False), weights_of(model)
    assert {name: weight.data_ptr() for name, weight in saved.items()} == own
    assert all(kept[name].data_ptr() != place for name, place in own.items())


def test_weights_that_are_parts_of_one_tensor_are_stored_each_by_itself(tmp_path):
    whole = torch.arange(12.0)
    weights = {"a": whole[:4].view(2, 2), "b": whole[4:].view(2, 4).t()}
    found, _ = checkpoints.load(checkpoints.save(tmp_path, 1, weights, {}))
    assert all(torch.equal(found[name], weights[name]) for name in weights)


def test_an_optimizers_state_is_not_kept_where_it_is_not_wanted():
    model = toy_model()
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(2, 8)).sum().backward()
    optimizer.step()
    assert numbers_in(optimizer_state(model, [optimizer])) > 2 * 8 * 16
    assert numbers_in(optimizer_state(model, [optimizer], wanted=False)) == 0
