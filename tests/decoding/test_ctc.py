"""CTC: equal to brute force over all paths and to PyTorch's loss."""

import itertools
import math

import pytest
import torch
from torch.nn import functional as F

from n2t.decoding import best_path, collapse, log_likelihood

TEXTS = [[], [1], [1, 2], [1, 1], [2, 1, 2], [2, 2, 1], [1, 1, 1], [1, 2, 1, 2, 1, 2]]


def said(S, V, seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(S, V, generator=generator, dtype=torch.float64)
    return (2 * logits).log_softmax(-1)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ([], []),
        ([0, 0], []),
        ([1, 1, 0, 1], [1, 1]),
        ([0, 2, 2, 1, 0, 0, 1], [2, 1, 1]),
        ([3, 2, 3], [3, 2, 3]),
    ],
)
def test_repeats_are_merged_before_blanks_are_dropped(path, text):
    assert collapse(path) == text


def test_another_blank_can_be_named():
    assert collapse([0, 0, 2, 0, 1], blank=2) == [0, 0, 1]


@pytest.mark.parametrize("text", TEXTS, ids=str)
@pytest.mark.parametrize("S", [1, 2, 5])
def test_likelihood_is_the_sum_over_all_paths(S, text):
    log_probs = said(S, 3)
    paths = itertools.product(range(3), repeat=S)
    scores = [log_probs[range(S), p].sum() for p in map(list, paths)
              if collapse(p) == text]  # fmt: skip
    wanted = torch.stack(scores).logsumexp(0).item() if scores else -math.inf
    assert log_likelihood(log_probs, text).item() == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("text", TEXTS[1:], ids=str)
def test_likelihood_and_its_gradient_are_those_of_torch(text):
    logits = said(40, 6, seed=3).requires_grad_()
    ours = -log_likelihood(logits.log_softmax(-1), text)
    theirs = F.ctc_loss(
        logits.log_softmax(-1)[:, None], torch.tensor([text]), [40], [len(text)],
        reduction="sum",
    )  # fmt: skip
    torch.testing.assert_close(ours, theirs, atol=1e-10, rtol=1e-10)
    (mine,) = torch.autograd.grad(ours, logits)
    (wanted,) = torch.autograd.grad(theirs, logits)
    torch.testing.assert_close(mine, wanted, atol=1e-10, rtol=1e-10)


def test_a_text_without_a_path_has_a_gradient_of_zeros():
    log_probs = said(2, 3).requires_grad_()
    found = log_likelihood(log_probs, [1, 1])
    (gradient,) = torch.autograd.grad(found, log_probs)
    assert found.item() == -math.inf
    assert torch.equal(gradient, torch.zeros(2, 3).double())


def test_hundreds_of_steps_do_not_underflow():
    log_probs = said(800, 30)
    assert -4000 < log_likelihood(log_probs, [1, 2, 3]).item() < -800


def test_all_texts_together_have_probability_1():
    log_probs = said(4, 3)
    texts = {tuple(collapse(p)) for p in itertools.product(range(3), repeat=4)}
    total = sum(log_likelihood(log_probs, text).exp().item() for text in texts)
    assert total == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("text", [[0], [3], [-1], [1, 0, 2]])
def test_a_text_with_blanks_or_unknown_ids_is_refused(text):
    with pytest.raises(ValueError, match="target"):
        log_likelihood(said(4, 3), text)


def test_best_path_reads_each_row_to_its_end():
    symbols = torch.tensor([[1, 1, 0, 2, 2], [0, 2, 2, 0, 1]])
    log_probs = F.one_hot(symbols, 3).double().log_softmax(-1)
    assert best_path(log_probs, torch.tensor([5, 3])) == [[1, 2], [2]]
