"""The baselines that read sound do what their words say."""

import importlib.util
import sys

import numpy as np
import pytest

from n2t.data.sets.morse import morse_sound
from n2t.ledger.places import ROOT


def load(name):
    """A module of the benchmarks, which are no package that is installed."""
    path = ROOT / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"benchmarks_{name}", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


morse, spoken_digits = load("morse"), load("spoken_digits")


@pytest.mark.parametrize("speed", [10, 25, 50])
def test_the_receiver_without_weights_reads_quiet_clips(speed):
    rng = np.random.default_rng(speed)
    for text in ("SOS", "E", "T9", "PARIS", "0QX"):
        sound = morse_sound(
            text, words_per_minute=speed, noise_db=-20, generator=rng,
            frequency=rng.uniform(400, 800),
        )  # fmt: skip
        assert morse.by_rule(sound) == text or set(text) <= set("ET")


def test_no_test_text_is_trained_on():
    clips = [(None, "A"), (None, "B"), (None, "C")]
    kept = morse.without(clips, {"one": [(None, "B")], "two": [(None, "D")]})
    assert [text for _, text in kept] == ["A", "C"]


def warped(one, other):
    """Dynamic time warping by its definition, places at most four apart."""
    T = len(one)
    total = np.full((T, T), np.inf)
    for i in range(T):
        for j in range(T):
            if abs(i - j) > 4:
                continue
            ways = [total[i - 1, j]] * (i > 0) + [total[i, j - 1]] * (j > 0)
            ways += [total[i - 1, j - 1]] * (i > 0 and j > 0)
            gap = ((one[i] - other[j]) ** 2).sum()
            total[i, j] = gap + min(ways, default=0.0)
    return total[-1, -1]


def test_warped_distances_are_those_of_the_definition():
    rng = np.random.default_rng(0)
    one, known = rng.normal(size=(9, 3)), rng.normal(size=(5, 9, 3))
    wanted = [warped(one, other) for other in known]
    np.testing.assert_allclose(spoken_digits.costs(one, known), wanted, rtol=1e-5)


def test_bands_are_centered_by_training_alone_or_by_their_own_mean():
    rng = np.random.default_rng(0)
    bands = [rng.normal(loc=i, size=(4 + i, 3)) for i in range(4)]
    rows = np.array([0, 1])
    plain = spoken_digits.normalized(bands, "training", rows)
    together = np.concatenate([plain[i] for i in rows])
    np.testing.assert_allclose(together.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(together.std(0), 1, atol=1e-6)
    changed = spoken_digits.normalized([*bands[:3], 9 * bands[3]], "training", rows)
    assert np.array_equal(plain[0], changed[0])
    own = spoken_digits.normalized(bands, "own mean", rows)
    np.testing.assert_allclose([each.mean(0) for each in own], 0, atol=1e-6)
