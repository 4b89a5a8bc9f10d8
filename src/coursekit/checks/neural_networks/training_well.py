"""Checks of chapter 4: AdamW with missing slopes, a schedule, mended dropout."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from coursekit.checks.asking import ask, avoids
from coursekit.checks.values import array, expect, one_changed, parts, sizes

WATCHED = ("n2t.", "torch.")
OWN = "write it yourself, with NumPy"
FROM_NOISE = (
    "dx: where x is 0, y is 0 too, but that entry is not dropped, and its gradient "
    "goes on: the noise says what is dropped, not y"
)


def check_adamw_path(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(w, slopes, rates, betas, tiny, decay)` must give every update's weights.

    Slopes are NaN where a weight takes no part; each weight counts its own updates.
    """
    for missing in (0.0, 0.5, 0.9):
        for _ in range(2):
            _check_path(answer, _path_inputs(rng, missing))
    late = _path_inputs(rng, 0.0)
    late[1][:3, 0] = np.nan  # takes part from the fourth update on
    _check_path(answer, late)
    for steps, n in ((1, 1), (1, 4), (7, 1)):
        _check_path(answer, _path_inputs(rng, 0.3, steps, n))
    for betas in ((0.0, 0.0), (0.0, 0.95), (0.9, 0.0)):
        _check_path(answer, [*_path_inputs(rng, 0.3)[:3], betas, 1e-3, 0.1])
    for tiny, decay in ((1e-8, 0.0), (10.0, 0.0), (10.0, 2.0)):
        _check_path(answer, [*_path_inputs(rng, 0.3)[:4], tiny, decay])
    for inputs, special in _rare_paths(rng):
        _check_path(answer, inputs, special)
    given, other = (_path_inputs(rng, 0.4, 6, 3) for _ in range(2))
    for arguments in one_changed(rng, given, other):
        _check_path(answer, arguments)


def _rare_paths(rng: np.random.Generator) -> list:
    """Inputs at the edges of the statement, each with what to say first."""
    fast = _path_inputs(rng, 0.0)
    fast[2] = rng.uniform(0.2, 0.3, size=fast[2].shape)
    fast[-1] = 6.0  # the share that decays is above 1: the weight changes its sign
    long = _path_inputs(rng, 0.1, 150, 2)  # counts well above 100
    rest = _path_inputs(rng, 0.2, 8, 3)
    rest[2][::3] = 0.0  # as a schedule ends
    nobody = _path_inputs(rng, 0.0)
    nobody[1][2] = np.nan  # an update without any weight
    still = _path_inputs(rng, 0.0)
    still[1][:] = 0.0
    return [
        (fast, ""),
        (long, ""),
        (rest, "with rate 0 nothing moves, but means and counts go on; "),
        (nobody, ""),
        (still, "a slope of 0 is a slope: such a weight decays; "),
    ]


def _path_inputs(rng: np.random.Generator, missing: float, steps=0, n=0) -> list:
    if not steps:
        steps, n = sizes(rng, 2, 4, 12)
    scales = 10.0 ** rng.uniform(-2, 2, size=n)
    slopes = rng.normal(size=(steps, n)) * scales
    slopes[rng.random((steps, n)) < missing] = np.nan
    betas = float(rng.uniform(0.5, 0.95)), float(rng.uniform(0.9, 0.999))
    rates = rng.uniform(0.01, 0.3, size=steps)
    w = rng.choice([-1, 1], size=n) * rng.uniform(1, 4, size=n)
    return [w, slopes, rates, betas, float(rng.uniform(0.01, 0.2)), 0.7]


def _check_path(answer: Callable, given: list, special: str = "") -> None:
    w, slopes, *_ = given
    betas = " and ".join(f"{beta:.2f}" for beta in given[3])
    hint = f"for {len(slopes)} updates of {len(w)} weights, betas {betas}"
    record = ask(answer, *given, hint=hint, watch=WATCHED)
    avoids(record, WATCHED, OWN)
    why = "one row an update", "one column a weight"
    got = array(record.value, slopes.shape, "the path (steps, n)", why=why)
    mistakes = () if special else lambda: _wrong_paths(given)
    expect(got, _path(*given), f"{special}{hint}, the path", mistakes, 1e-9)


def _path(
    w,
    slopes,
    rates,
    betas,
    tiny,
    decay,
    *,
    counts="own",
    corrected=(True, True),
    place="beside",
    rated=True,
    rests=True,
    root="outside",
    fades=False,
) -> np.ndarray:
    """The weights after each update, number by number; options make known mistakes."""
    out = np.zeros(slopes.shape)
    for i, value in enumerate(w.tolist()):
        mean = square = 0.0
        count = 0
        for step, (dw, rate) in enumerate(zip(slopes[:, i], rates, strict=True)):
            if math.isnan(dw):
                value *= 1 - rate * decay * (not rests)
                if fades:
                    mean, square = betas[0] * mean, betas[1] * square
                out[step, i] = value
                continue
            count += 1
            k = {"own": count, "all": step + 1, "from 0": count - 1, "one": 1}[counts]
            dw = dw + decay * value * (place == "inside")
            mean = betas[0] * mean + (1 - betas[0]) * dw
            square = betas[1] * square + (1 - betas[1]) * dw**2
            fair = _fair((mean, square), betas, k, corrected)
            typical = math.sqrt(fair[1]) + tiny
            if root == "inside":
                typical = math.sqrt(fair[1] + tiny)
            if place == "beside":
                value *= 1 - (rate if rated else 1.0) * decay
            value -= rate * fair[0] / typical
            if place == "after":
                value *= 1 - rate * decay
            out[step, i] = value
    return out


def _fair(means: tuple, betas: tuple, k: int, corrected: tuple) -> list:
    """Each mean over the share of it that k updates have filled, where corrected."""
    divisors = [
        1 - beta**k if on else 1.0 for beta, on in zip(betas, corrected, strict=True)
    ]
    return [mean / (d or 1.0) for mean, d in zip(means, divisors, strict=True)]


def _wrong_paths(given: list) -> list:
    """Known wrong paths, each with what to say of it."""
    slopes_inside = (
        "decay is in the slope, where the typical size divides it: take it from the "
        "weight itself, beside Adam's step"
    )
    kinds = (
        ({"counts": "all"}, "the means are corrected by the number of all updates: "
         "each weight has its own count"),
        ({"counts": "one"}, "every update is corrected as if it were the first: the "
         "count must rise"),
        ({"corrected": (False, False)}, "the means are not corrected: they begin at 0"),
        ({"corrected": (True, False)}, "the mean of the squares is not corrected"),
        ({"corrected": (False, True)}, "the mean of the slopes is not corrected"),
        ({"place": "inside"}, slopes_inside),
        ({"rated": False}, "decay takes a share rate · decay, not decay alone"),
        ({"place": "after"}, "decay first, then Adam's step: the weight that decays is "
         "the one from before the update"),
        ({"place": "nowhere"}, "there is no decay"),
        ({"rests": False}, "a weight without a slope decays: it must stay where it is"),
        ({"fades": True}, "a weight without a slope has its means faded: they stay"),
        ({"root": "inside"}, "tiny is added under the root: it belongs outside"),
    )  # fmt: skip
    with np.errstate(all="ignore"):
        return [(_path(*given, **options), words) for options, words in kinds]


def check_rates(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(steps, warmup, fall, peak)` must rise, stay and fall."""
    steps = int(rng.integers(20, 40))
    warmup, fall = sizes(rng, 2, 2, 9)
    for case in [
        (steps, warmup, fall),
        (steps, 0, fall),
        (steps, warmup, 0),
        (steps, 0, 0),
        (steps, 1, fall),
        (steps, warmup, 1),
        (steps, steps, 0),
        (steps, 0, steps),
        (steps, warmup, steps - warmup),
        (steps, warmup, steps),
        (steps, steps - 3, steps - 5),
        (steps, steps + 7, fall),
        (steps, warmup, steps + 7),
        (steps, 2 * steps, 3 * steps),
        *[(1, a, b) for a in (0, 1, 3) for b in (0, 1, 3)],
        (2, 1, 1),
    ]:
        for peak in (float(rng.uniform(0.1, 3)), 1.0, int(rng.integers(2, 9))):
            _check_rates(answer, *case, peak)
    given = [steps, warmup, fall, 0.5]
    for arguments in one_changed(rng, given, [steps + 5, warmup + 9, fall + 9, 2.0]):
        _check_rates(answer, *arguments)


def _check_rates(answer, steps: int, warmup: int, fall: int, peak: float) -> None:
    hint = f"for steps {steps}, warmup {warmup}, fall {fall}"
    given = (steps, warmup, fall, peak)
    record = ask(answer, *given, hint=hint, watch=WATCHED)
    avoids(record, WATCHED, OWN)
    got = array(record.value, (steps,), "the rates (steps,)", why="one an update")
    expect(got, _rates(*given), f"{hint}, the rates", lambda: _wrong_rates(*given))


def _rates(steps, warmup, fall, peak, first=1, end=1, meet=min) -> np.ndarray:
    """Rates one by one; `first` numbers the first update, `end` closes the fall."""
    out = []
    for k in range(first, steps + first):
        rise = k / warmup if k < warmup else 1.0
        left = steps + first - 1 - k  # updates after this one
        drop = (left + end) / (fall + end) if left < fall else 1.0
        out.append(peak * meet(rise, drop))
    return np.array(out)


def _wrong_rates(steps, warmup, fall, peak) -> list:
    """Known wrong schedules, each with what to say of it."""
    given = steps, warmup, fall, peak
    whole = (
        "these are whole numbers: an array made of whole numbers, as np.full makes of "
        "a peak of 2, cuts off what stands behind the point"
    )
    return [
        (_rates(*given, first=0), "updates count from 1: the first has peak / warmup"),
        (
            _rates(*given, end=0),
            "the last update has rate 0: the one after it would have, so the fall "
            "has fall + 1 equal steps",
        ),
        (
            _rates(*given, meet=lambda rise, drop: rise * drop),
            "where rise and fall meet, the smaller counts, not the product",
        ),
        (_rates(*given, meet=lambda rise, drop: rise), "nothing falls at the end"),
        (_rates(*given, meet=lambda rise, drop: drop), "nothing rises at the start"),
        (_rates(steps, warmup, fall, 1.0), "these are shares: multiply by the peak"),
        (np.trunc(_rates(*given)), whole),
    ]


def check_dropout(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, dy, noise, p, training)` must give the mended y and dx."""
    one, two, three = sizes(rng, 3)
    for shape in [(one, two), (one,), (one, two, three), (), (1, 1), (0, two)]:
        drawn = rng.uniform([0.1, 0.6, 0.001], [0.4, 0.95, 0.05]).tolist()
        for p in (*drawn, 0.0):
            for training in (True, False):
                _check_dropout(answer, _drop_inputs(rng, shape, p), training)
    given = _drop_inputs(rng, (one, two), 0.3)
    other = _drop_inputs(rng, (one, two), 0.6)
    for arguments in one_changed(rng, given, other):
        for training in rng.permutation([True, False]).tolist():
            _check_dropout(answer, arguments, training)
    given = _drop_inputs(rng, (one,), 0.25)
    given[2][0] = 0.25  # on the border: not below p
    _check_dropout(answer, given, True)
    large = _drop_inputs(rng, (one, two), 0.4)
    _check_dropout(answer, [1e9 * large[0], 1e-9 * large[1], *large[2:]], True)
    for place in (0, 1):  # x as it comes out of a ReLU; a gradient that is 0
        given = _drop_inputs(rng, (one, two), 0.4)
        stays = np.argwhere(given[2] >= 0.4)
        given[place][tuple(stays[rng.integers(len(stays))])] = 0.0
        for training in (True, False):
            _check_dropout(answer, given, training)


def _drop_inputs(rng: np.random.Generator, shape: tuple, p: float) -> list:
    """Values and gradients of either sign, none near 0, and even noise."""
    signs = rng.choice([-1, 1], size=(2, *shape))
    x, dy = signs * rng.uniform(0.5, 2, size=(2, *shape))
    noise = np.asarray(rng.random(shape))
    if noise.size > 1:  # one is dropped for certain, one stays
        noise.flat[rng.permutation(noise.size)[:2]] = p / 2, (1 + p) / 2
    return [np.asarray(x), np.asarray(dy), noise, p]


def _check_dropout(answer: Callable, given: list, training: bool) -> None:
    x, dy, noise, p = given
    hint = f"for shape {x.shape}, p {p:.2f}, training {training}"
    found = ask(answer, *given, training, hint=hint).value
    names = ("y", "dx")
    for name, got, source in zip(names, parts(found, names), (x, dy), strict=True):
        got = array(got, x.shape, name, why="that of x")
        factor = (noise >= p) / (1 - p) if training else np.ones(x.shape)
        said = _wrong_drops(name, source, noise, p, training)
        if name == "dx" and not x.all():
            said += [(source * factor * (x != 0), FROM_NOISE)]
        expect(got, source * factor, f"{name} ({hint})", said, 1e-12)


def _wrong_drops(name: str, source, noise, p: float, training: bool) -> list:
    """Known wrong results, each with what to say of it."""
    keep = noise >= p
    if not training:
        return [
            (source * keep / (1 - p), f"{name}: in use nothing is dropped or scaled"),
            (source * keep, f"{name}: in use nothing is dropped"),
            (source * (1 - p), f"{name}: in use nothing is scaled"),
            (source / (1 - p), f"{name}: in use nothing is scaled"),
        ]
    lost = "what is left must make up for what is dropped: divide by 1 - p"
    if name == "dx":
        lost = "dx: what multiplies going forward multiplies going back, scale and all"
    found = [
        (source * keep, lost),
        (source * ~keep / (1 - p), f"{name}: kept and dropped are the wrong way round"),
        (source * ~keep, f"{name}: kept and dropped are the wrong way round"),
        (source / (1 - p), f"{name}: nothing is dropped"),
        (source, f"{name}: nothing is dropped"),
    ]
    if p:
        found += [
            (source * ~keep / p, f"{name}: it keeps a share p, and drops the rest"),
            (source * keep / p, f"{name}: the share that is kept is 1 - p, not p"),
        ]
    return found
