"""The browser that checks and commands use: the system's Chromium, or playwright's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 120_000  # milliseconds, for a slow and busy machine
MISSING = "no Chromium here: `apt install chromium`, or `playwright install chromium`"


@contextmanager
def opened() -> Iterator:
    """A browser of playwright's; raises `LookupError` where there is none."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        found = next(filter(None, map(shutil.which, NAMES)), own)
        if not Path(found).is_file():
            raise LookupError(MISSING)
        browser = playwright.chromium.launch(
            executable_path=found, args=[*SWITCHES], timeout=PATIENCE
        )
        try:
            yield browser
        finally:
            browser.close()
