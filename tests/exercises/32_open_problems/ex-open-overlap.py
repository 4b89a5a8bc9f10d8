"""Wrong answers to `repeated`, and other right ones."""

GOOD = """
def repeated(train, test, n):
    seen = set()
    for text in train:
        seen |= {tuple(text[i : i + n]) for i in range(len(text) - n + 1)}
    shares = []
    for text in test:
        covered = set()
        for i in range(len(text) - n + 1):
            if tuple(text[i : i + n]) in seen:
                covered |= set(range(i, i + n))
        shares.append(len(covered) / max(len(text), 1))
    return shares
"""

WRONG = {
    "the share of runs": (
        GOOD.replace("covered |= set(range(i, i + n))", "covered.add(i)").replace(
            "max(len(text), 1)", "max(len(text) - n + 1, 1)"
        ),
        "share of runs",
    ),
    "first words": (
        GOOD.replace("covered |= set(range(i, i + n))", "covered.add(i)"),
        "first word",
    ),
    "yes or no": (
        GOOD.replace("len(covered) / max(len(text), 1)", "float(bool(covered))"),
        "yes or no",
    ),
    "single words": (
        """
def repeated(train, test, n):
    words = {word for text in train for word in text}
    return [sum(w in words for w in t) / max(len(t), 1) for t in test]
""",
        "single words",
    ),
    "through the ends of texts": (
        GOOD.replace(
            "    seen = set()", "    seen = set()\n    train = [sum(train, [])]"
        ),
        "one training text",
    ),
    "in lower case": (
        GOOD.replace(
            "    seen = set()",
            "    train, test = ([[w.lower() for w in t] for t in side]"
            " for side in (train, test))\n    seen = set()",
        ),
        "with a capital",
    ),
    **{
        f"words cleaned: {name}": (
            GOOD.replace(
                "    seen = set()",
                "    import re, unicodedata\n"
                f"    train, test = ([[{clean} for w in t] for t in side]"
                " for side in (train, test))\n    seen = set()",
            ),
            "in training",
        )
        for name, clean in {
            "signs at the ends": "w.strip('.,;:!?')",
            "letters and digits": "re.sub(r'[^A-Za-z0-9]', '', w)",
            "letters": "''.join(c for c in w if c.isalpha())",
            "no accents": "''.join(c for c in unicodedata.normalize('NFD', w)"
            " if not unicodedata.combining(c))",
            "one form of accents": "unicodedata.normalize('NFC', w)",
            "a plural's s": "w.removesuffix('s')",
            "blanks at the ends": "w.strip()",
            "no digits": "re.sub(r'[0-9]', '', w)",
        }.items()
    },
    **{
        f"joined with {sign!r}": (
            GOOD.replace("tuple(text[i : i + n])", f"{sign!r}.join(text[i : i + n])"),
            "words that hold",
        )
        for sign in (" ", "|", "\x00")
    },
    "a short text shrinks n": (
        """
def repeated(train, test, n):
    shares = []
    for text in test:
        size = min(n, len(text))
        seen = {tuple(t[i : i + size]) for t in train for i in range(len(t) - size + 1)}
        covered = set()
        for i in range(len(text) - size + 1):
            if tuple(text[i : i + size]) in seen:
                covered |= set(range(i, i + size))
        shares.append(len(covered) / max(len(text), 1))
    return shares
""",
        "fewer than n",
    ),
    "a short text is a run": (
        GOOD.replace("range(len(text) - n + 1)", "range(max(1, len(text) - n + 1))")
        .replace("set(range(i, i + n))", "set(range(i, min(i + n, len(text))))"),
        "fewer than n",
    ),
    "the last run forgotten": (GOOD.replace(" - n + 1", " - n"), "the shares"),
    "division by zero": (GOOD.replace("max(len(text), 1)", "len(text)"), "Zero"),
    "joined without a space": (
        GOOD.replace("tuple(text[i : i + n])", "''.join(text[i : i + n])"),
        "the shares",
    ),
    "substrings": (
        """
def repeated(train, test, n):
    whole = "\\n".join(" ".join(text) for text in train)
    shares = []
    for text in test:
        covered = set()
        for i in range(len(text) - n + 1):
            if " ".join(text[i : i + n]) in whole:
                covered |= set(range(i, i + n))
        shares.append(len(covered) / max(len(text), 1))
    return shares
""",
        "the shares",
    ),
    "percent": (GOOD.replace("len(covered) /", "100 * len(covered) /"), "percent"),
    "the mean": (
        GOOD.replace("return shares", "return sum(shares) / max(len(shares), 1)"),
        "the shares",
    ),
    "in any order": (
        GOOD.replace("tuple(text[i : i + n])", "tuple(sorted(text[i : i + n]))"),
        "the shares",
    ),
}  # fmt: skip

RIGHT = {
    "float32": GOOD.replace("return shares", "return np.float32(shares).tolist()"),
    "marks": """
def repeated(train, test, n):
    runs = {tuple(run) for t in train for run in zip(*(t[i:] for i in range(n)))}
    found = np.zeros(len(test))
    for place, text in enumerate(test):
        marks = np.zeros(len(text), dtype=bool)
        for i, run in enumerate(zip(*(text[j:] for j in range(n)))):
            if tuple(run) in runs:
                marks[i : i + n] = True
        found[place] = marks.mean() if len(text) else 0.0
    return found
""",
    "word by word": """
def repeated(train, test, n):
    def inside(run):
        return any(list(run) == t[i : i + n] for t in train
                   for i in range(len(t) - n + 1))

    shares = []
    for text in test:
        good = 0
        for place in range(len(text)):
            starts = range(max(0, place - n + 1), min(place, len(text) - n) + 1)
            good += any(inside(text[i : i + n]) for i in starts)
        shares.append(good / len(text) if text else 0.0)
    return shares
""",
}
