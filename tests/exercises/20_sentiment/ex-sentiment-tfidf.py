"""Wrong answers to `tf_idf`, and other right ones."""

HEAD = "def tf_idf(train, texts, least):\n"
COUNT = """    df = {}
    for text in train:
        for word in set(text):
            df[word] = df.get(word, 0) + 1
    n = len(train)
"""
WORDS = "    words = sorted(word for word in df if df[word] >= least)\n"
ROWS = """    rows = np.zeros((len(texts), len(words)))
    for row, text in zip(rows, texts):
        for place, word in enumerate(words):
            idf = np.log((1 + n) / (1 + df[word])) + 1
            row[place] = text.count(word) * idf
"""
LENGTH = """        length = np.sqrt((row**2).sum())
        if length > 0:
            row /= length
    return rows
"""

WRONG = {
    "df of all texts": (
        HEAD
        + COUNT
        + WORDS
        + "    df = {w: sum(w in t for t in train + texts) for w in words}\n"
        + "    n = len(train) + len(texts)\n"
        + ROWS
        + LENGTH,
        "training texts alone",
    ),
    "words of all texts": (
        HEAD + COUNT.replace("in train:", "in train + texts:") + WORDS + ROWS + LENGTH,
        "a word of the training texts",
    ),
    "fitted on what is asked": (
        HEAD
        + COUNT
        + WORDS
        + "    df = {w: sum(w in t for t in texts) for w in words}\n"
        + "    n = len(texts)\n"
        + ROWS
        + LENGTH,
        "training texts alone",
    ),
    "df counts occurrences": (
        HEAD + COUNT.replace("set(text)", "text") + WORDS + ROWS + LENGTH,
        "not how often",
    ),
    "not smoothed": (
        HEAD
        + COUNT
        + WORDS
        + ROWS.replace("(1 + n) / (1 + df[word])", "n / df[word]")
        + LENGTH,
        "1 is added to n and to df",
    ),
    "no 1 beside the logarithm": (
        HEAD + COUNT + WORDS + ROWS.replace("[word])) + 1", "[word]))") + LENGTH,
        "1 is added to the logarithm",
    ),
    "not of length 1": (
        HEAD + COUNT + WORDS + ROWS + "    return rows\n",
        "the weights",
    ),
    "divided by the sum": (
        HEAD
        + COUNT
        + WORDS
        + ROWS
        + LENGTH.replace("np.sqrt((row**2).sum())", "row.sum()"),
        "their length",
    ),
    "nothing by nothing": (
        HEAD
        + COUNT
        + WORDS
        + ROWS
        + "    with np.errstate(all='ignore'):\n"
        + "        return rows / np.sqrt((rows**2).sum(1, keepdims=True))\n",
        "nan",
    ),
    "present or not": (
        HEAD
        + COUNT
        + WORDS
        + ROWS.replace("text.count(word)", "(word in text)")
        + LENGTH,
        "the weights",
    ),
    "in order of appearance": (
        HEAD + COUNT + WORDS.replace("sorted(", "list(") + ROWS + LENGTH,
        "the weights",
    ),
    "more than least": (
        HEAD + COUNT + WORDS.replace(">= least", "> least") + ROWS + LENGTH,
        "a word of the training texts",
    ),
    "every word": (
        HEAD + COUNT + "    words = sorted(df)\n" + ROWS + LENGTH,
        "a word of the training texts",
    ),
    "frequencies kept at float32": (
        HEAD + COUNT + WORDS + ROWS + LENGTH.replace(
            "return rows", "return rows.astype(np.float32)"),
        "float64",
    ),
    "base 10": (
        HEAD + COUNT + WORDS + ROWS.replace("np.log(", "np.log10(") + LENGTH,
        "the weights",
    ),
}  # fmt: skip

RIGHT = {
    "a matrix": """
def tf_idf(train, texts, least):
    every = sorted({word for text in train for word in text})
    seen = np.array([[w in t for w in every] for t in train], float)
    df = seen.reshape(len(train), len(every)).sum(0)
    kept = [i for i in range(len(every)) if df[i] >= least]
    counts = [[t.count(every[i]) for i in kept] for t in texts]
    counts = np.array(counts, float).reshape(len(texts), len(kept))
    rows = counts * (np.log1p(len(train)) - np.log1p(df[kept]) + 1)
    length = np.sqrt((rows**2).sum(1, keepdims=True))
    return rows / np.where(length == 0, 1, length)
""",
    "a place for each word": """
from collections import Counter
import math


def tf_idf(train, texts, least):
    df = Counter()
    for text in train:
        df.update(set(text))
    words = sorted(w for w, n in df.items() if n >= least)
    place = {word: i for i, word in enumerate(words)}
    rows = np.zeros((len(texts), len(words)))
    for i, text in enumerate(texts):
        for word in text:
            if word in place:
                idf = math.log((1 + len(train)) / (1 + df[word])) + 1
                rows[i, place[word]] += idf
        rows[i] /= max(np.linalg.norm(rows[i]), 1e-300)
    return rows
""",
}
