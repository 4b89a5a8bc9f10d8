"""The tokenizers of public models, from the models' own files.

What cuts and merges is the library ``tokenizers``; ids, special tokens and the
conversation's template are those of the file.

>>> tokenizer = load_tokenizer("smollm2")                     # doctest: +SKIP
>>> tokenizer.encode("Hello, world!")                         # doctest: +SKIP
[19556, 28, 905, 17]
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tokenizers
from tokenizers import decoders, models, pre_tokenizers

from n2t.data.sources.gguf import GGUF, read_gguf
from n2t.data.sources.public import find_model
from n2t.data.text.chat import Message, conversation
from n2t.data.text.fast_byte_pair import SYMBOL
from n2t.data.text.specials import in_order
from n2t.data.text.vocabulary import Tokenizer, check_text

NORMAL, CONTROL = 1, 3  # kinds of token in a GGUF file


class LibraryTokenizer(Tokenizer):
    """A tokenizer of the library ``tokenizers`` behind our interface.

    Args:
        library: what cuts texts and puts them together; it knows no special tokens.
        special_ids: name → id of the special tokens, as in ``Tokenizer``.
        roles: which of the ids pads, begins, ends: ``{"<eos>": 2}``. ``bos`` and
            ``eos`` of ``encode`` are these.
        chat_template: how conversations are written, as the file says it.
    """

    kind = "library"

    def __init__(
        self,
        library: tokenizers.Tokenizer,
        special_ids: Mapping[str, int],
        roles: Mapping[str, int],
        chat_template: str | None = None,
    ):
        super().__init__(special_ids)
        self.library, self.roles = library, dict(roles)
        self.chat_template = chat_template
        self._size = library.get_vocab_size()

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """What each id stands for; bytes that are no text alone as ``\\xe4``."""
        names = {i: token for token, i in self.library.get_vocab().items()}
        others = [names[i] for i in range(self._size) if i not in self._silent]
        if isinstance(self.library.decoder, decoders.ByteLevel):
            others = map(_readable, others)
        return in_order(self._special_ids, others)

    @property
    def vocab_size(self) -> int:
        """Number of ids, those of special tokens included."""
        return self._size

    def chat(self, messages: Sequence[Message], *, reply: bool = True) -> list[int]:
        """Ids of a conversation, by the model's template.

        Args:
            messages: ``{"role": "user", "content": "Hi!"}``, in order; roles are
                "system", "user" and "assistant". What they say is never special.
            reply: end with the beginning of the assistant's answer.

        Raises:
            TypeError, ValueError: as ``n2t.data.text.chat.conversation``.
        """
        ids: list[int] = []
        pieces = conversation(self.chat_template, messages, reply=reply)
        for piece, special in pieces:
            check_text(piece)
            ids += [self._special_ids[piece]] if special else self._encode(piece)
        return ids

    def _special_id(self, name: str) -> int:
        if name not in self.roles:
            raise ValueError(f"roles has no {name}: {self.roles}")
        return self.roles[name]

    def _encode(self, text: str) -> list[int]:
        return self.library.encode(text, add_special_tokens=False).ids

    def _decode(self, ids: list[int]) -> str:
        """Bytes that are no text (half of a character) become U+FFFD."""
        return self.library.decode(ids, skip_special_tokens=False)

    def _state(self) -> dict[str, Any]:
        return {
            "library": json.loads(self.library.to_str()),
            "roles": self.roles,
            "chat_template": self.chat_template,
        }

    @classmethod
    def _from_state(cls, state: dict[str, Any]) -> "LibraryTokenizer":
        library = tokenizers.Tokenizer.from_str(json.dumps(state["library"]))
        special_ids = state["special_ids"]
        return cls(library, special_ids, state["roles"], state["chat_template"])


_BYTE = {symbol: byte for byte, symbol in SYMBOL.items()}


def _readable(token: str) -> str:
    """A token of byte symbols as text."""
    return bytes(map(_BYTE.get, token)).decode("utf-8", "backslashreplace")


def load_tokenizer(name: str) -> LibraryTokenizer:
    """The tokenizer of a public model: "smollm2" or "minilm".

    Raises:
        ValueError: no public model has this name.
        MissingModelError: it is not installed; the message says how to get it.
    """
    path = find_model(name)
    return from_gguf(read_gguf(path)) if path.is_file() else from_json(path)


def from_gguf(file: GGUF) -> LibraryTokenizer:
    """The byte-pair tokenizer that a GGUF file holds.

    Each number is cut from the text first, digit by digit, and then as GPT-2 cuts:
    that is what "smollm" means in the file.

    Raises:
        ValueError: another kind of tokenizer, or another cut; it is named.
    """
    entries = {
        name.removeprefix("tokenizer.ggml."): value
        for name, value in file.metadata.items()
    }
    for name, wanted in {"model": "gpt2", "pre": "smollm"}.items():
        if entries.get(name) != wanted:
            raise ValueError(
                f"{file.path}: tokenizer.ggml.{name} is {entries.get(name)!r}; only "
                f"{wanted!r} is known here"
            )
    tokens, kinds = entries["tokens"], entries["token_type"]
    unknown = set(kinds) - {NORMAL, CONTROL}
    if unknown or len(kinds) != len(tokens):
        raise ValueError(f"{file.path}: its token_type holds {sorted(unknown)}")
    merges = [tuple(pair.split(" ")) for pair in entries["merges"]]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    library = tokenizers.Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    library.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    library.decoder = decoders.ByteLevel()
    special_ids = {
        token: i
        for i, (token, kind) in enumerate(zip(tokens, kinds, strict=True))
        if kind == CONTROL
    }
    words = {"pad": "padding", "bos": "bos", "eos": "eos", "unk": "unknown"}
    roles = {
        f"<{name}>": entries[f"{theirs}_token_id"]
        for name, theirs in words.items()
        if f"{theirs}_token_id" in entries
    }
    template = file.metadata.get("tokenizer.chat_template")
    return LibraryTokenizer(library, special_ids, roles, template)


def from_json(folder: Path) -> LibraryTokenizer:
    """BERT's WordPiece tokenizer, of a folder that holds its ``tokenizer.json``.

    ``encode(text, bos=True, eos=True)`` puts ``[CLS]`` in front and ``[SEP]`` behind.
    What the file says of cutting long texts and of padding is left to the caller.

    Raises:
        ValueError: another kind of tokenizer; it is named.
    """
    about = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    if (kind := about["model"].get("type")) != "WordPiece":
        raise ValueError(f"{folder} holds a {kind!r} tokenizer; known is 'WordPiece'")
    special_ids = {token["content"]: token["id"] for token in about["added_tokens"]}
    plain = about | {"added_tokens": [], "truncation": None, "padding": None}
    library = tokenizers.Tokenizer.from_str(
        json.dumps(plain | {"post_processor": None})
    )
    names = {"pad": "[PAD]", "bos": "[CLS]", "eos": "[SEP]", "unk": "[UNK]"}
    roles = {f"<{name}>": special_ids[theirs] for name, theirs in names.items()}
    return LibraryTokenizer(library, special_ids, roles)
