"""Recorded results: what a page may say about a run that it did not do itself."""

from n2t.ledger.places import names, weights
from n2t.ledger.records import (
    FIELDS,
    MADE_HERE,
    LedgerError,
    Record,
    differences,
    record,
    result,
)
from n2t.ledger.sources import source_hash, source_hashes, sources_of

__all__ = [
    "FIELDS",
    "MADE_HERE",
    "LedgerError",
    "Record",
    "differences",
    "names",
    "record",
    "result",
    "source_hash",
    "source_hashes",
    "sources_of",
    "weights",
]
