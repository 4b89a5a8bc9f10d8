"""The path on the cover: a station a part, each a link to the part's first chapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import NamedTuple

from coursekit.book.colors.parts import Part, parts
from coursekit.book.cover import shapes
from coursekit.book.cover.shapes import PAPER, element, line, pair, text

WIDTH, STEP, RADIUS = 400, 72, 28
LEFT, RIGHT, WORDS, TOP = 52, 92, 138, 44  # where stations and their words stand


class Station(NamedTuple):
    """What a part's station says, and its sign around (0, 0)."""

    name: str
    about: str
    sign: str


def _bars(at: list[tuple[float, float, float, float]], **more) -> str:
    """Boxes (x, y, width, height) in the color of the page."""
    return "".join(shapes.rect(*box, PAPER, **more) for box in at)


def _rays(at: list[tuple[float, float, float, float]], width: float) -> str:
    """Lines in the color of the page."""
    return "".join(line(*ends, PAPER, stroke_width=width) for ends in at)


def _dots(at: list[tuple[float, float, float]]) -> str:
    """Discs (x, y, radius) in the color of the page."""
    style = f"fill:{PAPER}"
    return "".join(element("circle", "", style, cx=x, cy=y, r=r) for x, y, r in at)


def _shape(d: str) -> str:
    """An outline, filled in the color of the page."""
    return element("path", "", f"fill:{PAPER}", d=d)


NEURON = _rays([(-17, -11, -6, -4), (-18, 0, -7, 0), (-17, 11, -6, 4)], 2)
NEURON += _rays([(7, 0, 18, 0)], 2) + _dots([(0, 0, 7.5)])
CHAIN = _bars([(x, -5, 10, 10) for x in (-18, -5, 8)], rx=2)
CHAIN += _rays([(-9, 0, -4, 0), (4, 0, 9, 0)], 2)
LOOK = _rays([(0, -11, -15, 10), (0, -11, 5, 10)], 1) + _rays([(0, -11, -5, 10)], 4)
LOOK += _rays([(0, -11, 15, 10)], 2)
LOOK += _dots([(0, -12, 4.5), *((x, 11, 3.5) for x in (-15, -5, 5, 15))])
GLASS = element(
    "circle", "", f"fill:none;stroke:{PAPER}", cx=-3, cy=-3, r=9, stroke_width=3
)
GLASS += line(4, 4, 13, 13, PAPER, stroke_width=4, stroke_linecap="round")

STATIONS = (
    Station("Start here", "shapes, masks, budgets", _shape("M-8 -11 L11 0 L-8 11 Z")),
    Station("Neural networks", "neurons, gradients, PyTorch", NEURON),
    Station("Sequences", "text as numbers, memory", CHAIN),
    Station("Attention", "look back at everything", LOOK),
    Station(
        "The Transformer",
        "built, trained, translating",
        _bars([(-13, y, 26, 7) for y in (-14, -4, 6)], rx=2),
    ),
    Station(
        "What Transformers do",
        "text, pictures, sound",
        _shape("M-14 -11 h28 v17 h-15 l-7 7 v-7 h-6 z"),
    ),
    Station(
        "At scale",
        "faster, longer, newer",
        _bars([(-14, 4, 7, 8), (-4, -3, 7, 15), (6, -12, 7, 24)]),
    ),
    Station("Understanding", "privacy, open problems", GLASS),
)


def place(number: int) -> tuple[int, int]:
    """Where a station stands."""
    return (RIGHT if number % 2 else LEFT, TOP + STEP * number)


def drawing(address: Callable[[str], str]) -> str:
    """The path; `address` says where a page is, seen from the cover."""
    found = list(zip(STATIONS, parts(), strict=True))
    lines = list(_way(len(found)))
    for number, (station, part) in enumerate(found):
        lines.append(_link(number, station, part, address(part.first)))
    height = place(len(found) - 1)[1] + TOP
    return shapes.svg(WIDTH, height, lines, alone=False)


def _way(stations: int) -> Iterator[str]:
    """The way from each station to the next."""
    for number in range(stations - 1):
        (x, y), (to, below) = place(number), place(number + 1)
        step = 15 if to > x else -15
        ends = (x + step, y + RADIUS - 1, to - step, below - RADIUS + 1)
        yield line(*ends, pair("ink"), stroke_width=4, stroke_linecap="round")


def _link(number: int, station: Station, part: Part, address: str) -> str:
    """A station: all of its row leads to the part's first chapter."""
    x, y = place(number)
    more = {"rx": 12, "class": "reach"}
    reach = shapes.rect(6, y - 34, WIDTH - 12, 68, "transparent", **more)
    disc = element("circle", "", f"fill:{part.tint}", r=RADIUS)
    sign = element("g", disc + station.sign, transform=f"translate({x} {y})")
    name = text(WORDS, y - 3, escape(station.name), part.tint, 17, font_weight=600)
    about = text(WORDS, y + 17, escape(station.about), pair("ink"), 14)
    title = element("title", escape(f"{part.caption}: {station.about}"))
    inner = title + reach + sign + name + about
    return element("a", inner, href=address, **{"class": "station"})
