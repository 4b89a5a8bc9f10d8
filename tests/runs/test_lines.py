"""One line comes out for each that went in, whatever one of them holds."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from n2t.data.text import BytePairTokenizer
from n2t.decoding import DecodingError
from n2t.runs import corpora, lines, scoring

TOKENIZER = BytePairTokenizer([])
LONGEST = 12
SPLITTERS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"  # of str.splitlines


class Stub(nn.Module):
    """Stands for a model that reads up to 12 ids."""

    def __init__(self, **config):
        super().__init__()
        self.config = SimpleNamespace(**{"max_length": LONGEST} | config)
        self.weight = nn.Parameter(torch.zeros(1))


@pytest.fixture
def echo(monkeypatch):
    """Every text's translation is itself; a text that is asked for is noted."""
    asked = []

    def decode(model, source, **_):
        asked.extend(map(TOKENIZER.decode, source.tolist()))
        return SimpleNamespace(ids=source)

    monkeypatch.setattr(scoring, "decode", decode)
    return asked


def translated(data):
    return lines.translate_lines(Stub(), TOKENIZER, data)


@pytest.mark.parametrize("inside", SPLITTERS)
def test_a_line_ends_at_a_newline_and_nowhere_else(echo, inside):
    text = f"x{inside}y"
    data = f"one\r\n{text}\nthree".encode()
    assert translated(data) == (["one", text, "three"], {})


def test_old_macs_line_ends_are_line_ends(echo):
    assert translated(b"one\rtwo\r")[0] == ["one", "two"]


def test_a_byte_order_mark_is_no_part_of_the_first_line(echo):
    assert translated(b"\xef\xbb\xbfone\n")[0] == ["one"]


def test_nothing_in_is_nothing_out(echo):
    assert translated(b"") == ([], {})
    assert translated(b"\n") == ([""], {})


def test_a_blank_line_is_blank_and_the_model_is_not_asked(echo):
    assert translated(b"one\n\n \t\ntwo\n") == (["one", "", "", "two"], {})
    assert sorted(echo) == ["one", "two"]


@pytest.mark.parametrize(
    "bad, said",
    [
        (b"x" * LONGEST, "13 tokens, wanted at most 12"),
        (b"x" * 100_001, "100,001 characters, wanted at most 100,000"),
        (b"f\xfcr", "byte 0xfc at place 2, which is not UTF-8"),
        (b"\xff\xfea\0", "byte 0xff"),
        (b"a\0b\0", "NUL character"),
    ],
)
def test_a_bad_line_is_empty_and_named_and_shifts_no_other(echo, bad, said):
    answers, faults = translated(b"one\n" + bad + b"\nthree\n")
    assert answers == ["one", "", "three"]
    assert list(faults) == [2] and faults[2].startswith(said)


def test_a_line_that_cannot_be_decoded_is_named_and_sinks_no_other(monkeypatch):
    def decode(model, source, **_):
        texts = list(map(TOKENIZER.decode, source.tolist()))
        if "bad" in texts:
            raise DecodingError(texts.index("bad"), "no probabilities")
        return SimpleNamespace(ids=source)

    monkeypatch.setattr(scoring, "decode", decode)
    answers, faults = translated(b"one\nbad\n\xff\n\nthree\n")
    assert answers == ["one", "", "", "", "three"]
    assert list(faults) == [2, 3] and faults[2] == "no probabilities"


def test_a_line_break_that_a_model_says_is_a_space():
    assert lines.one_line_each(["a\nb", "c\r\nd", ""]) == ["a b", "c  d", ""]


def test_a_text_that_is_too_long_is_named_where_no_line_is_left_empty(echo):
    with pytest.raises(
        ValueError, match=r"texts\[1\] has 13 tokens, wanted at most 12"
    ):
        scoring.translate(Stub(), TOKENIZER, ["one", "x" * LONGEST])


def test_a_model_without_places_reads_any_length(echo):
    for model in (Stub(position="none"), Stub(max_length=None)):
        assert scoring.fault(model, TOKENIZER, "x" * 50) == ""


def test_a_carriage_return_alone_is_none_where_others_are_and_comes_out_as_a_blank(
    echo,
):
    assert translated(b"one\ntwo\rhalves\n")[0] == ["one", "two halves"]


@pytest.mark.parametrize(
    "data, language",
    [
        ({"name": "interface"}, "zh"),
        ({"name": "interface", "language": "fr"}, "fr"),
        ({"name": "dates", "target": "ja"}, "ja"),
        ({"name": "multi30k", "source": "de", "target": "en"}, "en"),
        ({"name": "numbers"}, "fr"),
        ({"name": "sst"}, ""),
    ],
)
def test_a_corpus_knows_the_language_it_leads_to(data, language):
    assert corpora.target_language(**data) == language


def test_chinese_translations_are_scored_by_the_chinese_way_to_split(echo):
    part = [("我们坐在公园里看书", "我们坐在公园里看报")]
    preset = {"data": {"name": "interface"}, "decode": {}}
    scores = scoring.score_translation(Stub(max_length=99), TOKENIZER, part, preset)
    assert scores["bleu_cased"] > 60
    assert "tok:zh" in scores["bleu_cased"].signature
    assert "tok:zh" in scores["bleu_lower"].signature
