"""A figure as one drawing that is right on a light page and on a dark one.

The figure is drawn twice, the second time in its colors for a dark ground; where the
two differ, the drawing says both colors, and the page that it stands on chooses:
``fill:light-dark(#4d5560,#b4bcc8)``. So a drawing follows the page at once when a
reader switches, and is printed light.
"""

from __future__ import annotations

import base64
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np

from n2t.plots.palette import ON_ROLE, TEXT, ink_on, map_on_dark, on_dark

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

CHUNK = "n2t-drawing"  # the part of a PNG that holds its drawing
SVG, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
EDGE = 0.04  # inches around what is drawn
LONG = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
KINDS = {"text": "text", "QuadMesh": "tones", "QuadContourSet": "tones"}
UNSAID = {"fill": "#000000", "stroke": "none"}  # what SVG takes where nothing is said
LINES = {"stroke-linejoin": "round", "stroke-linecap": "butt"}  # Matplotlib's own


def drawing(fig: Figure) -> str:
    """The figure as SVG; its colors follow the page's ``color-scheme``."""
    light = _svg(fig)
    with dark(fig):
        return merged(light, _svg(fig))


def picture(fig: Figure, with_drawing: bool = False) -> bytes:
    """The figure as PNG, with twice the pixels, on white.

    Where it is asked for, the PNG carries the :func:`drawing` of the figure with it.
    """
    said: dict[str, str | None] = {"Software": None}
    if with_drawing:
        packed = zlib.compress(drawing(fig).encode(), 9)
        said[CHUNK] = base64.b64encode(packed).decode()
    return _saved(fig, format="png", dpi=2 * fig.dpi, metadata=said)


def drawing_in(png: bytes) -> str | None:
    """The drawing that a PNG carries; None where it has none."""
    for kind, body in _chunks(png):
        name, _, packed = body.partition(b"\0")
        if (kind, name) == (b"tEXt", CHUNK.encode()):
            return zlib.decompress(base64.b64decode(packed)).decode()
    return None


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts of a PNG: of each its kind and what is in it."""
    place = len(b"\x89PNG\r\n\x1a\n")
    while place < len(png):
        length = int.from_bytes(png[place : place + 4])
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += length + 12  # its length, its kind, its checksum


@contextmanager
def dark(fig: Figure) -> Iterator[None]:
    """Within, a figure has its colors for a dark ground."""
    before = []
    try:
        artists = list(_parts(fig))
        for dressing in (_dress_map, _dress):  # numbers look at the cells they are in
            for artist in artists:
                new = dressing(artist)
                before.append((artist, {name: _now(artist, name) for name in new}))
                artist.set(**new)
        yield
    finally:
        for artist, old in reversed(before):
            artist.set(**old)


def _parts(fig: Figure) -> Iterator[Artist]:
    """Everything that is drawn; some of it no artist calls its child."""
    for artist in fig.findobj():
        if artist is fig or getattr(artist, "on_both", False):
            continue
        yield artist
        hidden = (
            getattr(artist, name, None) for name in ("arrow_patch", "_bbox_patch")
        )
        yield from filter(None, hidden)


def _now(artist: Artist, name: str) -> Any:
    """What a property of an artist is, as its setter takes it."""
    value = getattr(artist, f"get_{name}")()
    return value.copy() if hasattr(value, "shape") else value


def _dress_map(artist: Artist) -> dict[str, Any]:
    """The color map for a dark ground of what has one."""
    from matplotlib.cm import ScalarMappable

    mapped = isinstance(artist, ScalarMappable) and artist.get_array() is not None
    return {"cmap": map_on_dark(artist.get_cmap())} if mapped else {}


def _dress(artist: Artist) -> dict[str, Any]:
    """The colors for a dark ground of what has colors of its own."""
    from matplotlib.collections import Collection
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.text import Text

    if isinstance(artist, Text):
        return {"color": _text_color(artist)}
    if isinstance(artist, Line2D):
        return _seen(artist, "color", "markerfacecolor", "markeredgecolor")
    if isinstance(artist, Patch):
        return _seen(artist, "facecolor", "edgecolor")
    if isinstance(artist, Collection) and artist.get_array() is None:
        return _seen(artist, "facecolor", "edgecolor")
    return {}


def _seen(artist: Artist, *names: str) -> dict[str, Any]:
    """The companions of those colors of an artist that can be seen.

    Setting what is clear would make it as opaque as the artist.
    """
    from matplotlib.colors import to_rgba_array

    found = {name: _now(artist, name) for name in names}
    seen = {n: now for n, now in found.items() if to_rgba_array(now)[:, 3].any()}
    return {
        name: list(map(on_dark, now)) if np.ndim(now) == 2 else on_dark(now)
        for name, now in seen.items()
    }


def _text_color(text: Any) -> Any:
    """The color of a text on a dark page: in a cell, in a box, on the page itself."""
    from matplotlib.colors import to_hex

    if cell := getattr(text, "cell", None):
        image, value = cell
        return ink_on(image.cmap(image.norm(value)))
    color = text.get_color()
    return ON_ROLE[1] if to_hex(color) == ON_ROLE[0] else on_dark(color, TEXT)


def _svg(fig: Figure) -> str:
    """The figure as Matplotlib writes it, cut to what is drawn; no ground, no date."""
    for ax in fig.axes:  # no seams between the steps of a color bar
        if bar := getattr(ax, "_colorbar", None):
            bar.solids.set_edgecolor("face")
    cut = {"bbox_inches": "tight", "pad_inches": EDGE, "facecolor": "none"}
    return _saved(fig, format="svg", metadata={"Date": None}, **cut).decode()


def _saved(fig: Figure, **options: Any) -> bytes:
    """What Matplotlib writes for a figure, which is left as it was."""
    import matplotlib

    settings = {
        "svg.fonttype": "path",
        "svg.image_inline": True,
        "figure.constrained_layout.use": False,  # a figure without it would get it
    }
    file = io.BytesIO()
    with matplotlib.rc_context(settings):
        fig.savefig(file, **options)
    return file.getvalue()


def merged(light: str, dark: str) -> str:
    """One SVG of two that differ in colors and images alone.

    Raises `ValueError` where anything else differs.
    """
    root, other = (ElementTree.fromstring(text) for text in (light, dark))
    for extra in (f"{SVG}metadata", f"{SVG}defs/{SVG}style/.."):
        for tree in (root, other):
            for found in tree.findall(extra):
                tree.remove(found)
    _join(root, other)
    root.attrib.update(LINES)
    _name(root)
    for element in root.iter():
        element.tag = element.tag.removeprefix(SVG)
        element.text = element.tail = None
    root.set("xmlns", SVG.strip("{}"))
    return ElementTree.tostring(root, encoding="unicode")


def _join(one: ElementTree.Element, two: ElementTree.Element) -> None:
    """Make two elements, and what is in them, into one."""
    if (one.tag, len(one)) != (two.tag, len(two)):
        raise ValueError(f"two drawings differ in {one.tag} and {two.tag}")
    light, dark = dict(_styles(one)), dict(_styles(two))
    both = []
    for name in sorted({*light, *dark}):
        here, there = (found.get(name, UNSAID.get(name)) for found in (light, dark))
        one.set(name, str(here))  # for a browser that knows one ground only
        if here != there:
            both.append(f"{name}:light-dark({here},{there})")
    one.attrib.pop("style", None)
    if both:
        one.set("style", ";".join(both))
    for name in ("d", "transform", "x", "y", "width", "height"):
        if name in one.attrib:
            one.set(name, LONG.sub(_short, " ".join(one.get(name).split())))
    for here, there in list(zip(one, two, strict=True)):
        _join(here, there)
        if here.tag == f"{SVG}image" and here.get(LINK) != there.get(LINK):
            twin = ElementTree.Element(here.tag, here.attrib)
            twin.set(LINK, there.get(LINK))
            for image, ground in ((here, "light"), (twin, "dark")):
                image.set("class", f"on-{ground}")
            one.insert(list(one).index(here) + 1, twin)


def _styles(element: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """What an element's `style` says."""
    for part in element.get("style", "").split(";"):
        name, _, value = part.partition(":")
        if name.strip():
            yield name.strip(), value.strip()


def _short(number: re.Match) -> str:
    """A number with five digits, which are a tenth of what a screen can show."""
    return f"{float(number.group()):.5g}"


def _name(root: ElementTree.Element) -> None:
    """Leave the ids that something refers to, shorter; mark texts and tones."""
    used: dict[str, str] = {}
    for element in root.iter():
        for name, value in element.attrib.items():
            for found in re.findall(r"url\(#([^)]+)\)", value):
                used.setdefault(found, f"a{len(used)}")
            if name == LINK and value.startswith("#"):
                used.setdefault(value[1:], f"a{len(used)}")
    for element in root.iter():
        own = element.attrib.pop("id", "")
        if kind := KINDS.get(own.partition("_")[0]):
            element.set("class", kind)
        if own in used:
            element.set("id", used[own])
        link = element.attrib.pop(LINK, "")
        if link:
            inside = link.startswith("#")
            element.set(
                "href", f"#{used[link[1:]]}" if inside else re.sub(r"\s", "", link)
            )
        if clip := element.get("clip-path"):
            element.set("clip-path", f"url(#{used[clip[5:-1]]})")
