"""Pictures of the figures of whole models, as they are when their weights have come.

    python -m coursekit.book.assets.models [NAME ...]

What `coursekit.book.assets.live` says of pictures holds for these too.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from coursekit.book import live
from coursekit.book.assets import weights
from coursekit.book.assets.live import drawing, keep
from coursekit.book.paper import browser

NAMES = ("gpt", "translator")
SHAPES = Path(__file__).parents[1] / "static" / "shapes.js"
ASK = ".live-main"
SETTLED = 4_000  # milliseconds: the beam has ended
SKIPPED = ".live-model :is(.live-field, .examples, .live-controls, .live-said)"
WIDE = {"width": 800, "height": 900}


def take(names: Iterable[str]) -> list[Path]:
    """Write the pictures of these figures; raises `LookupError` without a browser."""
    written = []
    with browser.opened() as opened, tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(live.FOLDER.parent, root / "_static")
        weights.write(root)
        for name in names:
            panels = [_panels(opened, root, name, t) for t in ("light", "dark")]
            written += keep(opened, name, drawing(*panels))
    return written


def _panels(opened, root: Path, name: str, theme: str) -> list[dict]:
    """What a figure shows, in one theme."""
    page = root / f"{name}-{theme}.html"
    page.write_text(live.plain_page([name], "_static", theme), encoding="utf-8")
    view = opened.new_page(viewport=WIDE, reduced_motion="reduce")
    view.goto(page.as_uri())
    view.click(ASK)
    view.wait_for_selector(".chip")
    view.add_style_tag(content=f"{SKIPPED} {{ display: none !important; }}")
    view.mouse.move(0, 0)
    view.wait_for_timeout(SETTLED)
    shapes = SHAPES.read_text("utf-8").strip()
    place = "document.querySelector('.live-stage')"
    found = view.evaluate(f"skipped => (\n{shapes}\n)({place}, skipped)", SKIPPED)
    view.close()
    return found


if __name__ == "__main__":
    try:
        print(*take(sys.argv[1:] or NAMES), sep="\n")
    except LookupError as error:
        sys.exit(f"no picture was taken: {error}")
