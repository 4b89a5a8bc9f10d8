"""Laws of attention itself: keys are a set, queries stand alone, weights sum to 1."""

from collections.abc import Callable

import torch
from torch import Tensor

from n2t.laws.judge import NO_GRADIENT, BrokenLaw, Run, same

Attend = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""(B, Tq, d), (B, Tk, d), (B, Tk, d), mask (B, Tq, Tk) to (B, Tq, d)."""


def order_of_keys_is_free(
    attend: Attend, query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> None:
    """Keys are a set: permuted with their values and mask, they change nothing."""
    order = torch.arange(key.shape[1]).roll(1).flip(0)
    shuffled = attend(query, key[:, order], value[:, order], mask[..., order])
    expected = attend(query, key, value, mask)
    same(shuffled, expected, "the order of the keys matters")


def hidden_keys_do_not_matter(
    attend: Attend, query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> None:
    """Keys that the mask hides may hold anything, and may as well not be there."""
    junk = torch.randn_like(key) * 10, torch.randn_like(value) * 10
    wide = torch.cat([mask, torch.zeros_like(mask)], dim=-1)
    padded = attend(
        query, torch.cat([key, junk[0]], 1), torch.cat([value, junk[1]], 1), wide
    )
    same(padded, attend(query, key, value, mask), "hidden keys matter")


def equal_values_come_back(
    attend: Attend, query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> None:
    """Weights sum to 1 over the keys: where all values are one, that one comes out."""
    mask = torch.ones_like(mask)
    alike = value[:, :1].expand_as(value)
    only = attend(query, key[:, :1], value[:, :1], mask[..., :1])
    same(attend(query, key, alike, mask), only, "weights do not sum to 1 over keys")


def queries_stand_alone(
    attend: Attend, query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> None:
    """Each query asks for itself: alone (Tq = 1) it gets what it gets among others."""
    alone = [
        attend(query[:, t : t + 1], key, value, mask[:, t : t + 1])
        for t in range(query.shape[1])
    ]
    together = attend(query, key, value, mask)
    same(torch.cat(alone, 1), together, "a query gets another answer alone")


def hidden_row_gives_zeros(
    attend: Attend,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor,
    zero: Tensor | float = 0.0,
) -> None:
    """A query that may attend to nothing gets zeros, and changes no other query's.

    `zero` is what zeros become on the way out, where there is a projection.
    """
    some_empty = _first_row_hidden(mask)
    output = attend(query, key, value, some_empty)
    expected = torch.zeros_like(output[:, 0]) + zero
    same(output[:, 0], expected, "a row that attends to nothing is not zero")
    none_empty = some_empty | ~some_empty.any(-1, keepdim=True)
    others = attend(query, key, value, none_empty)
    same(output[:, 1:], others[:, 1:], "an empty row changes the other rows")


def hidden_row_breaks_no_gradient(
    attend: Attend, query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> None:
    """A query that may attend to nothing has no gradient, and leaves the others finite.

    Raises TypeError where there are no gradients to look at.
    """
    inputs = [x.detach().clone().requires_grad_() for x in (query, key, value)]
    output = attend(*inputs, _first_row_hidden(mask))
    if not output.requires_grad:
        raise TypeError(NO_GRADIENT)
    probe = torch.randn_like(output)
    gradients = torch.autograd.grad(output, inputs, probe, allow_unused=True)
    if not all(g.isfinite().all() for g in gradients if g is not None):
        raise BrokenLaw("an empty row makes a gradient NaN or infinite", torch.inf)
    to_query = gradients[0]
    if to_query is not None and to_query[:, 0].any():
        size = float(to_query[:, 0].abs().max())
        raise BrokenLaw(f"an empty row has a gradient to its query: {size:.1e}", size)


def _first_row_hidden(mask: Tensor) -> Tensor:
    mask = mask.clone()
    mask[:, 0] = False
    return mask


def width_does_not_sharpen(
    attend: Attend, query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> None:
    """Scores keep their size when vectors widen: that is what dividing by √d_k is for.

    Every feature twice, side by side, so that heads too get each of theirs twice. Those
    of queries and keys are divided by 2^(1/4): the dot product grows by √2, and √d_k
    does too.
    """
    query_2, key_2, value_2 = (x.repeat_interleave(2, -1) for x in (query, key, value))
    found = attend(query_2 / 2**0.25, key_2 / 2**0.25, value_2, mask)
    expected = attend(query, key, value, mask).repeat_interleave(2, -1)
    same(found, expected, "scores grow with the width")


def asking_again_changes_nothing(
    attend: Attend, query: Tensor, key: Tensor, value: Tensor, mask: Tensor
) -> None:
    """The same question gets the same answer, and is left as it was asked."""
    inputs = {"query": query, "key": key, "value": value, "mask": mask}
    before = {name: x.clone() for name, x in inputs.items()}
    first = attend(*inputs.values())
    for name, x in inputs.items():
        if not torch.equal(x, before[name]):
            raise BrokenLaw(f"it writes into the {name} that it is given")
    first = first.clone()
    again = attend(*inputs.values())
    same(again, first, "the same question gets another answer")


def last_query_stands_at_last_key(attend_causally: Run, x: Tensor, n: int) -> None:
    """The n last queries alone (Tq < Tk) see what they see among all queries.

    `attend_causally(query, key, value)`: with a cache there are fewer queries than
    keys, and the newest query stands at the newest key.
    """
    last = attend_causally(x[:, -n:], x, x)
    whole = attend_causally(x, x, x)
    same(last, whole[:, -n:], "with Tq < Tk the causal mask is in another place")
