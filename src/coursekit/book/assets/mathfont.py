"""Makes the font of the site's formulas, `_static/fonts/stix-two-math.woff2`.

To run again when a formula needs a character that the font lacks: add it to
`CHARACTERS`, then

    python -m coursekit.book.assets.mathfont STIXTwoMath-Regular.ttf

STIX Two Math (SIL Open Font License) is a file of the package `ziamath`, among others.
"""

from __future__ import annotations

import sys
from pathlib import Path

from coursekit import paths

FONT = paths.ROOT / "_static" / "fonts" / "stix-two-math.woff2"

#: What formulas may use, as ranges of code points, both ends included.
CHARACTERS = [
    (0x20, 0x7E),  # ASCII
    *((c, c) for c in (0xA0, 0xAC, 0xAF, 0xB0, 0xB1, 0xB7, 0xD7, 0xF7)),
    *((c, c) for c in (0x2C6, 0x2C7, 0x2D8, 0x2DC, 0x302, 0x303, 0x304, 0x307)),
    (0x391, 0x3A9),  # Greek
    (0x3B1, 0x3C9),
    *((c, c) for c in (0x3D1, 0x3D5, 0x3F5, 0x2016, 0x2026, 0x2032, 0x2033)),
    (0x2061, 0x2064),  # signs that are spoken, not seen
    *((ord(c), ord(c)) for c in "ℂℋℎℒℓℕℚℝℤ𝔼ℙ"),
    (0x2190, 0x2194),  # arrows
    *((ord(c), ord(c)) for c in "↦⇐⇒⇔⟶"),
    *((ord(c), ord(c)) for c in "∀∂∃∅∇∈∉∋∏∑−∓∗∘√∝∞∣∥∧∨∩∪∫∼≃≅≈≔≠≡≤≥≪≫⊂⊃⊆⊇⊕⊗⊙⊤⊥⋅⋆⋮⋯⋱"),
    *((ord(c), ord(c)) for c in "⌈⌉⌊⌋⏞⏟⟨⟩"),
    (0x1D400, 0x1D467),  # bold and italic letters
    (0x1D670, 0x1D6A3),  # typewriter letters
    (0x1D6E2, 0x1D71B),  # italic Greek
    (0x1D7CE, 0x1D7D7),  # bold digits
    (0x1D7F6, 0x1D7FF),  # typewriter digits
]
ROOT_SIGN = 0x221A


def make(source: Path, target: Path = FONT) -> int:
    """Write the part of `source` that is needed to `target`; bytes written.

    Variants of characters, and the table for layout of formulas, are kept.
    """
    from fontTools import subset

    options = subset.Options(hinting=False, layout_features=["dtls"], flavor="woff2")
    options.recalc_bounds = True
    options.drop_tables += ["DSIG"]
    font = subset.load_font(str(source), options)
    maker = subset.Subsetter(options)
    maker.populate(unicodes=[c for a, b in CHARACTERS for c in range(a, b + 1)])
    maker.subset(font)
    narrow_roots(font)
    subset.save_font(font, str(target), options)
    return target.stat().st_size


def narrow_roots(font) -> None:
    """Make tall root signs as wide as the short one.

    Chromium leaves room for the widest of a sign's variants behind every root.
    """
    short = font.getBestCmap()[ROOT_SIGN]
    width = font["hmtx"][short][0]
    table = font["MATH"].table.MathVariants
    place = table.VertGlyphCoverage.glyphs.index(short)
    found = table.VertGlyphConstruction[place]
    names = {record.VariantGlyph for record in found.MathGlyphVariantRecord}
    names |= {part.glyph for part in found.GlyphAssembly.PartRecords}
    for name in sorted(names - {short}):
        _scale(font, name, width / font["hmtx"][name][0])


def _scale(font, name: str, factor: float) -> None:
    """Scale a glyph and its width in the direction of reading."""
    from fontTools.pens.transformPen import TransformPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    glyphs = font.getGlyphSet()
    pen = TTGlyphPen(None)
    glyphs[name].draw(TransformPen(pen, (factor, 0, 0, 1, 0, 0)))
    advance, left = font["hmtx"][name]
    font["glyf"][name] = pen.glyph()
    font["hmtx"][name] = (round(advance * factor), round(left * factor))


if __name__ == "__main__":
    print(f"{FONT}: {make(Path(sys.argv[1])):,} bytes")
