"""A page's body is mended: ids, names of folds, headings, languages."""

from html import unescape

import pytest
from bs4 import BeautifulSoup
from docutils import nodes

from coursekit.book.extensions.markup import spoken
from coursekit.book.markup import mended
from coursekit.book.plain import plain

FOLD = (
    '<div class="cell"><details class="hide">'
    '<summary aria-label="Toggle hidden content">'
    '<p class="collapsed admonition-title">Show</p>'
    '<p class="expanded admonition-title">Hide</p></summary>'
    '<div class="cell_input"><pre>{code}</pre></div></details>{after}</div>'
)
FIGURE = '<figcaption><span class="caption-number">Fig. 3.1 </span></figcaption>'
DRAWING = "How this figure is drawn"
DRAWN = '<div class="cell_output"><svg class="drawing"></svg></div>'
HEADING = '<h2>What it costs<a class="headerlink" href="#x">#</a></h2>'


def summaries(body):
    soup = BeautifulSoup(mended(body), "html.parser")
    return [found.get_text(" ", strip=True) for found in soup.find_all("summary")]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (FOLD.format(code="import a\nfrom b import c", after=""), "Imports"),
        (FOLD.format(code="import a\nplots.use_style()", after=""), "Imports"),
        (FOLD.format(code="import a\nx = a.f()", after=""), "The code"),
        (HEADING + FOLD.format(code="f()", after=DRAWN), f"{DRAWING}, “What it costs”"),
        (FOLD.format(code="x = 1", after=FIGURE), "How Fig. 3.1 is drawn"),
        (FOLD.format(code="def draw(ax):", after=""), "The code of draw"),
        (HEADING + FOLD.format(code="x = 1", after=""), "The code, “What it costs”"),
    ],
)
def test_a_fold_says_what_it_hides(body, said):
    assert summaries(body) == [said]
    assert "Toggle hidden content" not in mended(body)


def test_two_folds_of_a_section_have_two_names():
    names = summaries(HEADING + 2 * FOLD.format(code="x = 1", after=""))
    assert len(set(names)) == 2


def test_no_paragraph_stands_in_a_summary():
    soup = BeautifulSoup(mended(FOLD.format(code="", after="")), "html.parser")
    assert not soup.select("summary p")


def test_ids_of_contents_are_gone_and_others_stay():
    body = 2 * '<section id="exercise-content"><p id="a">x</p></section>'
    soup = BeautifulSoup(mended(body), "html.parser")
    assert [found["id"] for found in soup.find_all(id=True)] == ["a"]
    assert not soup.find("section")


def test_the_title_of_an_exercise_is_a_heading_one_below_its_section():
    body = (
        "<h2>Exercises</h2>"
        '<div class="exercise"><p class="admonition-title">Exercise 1</p></div>'
        '<div class="note"><p class="admonition-title">Note</p></div>'
    )
    found = BeautifulSoup(mended(body), "html.parser").find_all(role="heading")
    assert [(t.get_text(), t["aria-level"]) for t in found] == [("Exercise 1", "3")]


def test_chinese_text_says_so_and_numbers_in_it_belong_to_it():
    body = "<p>on 2026年3月5日, 万 and 8 days</p><math><mi>万</mi></math>"
    found = BeautifulSoup(mended(body), "html.parser").find_all(lang="zh")
    assert [span.get_text() for span in found] == ["2026年3月5日", "万"]


PRINTED = '<div class="cell"><div class="cell_output"><pre>{}</pre></div></div>'


def languages(body, *patterns):
    """What each marked part of a mended body is, and its language."""
    found = BeautifulSoup(mended(body, patterns), "html.parser").find_all(lang=True)
    return [(part.get_text(), part["lang"]) for part in found]


def test_words_that_a_cell_prints_are_of_the_language_that_the_cell_says():
    lines = "A dog.\n  -0.2 → Ein Hund.\nA cat.\n  → Eine Katze, 猫."
    body = PRINTED.format("Ein") + PRINTED.format(lines)
    marked = languages(body, {}, {"de": "→ (.*)"})
    assert marked == [("Ein Hund.", "de"), ("Eine Katze, 猫.", "de")]
    text = BeautifulSoup(mended(body, [{}, {"de": "→ (.*)"}]), "html.parser").text
    assert text == "Ein" + lines


def test_words_of_a_table_are_marked_too():
    table = "<table><tr><td>dog</td><td>ein Hund</td></tr></table>"
    assert languages(PRINTED.format(table), {"de": "ein .*"}) == [("ein Hund", "de")]


def test_a_pattern_that_matches_nothing_is_named():
    with pytest.raises(ValueError, match="'Katze' matches no output in 'de'"):
        mended(PRINTED.format("Hund"), [{"de": "Katze"}])


def test_a_cell_says_it_in_its_metadata():
    said = {"tags": ["x"], "spoken": {"de": "Hund"}}
    page = nodes.Element()
    page += nodes.container(nb_element="cell_code", cell_metadata={"tags": []})
    page += nodes.container(nb_element="cell_code_output")
    page += nodes.container(nb_element="cell_code", cell_metadata=said)
    assert spoken(page) == [{}, {"de": "Hund"}]


def test_images_wait_for_their_reader_but_for_the_first():
    found = BeautifulSoup(mended(3 * '<img src="a.png"/>'), "html.parser")
    loading = [image.get("loading") for image in found.find_all("img")]
    assert loading == [None, "lazy", "lazy"]


def test_a_section_says_how_much_is_in_it_without_what_is_folded():
    fold = FOLD.format(code="a\nb", after="")
    solution = (
        '<div class="solution"><p class="admonition-title"></p><p>Long.</p></div>'
    )
    within = "<section><p>12345</p><pre>x\ny\n</pre></section>"
    image = '<img height="300" src="a.png"/>'
    part = f"<section>{within}{image}{fold}{solution}</section>"
    found = BeautifulSoup(mended(f"<section>{part}</section>"), "html.parser")
    said = [section.get("style") for section in found.find_all("section")]
    assert said == [None, "--lines: 4; --letters: 5; --drawn: 300", None]


def test_what_needs_no_mending_stays_as_it_is():
    body = "<p>a &lt; b &amp; c\u00a0d <br/><code>x  y</code></p>\n<pre> 1\n  2 </pre>"
    assert mended(body) == body
    assert unescape(mended("<p>&eacute;</p>")) == "<p>é</p>"


LISTED = (
    '<div class="highlight-{language} notranslate"><div class="highlight"><pre>'
    '<span></span><span class="k">if</span> <span class="n">a</span>{code}\n'
    "</pre></div></div>"
)


@pytest.mark.parametrize("language", ["ipython3", "bash", "myst-ansi"])
@pytest.mark.parametrize(
    "code",
    [
        ' == <span class="s2">&quot;&lt;b&gt;&#39;&quot;</span>',
        " &amp; 1",
        " \\1 \\g&lt;0&gt;",
    ],
)
def test_a_listing_comes_out_as_it_went_in(language, code):
    body = 2 * LISTED.format(language=language, code=code)
    alone = BeautifulSoup(body, "html.parser").decode(formatter="minimal")
    assert mended(body) == alone


def test_chinese_and_ids_of_listings_are_mended_too():
    assert ' lang="zh">你好<' in mended(LISTED.format(language="python", code=" 你好"))
    twice = 2 * LISTED.format(language="python", code='<a id="here"></a>')
    assert mended(twice).count(' id="here"') == 1


def test_words_of_another_language_are_in_italics_in_a_notebook():
    assert plain("say {german}`ein`, then") == "say *ein*, then"
