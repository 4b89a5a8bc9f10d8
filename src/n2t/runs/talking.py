"""A conversation with a public model: the questions and answers so far, and the next.

>>> model, tokenizer = public_model("smollm2")                 # doctest: +SKIP
>>> talk = Conversation(model, tokenizer)                      # doctest: +SKIP
>>> "".join(talk.ask("What is the capital of France?"))        # doctest: +SKIP
'The capital of France is Paris.'
"""

from collections.abc import Iterator

import torch
from torch import nn

from n2t._checks import check_choice
from n2t._fields import Size, check_value
from n2t.data.text import LibraryTokenizer, load_tokenizer
from n2t.decoding import Greedy, Strategy
from n2t.models import DecoderOnly, load_smollm2
from n2t.runs.generating import continued_ids

MODELS = ("smollm2",)  # those that say something


def public_model(
    name: str, device: torch.device | str = "cpu"
) -> tuple[DecoderOnly, LibraryTokenizer]:
    """A public language model and its tokenizer.

    Raises:
        ValueError: no public language model has this name.
        MissingModelError: it is not installed; the message says how to get it.
    """
    check_choice("model", name, MODELS)
    return load_smollm2().to(device), load_tokenizer(name)


class Conversation:
    """Questions, and answers that know what was said before.

    Args:
        model: a decoder alone.
        tokenizer: its own, with a template for conversations.
        strategy: how the next token is chosen.
        max_new_tokens: how long an answer may get.
        generator: where ``Sample`` draws from, on the model's device.

    Attributes:
        messages: what was said, ``{"role": ..., "content": ...}``. Where all of it and
            an answer are more than the model can read, the oldest goes first.
    """

    def __init__(
        self,
        model: nn.Module,
        tokenizer: LibraryTokenizer,
        *,
        strategy: Strategy | None = None,
        max_new_tokens: Size = 300,
        generator: torch.Generator | None = None,
    ):
        check_value("max_new_tokens", max_new_tokens, Size)
        self.model, self.tokenizer = model, tokenizer
        self.strategy = Greedy() if strategy is None else strategy
        self.max_new_tokens, self.generator = max_new_tokens, generator
        self.messages: list[dict[str, str]] = []

    def ask(self, question: str) -> Iterator[str]:
        """Yield the answer piece by piece; what was said of it is remembered.

        Raises:
            ValueError: a question alone that is longer than the model can read.
        """
        self.messages.append({"role": "user", "content": question})
        try:
            pieces = continued_ids(
                self.model,
                self.tokenizer,
                self._ids(),
                strategy=self.strategy,
                max_new_tokens=self.max_new_tokens,
                generator=self.generator,
            )
        except (ValueError, TypeError):
            self.messages.pop()
            raise
        return self._said(pieces)

    def _ids(self) -> list[int]:
        """The conversation's ids, with room for an answer where that can be made."""
        room = self.model.config.max_length - self.max_new_tokens
        ids = self.tokenizer.chat(self.messages)
        while len(ids) > room and len(self.messages) > 2:
            del self.messages[:2]
            ids = self.tokenizer.chat(self.messages)
        return ids

    def _said(self, pieces: Iterator[str]) -> Iterator[str]:
        said: list[str] = []
        try:
            for piece in pieces:
                said.append(piece)
                yield piece
        finally:  # whoever stops listening has heard this much
            self.messages.append({"role": "assistant", "content": "".join(said)})
