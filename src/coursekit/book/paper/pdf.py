"""`coursekit pdf`: the whole book as one PDF, printed by Chromium.

The document is printed twice: the first time tells on which page every chapter and
section begins, which the contents then say.
"""

from __future__ import annotations

import logging
import tempfile
from io import BytesIO
from pathlib import Path

from coursekit import paths
from coursekit.book.paper import browser
from coursekit.book.paper.document import document, read
from coursekit.book.paper.front import Book, front, read_book
from n2t import files

TARGET = paths.BUILD / "from-neuron-to-transformer.pdf"
WIDTH = 589  # CSS pixels between the margins of an A4 page, as in `paper.css`
PRINT = {"prefer_css_page_size": True, "print_background": True}
#: Text and pictures that would stand beyond the margins.
WIDE = """() => {
    const edge = document.documentElement.clientWidth + 1, found = [];
    const note = (box, said) => {
        if (box.width && (box.right > edge || box.left < -1)) found.push(said);
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (walker.nextNode()) {
        const text = walker.currentNode;
        if (!text.data.trim() || text.parentElement.closest('.cover')) continue;
        range.selectNodeContents(text);
        note(range.getBoundingClientRect(), text.data.trim().slice(0, 60));
    }
    for (const e of document.querySelectorAll('img, svg, math, table')) {
        const said = e.getAttribute('alt') || e.textContent.trim();
        note(e.getBoundingClientRect(), `${e.tagName}: ${said.slice(0, 60)}`);
    }
    return [...new Set(found)];
}"""
#: Pictures that cannot be shown: a page's own, and those within its drawings.
LOST = """async () => {
    const within = [...document.querySelectorAll('svg image')];
    const found = [...document.images].filter(e => !e.naturalWidth).map(e => e.src);
    for (const address of new Set(within.map(e => e.href.baseVal))) {
        const picture = new Image();
        picture.src = address;
        await picture.decode().catch(() => found.push(address));
    }
    const short = a => a.startsWith('data:') ? a.slice(0, 60) : a;
    return found.map(address => `no picture: ${short(address)}`);
}"""
NUMBER = """(numbers) => {
    for (const link of document.querySelectorAll('.contents a')) {
        const place = decodeURIComponent(link.hash.slice(1));
        link.querySelector('.on-page').textContent = numbers[place] ?? '';
    }
}"""


def pdf(target: Path = TARGET) -> int:
    """Build the book if anything changed, then print it; 0 if all is well."""
    from coursekit.book.build import build

    status = build()
    if not (paths.SITE / "index.html").exists():
        return status or 1
    print("printing", flush=True)
    try:
        faults = make(paths.SITE, read_book(paths.ROOT), target)
    except LookupError as error:
        print(f"The book was not printed: {error}")
        return 1
    for fault in faults:
        print(f"not whole on paper: {fault}")
    print(f"The book is in {target}")
    return status or (1 if faults else 0)


def make(site: Path, book: Book, target: Path) -> list[str]:
    """Print a built site to `target`; what is wider than its pages, or missing.

    Raises `LookupError` where there is no browser.
    """
    pages = read(site, book.names)
    text = document(book.title, pages, front(site, book, pages))
    with tempfile.TemporaryDirectory() as folder, browser.opened() as chromium:
        source = Path(folder, "book.html")
        source.write_text(text, encoding="utf-8")
        data, faults = _printed(chromium, source)
    with files.whole(target) as part:
        part.write_bytes(finished(data, book))
    return faults


def _printed(chromium, source: Path) -> tuple[bytes, list[str]]:
    """The document as PDF with its page numbers; what is wrong with it."""
    view = chromium.new_page(
        viewport={"width": WIDTH, "height": 900}, color_scheme="light"
    )
    view.set_default_timeout(browser.PATIENCE)
    view.goto(source.as_uri())
    view.emulate_media(media="print")
    view.evaluate("() => document.fonts.ready")
    faults = [*view.evaluate(WIDE), *view.evaluate(LOST)]
    numbers = places(view.pdf(**PRINT, tagged=False))
    view.evaluate(NUMBER, numbers)
    return view.pdf(**PRINT, tagged=True, outline=True), faults


def places(data: bytes) -> dict[str, int]:
    """The number of the page, from 1, of every place of a PDF that links lead to."""
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(data))
    found = reader.named_destinations.items()
    pages = {
        name.removeprefix("/"): reader.get_destination_page_number(place)
        for name, place in found
    }
    return {name: page + 1 for name, page in pages.items() if page is not None}


def finished(data: bytes, book: Book) -> bytes:
    """A printed book that says what it is and opens with its outline."""
    from pypdf import PdfWriter

    # It warns that a copy has a few objects more than the original: shared ones, twice.
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    writer = PdfWriter(clone_from=BytesIO(data))
    writer.add_metadata({"/Title": book.title, "/Author": book.author})
    writer.page_mode = "/UseOutlines"
    writer.create_viewer_preferences().display_doctitle = True
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
