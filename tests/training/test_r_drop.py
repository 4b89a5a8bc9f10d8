"""R-Drop equals its formula, written with torch's divergences and autograd."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from n2t.data.batches import Batch
from n2t.models import Transformer, TransformerConfig
from n2t.training import translation_loss
from n2t.training.losses import chunked_cross_entropy, chunked_r_drop

B, T, D, V = 3, 5, 6, 11


def example(bias=True):
    draws = torch.Generator().manual_seed(0)
    features = torch.randn(2 * B, T, D, generator=draws, dtype=torch.float64)
    targets = torch.randint(3, V, (B, T), generator=draws)
    targets[0, 3:] = 0  # padding
    torch.manual_seed(0)
    output = nn.Linear(D, V, bias=bias).double()
    return features.requires_grad_(), output, targets


def by_torch(features, output, targets, alpha, smoothing):
    """Half of the paper's equation 4, summed over what is no padding."""
    first, second = output(features).chunk(2)
    live = targets != 0
    logs = [part[live].log_softmax(-1) for part in (first, second)]
    options = dict(reduction="sum", label_smoothing=smoothing)
    entropies = [
        F.cross_entropy(part[live], targets[live], **options)
        for part in (first, second)
    ]
    divergence = dict(reduction="sum", log_target=True)
    apart = F.kl_div(*logs, **divergence) + F.kl_div(*logs[::-1], **divergence)
    return sum(entropies) / 2 + alpha / 2 * apart / 2


@pytest.mark.parametrize("chunk", [1, 4, 100])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_r_drop_in_chunks_equals_its_formula_and_its_gradients(chunk, bias, smoothing):
    features, output, targets = example(bias)
    leaves = features, *output.parameters()
    expected = by_torch(features, output, targets, 5.0, smoothing)
    total, count = chunked_r_drop(
        features, output.weight, output.bias, targets, 5.0,
        chunk=chunk, ignore_id=0, label_smoothing=smoothing,
    )  # fmt: skip
    assert count == (targets != 0).sum()
    torch.testing.assert_close(total, expected, rtol=1e-10, atol=0.0)
    pairs = zip(
        torch.autograd.grad(total * 3, leaves),
        torch.autograd.grad(expected * 3, leaves),
        strict=True,
    )
    for found, wanted in pairs:
        torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-12)


def test_passes_that_agree_have_the_plain_loss_whatever_alpha():
    features, output, targets = example()
    once = features.detach()[:B]
    given = output.weight, output.bias
    plain = chunked_cross_entropy(once, *given, targets, chunk=4, ignore_id=0)
    twice = torch.cat([once, once])
    agreed = chunked_r_drop(twice, *given, targets, 7.0, chunk=4, ignore_id=0)
    torch.testing.assert_close(agreed, plain, rtol=1e-12, atol=0.0)


def test_a_class_that_both_passes_rule_out_changes_nothing_for_the_others():
    features, output, targets = example()
    bias = output.bias.detach().clone()
    bias[-1] = -torch.inf
    targets = targets.clamp(max=V - 2)
    options = dict(chunk=4, ignore_id=0)
    weight = output.weight.detach()
    found, _ = chunked_r_drop(features, weight, bias, targets, 5.0, **options)
    fewer = weight[:-1], bias[:-1]
    wanted, _ = chunked_r_drop(features, *fewer, targets, 5.0, **options)
    torch.testing.assert_close(found, wanted, rtol=1e-12, atol=0.0)
    slopes = (torch.autograd.grad(loss, features)[0] for loss in (found, wanted))
    torch.testing.assert_close(*slopes, rtol=1e-10, atol=1e-12)


def test_a_batch_of_nothing_but_padding_has_no_loss_and_no_gradient():
    features, output, targets = example()
    given = output.weight, output.bias, torch.zeros_like(targets), 5.0
    total, count = chunked_r_drop(features, *given, chunk=4, ignore_id=0)
    total.backward()
    assert total == 0 and count == 0 and not features.grad.any()


def test_features_that_are_not_two_of_each_are_refused():
    features, output, targets = example()
    with pytest.raises(ValueError, match=r"features \(3, 5, 6\) shaped \(6, 5, 'D'\)"):
        chunked_r_drop(features[:B], output.weight, None, targets, 1.0, chunk=4)


def translator(dropout):
    torch.manual_seed(0)
    sizes = dict(d_model=8, n_head=2, n_layer=1, d_ff=16)
    return Transformer(TransformerConfig(V, V, dropout=dropout, **sizes)).double()


def batch():
    _, _, targets = example()
    source = torch.randint(3, V, (B, 4), generator=torch.Generator().manual_seed(2))
    inputs = torch.cat([torch.ones(B, 1, dtype=torch.long), targets[:, :-1]], dim=1)
    return Batch(source, inputs, targets, torch.arange(B))


@pytest.mark.parametrize("chunk", [None, 4])
def test_a_translator_in_training_reads_its_batch_twice(chunk):
    model = translator(dropout=0.3).train()
    given = batch()
    loss = translation_loss(0.1, chunk=chunk, r_drop=5.0)
    torch.manual_seed(3)
    found, count = loss(model, given)
    torch.manual_seed(3)
    ids = (torch.cat([part, part]) for part in (given.source, given.target_in))
    features = model.features(*ids)
    expected = by_torch(features, model.output, given.target_out, 5.0, 0.1)
    assert count == (given.target_out != 0).sum()
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=0.0)


def test_without_dropout_or_outside_training_r_drop_is_the_plain_loss():
    loss, plain = translation_loss(0.1, r_drop=5.0), translation_loss(0.1)
    for model in (translator(dropout=0.3).eval(), translator(dropout=0.0).train()):
        torch.testing.assert_close(
            loss(model, batch()), plain(model, batch()), rtol=1e-6, atol=1e-8
        )


def test_r_drop_below_0_is_refused():
    with pytest.raises(ValueError, match=r"r_drop \(-1.0\) must be at least 0"):
        translation_loss(r_drop=-1.0)
