"""README's picture of a page, taken of the built site.

    python -m coursekit.book.assets.picture

It needs Chromium, as the checks in a browser do, and a built book (`make book`).
"""

from __future__ import annotations

import sys
from pathlib import Path

from coursekit import paths
from coursekit.book.paper import browser

PICTURE = paths.ROOT / "_static" / "page.png"
PAGE = "chapters/3_attention/11_scaled_dot_product"
PLACE = "#fig-sdp-flow"  # what the picture ends with
SIZE = {"width": 1100, "height": 800}


def take(site: Path = paths.SITE, target: Path = PICTURE) -> Path:
    """Open the page, with the place at the bottom of the window; write the picture.

    Raises `LookupError` where there is no browser or no built page.
    """
    page = site / f"{PAGE}.html"
    if not page.is_file():
        raise LookupError(f"no {page}: run `make book`")
    target.write_bytes(_photographed(page))
    return target


def _photographed(page: Path) -> bytes:
    """The window as PNG."""
    with browser.opened() as opened:
        view = opened.new_page(viewport=SIZE, color_scheme="light")
        view.goto(page.as_uri())
        view.wait_for_load_state("networkidle")
        view.evaluate(f"document.querySelector('{PLACE}').scrollIntoView(false)")
        view.wait_for_timeout(500)
        return view.screenshot()


if __name__ == "__main__":
    try:
        print(take())
    except LookupError as error:
        sys.exit(f"no picture was taken: {error}")
