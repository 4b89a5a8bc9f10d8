"""Checks of chapter 9: shifted targets, and states put back in order."""

from collections.abc import Callable

import numpy as np
import torch

from n2t.data.text import BOS, EOS, PAD


def check_teacher_batch(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(rows)` must give decoder inputs and wanted outputs, (B, T) each."""
    lengths = [3, 5, 2, 4]
    rows = [rng.integers(4, 20, size=n).tolist() for n in rng.permutation(lengths)]
    given_back = [list(row) for row in rows]
    got = call(answer, rows, hint="rows have several lengths: pad them to the longest")
    assert rows == given_back, "your function changed the rows that it was given"
    assert isinstance(got, tuple) and len(got) == 2, "wanted two tensors, (given, out)"
    for name, tensor in zip(("input", "output"), got, strict=True):
        assert isinstance(tensor, torch.Tensor) and tensor.dtype == torch.long, (
            f"the {name} must be an integer tensor, got "
            f"{getattr(tensor, 'dtype', type(tensor).__name__)}"
        )
    shape = (len(rows), max(lengths) + 1)
    right = torch.full(shape, PAD), torch.full(shape, PAD)
    for b, row in enumerate(rows):
        right[0][b, : len(row) + 1] = torch.tensor([BOS, *row])
        right[1][b, : len(row) + 1] = torch.tensor([*row, EOS])
    _check_shift(got, right, shape)


def _check_shift(got: tuple, right: tuple, shape: tuple) -> None:
    """What is wrong with the two tensors, if anything."""
    given, wanted = got
    for name, tensor in (("input", given), ("output", wanted)):
        assert tensor.shape == shape, (
            f"the {name} has shape {tuple(tensor.shape)}, wanted {shape}: the longest "
            "row and one special token, no more"
        )
    assert not torch.equal(given, wanted), (
        "input and output are equal: the decoder would only have to copy"
    )
    assert not (torch.equal(given, right[1]) and torch.equal(wanted, right[0])), (
        "input and output are exchanged: the decoder is *given* BOS first"
    )
    assert (given[:, 0] == BOS).all(), "each input must start with BOS"
    assert not (given == EOS).any(), (
        "EOS is among the inputs: it is only ever an answer, then writing stops"
    )
    assert not (wanted == BOS).any(), "BOS is among the outputs: nobody writes it"
    ends = (wanted == EOS).sum(1)
    assert (ends == 1).all(), (
        f"each output has one EOS, after its last token; rows have {ends.tolist()}"
    )
    for mine, other, name in zip(got, right, ("input", "output"), strict=True):
        assert torch.equal(mine, other), (
            f"the {name} differs: EOS follows the row itself, and the padding comes "
            "after it"
        )


def check_restore(answer: Callable, rng: np.random.Generator) -> None:
    """`answer(h, c, order)` must undo the sorting of both states, (L, B, H) each."""
    L, H = rng.permutation(np.arange(2, 5))[:2].tolist()
    B = 7
    order = torch.tensor(np.roll(np.arange(B), int(rng.integers(2, 5))))
    swap = torch.tensor(rng.permutation(3))
    order = torch.cat([order[swap], order[3:]])
    states = torch.tensor(rng.normal(size=(2, L, B, H)))
    h, c = states[:, :, order]  # sorted
    hint = "h and c are (L, B, H): the sentences are axis 1"
    got = call(answer, h.clone(), c.clone(), order.clone(), hint=hint)
    assert isinstance(got, tuple) and len(got) == 2, "wanted two states, h and c"
    back = order.argsort()
    for name, mine in zip("hc", got, strict=True):
        assert getattr(mine, "shape", None) == (L, B, H), (
            f"{name} has shape {tuple(getattr(mine, 'shape', ()))}, wanted {(L, B, H)}"
        )
    assert not torch.equal(got[1], got[0]), (
        "both results are equal: look at every letter of the second one"
    )
    assert not (torch.equal(got[0], h) and torch.equal(got[1], c)), (
        "nothing was put back: rows are still in sorted order"
    )
    assert not (torch.equal(got[0], c[:, back]) and torch.equal(got[1], h[:, back])), (
        "h and c have changed places"
    )
    assert not torch.equal(got[0], h[:, order]), (
        "sorted a second time, not undone: which permutation leads back?"
    )
    assert not torch.equal(got[0], h.flip(1)), "turned round; `order` is no reversal"
    for mine, wanted in zip(got, states, strict=True):
        assert torch.equal(mine, wanted), "row b must be sentence b again"
