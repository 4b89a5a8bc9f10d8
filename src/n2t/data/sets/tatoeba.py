"""Tatoeba: short English sentences with Chinese translations (a full-size set)."""

from __future__ import annotations

import zipfile

from n2t.data.sets.splits import Splits, split
from n2t.data.sources.reading import split_lines
from n2t.data.sources.registry import fetch


def tatoeba(
    *, validation: int | float = 1000, test: int | float = 1000, seed: int = 0
) -> Splits[tuple[str, str]]:
    """Pairs of an English sentence and a Chinese one.

    A sentence has up to a dozen translations; all pairs that share a sentence on
    either side, even through a third, go to the same split.

    Args:
        validation: how many pairs to hold out for choices (or a share, as a float).
        test: how many to hold out for the end (likewise).
        seed: equal seeds give equal splits.

    Raises:
        ValueError: more held out than there is, or a line that is not three fields.
        n2t.data.sources.download.DataError: no file here and no network.
    """
    pairs = [(english, chinese) for english, chinese, _ in tatoeba_rows()]
    return split(pairs, validation=validation, test=test, seed=seed)


def tatoeba_rows() -> list[tuple[str, str, str]]:
    """Every row of the file: English, Chinese, and whom to attribute them to.

    The license asks for attribution: publish a sentence with its third field.
    """
    with zipfile.ZipFile(fetch("tatoeba_cmn") / "cmn-eng.zip") as archive:
        text = archive.read("cmn-eng/cmn.txt").decode("utf-8")
    rows = [tuple(line.split("\t")) for line in split_lines(text)]
    for number, row in enumerate(rows, 1):
        if len(row) != 3 or not all(row):
            raise ValueError(f"cmn.txt, line {number} must have three fields: {row}")
    return rows
