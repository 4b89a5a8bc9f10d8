"""Makes the font in which figures write Chinese, `n2t/plots/typeface/`.

It has the 3,755 characters of the first level of GB 2312, which are the common ones,
kana, punctuation, and every further character that the course's text uses. To run
again when a chapter needs one that the font lacks:

    python -m coursekit.book.assets.figurefont NotoSansCJK-Regular.ttc

Noto Sans CJK (SIL Open Font License) is in Debian's package `fonts-noto-cjk`, among
others. The part has a name of its own, so that it is not taken for the whole font.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from coursekit import paths
from n2t.plots.writing import CJK_FONT

SOURCE, FAMILY = "Noto Sans CJK SC", "Course Sans CJK"
#: Chinese and Japanese, as ranges of code points, both ends included.
CJK = [(0x2E80, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF), (0x20000, 0x3FFFF)]
WHOLE = [(0x3000, 0x3002), (0x3008, 0x3011), (0x3041, 0x3096), (0x30A1, 0x30FC)]
WHOLE += [(0xFF01, 0xFF5E)]  # punctuation, kana, wide letters
UNUSED = ["BASE", "DSIG", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]


def common() -> Iterator[str]:
    """The characters of GB 2312, level 1."""
    for row in range(0xB0, 0xD8):
        for place in range(0xA1, 0xFF):
            if found := bytes([row, place]).decode("gb2312", errors="ignore"):
                yield found


def used() -> set[str]:
    """The Chinese and Japanese characters in the course's text."""
    texts = (page.read_text("utf-8") for page in paths.pages())
    return {c for text in texts for c in text if _within(c, CJK)}


def _within(character: str, ranges: list[tuple[int, int]]) -> bool:
    return any(low <= ord(character) <= high for low, high in ranges)


def make(source: Path, target: Path = CJK_FONT) -> int:
    """Write the part of `source`, a collection of fonts, to `target`; bytes written."""
    from fontTools import subset
    from fontTools.ttLib import TTCollection, TTFont

    names = [font["name"].getDebugName(1) for font in TTCollection(source).fonts]
    font = TTFont(source, fontNumber=names.index(SOURCE))
    options = subset.Options(hinting=False, layout_features=[], notdef_outline=True)
    options.name_IDs = ["*"]
    options.drop_tables += UNUSED
    maker = subset.Subsetter(options)
    wanted = {ord(c) for c in {*common(), *used()}}
    wanted |= {c for low, high in WHOLE for c in range(low, high + 1)}
    maker.populate(unicodes=wanted)
    maker.subset(font)
    _rename(font)
    target.parent.mkdir(exist_ok=True)
    font.save(target)
    return target.stat().st_size


def _rename(font) -> None:
    """Give the part its own name; who made the font, and the license, stay in it."""
    from fontTools.ttLib.tables._n_a_m_e import NameRecord

    own = {1: FAMILY, 3: FAMILY, 4: FAMILY, 6: FAMILY.replace(" ", "")}
    records: list[NameRecord] = font["name"].names
    kept = {0, 2, 13, 14, *own}
    font["name"].names = [r for r in records if r.nameID in kept]
    for record in font["name"].names:
        record.string = own.get(record.nameID, record.toUnicode())
    top = font["CFF "].cff
    top.fontNames[0] = own[6]
    top.topDictIndex[0].FullName = top.topDictIndex[0].FamilyName = FAMILY


if __name__ == "__main__":
    print(f"{CJK_FONT}: {make(Path(sys.argv[1])):,} bytes")
