"""All laws of one attention in one call: `examine`, and what usually breaks each.

>>> import torch
>>> def masked_too_late(query, key, value, mask):
...     scores = query @ key.mT / query.shape[-1] ** 0.5
...     return (scores.softmax(-1) * mask) @ value
>>> report = examine(masked_too_late)
>>> report.held
False
>>> [finding.law for finding in report.findings if finding.verdict == "held"][:2]
['asked twice', 'order of keys']
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from n2t.laws import attention, precision, sequences
from n2t.laws.attention import Attend
from n2t.laws.judge import TOLERANCE, BrokenLaw
from n2t.laws.report import BROKEN, ERROR, HELD, LEFT_OUT, Finding, Report
from n2t.masks import causal_mask

SIZES = ((2, 3, 5), (3, 5, 2), (2, 1, 4), (3, 4, 4))
"""(B, Tq, Tk) of the draws: more keys, more queries, a single query, equally many."""


@dataclass(frozen=True)
class _Case:
    """An attention and inputs: query (B, Tq, d), key, value (B, Tk, d) and a mask.

    `attend` and `causally` work on copies; `bare` is the attention itself.
    """

    bare: Attend
    attend: Attend
    causally: Callable[[Tensor, Tensor, Tensor], Tensor]
    query: Tensor
    key: Tensor
    value: Tensor
    mask: Tensor

    @property
    def inputs(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return self.query, self.key, self.value, self.mask

    def self_attention(self, x: Tensor) -> Tensor:
        """Causal self-attention, (B, T, d) to the same."""
        return self.causally(x, x, x)

    @property
    def middle(self) -> int:
        return (self.key.shape[1] + 1) // 2


def _past(case: _Case) -> None:
    changed = torch.randn_like(case.key)
    sequences.past_ignores_future(case.self_attention, case.key, case.middle, changed)


def _gradient(case: _Case) -> None:
    sequences.future_has_no_gradient(case.self_attention, case.key, case.middle)


def _cache(case: _Case) -> None:
    def begin():
        kept: list[Tensor] = []

        def step(piece: Tensor) -> Tensor:
            kept.append(piece)
            so_far = torch.cat(kept, dim=1)
            return case.causally(piece, so_far, so_far)

        return step

    T = case.key.shape[1]
    for pieces in ([1] * T, [1, T - 1], [T - 1, 1]):
        sequences.cache_does_not_matter(case.self_attention, begin, case.key, pieces)


def _batch(case: _Case) -> None:
    sequences.batch_does_not_matter(case.attend, *case.inputs)


def _on_attention(law: Callable[..., None]) -> Callable[[_Case], None]:
    return lambda case: law(case.attend, *case.inputs)


class _Check(NamedTuple):
    """How a law is run, what usually breaks it, and when it does not bind.

    `unless` is said where it is broken, `unable` where it ends in an error.
    """

    run: Callable[[_Case], None]
    causes: str
    unless: str = ""
    unable: str = ""


NO_AUTOGRAD = "it works without autograd, as in NumPy"

CHECKS: dict[str, _Check] = {
    "asked twice": _Check(
        lambda case: attention.asking_again_changes_nothing(case.bare, *case.inputs),
        "dropout that is left on; something kept from call to call; numbers that "
        "overflow to NaN; an operation in place (+=, mul_) on what it is given",
    ),
    "past, values": _Check(
        _past,
        "no causal mask; one that is turned round or one step off; one that is applied "
        "after the softmax, whose sum then still counts the future",
    ),
    "past, gradient": _Check(
        _gradient,
        "as for the values; or weights that are normalized with keys that are hidden",
        unable=NO_AUTOGRAD,
    ),
    "hidden keys": _Check(
        _on_attention(attention.hidden_keys_do_not_matter),
        "the mask is not used, is read the other way round, lies along the queries, is "
        "added to the "
        "scores as ones and zeros, or is applied after the softmax; a fill that is not "
        "low enough; a scale that counts keys",
    ),
    "order of keys": _Check(
        _on_attention(attention.order_of_keys_is_free),
        "heads split or merged without a transpose; places in the keys; values that "
        "are not those of their keys",
        "places are part of it, as a bias by distance",
    ),
    "a query alone": _Check(
        _on_attention(attention.queries_stand_alone),
        "the softmax runs over the queries, or over queries and keys together; the "
        "mask lies along the queries",
        "it counts queries to know their places",
    ),
    "weights sum to 1": _Check(
        _on_attention(attention.equal_values_come_back),
        "the softmax runs over another axis than the keys; weights changed after it; "
        "a constant added to their sum",
        "its weights are not meant to sum to 1",
    ),
    "empty rows": _Check(
        _on_attention(attention.hidden_row_gives_zeros),
        "a row of only -inf in the softmax, which gives NaN; a fill like -1e9, which "
        "averages all hidden values; where other rows change: queries that share a sum",
        "zeros leave it as a bias",
    ),
    "empty rows, gradient": _Check(
        _on_attention(attention.hidden_row_breaks_no_gradient),
        "zeros that replace a NaN after the softmax: the gradient still meets the NaN; "
        "or the row is not empty, as the line above then says too",
        unable=NO_AUTOGRAD,
    ),
    "rows of a batch": _Check(
        _batch,
        "a sum or a softmax over the batch; a reshape that mixes rows; the mask of one "
        "row for all; K.T, which turns all axes round",
    ),
    "cached = uncached": _Check(
        _cache,
        "with Tq < Tk the causal mask starts at the first key, not so that the last "
        "query stands at the last key; or the past sees the future",
    ),
    "width": _Check(
        _on_attention(attention.width_does_not_sharpen),
        "scores that are not divided by √d_k: by nothing, by d_k, or by the root of "
        "another axis",
        "it projects, or its scores are no dot products",
    ),
    "dtype": _Check(
        _on_attention(precision.dtype_does_not_matter),
        "a fill that does not fit into float16; a constant that widens the result; an "
        "exponential of scores from which no maximum was taken",
        "it has parameters, or works in one dtype only",
        "it has parameters, or works in one dtype only",
    ),
}
"""The laws by their short names: how each is run, and what usually breaks it."""

ROUNDING = TOLERANCE[torch.float32]

SMALL = (
    "for a gap this small, a part that works in float32 (then give examine "
    "dtype=torch.float32); a constant like 1e-6 that is added; a fill that is nearly "
    "low enough; hidden keys that are read and cancel, as in a maximum over all"
)
"""What usually breaks a law by less than `ROUNDING`, whichever law it is."""

MOODY = 'it may be only what "asked twice" says: mend that first'


def examine(
    attend: Attend,
    *,
    causal_flag: bool = False,
    width: int = 8,
    dtype: torch.dtype = torch.float64,
    leave_out: Sequence[str] = (),
    seed: int = 0,
) -> Report:
    """Run every law on `attend(query, key, value, mask)`; what held and what did not.

    Shapes are (B, Tq, d), (B, Tk, d), (B, Tk, d) and a boolean (B, Tq, Tk), True where
    a query may attend, to (B, Tq, d), with d = `width`. The causal laws hand over
    `causal_mask(Tq, Tk)`, or with `causal_flag` they ask the attention itself:
    `attend(query, key, value, None, causal=True)`.

    No law stops another: an exception is a line of the report like any other. Each law
    sees the same draws for the same `seed`, whatever the others do, and the caller's
    random numbers stay where they were. All but "asked twice" hand over copies, so that
    an attention that writes into its inputs spoils no other law. `leave_out` names laws
    that do not bind this attention: "width" where it projects or does not multiply,
    "dtype" where it has parameters of one dtype, both gradients where it is not made of
    torch. Raises ValueError for a name that is no law.
    """
    if unknown := sorted(set(leave_out) - set(CHECKS)):
        raise ValueError(f"leave_out has {unknown}, wanted some of {list(CHECKS)}")
    draw = partial(_cases, attend, causal_flag, width, dtype, seed)
    findings = [
        Finding(name, LEFT_OUT) if name in leave_out else _judge(name, draw())
        for name in CHECKS
    ]
    return Report(tuple(_doubted(findings)))


def _doubted(findings: list[Finding]) -> list[Finding]:
    """Where an answer changes by itself, another broken law is no diagnosis."""
    first, *others = findings
    if first.verdict != BROKEN or first.gap is None:
        return findings
    vague = {"said": MOODY, "causes": "", "unless": ""}
    return [first] + [
        replace(one, **vague) if one.verdict == BROKEN else one for one in others
    ]


class _NoAnswer(TypeError):
    """What came back cannot be judged: no tensor of floats, or one of another shape."""


def _answered(attend: Attend, query: Tensor, *others, **flags) -> Tensor:
    """What `attend` gives, if it can be an answer to the query."""
    output = attend(query, *others, **flags)
    if not isinstance(output, Tensor):
        came = type(output).__name__
        raise _NoAnswer(f"one tensor (B, Tq, d) is wanted, this gives a {came}")
    if not output.is_floating_point():
        raise _NoAnswer(f"floats are wanted, this gives {output.dtype}")
    if output.shape != query.shape:
        wanted, came = tuple(query.shape), tuple(output.shape)
        raise _NoAnswer(f"(B, Tq, d) = {wanted} is wanted, this gives {came}")
    return output


def _on_copies(attend: Attend, *inputs: Tensor | None, **flags) -> Tensor:
    return attend(*(x if x is None else x.clone() for x in inputs), **flags)


def _by_flag(attend, query, key, value):
    return attend(query, key, value, None, causal=True)


def _by_mask(attend, query, key, value):
    mask = causal_mask(query.shape[1], key.shape[1])
    return attend(query, key, value, mask.expand(len(query), -1, -1))


def _cases(attend, causal_flag, width, dtype, seed) -> Iterator[_Case]:
    """One case for each of `SIZES`; while one is used, its seed is torch's."""
    bare = partial(_answered, attend)
    guarded = partial(_on_copies, bare)
    causally = partial(_by_flag if causal_flag else _by_mask, guarded)
    for number, (B, Tq, Tk) in enumerate(SIZES):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed * len(SIZES) + number)
            shapes = (B, Tq, width), (B, Tk, width), (B, Tk, width)
            inputs = [torch.randn(shape, dtype=torch.float64) for shape in shapes]
            mask = torch.rand(B, Tq, Tk) < 0.6
            mask[..., 0] = True
            inputs = (x.to(dtype) for x in inputs)
            yield _Case(bare, guarded, causally, *inputs, mask)


def _judge(name: str, cases: Iterator[_Case]) -> Finding:
    """The worst that a law says of the cases; a broken law counts before an error."""
    check = CHECKS[name]
    found = []
    for case in cases:
        B, Tq, d = case.query.shape
        at = f"(B={B}, Tq={Tq}, Tk={case.key.shape[1]}, d={d})"
        try:
            check.run(case)
        except BrokenLaw as broken:
            small = broken.gap is not None and broken.gap < ROUNDING
            why = (SMALL, "") if small else (check.causes, check.unless)
            found.append(Finding(name, BROKEN, broken.gap, f"{broken} {at}", *why))
        except _NoAnswer as error:
            found.append(Finding(name, ERROR, None, str(error)))
        except Exception as error:
            said = f"{type(error).__name__}: {str(error).strip()} {at}"
            found.append(Finding(name, ERROR, None, said, "", check.unable))
    if not found:
        return Finding(name, HELD)
    return max(found, key=lambda one: (one.verdict == BROKEN, one.gap or 0.0))
