"""A citation away from the page names its authors and year."""

import re

import pytest

from coursekit import paths
from coursekit.book import citations
from coursekit.book.citations import cited, source

ROLE = re.compile(r"\{cite(?::\w+)?\}`([^`]+)`")


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ("loftr2021encoding", "(LoFTR project, 2021)"),  # was "(Loftr 2021)"
        ("hochreiter1997long", "(Hochreiter and Schmidhuber, 1997)"),
        ("sutskever2014sequence", "(Sutskever et al., 2014)"),
        ("popovic2015chrf", "(Popović, 2015)"),
        ("scikitlearn2011", "(Pedregosa et al., 2011)"),
        (
            "loftr2021encoding, smile2020relu",
            "(LoFTR project, 2021; Smile project, 2020)",
        ),
    ],
)
def test_a_citation_has_the_authors_and_the_year(keys, wanted):
    assert cited(keys) == wanted


def test_a_citation_in_a_sentence_has_its_year_in_brackets():
    assert cited("sutskever2014sequence", textual=True) == "Sutskever et al. (2014)"


def test_a_source_has_its_title_and_its_address():
    wanted = (
        "LoFTR project (2021). *Issue 41: About the positional encoding*. "
        "<https://github.com/zju3dv/LoFTR/issues/41>"
    )
    assert source("loftr2021encoding") == wanted
    assert source("hochreiter1997long").endswith(
        "<https://doi.org/10.1162/neco.1997.9.8.1735>"
    )


def test_every_citation_of_the_book_is_in_its_list():
    for page in paths.pages():
        for keys in ROLE.findall(page.read_text("utf-8")):
            for key in map(str.strip, keys.split(",")):
                assert citations.authors(key) and citations.year(key), key
                assert key in citations.entries(), (page.stem, key)


def test_a_key_that_is_nowhere_still_gives_words():
    assert cited("nobody2031nothing") == "(Nobody, 2031)"
