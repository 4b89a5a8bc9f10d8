"""The book on paper: every chapter, links that lead somewhere, nothing cut off."""

import re
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from coursekit.book.paper import document, front, pdf

PAGE = """<!DOCTYPE html><html lang="en"><head><title>{title}</title>
<link rel="stylesheet" href="{up}_static/site.css?v=1"><style>math {{}}</style></head>
<body><article class="bd-article"><section id="top"><h1>{title}<a class="headerlink"
href="#top">#</a></h1><p><strong>{title} begins.</strong></p>{body}</section></article>
<p class="last-updated">Last updated on {day}.</p></body></html>"""
CHAPTER = """
<p>See <a href="{other}">there</a>, <a href="{other}#part">a part of it</a>, <a
href="#top">above</a>, <a href="../search.html">the search</a> and <a
href="https://example.org/">elsewhere</a>.</p>
<section id="part"><h2>A part of {title}</h2>
<a class="image-reference" href="../_images/p.svg"><img alt="a square" loading="lazy"
src="../_images/p.svg"></a>
<details class="hide"><summary><span>How Fig. 1 is drawn</span></summary>
<pre>hidden = 1</pre></details>
<pre>long = "{long}"</pre>
<div class="exercise" id="ex"><p class="admonition-title">Exercise 1</p></div>
<div class="solution" id="sol"><p class="admonition-title">Solution to <a
href="#ex">Exercise 1</a></p><p>Forty-two.</p></div>
<p>After the exercise.</p></section>"""
SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><path/></svg>'
#: A picture of one pixel.
DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
NAMES = ["index", "a/one", "b/two"]
BOOK = front.Book(
    "A <small> book", "Us", [("", ["index"]), ("A", ["a/one"]), ("B", ["b/two"])]
)


def write(site):
    """A site of a first page and two chapters that refer to each other."""
    for name, other in zip(NAMES, ["", "../b/two.html", "../a/one.html"], strict=True):
        path = site / f"{name}.html"
        path.parent.mkdir(exist_ok=True, parents=True)
        title = name.rpartition("/")[2].capitalize()
        long = "word" * 60
        body = CHAPTER.format(title=title, other=other, long=long) if other else ""
        day = f"2026-01-0{1 + len(other) % 2}"
        up = "../" * name.count("/")
        path.write_text(PAGE.format(title=title, up=up, body=body, day=day))
    for name, text in (
        ("_images/p.svg", SQUARE),
        ("_static/logo.svg", SQUARE),
        ("_static/site.css", "@media screen { body { color: red } }"),
    ):
        path = site / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return site


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return write(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def soup(site):
    pages = document.read(site, NAMES)
    text = document.document("t", pages, front.front(site, BOOK, pages))
    return BeautifulSoup(text, "html.parser")


@pytest.fixture(scope="module")
def printed(site, tmp_path_factory):
    """The site as PDF, once; skipped where no browser is."""
    target = tmp_path_factory.mktemp("pdf") / "new" / "book.pdf"
    try:
        faults = pdf.make(site, BOOK, target)
    except LookupError as error:
        pytest.skip(str(error))
    assert not faults
    return PdfReader(BytesIO(target.read_bytes()))


def texts(reader):
    """The text of every page, in one line each."""
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def test_links_from_page_to_page_lead_to_one_place_of_the_document(soup):
    ids = [element["id"] for element in soup.find_all(id=True)]
    assert len(set(ids)) == len(ids)
    links = [link["href"] for link in soup.find_all("a")]
    inside = {link[1:] for link in links if link.startswith("#")}
    assert inside <= set(ids)
    assert {"b.two--", "b.two--part", "a.one--top"} <= inside
    assert {link for link in links if link[0] != "#"} == {"https://example.org/"}
    assert "the search" in soup.text


def test_what_the_site_folds_is_open_and_says_what_it_is(soup):
    assert not soup.find("details")
    assert [p.text for p in soup.select(".fold-title")] == ["How Fig. 1 is drawn"] * 2
    assert soup.text.count("hidden = 1") == 2


def test_solutions_stand_at_the_end_of_their_chapter(soup):
    for leaf in soup.select(".leaf")[1:]:
        assert leaf.text.index("After the exercise") < leaf.text.index("Forty-two")
        to, back = leaf.select_one(".to-solution a"), leaf.select_one(".solution a")
        assert leaf.find(id=to["href"][1:]).select_one("a") is back
        assert leaf.find(id=back["href"][1:]).select_one(".to-solution a") is to


def test_pictures_and_style_sheets_are_found_from_wherever_the_document_lies(soup):
    files = [image["src"] for image in soup.find_all("img")]
    files += [link["href"] for link in soup.find_all("link")]
    assert len(files) == 4 and not soup.select("[loading]")
    assert all(re.match(r"file:///.*/(p|logo|site)\.(svg|css)$", f) for f in files)


def test_parts_of_a_drawing_still_find_each_other():
    page = '<svg id="s"><use href="#s"></use><g fill="url(#s)"></g></svg><a href="#s">'
    drawing = BeautifulSoup(page, "html.parser")
    document.rename(drawing, "a/b")
    assert drawing.use["href"] == "#a.b--s" and drawing.g["fill"] == "url(#a.b--s)"
    assert drawing.svg["id"] == "a.b--s" and drawing.a["href"] == "#s"


def test_a_picture_within_a_drawing_keeps_its_data():
    page = f'<svg><image href="{DOT}"/><image xlink:href="{DOT}"/></svg>'
    drawing = BeautifulSoup(page, "html.parser")
    document.rename(drawing, "a/b")
    plain, linked = drawing.find_all("image")
    assert plain["href"] == linked["xlink:href"] == DOT


def test_every_chapter_is_printed_in_order_on_a_page_of_its_own(printed):
    found = texts(printed)
    assert "A <small> book" in found[0] and "As of 2026-01-02" in found[0]
    assert found[1].startswith("2 Contents")
    for number, title in enumerate(["Index", "One", "Two"], 2):
        running = f"{title} {number + 1}"
        assert found[number].startswith(f"{running} {title} {title} begins.")
    assert len(found) == 5


def test_text_is_as_large_as_it_should_be(printed):
    """Chromium makes everything smaller where one thing is wider than the page."""
    found = {}

    def note(text, page, line, font, size):
        found[text.strip()] = size * page[0], line[4] * page[0] + page[4]

    printed.pages[3].extract_text(visitor_text=note)
    size, left = found["One begins."]
    assert size == pytest.approx(10.5, abs=0.01)
    assert left == pytest.approx(27 / 25.4 * 72, abs=0.1)


def test_the_contents_say_on_which_page_each_chapter_is(printed):
    said = texts(printed)[1]
    for entry in ("Index 3", "One 4", "A part of One 4", "Solutions 5", "Two 5"):
        assert entry in said


def test_every_link_of_the_pdf_leads_to_a_page_of_it(printed):
    known, seen = printed.named_destinations, 0
    for page in printed.pages:
        for note in page.annotations or ():
            link = note.get_object()
            if "/Dest" in link:
                assert link["/Dest"] in known
                seen += 1
            else:
                assert link["/A"]["/URI"] == "https://example.org/"
    assert seen > 12


def test_the_pdf_says_what_it_is_and_has_an_outline(printed):
    assert printed.metadata.title == BOOK.title
    assert printed.metadata.author == BOOK.author
    assert printed.root_object["/PageMode"] == "/UseOutlines"
    assert printed.root_object["/Lang"] == "en"
    outline = printed.outline
    titles = [entry.title for entry in outline if not isinstance(entry, list)]
    assert titles == ["Contents", "Index", "One", "Two"]
    assert [entry.title for entry in printed.outline[3]] == [
        "A part of One",
        "Solutions",
    ]


def test_what_is_wider_than_the_page_or_missing_is_named(printed, tmp_path):
    site = write(tmp_path)
    page = site / "a/one.html"
    wide = '<table style="min-width: 900px"><tr><td>much</table><img src="no.png">'
    page.write_text(page.read_text().replace("<pre>long", f"{wide}<pre>long"))
    faults = pdf.make(site, BOOK, tmp_path / "book.pdf")
    assert any("TABLE: much" in fault for fault in faults)
    assert any(fault.endswith("a/no.png") for fault in faults)
    assert len(faults) == 2


def test_a_lost_picture_within_a_drawing_is_named(printed, tmp_path):
    site = write(tmp_path)
    page = site / "a/one.html"
    drawing = (
        f'<svg><image href="{DOT}"/><image href="data:image/png;base64,no"/></svg>'
    )
    page.write_text(page.read_text().replace("<pre>long", f"{drawing}<pre>long"))
    faults = pdf.make(site, BOOK, tmp_path / "book.pdf")
    assert faults == ["no picture: data:image/png;base64,no"]
