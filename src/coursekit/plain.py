"""MyST text for readers that know only Markdown: notebooks and plain scripts."""

from __future__ import annotations

import re

from coursekit.ledger_text import substitute

LINKED = re.compile(
    r"\{(?:ref|numref|doc|eq|term|prf:ref)\}`([^`<]*?)\s*(?:<([^>]*)>)?`"
)
CITED = re.compile(r"\s?\{cite(?::\w+)?\}`([^`]+)`")
GLUED = re.compile(r"\{glue:\w+\}`([^`:]+)(?::[^`]*)?`")
ROLE = re.compile(r"\{[\w:-]+\}`([^`]+)`")
TARGET = re.compile(r"^\([\w-]+\)=\n", re.M)
INTERNAL = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]*\)")
GATE = re.compile(
    r"^(`{3,})\{(?:exercise|solution)-(?:start|end)\}.*?^\1[ \t]*$", re.M | re.S
)
LISTING = re.compile(r"^(`{3,})\{code-block\} *(\w*)\n(?::.*\n)*\n?", re.M)


def plain_markdown(text: str) -> str:
    """`text` with roles turned into words and links inside the book into their text.

    Recorded numbers are put in; a missing one raises `LookupError`.
    """
    text = substitute(text)
    text = LINKED.sub(lambda match: match[1].strip() or match[2] or "", text)
    text = CITED.sub(lambda match: f" ({match[1]})", text)
    text = GLUED.sub(lambda match: f"`{match[1]}`", text)
    text = TARGET.sub("", ROLE.sub(lambda match: match[1], text))
    text = LISTING.sub(lambda match: f"{match[1]}{match[2]}\n", text)
    return INTERNAL.sub(lambda match: match[1], GATE.sub("", text))
