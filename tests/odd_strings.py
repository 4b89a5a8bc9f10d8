"""Strings on which tokenizers differ, made by a rule: the same ones in every run."""

import random

PIECES = [
    *(" ", "  ", "\n", "\t", "\r\n", "\u00a0", "\u3000", "\u200b", "\x00", "\x1c"),
    *("0", "7", "42", "1905", "3.14", "1,000", "٣", "½", "Ⅷ", "²", "六", "𝟘"),
    *("the", "The", " cat", "doesn't", "DON'T", "it'll", "'s", "’s", "l'été"),
    *("naïve", "e\u0301", "Å", "ﬁ", "ß", "İ", "ΑΣ", "Привет", "नमस्ते", "สวัสดี"),
    *("שלום", "한글", "六点", "東京タワー", "你好，世界。", "🇫🇷", "🤖", "👩\u200d👧"),
    *("\ufe0f", "\U000e0041", "!", "...", "—", "«»", "#@$%", "==", "</s>", "[["),
    *("]]", "\\n", "\ufffd", "\ue000", "def f(x):\n    return x", "a_b-c"),
    *("https://a.b/c?d=1&e", "CamelCase", "x" * 120),
]


def odd_strings(count=1_000, specials=(), seed=0):
    """``count`` strings of up to twelve pieces; some hold names of special tokens."""
    draw = random.Random(seed)
    pieces = [*PIECES, *specials]
    return ["".join(draw.choices(pieces, k=draw.randint(1, 12))) for _ in range(count)]
