"""Pictures of the figures that compute, as they are before a reader moves anything.

    python -m coursekit.book.assets.live [NAME ...]

Each is a drawing of shapes whose colors follow a light or dark page; it stands where
scripts are off, and on paper. Beside it lies the same on white as PNG, for notebooks.
To take them needs Chromium.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from coursekit.book import live
from coursekit.book.paper import browser

WIDE = {"width": 1000, "height": 900}
#: Every shape that is seen, with its style; panels side by side, in their own units.
SHAPES = """() => {
    const KEPT = ["fill", "stroke", "fill-opacity", "stroke-opacity", "stroke-width",
        "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity",
        "font-size", "font-weight", "text-anchor"];
    const SHAPE = ["d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx",
        "width", "height", "points"];
    const seen = style => style.display !== "none"
        && (style.fill !== "none" && !/^rgba.*, 0\\)$/.test(style.fill)
            || style.stroke !== "none");
    const read = element => {
        const style = getComputedStyle(element), tag = element.tagName;
        const shape = Object.fromEntries(SHAPE.filter(n => element.hasAttribute(n))
            .map(n => [n, element.getAttribute(n)]));
        const move = element.getAttribute("transform");
        if (move) shape.transform = move;
        const inner = [...element.children].map(read).filter(Boolean);
        if (tag === "g") return inner.length ? {tag, shape, inner} : null;
        if (!seen(style)) return null;
        const kept = Object.fromEntries(KEPT.map(n => [n, style[n]]));
        kept["font-family"] = /mono/.test(style.fontFamily) ? "monospace" : "";
        return {tag, shape, kept, text: tag === "text" ? element.textContent : ""};
    };
    return [...document.querySelectorAll(".live-panel")].map(panel => {
        const {width, height} = panel.viewBox.baseVal;
        return {width, height, inner: [...panel.children].map(read).filter(Boolean)};
    });
}"""
GAP = 20
SHARP, SHADES = 1.5, 96  # pixels of a PNG for one of the drawing's; its colors
MADE_OF = "drawing"  # where a PNG says which drawing it shows
ON_WHITE = """<div style="background: #fff; display: inline-block; padding: 12px">
<style>svg {{ color-scheme: light !important; display: block }}</style>{}</div>"""
TYPE = ("font-size", "font-weight", "font-family", "text-anchor")
RGB = re.compile(r"rgb\((\d+), (\d+), (\d+)\)")
LONG = re.compile(r"\d+\.\d{4,}(?:e-\d+)?")
PLAIN = {
    "fill-opacity": "1",
    "stroke-opacity": "1",
    "opacity": "1",
    "stroke-dasharray": "none",
    "stroke-linecap": "butt",
    "stroke-linejoin": "miter",
    "text-anchor": "start",
    "font-weight": "400",
}


def take(names: Iterable[str]) -> list[Path]:
    """Write the pictures of these figures; raises `LookupError` without a browser."""
    written = []
    with browser.opened() as opened, tempfile.TemporaryDirectory() as folder:
        for name in names:
            panels = [_panels(opened, Path(folder), name, t) for t in ("light", "dark")]
            written += keep(opened, name, drawing(*panels))
    return written


def keep(opened, name: str, drawing: str) -> list[Path]:
    """Write a figure's drawing, and its PNG."""
    live.picture_of(name).write_text(drawing, encoding="utf-8")
    live.png_of(name).write_bytes(on_white(opened, drawing))
    return [live.picture_of(name), live.png_of(name)]


def on_white(opened, drawing: str) -> bytes:
    """A drawing as PNG in its light colors, with a checksum of what it was made of."""
    from PIL import Image, PngImagePlugin

    view = opened.new_page(device_scale_factor=SHARP, color_scheme="light")
    view.set_content(ON_WHITE.format(drawing))
    taken = view.locator("div").screenshot()
    view.close()
    facts = PngImagePlugin.PngInfo()
    facts.add_text(MADE_OF, checksum(drawing))
    shades = Image.open(io.BytesIO(taken)).convert("RGB").quantize(SHADES)
    packed = io.BytesIO()
    shades.save(packed, "PNG", optimize=True, pnginfo=facts)
    return packed.getvalue()


def checksum(drawing: str) -> str:
    """A short name of a drawing's text."""
    return f"{zlib.crc32(drawing.encode()):08x}"


def _panels(opened, folder: Path, name: str, theme: str) -> list[dict]:
    """What a figure's panels show, in one theme."""
    page = folder / f"{name}-{theme}.html"
    static = live.FOLDER.parent.as_uri()
    page.write_text(live.plain_page([name], static, theme), encoding="utf-8")
    view = opened.new_page(viewport=WIDE, reduced_motion="reduce")
    view.goto(page.as_uri())
    view.wait_for_selector(".live-panel")
    found = view.evaluate(SHAPES)
    view.close()
    return found


def drawing(light: list[dict], dark: list[dict]) -> str:
    """One SVG of panels side by side, each color a pair."""
    lines, left = [], 0.0
    for panel, other in zip(light, dark, strict=True):
        lines.append(f'<g transform="translate({left:g} 0)">')
        pairs = zip(panel["inner"], other["inner"], strict=True)
        lines += [line for pair in pairs for line in _shape(*pair)]
        lines.append("</g>")
        left += panel["width"] + GAP
    height = max(panel["height"] for panel in light)
    start = f'viewBox="0 0 {left - GAP:g} {height:g}" width="{left - GAP:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {start}'
    face = ' font-family="sans-serif" style="color-scheme:light dark">'
    return "\n".join([head + face, *lines, "</svg>"]) + "\n"


def _shape(light: dict, dark: dict) -> list[str]:
    """The lines of a shape, or of a group of them."""
    attributes = [f'{name}="{value}"' for name, value in light["shape"].items()]
    if light["tag"] == "g":
        pairs = zip(light["inner"], dark["inner"], strict=True)
        inner = [line for pair in pairs for line in _shape(*pair)]
        return [" ".join(["<g", *attributes]) + ">", *inner, "</g>"]
    styles, kept = [], light["kept"]
    for paint in ("fill", "stroke"):
        one, other = kept[paint], dark["kept"][paint]
        one, other = _short(one), _short(other)
        styles.append(f"{paint}:{one if one == other else _pair(one, other)}")
    wanted = {**kept, "fill": "", "stroke": ""}
    if kept["stroke"] == "none":
        wanted |= {"stroke-width": "", "stroke-opacity": ""}
    if light["tag"] != "text":
        wanted |= dict.fromkeys(TYPE, "")
    for name, value in wanted.items():
        if value and value != PLAIN.get(name):
            short = LONG.sub(lambda match: f"{float(match[0]):.3g}", value)
            attributes.append(f'{name}="{short.removesuffix("px")}"')
    tag = " ".join([f"<{light['tag']}", *attributes, f'style="{";".join(styles)}"'])
    text = light["text"].replace("&", "&amp;").replace("<", "&lt;")
    return [f"{tag}>{text}</{light['tag']}>"]


def _pair(light: str, dark: str) -> str:
    """A color on a light page and on a dark one."""
    return f"light-dark({light},{dark})"


def _short(color: str) -> str:
    """A color as short as it can be said: #rrggbb, other spaces in three digits."""
    if found := RGB.fullmatch(color):
        return "#" + "".join(f"{int(part):02x}" for part in found.groups())
    return LONG.sub(lambda match: f"{float(match[0]):.3g}", color)


def names() -> list[str]:
    """The figures there are: scripts that register one."""
    known = sorted(live.FOLDER.glob("*.js"))
    return [path.stem for path in known if _registers(path)]


def _registers(path: Path) -> bool:
    return f'live.figure("{path.stem}"' in path.read_text("utf-8")


if __name__ == "__main__":
    try:
        print(*take(sys.argv[1:] or names()), sep="\n")
    except LookupError as error:
        sys.exit(f"no picture was taken: {error}")
