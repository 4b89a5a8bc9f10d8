"""Visits to pages of the built site, each page loaded once in each kind of window."""

PATIENCE = 120_000  # milliseconds, for a slow and busy machine
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 360, "height": 740}
WINDOWS = {
    "light": {"color_scheme": "light", "viewport": WIDE},
    "dark": {"color_scheme": "dark", "viewport": WIDE},
    "phone": {"viewport": NARROW},
}
#: How far the page moved while it was shown, kept from before it loads.
WATCH = """() => {
    window.moved = 0;
    new PerformanceObserver(list => list.getEntries()
        .forEach(entry => window.moved += entry.value))
        .observe({type: 'layout-shift', buffered: true});
}"""
THEME = "document.documentElement.dataset.theme"
UNFOLD = """() => {
    document.querySelectorAll('details').forEach(e => e.open = true);
    document.querySelectorAll('.toggle-hidden')
        .forEach(e => e.classList.remove('toggle-hidden'));
    dispatchEvent(new Event('resize'));
    return new Promise(done => setTimeout(done, 400));
}"""


class Visit:
    """One visit to one page: what came, and what went wrong while it loaded."""

    def __init__(self, browser, address, window):
        self.context = browser.new_context(**window)
        self.context.set_default_timeout(PATIENCE)
        self.context.add_init_script(f"({WATCH})()")
        self.page, self.window = self.context.new_page(), window
        self.address, self.name = address, ""
        self.problems, self.answers, self.unfolded = [], [], False
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.note("error", error))
        self.page.on("request", self._request)
        self.page.on("requestfailed", lambda r: self.note("request failed", r.url))
        self.page.on("response", self._response)

    def go(self, name):
        """Open a page and wait until it has loaded."""
        self.name = name
        self.page.goto(f"{self.address}{name}.html")
        self.page.wait_for_load_state("networkidle")
        self.theme = self.page.evaluate(THEME)

    def note(self, what, detail):
        """Remember a problem."""
        self.problems.append(f"{what}: {detail}")

    def _console(self, message):
        if message.type == "error":
            self.note("console", message.text)

    def _request(self, request):
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.note("another host", request.url)

    def _response(self, response):
        self.answers.append(response)
        if response.status >= 400:
            self.note(f"status {response.status}", response.url)

    def as_it_was(self):
        """On a screen, as wide as it was and in the theme it had."""
        self.page.emulate_media(media="screen")
        self.page.set_viewport_size(self.window["viewport"])
        self.page.evaluate(f"theme => {{ {THEME} = theme; }}", self.theme)

    def unfold(self):
        """Open every fold, once."""
        if not self.unfolded:
            self.page.evaluate(UNFOLD)
            self.unfolded = True
        return self.page


def by_page(items, place):
    """The items; those of `place` that name a page stand together, page by page.

    A test names its page by a parameter called `name`. What does not comes first.
    """
    here = [at for at, item in enumerate(items) if item.nodeid.startswith(place)]
    moved = sorted((items[at] for at in here), key=_page)
    found = list(items)
    for at, item in zip(here, moved, strict=True):
        found[at] = item
    return found


def _page(item):
    named = getattr(item, "callspec", None)
    return str(named.params.get("name", "")) if named else ""
