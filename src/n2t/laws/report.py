"""What an examination found: one line for each law, and a diagnosis of each trouble."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

HELD, BROKEN, ERROR, LEFT_OUT = "held", "BROKEN", "ERROR", "left out"
WIDTH = 70  # characters of a line


@dataclass(frozen=True)
class Finding:
    """One line of a report.

    `verdict` is "held", "BROKEN", "ERROR" or "left out". `gap` is how far two answers
    are apart that should be one, as a share of the largest value, or the size of a
    gradient that should be 0; None where no number says it. `said` is the law's own
    message, or the error. `causes` are what usually breaks this law, and `unless` is
    when it does not bind an attention, so that it may be left out.
    """

    law: str
    verdict: str
    gap: float | None = None
    said: str = ""
    causes: str = ""
    unless: str = ""

    def __str__(self) -> str:
        return _paragraph([self])


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
        alike: dict[tuple[str, ...], list[Finding]] = {}
        for found in self.troubles:  # an error that many laws meet is said once
            alike.setdefault(_body(found), []).append(found)
        return "\n\n".join(["\n".join(lines), *map(_paragraph, alike.values())])


def _body(finding: Finding) -> tuple[str, ...]:
    parts = {
        "": finding.said,
        "usual causes: ": finding.causes,
        "leave it out if ": finding.unless,
    }
    return tuple(label + text for label, text in parts.items() if text)


def _paragraph(alike: Sequence[Finding]) -> str:
    """The laws, and what is said of all of them."""
    names = "; ".join(finding.law for finding in alike)
    title = textwrap.wrap(f"{names}: {alike[0].verdict}", WIDTH)
    wrapped = (
        textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")
        for text in _body(alike[0])
    )
    return "\n".join(title + [line for lines in wrapped for line in lines])
