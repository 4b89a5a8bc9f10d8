"""Turn ``name:metric:format`` into the recorded number, as text."""

from __future__ import annotations

import re
from pathlib import Path

from n2t import ledger

USE = re.compile(
    r"(?P<name>[^:]+):(?P<metric>[^:.]+)(\.(?P<part>\w+))?(:(?P<spec>.*))?"
)
ROLE = re.compile(r"\{ledger\}`([^`]+)`")


def ledger_text(use: str, root: str | Path | None = None) -> str:
    """The number that `use` names, formatted; ``.2f`` if it states no format.

    ``name:metric.spread:.2f`` gives the spread over the seeds in place of the mean.
    Raises `LookupError` for a missing or stale record, `ValueError` for a use that
    cannot be read.
    """
    match = USE.fullmatch(use.strip())
    if not match:
        raise ValueError(f"{use!r} is not name:metric:format")
    value = ledger.result(match["name"], root=root).metric(
        match["metric"], match["part"] or "mean"
    )
    try:
        return format(value, match["spec"] or ".2f")
    except ValueError as error:
        raise ValueError(f"{use!r}: {error}") from None


def substitute(text: str, root: str | Path | None = None) -> str:
    """`text` with every ledger role replaced by its number, for notebooks."""
    return ROLE.sub(lambda match: ledger_text(match.group(1), root), text)
