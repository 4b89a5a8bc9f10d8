"""The built site at a local address, and a browser to look at it with.

Loading a page is most of what it costs to look at one. So a page that has loaded stays
open for all tests of it, and the tests of one page come one after another.
"""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from visits import WINDOWS, Visit, by_page

from coursekit import paths
from coursekit.book.paper.browser import opened


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *arguments):
        """Keep the test's output clean."""


def pytest_collection_modifyitems(items):
    """What looks at the same page stands together."""
    items[:] = by_page(items, "tests/site/")


@pytest.fixture(scope="session")
def site():
    """The folder of the built site; the tests are skipped without one."""
    if not (paths.SITE / "index.html").exists():
        pytest.skip("the book was not built: run `make book`")
    return paths.SITE


@pytest.fixture(scope="session")
def address(site):
    """The local address at which the site is served."""
    handler = partial(Quiet, directory=str(site))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Chromium; the tests are skipped where there is none."""
    try:
        with opened() as browser:
            yield browser
    except LookupError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def visited(browser, address):
    """A way to visit a page, by its name, in one of `WINDOWS`: loaded once for all.

    Its media, its width and its theme are those of its load again each time; what
    tests unfold stays open. The page before, in the same window, is closed.
    """
    kept = {}

    def visit(name, window):
        if window not in kept or kept[window].name != name:
            if window in kept:
                kept.pop(window).context.close()
            kept[window] = Visit(browser, address, WINDOWS[window])
            kept[window].go(name)
        kept[window].as_it_was()
        return kept[window]

    yield visit
    for each in kept.values():
        each.context.close()
