"""Texts through a trained translator, many at once."""

from collections.abc import Sequence

import torch
from torch import nn

from n2t._fields import Size, check_value
from n2t._special_ids import PAD
from n2t.data.text.vocabulary import Tokenizer
from n2t.decoding import Beam, Greedy, decode

ROWS = 64  # sentences that are translated at once


def translate(
    model: nn.Module,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    *,
    beam: Size = 1,
    length_penalty: float = 0.6,
    max_new_tokens: Size = 100,
) -> list[str]:
    """Translate texts; those of like length together, the order of texts kept.

    No answer is longer than the model's ``max_length`` allows, if it has one.

    Args:
        model: an encoder and a decoder.
        tokenizer: of both languages.
        texts: any number, none included.
        beam: how many beginnings the search keeps; 1 is greedy.
        length_penalty: of the beam search; see ``n2t.decoding.Beam``.
        max_new_tokens: the longest answer.

    Raises:
        TypeError, ValueError: an option that cannot be, or a text that is longer than
            the model's ``max_length``; it is counted from 1.
    """
    check_value("beam", beam, Size)
    check_value("max_new_tokens", max_new_tokens, Size)
    strategy = Beam(beam, length_penalty=length_penalty) if beam > 1 else Greedy()
    longest = getattr(model.config, "max_length", None)
    rows = tokenizer.encode_batch(texts, eos=True)
    if longest is not None:
        max_new_tokens = min(max_new_tokens, longest - 1)
        _check_room(rows, longest)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    device = next(model.parameters()).device
    answers: dict[int, str] = {}
    for start in range(0, len(order), ROWS):
        some = order[start : start + ROWS]
        source = nn.utils.rnn.pad_sequence(
            [torch.tensor(rows[i]) for i in some], batch_first=True, padding_value=PAD
        )
        decoded = decode(
            model, source.to(device), max_new_tokens=max_new_tokens, strategy=strategy
        )
        best = decoded.ids[:, 0] if decoded.ids.dim() == 3 else decoded.ids
        for i, ids in zip(some, best.tolist(), strict=True):
            answers[i] = tokenizer.decode(ids)
    return [answers[i] for i in range(len(rows))]


def _check_room(rows: Sequence[Sequence[int]], longest: int) -> None:
    """Refuse a text that no position is left for, before any is translated."""
    for number, row in enumerate(rows, 1):
        if len(row) > longest:
            raise ValueError(
                f"text {number} has {len(row)} tokens with its end, more than the "
                f"model's max_length ({longest})"
            )
