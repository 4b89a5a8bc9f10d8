"""Draws a sentence on its way through the course's translator, `_static/passage.svg`.

    python -m coursekit.book.cover.passage

What it shows is the model's own: the pieces, numbers of their vectors, where each piece
and each German word looks, and the words that come out. The vectors are those of the
last attention between both languages; where one looks is a mean over all heads, for the
words of the last layer, for the pieces of all layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, NamedTuple

from coursekit import paths
from coursekit.book.cover import shapes
from coursekit.book.cover.shapes import PANEL, PAPER, line, pair, rect, span, text

FILE = paths.ROOT / "_static" / "passage.svg"
MODEL = paths.ROOT / "results" / "weights" / "multi30k_en_de"
SENTENCE = "A dog runs through the snow."
WIDTH, HEIGHT, EDGE = 560, 548, 12
CELLS, CELL, CHIP = 5, 8, 30  # numbers of a vector, their size, a chip's height
LETTER, ROOM = 8.2, 20  # about how wide a character is, and a chip beside its word
FAINT = 0.08  # a weight below it is not drawn
BOX = {"rx": 8, "stroke-width": 1}
TONE = {"class": "tones"}  # a ground, which need not stand out

Rows = list[list[float]]


class Passage(NamedTuple):
    """What the translator does with a sentence."""

    pieces: list[str]
    words: list[str]
    vectors: Rows  # one a piece, as it comes in
    keys: Rows  # one a piece, as it has been read
    values: Rows
    queries: Rows  # one a word
    inside: Rows  # where each piece looks
    across: Rows  # where each word looks


def ask(sentence: str = SENTENCE) -> Passage:
    """Let the translator translate, and watch."""
    import torch

    from n2t.runs import folders, scoring

    model, tokenizer, facts = folders.load_model(MODEL)
    options = facts["configuration"]["decode"]
    (german,) = scoring.translate(model, tokenizer, [sentence], **options)
    source = [*tokenizer.encode(sentence), model.config.eos_id]
    target = [model.config.bos_id, *tokenizer.encode(german)]
    last = model.decoder.layers[-1].cross_attention
    watched = [last.project_key, last.project_value, last.project_query]
    seen, maps = _watched(model, [model.encoder.embedding, *watched], source, target)
    looks = [weights for name, weights in maps.items() if name.startswith("encoder")]
    across = [weights for name, weights in maps.items() if "cross" in name][-1]
    means = torch.stack(looks).mean((0, 1, 2)), across.mean((0, 1))
    pieces = [tokenizer.decode([i]).strip() for i in source[:-1]]
    words = [tokenizer.decode([i]).strip() for i in target[1:]]
    return Passage([*pieces, "end"], words, *seen, *(each.tolist() for each in means))


def _watched(model: Any, parts: Sequence, source: list, target: list):
    """What each of these parts gives for one sentence; all weights of attention."""
    import torch

    seen: dict[int, Rows] = {}
    hooks = [
        part.register_forward_hook(_keeper(seen, at)) for at, part in enumerate(parts)
    ]
    maps = model.attention_maps(torch.tensor([source]), torch.tensor([target]))
    for hook in hooks:
        hook.remove()
    return [seen[at] for at in range(len(parts))], maps


def _keeper(seen: dict[int, Rows], at: int):
    """A hook that keeps the first numbers of what a part gives."""

    def keep(part, inputs, output) -> None:
        seen[at] = output[0, :, :CELLS].tolist()

    return keep


def places(words: Sequence[str], share: float = 1.0) -> list[tuple[float, float]]:
    """(middle, width) of chips for these words, in a row over a share of the width."""
    widths = [LETTER * max(len(word), 2) + ROOM for word in words]
    room = share * WIDTH - 2 * EDGE - sum(widths)
    gap, at, found = room / (len(words) - 1), EDGE, []
    for width in widths:
        found.append((at + width / 2, width))
        at += width + gap
    return found


def chip(x: float, y: float, width: float, word: str, role: str) -> str:
    """A word in a box of a role's color."""
    ground = pair(role) if role == "query" else PANEL
    ink = shapes.ON_ROLE if role == "query" else pair("ink")
    also = f";stroke:{pair(role)}"
    kind = {} if role == "query" else TONE
    box = rect(x - width / 2, y, width, CHIP, ground, also=also, **BOX, **kind)
    shown = text(x, y + 20, escape(word), ink, 15.5, text_anchor="middle")
    return box + shown


def strip(x: float, y: float, numbers: Sequence[float], role: str) -> str:
    """A vector upright: the larger a number, whatever its sign, the fuller its cell."""
    largest = max(map(abs, numbers))
    cells = []
    for at, number in enumerate(numbers):
        cells.append(rect(x, y + at * CELL, CELL, CELL - 1, PANEL, **TONE))
        full = 0.12 + 0.88 * abs(number) / largest
        more = {"fill-opacity": f"{full:.2f}", **TONE}
        cells.append(rect(x, y + at * CELL, CELL, CELL - 1, pair(role), **more))
    return "".join(cells)


def looks(
    rows: Rows, askers: Sequence[float], asked: Sequence[float], y: float, to: float
) -> Iterator[str]:
    """Lines from those who ask, at height `y`, to whom they look at, at `to`."""
    for x, row in zip(askers, rows, strict=True):
        for other, weight in zip(asked, row, strict=True):
            if weight >= FAINT:
                more = {"stroke-width": f"{0.4 + 6 * weight:.2f}"}
                more["stroke-linecap"] = "round"
                yield line(x, y, other, to, pair("query"), **more)


def band(y: float, height: float, bold: str, said: str) -> str:
    """A part of the model: its ground, and what it does."""
    also = f";stroke:{pair('ink')};stroke-opacity:.35"
    ground = rect(0.5, y, WIDTH - 1, height, PAPER, also=also, **BOX, **TONE)
    words = f"{span(bold, pair('ink'))} {said}"
    return ground + text(WIDTH / 2, y + 22, words, pair("ink"), text_anchor="middle")


def said(y: float, words: str) -> str:
    """A line of words across the middle."""
    return text(WIDTH / 2, y, words, pair("ink"), text_anchor="middle")


def drawing(passage: Passage) -> str:
    """The sentence's way, from top to bottom."""
    lines = [*_read(passage), *_written(passage)]
    return shapes.svg(WIDTH, HEIGHT, lines)


def _read(passage: Passage) -> Iterator[str]:
    """The sentence comes in; the encoder reads it."""
    row = places(passage.pieces)
    middles = [x for x, _ in row]
    yield said(14, "An English sentence comes in, piece by piece a vector.")
    for (x, width), piece in zip(row, passage.pieces, strict=True):
        yield chip(x, 26, width, piece, "ink")
    for x, vector in zip(middles, passage.vectors, strict=True):
        yield strip(x - CELL / 2, 62, vector, "ink")
    yield band(112, 112, "Encoder:", "each piece looks at all of them.")
    yield from looks(passage.inside, middles, middles, 206, 152)
    for x in middles:
        for y in (152, 206):
            at = {"cx": f"{x:.1f}", "cy": y, "r": 4}
            yield shapes.element("circle", "", f"fill:{pair('ink')}", **at)
    pairs = zip(middles, passage.keys, passage.values, strict=True)
    for x, key, value in pairs:
        yield strip(x - CELL - 1, 234, key, "key") + strip(x + 1, 234, value, "value")
    keys, values = span("keys", pair("key")), span("values", pair("value"))
    yield said(292, f"What it has read waits: {keys} to be found by, {values} to give.")


def _written(passage: Passage) -> Iterator[str]:
    """The decoder asks; words come out, the last but one is the newest."""
    row, asked = places([*passage.words[:-1], "…"]), places(passage.pieces)
    middles, others = [x for x, _ in row], [x for x, _ in asked]
    yield from looks(passage.across[:-1], middles, others, 384, 302)
    for x, query in zip(middles, passage.queries[:-1], strict=True):
        yield strip(x - CELL / 2, 388, query, "query")
    queries = span("query", pair("query"))
    yield band(438, 34, "Decoder:", f"for each word a {queries}: where to look?")
    for (x, width), word in zip(row[:-1], passage.words, strict=False):
        yield chip(x, 482, width, word, "query" if word == passage.words[-2] else "ink")
    x, width = row[-1]
    also = f";stroke:{pair('ink')}"
    box = {**BOX, "stroke-dasharray": "4 3", "also": also}
    yield rect(x - width / 2, 482, width, CHIP, "none", **box)
    yield said(540, "German comes out, word by word; each goes back in for the next.")


if __name__ == "__main__":
    FILE.write_text(drawing(ask()), encoding="utf-8")
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")
