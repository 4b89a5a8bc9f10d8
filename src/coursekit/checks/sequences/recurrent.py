"""Checks of chapter 8: a leaky cell's gradient, padding in a GRU, and clipping."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from coursekit.checks.asking import ask, avoids
from coursekit.checks.sequences.clipped import check_clip_gradients
from coursekit.checks.values import array, expect, one_changed, parts, sizes, tensor
from coursekit.kernel.calls import Record, weights_like

__all__ = ["check_clip_gradients", "check_leaky_backward", "check_read_padded"]

NAMES = ("dx", "dh", "dW", "dU", "db", "dalpha")
OF = dict(zip(NAMES, ("x", "h", "W", "U", "b", "alpha"), strict=True))
WATCHED = ("n2t.", "torch.autograd.")
FORBIDDEN = ("n2t.", "torch.autograd.graph", "torch.autograd.forward_ad")


def check_leaky_backward(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, h, W, U, b, alpha, dh_new)` must give all gradients of one step."""
    B, D, H = sizes(rng, 3, 2, 8)
    square = int(rng.integers(2, 6))
    shapes = [(B, D, H), tuple(sizes(rng, 3, 2, 8)), (square,) * 3]
    shapes += [(1, D, H), (B, 1, H), (B, D, 1), (1, 1, 1), (150, 2, 3)]
    for shape in shapes:
        _check_leaky(answer, _leaky_inputs(rng, *shape))
    given, other = (_leaky_inputs(rng, B, D, H) for _ in range(2))
    for arguments in one_changed(rng, given, other):
        _check_leaky(answer, arguments)
    for leak in (0.0, 1.0, -0.5, 1.5):
        given = _leaky_inputs(rng, B, D, H)
        given[5][rng.integers(H)] = leak
        _check_leaky(answer, given)
        given[5][:] = leak
        _check_leaky(answer, given)
    for size in (1e-9, 1e9):
        given = _leaky_inputs(rng, B, D, H)
        given[6] *= size
        _check_leaky(answer, given)


def _leaky_inputs(rng: np.random.Generator, B: int, D: int, H: int) -> list:
    shapes = (B, D), (B, H), (H, D), (H, H), (H,)
    given = [rng.normal(size=shape) for shape in shapes]
    return [*given, rng.uniform(0.1, 0.9, size=H), rng.normal(size=(B, H))]


def _check_leaky(answer: Callable, given: list) -> None:
    x, h = given[:2]
    hint = f"sizes: B = {len(x)}, D = {x.shape[1]}, H = {h.shape[1]}"
    record = ask(answer, *given, hint=hint, watch=WATCHED)
    avoids(record, FORBIDDEN, "the point is to write the gradient down yourself")
    got = parts(record.value, NAMES)
    shapes = [part.shape for part in given[:6]]
    wanted = _leaky_gradients(*given)
    for found, name, shape in zip(got, NAMES, shapes, strict=True):
        found = array(found, shape, name, why=f"that of {OF[name]}")
        mistakes = _wrong_leaks(name, wanted, *given)
        expect(found, wanted[name], name, mistakes, alone=True)


def _leaky_gradients(x, h, W, U, b, alpha, dh_new) -> dict:
    """All gradients, row by row and unit by unit."""
    found = {name: np.zeros(part.shape) for name, part in zip(
        NAMES, (x, h, W, U, b, alpha), strict=True)}  # fmt: skip
    for n in range(len(x)):
        for k in range(len(b)):
            new = math.tanh(W[k] @ x[n] + U[k] @ h[n] + b[k])
            da = dh_new[n, k] * alpha[k] * (1 - new**2)
            found["dx"][n] += da * W[k]
            found["dh"][n] += da * U[k]
            found["dh"][n, k] += dh_new[n, k] * (1 - alpha[k])
            found["dW"][k] += da * x[n]
            found["dU"][k] += da * h[n]
            found["db"][k] += da
            found["dalpha"][k] += dh_new[n, k] * (new - h[n, k])
    return found


def _wrong_leaks(name: str, right: dict, x, h, W, U, b, alpha, dh_new) -> list:
    """Known wrong gradients of one name, each with what to say of it."""
    new = np.tanh(x @ W.T + h @ U.T + b)
    slope = 1 - new**2
    da = dh_new * alpha * slope
    through = {
        "dx": lambda da: da @ W,
        "dh": lambda da: da @ U + dh_new * (1 - alpha),
        "dW": lambda da: da.T @ x,
        "dU": lambda da: da.T @ h,
        "db": lambda da: da.sum(axis=0),
    }
    found = []
    if name in through:
        of = through[name]
        found += [
            (of(dh_new * slope), f"{name} lacks alpha: the tanh is multiplied by it"),
            (of(dh_new * alpha), f"{name} lacks the slope of tanh"),
        ]
    if name == "dh":
        found += [
            (da @ U, "dh lacks the way through the leak, 1 - alpha"),
            (dh_new * (1 - alpha), "dh lacks the way through the tanh and U"),
            (da @ U.T + dh_new * (1 - alpha), "U is transposed on the way back"),
            (da @ U + dh_new * alpha, "the old state is kept by 1 - alpha"),
            (da @ U + dh_new, "the old state is kept by 1 - alpha, not whole"),
        ]
    if name == "dalpha":
        found += [
            ((dh_new * new).sum(0), "dalpha lacks the state that is not kept"),
            ((dh_new * (h - new)).sum(0), "dalpha has the wrong sign"),
            ((dh_new * (new - h)).mean(0), "dalpha is a mean over rows: wanted a sum"),
            ((dh_new * (new - h)).sum() + 0 * alpha, "each unit has its own leak"),
        ]
    if name in ("dW", "dU", "db"):
        found.append((right[name] / len(x), f"{name} is a mean: wanted a sum"))
    return found


GIVEN = ("x", "live", "h", "W", "U", "b_W", "b_U")
READY = {"gru", "gru_cell", "GRU", "GRUCell", "rnn_tanh", "lstm", "quantized_gru"}


def check_read_padded(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(x, live, h, W, U, b_W, b_U)` must be a GRU that skips padding."""
    B, T, D, H = sizes(rng, 4, 2, 8)
    shapes = [(B, T, D, H), tuple(sizes(rng, 4, 2, 8))]
    shapes += [(1, T, D, H), (B, 1, D, H), (B, T, 1, H), (B, T, D, 1), (1, 1, 1, 1)]
    for shape in shapes:
        _check_padded(answer, _padded_inputs(rng, *shape), watch=("",))
    square = int(rng.integers(3, 6))
    _check_padded(answer, _padded_inputs(rng, *(square,) * 4))
    for share in (0.0, 1.0):
        _check_padded(answer, _padded_inputs(rng, B, T, D, H, share))
    for place in (0, -1):  # one row is padding alone; then padding in front, at the end
        given = _padded_inputs(rng, B, T, D, H)
        given[1][rng.integers(B)] = False
        given[1][:, place] = False
        _check_padded(answer, given)
    single = _padded_inputs(rng, B, T, D, H)
    single = [part.float() if n != 1 else part for n, part in enumerate(single)]
    _check_padded(answer, single, tolerance=1e-4)
    for junk in (float("nan"), float("inf"), -float("inf"), 1e300):
        given = _padded_inputs(rng, B, T, D, H)
        given[1][0, rng.integers(T)] = False
        given[0][~given[1]] = junk
        what = f"with {junk:g} in x at padding"
        _check_padded(answer, given, what)
    given, other = (_padded_inputs(rng, B, T, D, H) for _ in range(2))
    for arguments in one_changed(rng, given, other):
        _check_padded(answer, arguments)


def _padded_inputs(rng, B: int, T: int, D: int, H: int, share=0.6) -> list[Tensor]:
    def draw(*shape):
        return torch.tensor(rng.normal(size=shape))

    live = torch.tensor(rng.random((B, T)) < share)
    if 0 < share < 1 and T > 1:
        live[0, 0], live[0, 1] = (bool(n) for n in rng.permutation([True, False]))
    x, h = draw(B, T, D), draw(B, H)
    return [x, live, h, draw(3 * H, D), draw(3 * H, H), draw(3 * H), draw(3 * H)]


def _check_padded(
    answer: Callable,
    given: list[Tensor],
    what: str = "",
    tolerance: float = 1e-9,
    watch: tuple[str, ...] = (),
) -> None:
    x, live, h = given[:3]
    (B, T, D), H = x.shape, h.shape[1]
    where = what or f"for B = {B}, T = {T}, D = {D}, H = {H}"
    places = (0, 2, 3, 4, 5, 6)
    record = ask(answer, *given, hint=where, gradients=places, watch=watch)
    _check_own(record)
    outputs, last = parts(record.value, ("outputs", "last state"))
    outputs = tensor(outputs, (B, T, H), "the outputs, (B, T, H)")
    last = tensor(last, (B, H), "the last state, (B, H)")
    (right, right_last), slopes = _padded_slowly(given)
    wrong = _wrong_reads(given)
    mistakes = [(values[0], words) for values, words in wrong]
    expect(outputs, right, f"{where}, the output", mistakes, tolerance)
    assert not outputs[~live.numpy()].any(), f"{where}, outputs at padding are not 0"
    mistakes = [(values[1], words) for values, words in wrong]
    expect(last, right_last, f"{where}, the last state", mistakes, tolerance)
    for place, got, wanted in zip(places, record.gradients, slopes, strict=True):
        _check_slope(GIVEN[place], got, wanted, where, max(1e-7, 30 * tolerance))


def _check_slope(name: str, got, wanted: Tensor, where: str, tolerance: float) -> None:
    if got is None:
        assert not wanted.any(), f"{where}, no gradient reaches {name}"
        return
    assert bool(torch.isfinite(got).all()), (
        f"{where}, the values are right, but the gradient of {name} is not finite: "
        "what is not chosen is still computed, and 0 times NaN is NaN"
    )
    expect(got, wanted, f"{where}, the gradient of {name}", tolerance=tolerance)


def _check_own(record: Record) -> None:
    """Refuse an answer that called a ready recurrent network."""
    ready = [
        name
        for name in record.called
        if not name.startswith("__main__.")
        and (
            name.startswith(("n2t.", "torch.nn.modules.rnn"))
            or name.rsplit(".", 1)[-1] in READY
        )
    ]
    avoids(record, ready, "write the steps yourself, with matrix products")


def _padded_slowly(given: list[Tensor]) -> tuple[tuple[Tensor, Tensor], tuple]:
    """Outputs and last state, one row after another in float64, and gradients."""
    live = given[1]
    clean = given[0].double().clone()
    clean[~live] = 0.0
    x, h, W, U, b_W, b_U = (
        part.detach().double().clone().requires_grad_() for part in (clean, *given[2:])
    )
    rows, finals = [], []
    for n in range(len(x)):
        state, row = h[n], []
        for t in range(x.shape[1]):
            if live[n, t]:
                state = _gru_step(x[n, t], state, W, U, b_W, b_U)
                row.append(state)
            else:
                row.append(torch.zeros_like(state))
        rows.append(torch.stack(row))
        finals.append(state)
    both = torch.stack(rows), torch.stack(finals)
    total = sum((part * weights_like(part)).sum() for part in both)
    inputs = (x, h, W, U, b_W, b_U)
    slopes = torch.autograd.grad(total, inputs, allow_unused=True)
    slopes = tuple(
        torch.zeros_like(part) if slope is None else slope
        for part, slope in zip(inputs, slopes, strict=True)
    )
    return (both[0].detach(), both[1].detach()), slopes


def _gru_step(x, h, W, U, b_W, b_U, kind: str = "") -> Tensor:
    H = h.shape[-1]
    from_x, from_h = x @ W.T + b_W, h @ U.T + b_U
    order = (1, 0) if kind == "gates" else (0, 1)
    r, z = (
        torch.sigmoid(from_x[..., k * H : k * H + H] + from_h[..., k * H : k * H + H])
        for k in order
    )
    last = slice(2 * H, None)
    inner = r * from_h[..., last]
    if kind == "paper":
        inner = (r * h) @ U[last].T + b_U[last]
    if kind == "bias":
        inner = r * (h @ U[last].T) + b_U[last]
    if kind == "no reset":
        inner = from_h[..., last]
    n = torch.tanh(from_x[..., last] + inner)
    return z * n + (1 - z) * h if kind == "kept" else (1 - z) * n + z * h


@torch.no_grad()
def _wrong_reads(given: list[Tensor]) -> list:
    """Known wrong (outputs, last state), each with what to say of it."""
    x, live, h = given[0].double().clone(), given[1], given[2].double()
    x[~live] = 0.0
    weights = [part.double() for part in given[3:]]

    def read(kind="", keep=True, zeros=True, final="state"):
        state, rows = h, []
        for t in range(x.shape[1]):
            real = live[:, t, None]
            new = _gru_step(x[:, t], state, *weights, kind)
            state = torch.where(real, new, state) if keep else new
            rows.append(torch.where(real, state, 0.0) if zeros else state)
        outputs = torch.stack(rows, 1)
        return outputs, outputs[:, -1] if final == "column" else state

    return [
        (read(keep=False), "the state moves on at padding: keep the old one there"),
        (read(zeros=False), "outputs at padding are wanted as zeros"),
        (read(final="column"), "the last state is not the last output, where that "
         "is padding"),
        (read("paper"), "the reset gate comes before the product with U, as in the "
         "paper: PyTorch applies it after"),
        (read("bias"), "the reset gate multiplies U h + b_U, the bias too"),
        (read("gates"), "r and z have changed places: the rows are r, z, n"),
        (read("kept"), "z is the share of the *old* state"),
        (read("no reset"), "the reset gate is missing"),
    ]  # fmt: skip
