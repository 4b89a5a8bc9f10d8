"""JupyterLab's translations: real, filtered, no leak."""

import re

import pytest

from n2t.data.sets.interface import _translates, interface_pairs
from n2t.data.sets.splits import leaks


@pytest.fixture(scope="module", params=["zh", "fr"])
def parts(request):
    return interface_pairs(request.param)


def test_thousands_of_translations_and_the_sizes_asked_for(parts):
    assert len(parts.train) > 1500
    assert [len(parts.validation), len(parts.test)] == [200, 200]


def test_no_string_of_either_language_crosses_a_split(parts):
    assert leaks(parts) == set()


def test_nothing_is_a_format_string_or_untranslated(parts):
    for part in parts:
        for english, other in part:
            assert english and other and english != other
            assert not re.search(r"%\d|\{|\}|\n|\x04", english + other)


def test_chinese_is_chinese():
    texts = [chinese for _, chinese in interface_pairs("zh").train]
    share = sum(bool(re.search("[\u4e00-\u9fff]", text)) for text in texts) / len(texts)
    assert share > 0.99


@pytest.mark.parametrize(
    ("english", "other"),
    [
        ("About %1", "Über"),
        ("Open {path}", "Öffne"),
        ("Open", "Öffne ${path}"),
        ("<b>Open</b>", "Öffne"),
        ("Open\nor close", "Öffne"),
        ("Git", "Git"),
        ("Open", ""),
    ],
)
def test_what_is_no_plain_translation_is_left_out(english, other):
    assert not _translates(english, other)


def test_a_percentage_is_no_format():
    assert _translates("100 % of it", "100 % davon")


def test_equal_seeds_repeat_the_split_and_others_do_not(parts):
    language = "zh" if "\u4e00" <= max(parts.test[0][1]) <= "\u9fff" else "fr"
    assert interface_pairs(language) == parts
    assert interface_pairs(language, seed=1) != parts


def test_an_unknown_language_is_named():
    with pytest.raises(ValueError, match=r"language \('de'\)"):
        interface_pairs("de")
