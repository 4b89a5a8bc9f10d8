"""A prompt through a trained language model, said while it is drawn."""

from collections.abc import Iterator

import torch
from torch import nn

from n2t._fields import Size, check_value
from n2t.data.text.vocabulary import Tokenizer
from n2t.decoding import Greedy, Sample, Strategy, stream

COLD = 1e-6  # a temperature that leaves nothing to draw, and would overflow logits


def strategy_of(
    temperature: float, top_k: int | None = None, top_p: float | None = None
) -> Strategy:
    """``Sample``; where the temperature leaves nothing to draw, ``Greedy``."""
    cold = 0 <= temperature < COLD
    strategy = Sample(1.0 if cold else temperature, top_k=top_k, top_p=top_p)
    return Greedy() if cold else strategy


def continued(
    model: nn.Module,
    tokenizer: Tokenizer,
    prompt: str,
    *,
    strategy: Strategy,
    max_new_tokens: Size,
    generator: torch.Generator | None = None,
) -> Iterator[str]:
    """Yield what follows a prompt, piece by piece; joined, it is the text.

    It ends at a stop token, after ``max_new_tokens``, or at the model's
    ``max_length``. Half of a character is held back until the other half comes.

    Args:
        model: a decoder alone.
        tokenizer: of its texts.
        prompt: what the text begins with; it is not said again.
        strategy: ``Greedy()`` or ``Sample(...)``.
        generator: where ``Sample`` draws from, on the model's device.

    Raises:
        TypeError, ValueError: ``max_new_tokens`` below 1, or a prompt without a token,
            or one that leaves no room for another.
    """
    if not (ids := tokenizer.encode(prompt)):
        raise ValueError(f"prompt ({prompt!r}) must hold at least one token")
    options = {"strategy": strategy, "generator": generator}
    return continued_ids(
        model, tokenizer, ids, max_new_tokens=max_new_tokens, **options
    )


def continued_ids(
    model: nn.Module,
    tokenizer: Tokenizer,
    ids: list[int],
    *,
    strategy: Strategy,
    max_new_tokens: Size,
    generator: torch.Generator | None = None,
) -> Iterator[str]:
    """As ``continued``, for a prompt of ids, special ones among them."""
    check_value("max_new_tokens", max_new_tokens, Size)
    if len(ids) >= model.config.max_length:
        raise ValueError(
            f"prompt ({len(ids)} tokens) must be shorter than the model's max_length "
            f"({model.config.max_length})"
        )
    place = next(model.parameters()).device
    tokens = stream(
        model,
        torch.tensor(ids, device=place),
        max_new_tokens=min(max_new_tokens, model.config.max_length - len(ids)),
        strategy=strategy,
        generator=generator,
    )
    return _pieces(tokens, tokenizer, list(ids))


def _pieces(
    tokens: Iterator[int], tokenizer: Tokenizer, ids: list[int]
) -> Iterator[str]:
    said, known = "", len(tokenizer.decode(ids))  # it may hold unknown characters
    for token in tokens:
        ids.append(token)
        text = tokenizer.decode(ids)[known:]
        if not text.endswith("\N{REPLACEMENT CHARACTER}"):  # half a character
            yield text[len(said) :]
            said = text
