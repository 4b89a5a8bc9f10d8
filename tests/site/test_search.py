"""The search: sections, in any script, the one that defines a word first."""

import pytest

TEX = ("\\(", "\\)", "\\frac", "\\sqrt", "\\text")


@pytest.fixture
def results(browser, address):
    """A function: what the search shows for a query, as (address, text) pairs."""
    context = browser.new_context()
    context.set_default_timeout(120_000)

    def search(query):
        page = context.new_page()
        page.goto(f"{address}search.html")
        field = page.locator("main input[name=q]")
        field.fill(query)
        field.press("Enter")
        page.wait_for_function("document.querySelector('#search-status')?.textContent")
        return page.evaluate("""() => [...document.querySelectorAll(
            '#search-results > li')].map(e =>
            [e.querySelector('a').getAttribute('href'), e.innerText])""")

    yield search
    context.close()


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("softmax", ["02_backpropagation", "11_scaled_dot_product"]),
        ("attention", ["10_attention"]),
        ("backpropagation", ["02_backpropagation"]),
    ],
)
def test_the_sections_that_define_a_word_come_first(results, query, wanted):
    first = results(query)[: len(wanted)]
    assert sorted(link.split("/")[-1].split(".")[0] for link, _ in first) == wanted


@pytest.mark.parametrize("query", ["三", "三百二十一"])
def test_chinese_is_found_wherever_it_stands(results, query):
    found = results(query)
    assert found and all(query in text for _, text in found)


def test_a_result_is_a_section_with_an_address_of_its_own(results, site):
    found = [address for address, _ in results("attention")]
    assert len(found) > 20 and len(set(found)) == len(found)
    assert all("#" in address for address in found)


@pytest.mark.parametrize("query", ["attention", "gradient", "frac"])
def test_no_formula_is_shown_as_it_is_typed(results, query):
    shown = " ".join(text for _, text in results(query))
    assert not [mark for mark in TEX if mark in shown]


def test_every_word_of_a_query_must_occur(results):
    assert results("attention") and not results("attention qwertyuiop")


def test_signs_of_patterns_are_signs(results):
    results("a.*( [")
    assert results("n2t.attention")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_search_is_in_sight_at_the_end_of_a_long_page(browser, address, width):
    page = browser.new_page(viewport={"width": width, "height": 700})
    page.goto(f"{address}chapters/3_attention/11_scaled_dot_product.html")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    button = page.locator(".bd-header-article .search-button__button")
    box = button.bounding_box()
    page.close()
    assert box and 0 <= box["y"] < 100 and 0 <= box["x"] < width
