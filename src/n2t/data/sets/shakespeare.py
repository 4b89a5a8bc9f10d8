"""Tiny Shakespeare: speeches from the plays, for language models (a full-size set)."""

from __future__ import annotations

from n2t.data.sets.splits import Splits, fold, published
from n2t.data.sources.reading import read_text
from n2t.data.sources.registry import fetch

LONG_SPEECH = 8  # words; "Ay, my lord." is said again and again


def shakespeare(*, validation: float = 0.05, test: float = 0.05) -> Splits[str]:
    """Speeches in the order of the file: its beginning, then 5%, then the last 5%.

    Plays are not shuffled, so a held-out speech is from a scene that training has
    not seen. ``"\\n\\n".join(part)`` gives the text of a part. A speech of at least
    eight words that occurs in two parts is kept in the later one.

    Args:
        validation: the share of speeches for choices.
        test: the share of speeches for the end.

    Raises:
        ValueError: shares that leave nothing for training.
        n2t.data.sources.download.DataError: no file here and no network.
    """
    if not (validation >= 0 and test >= 0 and validation + test < 1):
        raise ValueError(
            f"validation ({validation}) + test ({test}) must be shares below 1 in sum"
        )
    text = read_text(fetch("tinyshakespeare") / "input.txt")
    speeches = text.strip("\n").split("\n\n")
    first = round(len(speeches) * (1 - validation - test))
    second = round(len(speeches) * (1 - test))
    return published(
        speeches[:first], speeches[first:second], speeches[second:], keys=long_speech
    )


def long_speech(speech: str) -> list[str]:
    """The folded words of a speech without its speaker; nothing for a short one."""
    _, _, words = speech.partition("\n")
    folded = fold(words)
    return [folded] if len(folded.split()) >= LONG_SPEECH else []
