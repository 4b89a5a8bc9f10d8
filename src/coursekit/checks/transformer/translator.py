"""Checks of chapter 17: targets, their loss, and a whole translator."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from n2t.data.sets.numbers import NUMBER_LANGUAGES, number_pairs
from n2t.data.text import SPECIALS

ENOUGH = 0.8  # share of exact answers that the capstone asks for
TAKEN = {("en", "de"), ("en", "zh")}  # the chapter's own pairs


def check_smoothed_loss(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(logits, targets, epsilon, pad_id)`: the mean over real positions."""
    B, T, V = rng.permutation(np.arange(4, 9))[:3].tolist()
    logits = torch.from_numpy(2 * rng.normal(size=(B, T, V)))
    pad_id = int(rng.integers(V))
    targets = torch.from_numpy((pad_id + rng.integers(1, V, (B, T))) % V)
    lengths = torch.arange(1, B + 1).clamp(max=T - 1)
    padding = torch.arange(T) >= lengths[:, None]
    targets[padding] = pad_id
    epsilon = float(rng.uniform(0.1, 0.3))
    hint = "logits are (B, T, V), targets (B, T): gather along the last axis"
    got = call(answer, logits.clone(), targets.clone(), epsilon, pad_id, hint=hint)
    got = torch.as_tensor(got)
    assert got.shape == (), f"wanted one number, got shape {tuple(got.shape)}"
    for wrong, words in _wrong_losses(logits, targets, epsilon, padding):
        assert not torch.isclose(got, wrong, rtol=1e-9), words
    right = F.cross_entropy(
        logits.mT, targets, ignore_index=pad_id, label_smoothing=epsilon
    )
    assert torch.isclose(got, right, rtol=1e-9), f"got {got:.4f}, wanted {right:.4f}"
    far = call(answer, 1000 * logits, targets, epsilon, pad_id, hint="overflow")
    assert torch.isfinite(torch.as_tensor(far)), (
        "not finite for logits near 1,000: use log_softmax, not the log of a softmax"
    )


def _wrong_losses(
    logits: Tensor, targets: Tensor, epsilon: float, padding: Tensor
) -> list[tuple[Tensor, str]]:
    """What the usual mistakes give, with their names."""
    V, real = logits.shape[-1], ~padding
    log_p = logits.log_softmax(-1)
    hard = -log_p.gather(-1, targets[..., None])[..., 0]  # (B, T)
    even = -log_p.mean(-1)
    both = (1 - epsilon) * hard + epsilon * even
    others = (1 - epsilon) * hard + epsilon / (V - 1) * (V * even - hard)
    n = real.sum()
    by_sentence = (both * real).sum(1) / real.sum(1)
    leaky = ((1 - epsilon) * (hard * real).sum() + epsilon * even.sum()) / n
    time = logits.log_softmax(1)
    wrong = -(1 - epsilon) * time.gather(-1, targets[..., None])[..., 0]
    wrong = wrong - epsilon * time.mean(-1)
    return [
        (both.mean(), "padding counts like a real position"),
        ((both * real).sum() / real.numel(), "divided by padding too: count real ones"),
        (leaky, "padding still counts in the smoothed part"),
        (hard[real].mean(), "nothing is smoothed: where is epsilon?"),
        (others[real].mean(), "epsilon goes to all V pieces, the right one too"),
        (both[real].sum(), "a sum, wanted the mean over real positions"),
        (by_sentence.mean(), "a mean of sentences' means: short ones weigh too much"),
        (wrong[real].mean(), "the softmax runs over time: use the last axis"),
    ]


def check_translator(
    answer: Callable, pair: Sequence[str], rng: np.random.Generator
) -> None:
    """`answer(pairs)` must train, and give a function that translates texts.

    The pairs are numbers below 1,000 in words; it is asked for others than those.
    """
    source, target = _check_pair(pair)
    splits = number_pairs(
        target, source=source, size=800, held_out=100, limit=1000,
        seed=int(rng.integers(2**31)),
    )  # fmt: skip
    translate = call(
        answer, list(splits.train), hint="it gets a list of (source, target) pairs"
    )
    assert callable(translate), (
        f"train_translator gave {type(translate).__name__}, wanted a function that "
        "translates a list of texts"
    )
    texts, wanted = (list(side) for side in zip(*splits.test, strict=True))
    said = call(translate, list(texts), hint="it gets a list of texts")
    _check_answers(said, texts, wanted)
    share = float(np.mean([a == b for a, b in zip(said, wanted, strict=True)]))
    if share < ENOUGH:
        some = splits.train[:100]
        known = call(translate, [x for x, _ in some], hint="a list of texts")
        remembered = np.mean([a == y for a, (_, y) in zip(known, some, strict=True)])
        words = "train longer, and look at the loss"
        if remembered > max(0.95, share + 0.3):
            words = "it knows its training pairs by heart and little else"
        raise AssertionError(
            f"{share:.0%} of 100 held-out answers are exact, wanted {ENOUGH:.0%}: "
            + words
        )


def _check_pair(pair: Sequence[str]) -> tuple[str, str]:
    assert isinstance(pair, tuple) and len(pair) == 2, (
        f"PAIR ({pair!r}) must be two language codes"
    )
    known = (*NUMBER_LANGUAGES, "digits")
    assert set(pair) <= set(known) and pair[0] != pair[1], (
        f"PAIR ({pair!r}) must be two different ones of {', '.join(known)}"
    )
    assert pair not in TAKEN, f"PAIR {pair} is the chapter's own: choose another"
    return pair[0], pair[1]


def _check_answers(said: Any, texts: list[str], wanted: list[str]) -> None:
    """Name what is wrong with a list of translations, few right ones aside."""
    assert isinstance(said, list) and len(said) == len(texts), (
        f"wanted a list of {len(texts)} translations, got {type(said).__name__}"
    )
    kind = next((type(x).__name__ for x in said if not isinstance(x, str)), None)
    assert kind is None, f"translations are {kind}, wanted text: decode the ids"
    assert not any(mark in text for text in said for mark in SPECIALS), (
        "special tokens are left in the translations"
    )
    assert len(set(said)) > 1, "the same answer for every text: is the source read?"
    assert said != texts, "these are the sources: nothing was translated"
    shuffled = sorted(said) == sorted(wanted) and said != wanted
    assert not shuffled, "right translations in the wrong order: restore it"
