"""README's picture of a page, taken of the built site.

    python -m coursekit.book.assets.picture

It needs Chromium, as the checks in a browser do, and a built book (`make book`).
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from coursekit import paths

PICTURE = paths.ROOT / "_static" / "page.png"
PAGE = "chapters/3_attention/11_scaled_dot_product"
PLACE = "#fig-sdp-width"  # what the picture ends with
SIZE = {"width": 1100, "height": 800}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def take(site: Path = paths.SITE, target: Path = PICTURE) -> Path:
    """Open the page, with the place at the bottom of the window; write the picture.

    Raises `LookupError` where there is no browser or no built page.
    """
    page = site / f"{PAGE}.html"
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None or not page.is_file():
        what = "no Chromium here" if page.is_file() else f"no {page}: run `make book`"
        raise LookupError(what)
    target.write_bytes(_photographed(browser, page))
    return target


def _photographed(browser: str, page: Path) -> bytes:
    """The window as PNG."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=browser, args=["--no-sandbox", "--disable-gpu"]
        )
        view = opened.new_page(viewport=SIZE, color_scheme="light")
        view.goto(page.as_uri())
        view.wait_for_load_state("networkidle")
        view.evaluate("() => window.MathJax?.startup?.promise")
        view.evaluate(f"document.querySelector('{PLACE}').scrollIntoView(false)")
        view.wait_for_timeout(500)
        taken = view.screenshot()
        opened.close()
    return taken


if __name__ == "__main__":
    try:
        print(take())
    except LookupError as error:
        sys.exit(f"no picture was taken: {error}")
