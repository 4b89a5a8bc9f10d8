"""Sphinx: figures are drawings within the page, in the colors of its ground.

A cell's picture carries its drawing (`n2t.plots.grounds`), and a file of our own may
be one: an SVG that says ``light-dark(…)``. Either stands in the page itself, where it
follows the reader's choice of light or dark and is printed light. On a phone it
shrinks as long as its smallest text can be read; from there on it scrolls in a box. One
that is wider than the column of text stands out of it on a wide screen.
"""

from __future__ import annotations

import re
from math import ceil
from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx

from n2t.plots import drawing_in

LEAST = 9.02  # pixels: the smallest text of a figure, on the smallest screen
UNIT = 100 / 72  # pixels that a point of a figure from Matplotlib has on a page
COLUMN = 684  # pixels: as wide as the text is on a wide screen
FONT = 100  # Matplotlib's characters are as large as this before they are scaled
SCALED = re.compile(r"scale\(([\d.]+)")
TWO_GROUNDS = "light-dark("


class Drawing(nodes.General, nodes.Element):
    """An SVG within the page, `svg`; with a text for those who cannot see it, `alt`."""


def take_drawings(app: Sphinx, doctree: nodes.document) -> None:
    """Put drawings in the places of the pictures that have one."""
    if app.builder.format != "html":
        return
    source = Path(app.env.doc2path(app.env.docname))
    for number, image in enumerate(list(doctree.findall(nodes.image))):
        if text := drawing_of(_file(app, source, image["uri"])):
            alt = image.get("alt", "")
            image.replace_self(Drawing(svg=text, alt=alt, prefix=f"d{number}-"))


def _file(app: Sphinx, source: Path, uri: str) -> Path:
    """The file of a picture: below the page, or from the root of the sources."""
    path = source.parent / uri
    return path if path.is_file() else Path(app.srcdir) / uri.lstrip("/")


def drawing_of(picture: Path) -> str | None:
    """The drawing that a picture carries or is; None where it is nothing but one."""
    if not picture.is_file():
        return None
    if picture.suffix == ".png":
        return drawing_in(picture.read_bytes())
    if picture.suffix == ".svg":
        text = picture.read_text("utf-8")
        return text if TWO_GROUNDS in text else None
    return None


def visit_drawing(self, node: Drawing) -> None:
    """Write the drawing in a box that scrolls where it must."""
    root = ElementTree.fromstring(node["svg"])
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    width = _box(root)[0] * (UNIT if root.get("width", "").endswith("pt") else 1)
    smallest = min(texts(root), default=width) * width / _box(root)[0]
    name_apart(root, node["prefix"])
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    least = min(width, width * LEAST / smallest)
    shape = f"width:{width:.0f}px;min-width:{ceil(least)}px"
    root.attrib.update({"class": "drawing", "role": "img", "style": shape})
    root.attrib["aria-label"] = node["alt"]
    svg = ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)
    kind = "drawing-box wide" if width > COLUMN else "drawing-box"
    self.body.append(f'<div class="{kind}">{svg}</div>')
    raise nodes.SkipNode


def _box(root: ElementTree.Element) -> tuple[float, float]:
    """Width and height in the drawing's own units."""
    _, _, width, height = map(float, root.get("viewBox").split())
    return width, height


def texts(root: ElementTree.Element) -> list[float]:
    """The sizes of a drawing's texts, raised and lowered ones too, in its own units."""
    found = [float(t.get("font-size")) for t in root.iter("text") if t.get("font-size")]
    for group in root.iter("g"):
        if group.get("class") == "text":
            found += [FONT * scale for scale in _scales(group, 1.0)]
    return found


def _scales(element: ElementTree.Element, scale: float) -> list[float]:
    """How much the characters in an element are scaled, each of them."""
    scale *= float((SCALED.findall(element.get("transform", "")) or [1])[0])
    if element.tag == "use":
        return [scale]
    inner = [child for child in element if child.tag != "defs"]
    return [size for child in inner for size in _scales(child, scale)]


def name_apart(root: ElementTree.Element, prefix: str) -> None:
    """Give a drawing ids that no other drawing of the page has."""
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name == "id":
                element.set(name, prefix + value)
            elif name == "href" and value.startswith("#"):
                element.set(name, f"#{prefix}{value[1:]}")
            elif "url(#" in value:
                element.set(name, value.replace("url(#", f"url(#{prefix}"))


def setup(app: Sphinx) -> dict:
    """Register with Sphinx, before it copies the pictures of a page."""
    app.add_node(Drawing, html=(visit_drawing, None))
    app.connect("doctree-read", take_drawings, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
