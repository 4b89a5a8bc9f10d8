"""What every tokenizer has in common: special ids, one interface, files.

A tokenizer turns text into ids and back. Ids 0 to 3 mean the same in all of
them, so a model, a batch and a decoder never ask which tokenizer was used.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from n2t._special_ids import BOS, EOS
from n2t.files import write_text

SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>")
FORMAT = "n2t-tokenizer"


class Tokenizer(ABC):
    """Text to ids and back; the base of every tokenizer here.

    A subclass names its ``kind`` (the word that its files carry) and says how
    to encode, decode and describe itself; the rest is written once, here.
    """

    kind: ClassVar[str]
    kinds: ClassVar[dict[str, type["Tokenizer"]]] = {}

    def __init_subclass__(cls) -> None:
        """Let ``Tokenizer.load`` find a class that names its kind."""
        if "kind" in cls.__dict__:
            Tokenizer.kinds[cls.kind] = cls

    @property
    @abstractmethod
    def vocabulary(self) -> tuple[str, ...]:
        """What each id stands for, in printable form; index = id."""

    @abstractmethod
    def _encode(self, text: str) -> list[int]:
        """Ids of a text that was checked, without special ids."""

    @abstractmethod
    def _decode(self, ids: list[int]) -> str:
        """Text of ids that were checked, special ids removed."""

    @abstractmethod
    def _state(self) -> dict[str, Any]:
        """What a file must hold to build this tokenizer again."""

    @classmethod
    @abstractmethod
    def _from_state(cls, state: dict[str, Any]) -> "Tokenizer":
        """The inverse of ``_state``; raises ValueError for a broken state."""

    @property
    def vocab_size(self) -> int:
        """Number of ids, the four special ones included."""
        return len(self.vocabulary)

    @property
    def special_ids(self) -> dict[str, int]:
        """Name → id of the special tokens, in order."""
        return dict(zip(SPECIALS, range(len(SPECIALS)), strict=True))

    def encode(self, text: str, bos: bool = False, eos: bool = False) -> list[int]:
        """Ids of a text.

        Args:
            text: any Unicode text.
            bos: put ``BOS`` in front.
            eos: put ``EOS`` behind.

        Raises:
            TypeError: ``text`` is not a string.
            ValueError: ``text`` holds a lone surrogate, which no file can.
        """
        check_text(text)
        return [BOS] * bos + self._encode(text) + [EOS] * eos

    def encode_batch(
        self, texts: Iterable[str], bos: bool = False, eos: bool = False
    ) -> list[list[int]]:
        """Ids of many texts; see ``encode``."""
        return [self.encode(text, bos, eos) for text in check_texts(texts)]

    def decode(self, ids: Iterable[int]) -> str:
        """Text of ids; special ids say nothing and are left out.

        Args:
            ids: integers, as a list or a tensor (T).

        Raises:
            ValueError: an id is outside the vocabulary.
        """
        numbers = [int(i) for i in ids]
        size = self.vocab_size
        for i in numbers:
            if not 0 <= i < size:
                raise ValueError(f"ids ({i}) must lie between 0 and {size - 1}")
        return self._decode([i for i in numbers if i >= len(SPECIALS)])

    def save(self, path: str | Path) -> None:
        """Write the tokenizer as JSON: the whole file, or none of it."""
        state = {"format": FORMAT, "kind": self.kind, **self._state()}
        write_text(path, json.dumps(state, ensure_ascii=False))

    @classmethod
    def load(cls, path: str | Path) -> "Tokenizer":
        """Read a tokenizer that ``save`` wrote.

        ``Tokenizer.load`` takes any kind; a subclass takes its own.

        Raises:
            ValueError: the file is broken, or of another kind; it is named.
        """
        path = Path(path)
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(state, dict) or state.pop("format", None) != FORMAT:
                raise ValueError(f"wanted an object with format {FORMAT!r}")
            kind = state.pop("kind", None)
            if kind not in Tokenizer.kinds:
                raise ValueError(f"kind ({kind!r}) is not known")
            found = Tokenizer.kinds[kind] if cls is Tokenizer else cls
            if found.kind != kind:
                raise ValueError(f"it holds a {kind}, wanted a {found.kind}")
            return found._from_state(state)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path} is not a tokenizer that can be loaded: {error}; "
                "save it again from where it was trained"
            ) from error


def check_text(text: object) -> None:
    """Refuse what is not text that can be written to a file.

    Raises:
        TypeError: not a string.
        ValueError: a lone surrogate, half of a character.
    """
    if not isinstance(text, str):
        raise TypeError(f"text ({type(text).__name__}) must be a string")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"text holds the lone surrogate U+{ord(text[error.start]):04X} at position "
            f"{error.start}: half of a character, which UTF-8 cannot hold; "
            "decode the bytes it came from again, with their right encoding"
        ) from error


def check_texts(texts: Iterable[str]) -> Iterable[str]:
    """Refuse a single string where many are wanted, and hand back the rest."""
    if isinstance(texts, str):
        raise TypeError("texts must be many strings, not one: write [text]")
    return texts


def check_tokens(tokens: Sequence[str]) -> tuple[str, ...]:
    """A vocabulary as a tuple, refused if a token repeats or is no string."""
    if not all(isinstance(token, str) and token for token in tokens):
        raise ValueError("tokens must be strings that are not empty")
    if len(set(tokens)) < len(tokens):
        raise ValueError("tokens must differ from one another")
    return tuple(tokens)
