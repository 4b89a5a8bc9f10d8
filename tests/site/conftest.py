"""The built site at a local address, and a browser to look at it with."""

import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from coursekit import paths
from coursekit.book.paper.browser import opened


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *arguments):
        """Keep the test's output clean."""


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
def shown(browser, address):
    """A way to open a page, by its name, in a window that tests may change."""

    @contextmanager
    def show(name):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(120_000)
        page = context.new_page()
        page.goto(f"{address}{name}.html")
        page.wait_for_load_state("networkidle")
        yield page
        context.close()

    return show
