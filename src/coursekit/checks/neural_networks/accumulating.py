"""The check of chapter 5's update in pieces, and the models that its checks draw."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from coursekit.checks.asking import run_or_say
from coursekit.checks.values import difference, expect, sizes, telling, tensor
from coursekit.kernel import updates

#: What may be off, as a share of the largest value: a factor rounded to float32 is
#: right in float64 too.
TOLERANCES = {torch.float32: 5e-4, torch.float64: 1e-6}
AFTER_A_STEP = {torch.float32: 2e-5, torch.float64: 1e-6}


def drawn(rng: np.random.Generator, *shape: int) -> Tensor:
    """Normal numbers in float64."""
    return torch.from_numpy(rng.normal(size=shape))


def drawn_weights(rng: np.random.Generator, *widths: int) -> list[Tensor]:
    """Weights (out, in) and biases of layers between the given widths, in turn."""
    pairs = zip(widths, widths[1:], strict=False)
    return [w for a, b in pairs for w in (drawn(rng, b, a), drawn(rng, b))]


def _batch(rng: np.random.Generator, lengths: list, inputs: int, classes: int) -> list:
    """Pieces (x, t) of the given lengths."""
    return [
        (drawn(rng, B, inputs), torch.from_numpy(rng.integers(0, classes, B)))
        for B in lengths
    ]


def _many(rng: np.random.Generator) -> list:
    """Lengths of 7 to 12 pieces, not all equal."""
    return [1, 2, *rng.integers(1, 5, rng.integers(5, 11)).tolist()]


def check_accumulated_step(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(model, pieces, optimizer)` must make the whole batch's update."""
    inputs, hidden, classes = sizes(rng, 3)
    one, deep = (inputs, classes), (inputs, hidden, classes, hidden + 1, classes)
    some, few, single = sizes(rng, 3), [1, *sizes(rng, 2)], int(rng.integers(2, 9))
    few = rng.permutation(few).tolist()
    rates = (0.1 + rng.random(2)).tolist()
    plain = ("SGD", [(8, rates[0])], {})
    groups = [(3, rates[0]), (5, rates[1])]
    rolling = ("SGD", groups, {"momentum": 0.9, "weight_decay": 0.1})
    adam = ("Adam", [(1, rates[0]), (7, rates[1])], {})
    for widths, lengths, optimizer, old in [
        (one, [some], plain, float(1 + rng.random())),
        (deep, [few, some], rolling, None),
        (deep[:3], [some, few], adam, -1.0),
        (deep[:3], [[single], [single], [1]], rolling, 1.0),
        (one, [[1] * int(rng.integers(2, 5)), [3, 3]], plain, None),
    ]:
        batches = [_batch(rng, lengths_, widths[0], widths[-1]) for lengths_ in lengths]
        _check_update(answer, drawn_weights(rng, *widths), batches, optimizer, old)
    _check_others(answer, rng, one, deep[:3], plain)


def _check_others(answer, rng, one: tuple, two: tuple, plain: tuple) -> None:
    """Many pieces, a frozen parameter, single precision, gradients in the millions."""
    many = _batch(rng, _many(rng), two[0], two[-1])
    frozen = (int(rng.integers(4)),)
    decays = ("SGD", plain[1], {"momentum": 0.9, "weight_decay": 0.1})
    weights = drawn_weights(rng, *two)
    _check_update(answer, weights, [many, many[::-1]], decays, 1.0, frozen)
    single = [(x.float(), t) for x, t in _batch(rng, _many(rng), *one)]
    _check_update(answer, [w.float() for w in weights], [single], plain, None)
    far = [(1e6 * x, t) for x, t in many]
    first, *others = weights
    _check_update(answer, [first / 1e6, *others], [far], plain, None)
    _check_update(answer, drawn_weights(rng, *one), [_batch(rng, [1], *one)], plain, -2)


def _check_update(answer, weights, batches, optimizer, old, frozen=()) -> None:
    """Compare the weights after each call with those that the whole batch gives."""
    given = weights, batches, optimizer, old, frozen
    found = run_or_say(updates.updated, answer, *given)
    assert not found["changed"], "your answer changes `pieces`: the caller needs them"
    for place in frozen:
        assert not found["learns"][place], (
            f"parameter {place} was frozen, and requires a gradient now"
        )
    for turn, wanted in enumerate(_moved(_whole, *given)):
        got, kind = found["weights"][turn], weights[0].dtype
        _expect_all(got, wanted, [] if turn else given, AFTER_A_STEP[kind])
    _check_graph(found, batches, frozen)


def _expect_all(got: list, wanted: list, given: Sequence, tolerance: float) -> None:
    """Compare all parameters at once; a mistake must explain every one of them."""
    got = [tensor(g, w.shape, "a parameter") for g, w in zip(got, wanted, strict=True)]
    together = _flat(got)

    def mistakes() -> Iterator:
        known = _wrong_moves(*given) if given else ()
        yield from telling((_flat(values), words) for values, words in known)
        yield together, _worst(got, [w.numpy() for w in wanted])

    expect(together, _flat(wanted), "the parameters", mistakes, tolerance)


def _worst(got: list, wanted: list) -> str:
    """Which parameter is furthest from what is wanted, and where in it."""
    gaps = [np.abs(g - w).max() for g, w in zip(got, wanted, strict=True)]
    worst = int(np.argmax(gaps))
    return difference(got[worst], wanted[worst], f"parameter {worst}")


def _flat(parts: list) -> np.ndarray:
    return np.concatenate([np.ravel(part) for part in parts])


def _check_graph(found: dict, batches: list, frozen: Sequence[int]) -> None:
    most = max(len(t) for pieces in batches for _, t in pieces)
    assert found["examples"] <= most, (
        f"{found['examples']} examples were in the graph at once, and the largest "
        f"piece has {most}: never join pieces, and let the graph of one go before the "
        "next comes"
    )
    assert found["modes"] == [True], "the model must be, and stay, in training mode"
    learns = [place in frozen or each for place, each in enumerate(found["learns"])]
    assert all(learns), "a parameter does not require a gradient any more"


def _wrong_moves(weights: list, batches: list, optimizer, old, frozen) -> list:
    """Known wrong updates by the first batch, each with what to say of it."""
    given = weights, batches[:1], optimizer
    moved = [(next(_moved(loss, *given, old, frozen)), words) for loss, words in LOSSES]
    added = next(_moved(_whole, *given, old, frozen, reset=False))
    return [
        (weights, "the weights did not move: is optimizer.step() called?"),
        *moved,
        (added, "old gradients were added: reset before the loop too"),
        (_in_turn(*given, frozen), "a step for each piece: wanted one step in all"),
    ]


def _moved(
    loss: Callable, weights, batches, optimizer, old, frozen, reset: bool = True
) -> Iterator[list[Tensor]]:
    """The weights after one step for each batch; without `reset`, `old` is added."""
    model = updates.Network(weights)
    made = updates.optimizer_of(model, *optimizer)
    learned = [w for n, w in enumerate(model.parameters()) if n not in frozen]
    for pieces in batches:
        gradients = torch.autograd.grad(loss(model, pieces), learned)
        for parameter, gradient in zip(learned, gradients, strict=True):
            parameter.grad = gradient + (0 if reset else old or 0)
        made.step()
        yield [w.detach().clone() for w in model.parameters()]


def _in_turn(weights: list, batches: list, optimizer, frozen) -> list[Tensor]:
    """The weights after a step of its own for each piece of the first batch."""
    pieces = [[piece] for piece in batches[0]]
    return list(_moved(_whole, weights, pieces, optimizer, None, frozen))[-1]


def _logits(model: nn.Module, pieces: list) -> tuple[Tensor, Tensor]:
    x, t = (torch.cat(part) for part in zip(*pieces, strict=True))
    return model(x), t


def _whole(model: nn.Module, pieces: list) -> Tensor:
    return F.cross_entropy(*_logits(model, pieces))


def _summed(model: nn.Module, pieces: list) -> Tensor:
    return F.cross_entropy(*_logits(model, pieces), reduction="sum")


def _sum_of_means(model: nn.Module, pieces: list) -> Tensor:
    return sum(F.cross_entropy(model(x), t) for x, t in pieces)


def _means(model: nn.Module, pieces: list) -> Tensor:
    return _sum_of_means(model, pieces) / len(pieces)


def _last(model: nn.Module, pieces: list) -> Tensor:
    total = sum(len(t) for _, t in pieces)
    return _summed(model, pieces[-1:]) / total


LOSSES = [
    (_summed, "a sum over examples: divide by how many in all"),
    (_means, "a mean of means: it weighs small pieces like large ones"),
    (_sum_of_means, "a sum of means: weigh each by its examples"),
    (_last, "only the last piece counts: reset before the loop"),
]
