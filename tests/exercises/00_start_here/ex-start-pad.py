"""Wrong answers to `pad`, with words that their hints must contain."""

HEAD = """
def pad(sentences, pad_id):
    lengths = np.array([len(sentence) for sentence in sentences])
    T = lengths.max()
    ids = np.full((len(sentences), T), pad_id)
"""
FILL = """
    for row, sentence in zip(ids, sentences):
        row[: len(sentence)] = sentence
"""

WRONG = {
    "straight to an array": (
        "def pad(sentences, pad_id):\n"
        + "    ids = np.array(sentences)\n"
        + "    return ids, ids != pad_id\n",
        "make the full array first",
    ),
    "cut to the shortest": (
        "def pad(sentences, pad_id):\n"
        + "    T = min(len(s) for s in sentences)\n"
        + "    ids = np.array([s[:T] for s in sentences])\n"
        + "    return ids, ids != pad_id\n",
        "T is the longest",
    ),
    "filled up on the left": (
        HEAD
        + "    for row, sentence in zip(ids, sentences):\n"
        + "        row[T - len(sentence) :] = sentence\n"
        + "    return ids, np.arange(T) >= T - lengths[:, None]\n",
        "on the left",
    ),
    "the mask turned round": (
        HEAD + FILL + "    return ids, np.arange(T) >= lengths[:, None]\n",
        "keep is turned round",
    ),
    "the mask from comparing ids": (
        HEAD + FILL + "    return ids, ids != pad_id\n",
        "use the lengths",
    ),
    "filled with 0": (
        HEAD
        + "    ids[:] = 0\n"
        + FILL
        + "    return ids, np.arange(T) < lengths[:, None]\n",
        "filled with 0",
    ),
    "floats": (
        HEAD
        + "    ids = ids.astype(float)\n"
        + FILL
        + "    return ids, np.arange(T) < lengths[:, None]\n",
        "wanted integers",
    ),
    "no mask": (HEAD + FILL + "    return ids\n", "wanted a pair"),
}

RIGHT = {
    "another style": """
def pad(sentences, pad_id):
    T = max(map(len, sentences))
    ids = [list(s) + [pad_id] * (T - len(s)) for s in sentences]
    keep = [[True] * len(s) + [False] * (T - len(s)) for s in sentences]
    return np.array(ids), np.array(keep)
""",
    "lists all the way": """
def pad(sentences, pad_id):
    T = max(map(len, sentences))
    ids = [list(s) + [pad_id] * (T - len(s)) for s in sentences]
    keep = [[t < len(s) for t in range(T)] for s in sentences]
    return ids, keep
""",
    "small integers": """
def pad(sentences, pad_id):
    T = max(len(s) for s in sentences)
    ids = np.full((len(sentences), T), pad_id, dtype=np.int32)
    keep = np.zeros(ids.shape, dtype=bool)
    for b, s in enumerate(sentences):
        ids[b, : len(s)], keep[b, : len(s)] = s, True
    return [ids, keep]
""",
}
