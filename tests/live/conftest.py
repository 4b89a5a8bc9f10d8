"""Figures that compute, each on a page of its own: served, and opened as a file."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from visits import PATIENCE

from coursekit import paths
from coursekit.book import live
from coursekit.book.assets.live import names
from coursekit.book.paper.browser import opened

NAMES = names()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *arguments):
        """Keep the test's output clean."""


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder with a page a figure and theme, beside `_static`."""
    root = tmp_path_factory.mktemp("live")
    shutil.copytree(paths.ROOT / "_static", root / "_static")
    for name in NAMES:
        for theme in ("light", "dark"):
            text = live.plain_page([name], "_static", theme)
            (root / f"{name}-{theme}.html").write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def addresses(folder):
    """Where the folder is found: by a server, and as files."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {
        "server": f"http://127.0.0.1:{server.server_port}/",
        "file": f"{folder.as_uri()}/",
    }
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Chromium; the tests are skipped where there is none."""
    try:
        with opened() as browser:
            yield browser
    except LookupError as error:
        pytest.skip(str(error))


@pytest.fixture
def visit(browser, addresses):
    """A way to open a figure's page in a window; what goes wrong there is an error."""
    contexts = []

    def go(name, where="server", theme="light", **window):
        context = browser.new_context(**window)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.faults, page.asked = [], []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.on(
            "console",
            lambda said: said.type == "error" and page.faults.append(said.text),
        )
        page.goto(f"{addresses[where]}{name}-{theme}.html")
        return page

    yield go
    faults = [fault for c in contexts for page in c.pages for fault in page.faults]
    for context in contexts:
        context.close()
    assert not faults


@pytest.fixture
def finger():
    """A finger that takes hold of a thing and moves it: right, down, in pixels."""

    def drag(page, thing, right, down=0):
        thing.scroll_into_view_if_needed()
        box = thing.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        touch, send = page.context.new_cdp_session(page), "Input.dispatchTouchEvent"
        touch.send(send, {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for share in (0.4, 1):
            points = [{"x": x + share * right, "y": y + share * down}]
            touch.send(send, {"type": "touchMove", "touchPoints": points})
            page.wait_for_timeout(100)
        touch.send(send, {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(100)

    return drag
