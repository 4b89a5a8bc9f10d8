"""Where a text is cut before byte pairs are merged: no token crosses a cut.

- ``"gpt2"``: GPT-2's cut, to the character: a contraction (``'t``, ``'ll``), a run of
  letters, of digits or of other marks, each with the space before it; blanks.
- ``"bounded"``: this library's first cut, in which tokenizers learned that were saved
  before there was a choice. It knows no contractions, names letters by what they are
  not, and ends a piece after 64 characters.

Source: Radford et al., "Language models are unsupervised multitask learners", 2019;
the expression is that of its published ``encoder.py``.
"""

import re
from collections.abc import Callable
from functools import cache
from unicodedata import category

from n2t._checks import check_choice

CUTS = ("gpt2", "bounded")

# GPT-2's: \s, \p{L} and \p{N} are written out, so that two engines always agree.
SPACES = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
PLANE, LAST = 0x10000, 0x40000  # no letter or number stands beyond
_has_rare = re.compile("[\U00010000-\U0010ffff]").search

# The bounded one: ranges that do not move when Unicode grows.
BLANKS = " \t\n\r\x0b\x0c"
MARKS = (
    "\x00-\x08\x0e-\x1f!-/:-@\\[-`{-\xbf\xd7\xf7"  # ASCII and Latin-1
    "\u2000-\u2bff\u3000-\u303f\ufe00-\ufe6f"  # dashes, arrows, CJK marks
    "\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufff0-\uffff"
    "\U0001f000-\U0001faff"  # emoji
)
BOUNDED = (
    f" ?[^{BLANKS}0-9{MARKS}]{{1,64}}"  # a word
    f"| ?[0-9]{{1,64}}"
    f"| ?[{MARKS}]{{1,64}}"
    f"|[{BLANKS}]{{1,64}}(?![^{BLANKS}])"  # blanks leave the last to the next word
    f"|[{BLANKS}]{{1,64}}"
)


def split_pieces(text: str, cut: str = "gpt2") -> list[str]:
    """Cut a text into pieces, which joined give the text again.

    >>> split_pieces("The cat  doesn't, 12 times.")
    ['The', ' cat', ' ', ' doesn', "'t", ',', ' 12', ' times', '.']
    """
    return _splitter(cut)(text)


def pattern(cut: str, below: int = LAST) -> str:
    """The regular expression of a cut, in words that Python's and Rust's engines share.

    Args:
        cut: one of ``CUTS``.
        below: letters and numbers from this code point on are left out.

    Raises:
        ValueError: an unknown cut.
    """
    if check_choice("cut", cut, CUTS) == "bounded":
        return BOUNDED
    letters, numbers = _ranges("L", below), _ranges("N", below)
    return (
        f"'(?:[sdmt]|ll|ve|re)| ?[{letters}]+| ?[{numbers}]+"
        f"| ?[^{SPACES}{letters}{numbers}]+"
        f"|[{SPACES}]+(?![^{SPACES}])|[{SPACES}]+"
    )


@cache
def _splitter(cut: str) -> Callable[[str], list[str]]:
    """What cuts a text; letters beyond the first plane are rare and slow to find."""
    whole = re.compile(pattern(cut))
    if cut == "bounded":
        return whole.findall
    common = re.compile(pattern(cut, PLANE))
    return lambda text: (whole if _has_rare(text) else common).findall(text)


@cache
def _ranges(kind: str, below: int) -> str:
    """All characters of a general category, such as "L", as ranges for a set."""
    ranges: list[list[int]] = []
    for code in range(below):
        if category(chr(code))[0] == kind:
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
