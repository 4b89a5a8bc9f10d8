"""Tables: HTML for a page, text for a terminal, and refusals."""

import pytest

from n2t.plots import Table

ROWS = [("an LSTM", 7.51, 800, "short"), ("<best>", 39.6, 1500, "long")]
HEAD = ("model", "BLEU", "updates", "run")
TABLE = Table(HEAD, ROWS, {"BLEU": ".1f", "updates": ","}, ("BLEU",), "one & all")


def test_text_has_its_columns_under_one_another():
    assert repr(TABLE).splitlines() == [
        "model    BLEU  updates  run",
        "an LSTM   7.5      800  short",
        "<best>   39.6    1,500  long",
        "one & all",
    ]


def test_html_names_rows_and_columns_and_escapes_what_it_shows():
    html = TABLE._repr_html_()
    assert '<th scope="col">BLEU</th><th scope="col">updates</th>' in html
    assert '<th scope="row">&lt;best&gt;</th>' in html
    assert '<p class="note">one &amp; all</p>' in html
    assert '<td class="words">short</td>' in html


def test_the_highest_number_of_a_column_stands_out_and_no_other():
    html = TABLE._repr_html_()
    assert html.count('class="best"') == 1
    assert '<td class="best">39.6</td><td>1,500</td>' in html


def test_nothing_shows_as_nothing_and_a_float_without_its_end():
    html = Table(("a", "b", "c"), [("x", None, 2.0)])._repr_html_()
    assert "<td></td><td>2</td>" in html


def test_a_table_without_rows_is_its_head():
    assert repr(Table(("a", "b"), [])) == "a  b"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"rows": [("x",)]}, r"rows has \('x',\), wanted 2 values"),
        ({"rows": [], "forms": {"c": ".1f"}}, r"forms has \['c'\]"),
        ({"rows": [], "best": ["c"]}, r"best has \['c'\]"),
    ],
)
def test_what_does_not_fit_the_head_is_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        Table(("a", "b"), **arguments)
