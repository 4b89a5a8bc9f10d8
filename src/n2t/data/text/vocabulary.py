"""What every tokenizer has in common: special ids, one interface, files.

A tokenizer turns text into ids and back. Ids 0 to 3 mean the same in all of
them, so a model, a batch and a decoder never ask which tokenizer was used; where
ids must be those of another program, ``special_ids`` puts them elsewhere.
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar

from n2t.data.text.specials import (
    STANDARD,
    check_allowed,
    check_special_ids,
)
from n2t.files import write_text

FORMAT = "n2t-tokenizer"


class Tokenizer(ABC):
    """Text to ids and back; the base of every tokenizer here.

    A subclass names its ``kind`` (the word that its files carry) and says how
    to encode, decode and describe itself; the rest is written once, here.

    Args:
        special_ids: name → id of the special tokens; by default ``<pad>``,
            ``<bos>``, ``<eos>`` and ``<unk>`` at 0 to 3. Several names may share an
            id. Other tokens take, in order, the ids that these leave.
    """

    kind: ClassVar[str]
    kinds: ClassVar[dict[str, type["Tokenizer"]]] = {}

    def __init_subclass__(cls) -> None:
        """Let ``Tokenizer.load`` find a class that names its kind."""
        if "kind" in cls.__dict__:
            Tokenizer.kinds[cls.kind] = cls

    def __init__(self, special_ids: Mapping[str, int] | None = None):
        self._special_ids = check_special_ids(special_ids)
        self._silent = frozenset(self._special_ids.values())

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
        """Number of ids, those of special tokens included."""
        return len(self.vocabulary)

    @property
    def special_ids(self) -> dict[str, int]:
        """Name → id of the special tokens."""
        return dict(self._special_ids)

    @property
    def pad_id(self) -> int:
        """The id of ``<pad>``; ValueError if there is none."""
        return self._special_id("<pad>")

    @property
    def bos_id(self) -> int:
        """The id of ``<bos>``; ValueError if there is none."""
        return self._special_id("<bos>")

    @property
    def eos_id(self) -> int:
        """The id of ``<eos>``; ValueError if there is none."""
        return self._special_id("<eos>")

    def _special_id(self, name: str) -> int:
        if name not in self._special_ids:
            raise ValueError(f"special_ids has no {name}: {self.special_ids}")
        return self._special_ids[name]

    def encode(
        self,
        text: str,
        bos: bool = False,
        eos: bool = False,
        *,
        allowed_special: Iterable[str] = (),
    ) -> list[int]:
        """Ids of a text.

        Args:
            text: any Unicode text. A special token's name in it is text like any
                other, so that nobody's text can end a document or speak for another.
            bos: put ``<bos>`` in front.
            eos: put ``<eos>`` behind.
            allowed_special: names that do stand for special tokens in this text, or
                ``"all"``: for templates of your own, never for what others wrote.

        Raises:
            TypeError: ``text`` is not a string.
            ValueError: ``text`` holds a lone surrogate, which no file can; or an
                unknown name.
        """
        check_text(text)
        if allowed_special:
            ids = self._encode_mixed(text, allowed_special)
        else:
            ids = self._encode(text)
        if bos:
            ids = [self.bos_id, *ids]
        return [*ids, self.eos_id] if eos else ids

    def _encode_mixed(self, text: str, allowed: Iterable[str]) -> list[int]:
        """Ids of a text in which some names are special; the longest is seen first."""
        names = sorted(check_allowed(allowed, self._special_ids), key=len, reverse=True)
        parts = re.split(f"({'|'.join(map(re.escape, names))})", text)
        ids: list[int] = []
        for number, part in enumerate(parts):
            ids += [self._special_ids[part]] if number % 2 else self._encode(part)
        return ids

    def encode_batch(
        self,
        texts: Iterable[str],
        bos: bool = False,
        eos: bool = False,
        *,
        allowed_special: Iterable[str] = (),
    ) -> list[list[int]]:
        """Ids of many texts; see ``encode``."""
        rows = self.encode_iterable(texts, bos, eos, allowed_special=allowed_special)
        return list(rows)

    def encode_iterable(
        self,
        texts: Iterable[str],
        bos: bool = False,
        eos: bool = False,
        *,
        allowed_special: Iterable[str] = (),
    ) -> Iterator[list[int]]:
        """Ids of texts, one after another: neither texts nor ids are kept.

        For more text than memory holds: a file's lines, say. Each text is cut for
        itself. ``n2t.data.batches.pack_file`` takes what this gives.

        Args:
            texts: any iterable of strings; the next is asked for when it is needed.
            bos, eos, allowed_special: as in ``encode``.
        """
        names = check_allowed(allowed_special, self._special_ids)
        options = {"bos": bos, "eos": eos, "allowed_special": names}
        return (self.encode(text, **options) for text in check_texts(texts))

    def decode(self, ids: Iterable[int], *, show_special: bool = False) -> str:
        """Text of ids; special ids say nothing and are left out.

        Args:
            ids: integers, as a list or a tensor (T).
            show_special: write the names of special tokens instead.

        Raises:
            ValueError: an id is outside the vocabulary.
        """
        numbers = [int(i) for i in ids]
        size = self.vocab_size
        for i in numbers:
            if not 0 <= i < size:
                raise ValueError(f"ids ({i}) must lie between 0 and {size - 1}")
        if not show_special:
            return self._decode([i for i in numbers if i not in self._silent])
        names = self.vocabulary
        return "".join(
            "".join(names[i] for i in run) if special else self._decode(list(run))
            for special, run in groupby(numbers, self._silent.__contains__)
        )

    def save(self, path: str | Path) -> None:
        """Write the tokenizer as JSON: the whole file, or none of it."""
        state = {"format": FORMAT, "kind": self.kind, **self._state()}
        if self._special_ids != STANDARD:
            state["special_ids"] = self._special_ids
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
    if not isinstance(texts, Iterable):
        raise TypeError(f"texts must be many strings, got {texts!r}")
    return texts


def check_tokens(tokens: Iterable[str]) -> tuple[str, ...]:
    """A vocabulary as a tuple, refused if a token repeats or is no string."""
    tokens = tuple(tokens)
    if not all(isinstance(token, str) and token for token in tokens):
        raise ValueError("tokens must be strings that are not empty")
    if len(set(tokens)) < len(tokens):
        raise ValueError("tokens must differ from one another")
    return tokens
