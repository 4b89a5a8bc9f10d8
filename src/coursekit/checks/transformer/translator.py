"""Checks of chapter 17: a whole translator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from coursekit.checks.asking import ask
from coursekit.checks.transformer.made_up import made_up_pairs
from coursekit.checks.values import described
from n2t.data.sets.numbers import NUMBER_LANGUAGES
from n2t.data.text import SPECIALS

ENOUGH = 0.8  # share of exact answers that the capstone asks for
TAKEN = {("en", "de"), ("en", "zh")}  # the chapter's own pairs


def check_translator(
    answer: Callable, pair: Sequence[str], rng: np.random.Generator
) -> None:
    """`answer(pairs)` must learn, and give a function that translates texts.

    The pairs are numbers below 1,000 in made-up words; others than those are asked.
    """
    splits = made_up_pairs(*_check_pair(pair), rng)
    hint = "it gets a list of (source, target) pairs"
    translate = ask(answer, list(splits.train), hint=hint).value
    assert callable(translate), (
        "train_translator must give a function that translates a list of texts; got "
        f"{described(translate)}"
    )
    wanted = dict(splits.test)
    texts = list(wanted)
    said = _translations(translate, texts)
    _check_texts(said, texts, list(wanted.values()))
    exact = [wanted[text] == one for text, one in zip(texts, said, strict=True)]
    if np.mean(exact) < ENOUGH:
        raise AssertionError(_too_few(translate, exact, texts, said, splits))
    _check_again(translate, dict(zip(texts, said, strict=True)), rng)


def _check_pair(pair: Any) -> tuple[str, str]:
    good = isinstance(pair, tuple | list) and len(pair) == 2
    assert good and all(isinstance(code, str) for code in pair), (
        f"PAIR ({pair!r}) must be two language codes"
    )
    known = (*NUMBER_LANGUAGES, "digits")
    assert set(pair) <= set(known) and pair[0] != pair[1], (
        f"PAIR ({pair!r}) must be two different ones of {', '.join(known)}"
    )
    assert tuple(pair) not in TAKEN, f"PAIR {pair} is the chapter's own: choose another"
    return pair[0], pair[1]


def _translations(translate: Any, texts: list[str]) -> list[str]:
    """What it says of some texts: as many texts."""
    said = ask(translate, texts, hint="the function gets a list of texts").value
    said = said.tolist() if isinstance(said, np.ndarray) else said
    assert isinstance(said, list | tuple) and len(said) == len(texts), (
        f"wanted a list of {len(texts)} translations; got {described(said)}"
    )
    kind = next((type(x).__name__ for x in said if not isinstance(x, str)), None)
    assert kind is None, f"translations are {kind}, wanted text: decode the ids"
    return list(said)


def _check_texts(said: list[str], texts: list[str], wanted: list[str]) -> None:
    """Name what is wrong with many translations, few right ones aside."""
    assert not any(mark in text for text in said for mark in SPECIALS), (
        "special tokens are left in the translations"
    )
    assert len(set(said)) > 1, "the same answer for every text: is the source read?"
    assert said != texts, "these are the sources: nothing was translated"
    somewhere = (Counter(said) & Counter(wanted)).total() / len(wanted)
    here = np.mean([one == other for one, other in zip(said, wanted, strict=True)])
    assert somewhere < ENOUGH or here >= ENOUGH, (
        "right translations in the wrong order: restore that of the texts"
    )


def _too_few(translate, exact: list, texts: list, said: list, splits) -> str:
    """What is said of a translator that is wrong too often, with an example."""
    at, known = exact.index(False), dict(splits.train[:100])
    again = _translations(translate, list(known))
    hits = sum(a == b for a, b in zip(again, known.values(), strict=True))
    share = np.mean(exact)
    words = "train longer, and look at the loss"
    if hits > 95 or hits / 100 > share + 0.3:
        words = "it knows its training pairs by heart and little else"
    return (
        f"{share:.0%} of 100 held-out answers are exact, wanted {ENOUGH:.0%}; of 100 "
        f"training pairs {hits}%: {words}. {texts[at]!r} gave {said[at]!r}, wanted "
        f"{dict(splits.test)[texts[at]]!r}"
    )


def _check_again(translate: Any, first: dict, rng: np.random.Generator) -> None:
    """Texts in another order, some twice, some alone: the same translations.

    A few may differ: the length of a batch changes how sums are rounded.
    """
    texts = rng.choice(list(first), 30).tolist()
    for some, words in [
        ([texts], "the same texts in another order get other translations"),
        ([[text] for text in texts[:10]], "one text alone gets another translation"),
    ]:
        said = [one for part in some for one in _translations(translate, part)]
        same = sum(first[text] == one for text, one in zip(texts, said, strict=False))
        others = len(said) - same
        assert others <= 0.2 * len(said), (
            f"{words} than among 100: {others} of {len(said)}"
        )
