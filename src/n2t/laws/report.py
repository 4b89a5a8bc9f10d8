"""All laws of one attention in one call, as a report that reads like a diagnosis.

>>> import torch
>>> def masked_too_late(query, key, value, mask):
...     scores = query @ key.mT / query.shape[-1] ** 0.5
...     return (scores.softmax(-1) * mask) @ value
>>> report = examine(masked_too_late)
>>> report.held
False
>>> [finding.law for finding in report.findings if finding.verdict == "held"][:2]
['order of keys', 'a query alone']
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from n2t.laws import attention, precision, sequences
from n2t.laws.attention import Attend
from n2t.laws.judge import BrokenLaw
from n2t.masks import causal_mask

SIZES = ((2, 3, 5), (3, 5, 2), (2, 1, 4), (3, 4, 4))
"""(B, Tq, Tk) of the draws: more keys, more queries, a single query, equally many."""

HELD, BROKEN, ERROR, LEFT_OUT = "held", "BROKEN", "ERROR", "left out"
WIDTH = 70  # characters of a line


@dataclass(frozen=True)
class Finding:
    """One line of a report.

    `verdict` is "held", "BROKEN", "ERROR" or "left out". `gap` is how far two answers
    are apart that should be one, as a share of the largest value; None where no number
    says it. `said` is the law's own message, or the error. `causes` are what usually
    breaks this law.
    """

    law: str
    verdict: str
    gap: float | None = None
    said: str = ""
    causes: str = ""

    def __str__(self) -> str:
        lines = [f"{self.law}: {self.verdict}"]
        for label, text in (("", self.said), ("usual causes: ", self.causes)):
            lines += _indented(label, text) if text else []
        return "\n".join(lines)


@dataclass(frozen=True)
class Report:
    """What `examine` found, a `Finding` for each law; `print` it."""

    findings: tuple[Finding, ...]

    @property
    def held(self) -> bool:
        """Whether no law is broken and none ended in an error."""
        return not self.troubles

    @property
    def troubles(self) -> tuple[Finding, ...]:
        """The findings that are broken or an error."""
        bad = BROKEN, ERROR
        return tuple(finding for finding in self.findings if finding.verdict in bad)

    def __str__(self) -> str:
        lines = [f"{'law':26}{'verdict':10}off by"]
        for finding in self.findings:
            gap = "" if finding.gap is None else f"{finding.gap:.1e}"
            lines.append(f"{finding.law:26}{finding.verdict:10}{gap}".rstrip())
        return "\n\n".join(["\n".join(lines), *map(str, self.troubles)])


def _indented(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        label + text, WIDTH, initial_indent="  ", subsequent_indent="    "
    )


@dataclass(frozen=True)
class _Case:
    """An attention and inputs: query (B, Tq, d), key, value (B, Tk, d) and a mask."""

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


CHECKS: dict[str, tuple[Callable[[_Case], None], str]] = {
    "past, values": (
        _past,
        "no causal mask; one that is turned round or one step off; one that is applied "
        "after the softmax, whose sum then still counts the future",
    ),
    "past, gradient": (
        _gradient,
        "as for the values; or weights that are normalized with keys that are hidden",
    ),
    "hidden keys": (
        _on_attention(attention.hidden_keys_do_not_matter),
        "the mask is read the other way round, lies along the queries, or is applied "
        "after the softmax; a fill that is not low enough; a scale that counts keys",
    ),
    "order of keys": (
        _on_attention(attention.order_of_keys_is_free),
        "heads split or merged without a transpose; places in the keys",
    ),
    "a query alone": (
        _on_attention(attention.queries_stand_alone),
        "the softmax runs over the queries, or over queries and keys together",
    ),
    "weights sum to 1": (
        _on_attention(attention.equal_values_come_back),
        "the softmax runs over another axis than the keys; weights changed after it",
    ),
    "empty rows": (
        _on_attention(attention.hidden_row_gives_zeros),
        "a row of only -inf in the softmax (NaN, or a NaN gradient although zeros "
        "replace it afterwards); a fill like -1e9, which averages all hidden values",
    ),
    "rows of a batch": (
        _batch,
        "a sum or a softmax over the batch; a reshape that mixes rows; K.T, which "
        "turns all axes round",
    ),
    "cached = uncached": (
        _cache,
        "with Tq < Tk the causal mask starts at the first key, not so that the last "
        "query stands at the last key; or the past sees the future",
    ),
    "width": (
        _on_attention(attention.width_does_not_sharpen),
        "scores that are not divided by √d_k: by nothing, by d_k, or by the root of "
        "another axis",
    ),
    "dtype": (
        _on_attention(precision.dtype_does_not_matter),
        "a fill that does not fit into float16; a constant that widens the result",
    ),
}
"""The laws by their short names: how each is run, and what usually breaks it."""


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
    random numbers stay where they were. `leave_out` names laws that do not bind this
    attention: "width" where it projects or does not multiply, "dtype" where it has
    parameters of one dtype. Raises ValueError for a name that is no law.
    """
    if unknown := sorted(set(leave_out) - set(CHECKS)):
        raise ValueError(f"leave_out has {unknown}, wanted some of {list(CHECKS)}")
    causally = partial(_by_flag if causal_flag else _by_mask, attend)
    draw = partial(_cases, attend, causally, width, dtype, seed)
    findings = [
        Finding(name, LEFT_OUT) if name in leave_out else _judge(name, draw())
        for name in CHECKS
    ]
    return Report(tuple(findings))


def _by_flag(attend, query, key, value):
    return attend(query, key, value, None, causal=True)


def _by_mask(attend, query, key, value):
    mask = causal_mask(query.shape[1], key.shape[1])
    return attend(query, key, value, mask.expand(len(query), -1, -1))


def _cases(attend, causally, width, dtype, seed) -> Iterator[_Case]:
    """One case for each of `SIZES`; while one is used, its seed is torch's."""
    for number, (B, Tq, Tk) in enumerate(SIZES):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed * len(SIZES) + number)
            shapes = (B, Tq, width), (B, Tk, width), (B, Tk, width)
            inputs = [torch.randn(shape, dtype=torch.float64) for shape in shapes]
            mask = torch.rand(B, Tq, Tk) < 0.6
            mask[..., 0] = True
            yield _Case(attend, causally, *(x.to(dtype) for x in inputs), mask)


def _judge(name: str, cases: Iterator[_Case]) -> Finding:
    """The worst that a law says of the cases; a broken law counts before an error."""
    law, causes = CHECKS[name]
    found = []
    for case in cases:
        B, Tq, d = case.query.shape
        at = f"(B={B}, Tq={Tq}, Tk={case.key.shape[1]}, d={d})"
        try:
            law(case)
        except BrokenLaw as broken:
            found.append(Finding(name, BROKEN, broken.gap, f"{broken} {at}", causes))
        except Exception as error:
            said = f"{type(error).__name__}: {str(error).strip()} {at}"
            found.append(Finding(name, ERROR, None, said))
    if not found:
        return Finding(name, HELD)
    return max(found, key=lambda one: (one.verdict == BROKEN, one.gap or 0.0))
