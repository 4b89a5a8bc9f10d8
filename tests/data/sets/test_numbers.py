"""Number words: the Chinese converter and its inverse, mends, clean splits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from n2t.data.sets import numbers
from n2t.data.sets.splits import fold, leaks


@given(st.integers(0, numbers.CHINESE_LIMIT - 1))
def test_chinese_numerals_survive_the_round_trip(number):
    assert numbers.from_chinese(numbers.to_chinese(number)) == number


@given(st.lists(st.sampled_from("0010305"), min_size=1, max_size=16))
def test_chinese_numerals_with_many_gaps_survive_the_round_trip(digits):
    number = int("".join(digits))
    text = numbers.to_chinese(number)
    assert numbers.from_chinese(text) == number
    assert "零零" not in text
    assert not text.startswith("一十")


@given(st.text("零一二两十百千万亿〇a", max_size=6))
def test_text_is_read_as_a_number_only_if_the_number_is_written_so(text):
    try:
        value = numbers.from_chinese(text)
    except ValueError:
        return
    plain = text.replace("两", "二").replace("〇", "零")
    assert numbers.to_chinese(value) == plain


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "零"),
        (10, "十"),
        (11, "十一"),
        (20, "二十"),
        (101, "一百零一"),
        (110, "一百一十"),
        (1010, "一千零一十"),
        (10_009, "一万零九"),
        (10_500, "一万零五百"),
        (100_000, "十万"),
        (101_000, "十万一千"),
        (130_013, "十三万零一十三"),
        (201_400, "二十万一千四百"),
        (1_035_789, "一百零三万五千七百八十九"),
        (41_683_000, "四千一百六十八万三千"),
        (100_010_000, "一亿零一万"),
        (105_000_000, "一亿零五百万"),
        (1_050_000_000_000, "一万零五百亿"),
        (1_290_057_020, "十二亿九千零五万七千零二十"),
        (10**12, "一万亿"),
    ],
)
def test_chinese_numerals_equal_the_published_examples(number, text):
    assert numbers.to_chinese(number) == text
    assert numbers.from_chinese(text) == number


@pytest.mark.parametrize(
    "text", ["", "零零", "一零", "一百一", "一二", "十十", "一十", "x"]
)
def test_malformed_chinese_numerals_are_refused(text):
    with pytest.raises(ValueError, match="not a Chinese numeral"):
        numbers.from_chinese(text)


@pytest.mark.parametrize("number", [-1, numbers.CHINESE_LIMIT])
def test_numbers_out_of_range_are_refused(number):
    with pytest.raises(ValueError, match="must be from 0 to"):
        numbers.to_chinese(number)


@pytest.mark.parametrize(
    ("language", "number", "words"),
    [
        ("de", 101_000, "einhunderteintausend"),
        ("de", 1_001, "eintausendeins"),
        ("es", 21_000, "veintiún mil"),
        ("es", 31_021, "treinta y un mil veintiuno"),
        ("es", 101_300, "ciento un mil trescientos"),
        ("fr", 80_000, "quatre-vingt mille"),
        ("fr", 200, "deux cents"),
        ("fr", 200_000, "deux cent mille"),
        ("it", 103, "centotré"),
        ("pt", 1_200, "mil e duzentos"),
        ("en", 121, "one hundred and twenty-one"),
        ("digits", 121, "121"),
    ],
)
def test_number_words_are_spelled_as_the_language_does(language, number, words):
    assert numbers.speller(language)(number) == words


@pytest.mark.parametrize("language", (*numbers.NUMBER_LANGUAGES, "digits"))
def test_different_numbers_differ_even_after_folding(language):
    spell = numbers.speller(language)
    sample = [*range(1200), *range(1200, 10**6, 1709)]
    assert len({fold(spell(n)) for n in sample}) == len(sample)


@pytest.mark.parametrize("even_lengths", [False, True])
def test_no_number_crosses_a_split(even_lengths):
    parts = numbers.number_pairs(
        "zh", size=800, held_out=100, even_lengths=even_lengths, limit=10**5
    )
    assert [len(part) for part in parts] == [800, 100, 100]
    assert leaks(parts) == set()
    assert len({pair for part in parts for pair in part}) == 1000


@pytest.mark.parametrize("size", [1, 9, 50, 997, 1001])
def test_even_lengths_fill_any_size_up_to_the_limit(size):
    parts = numbers.number_pairs(
        "zh", source="digits", size=size, held_out=0, limit=1001, even_lengths=True
    )
    drawn = [int(digits) for digits, _ in parts.train]
    assert len(set(drawn)) == len(drawn) == size
    assert max(drawn) <= 1000


def test_even_lengths_give_short_numbers_their_share():
    parts = numbers.number_pairs(
        "zh", source="digits", size=400, held_out=0, limit=10**5, even_lengths=True
    )
    lengths = [len(digits) for digits, _ in parts.train]
    counts = {length: lengths.count(length) for length in range(1, 6)}
    assert counts[1] == 10
    assert counts[2] == 90
    assert all(counts[length] == 100 for length in (3, 4, 5))


def test_equal_seeds_repeat_the_pairs_and_others_do_not():
    first, again, other = (
        numbers.number_pairs("zh", source="digits", size=20, held_out=5, seed=seed)
        for seed in (3, 3, 4)
    )
    assert first == again
    assert first != other


def test_large_limits_are_for_chinese_and_digits_only():
    parts = numbers.number_pairs(
        "zh", source="digits", size=10, held_out=1, limit=10**15, even_lengths=True
    )
    assert all(int(a) == numbers.from_chinese(b) for a, b in parts.train)
    with pytest.raises(ValueError, match=r"limit \(2000000\)"):
        numbers.number_pairs("fr", size=10, held_out=1, limit=2 * 10**6)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"language \('xx'\)"):
        numbers.number_pairs("xx")
    with pytest.raises(ValueError, match=r"size \(100\).*limit \(50\)"):
        numbers.number_pairs("zh", size=100, held_out=0, limit=50)
