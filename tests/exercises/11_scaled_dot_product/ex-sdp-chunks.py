"""Wrong answers to `attend_in_chunks`, with words that their hints must contain."""

HEAD = "def attend_in_chunks(query, key, value, size):\n"
RUNNING = (
    HEAD
    + """
    top = np.full((len(query), 1), START)
    total, output = 0.0, 0.0
    for i in range(0, END, size):
        scores = query @ key[i : i + size].T ROOT
        new = np.maximum(top, scores.max(-1, keepdims=True))
        exps, shrink = np.exp(scores - new), np.exp(top - new)
        total = total * SHRINK_TOTAL + exps.sum(-1, keepdims=True)
        output, top = output * SHRINK_OUTPUT + exps @ value[i : i + size], new
    return output / total
"""
)


def running(**changes):
    """The right answer, with one thing changed."""
    parts = {
        "START": "-np.inf",
        "END": "len(key)",
        "ROOT": "/ np.sqrt(query.shape[-1])",
        "SHRINK_TOTAL": "shrink",
        "SHRINK_OUTPUT": "shrink",
    }
    source = RUNNING
    for name, text in (parts | changes).items():
        source = source.replace(name, text)
    return source


WRONG = {
    "sums are never shrunk": (
        running(SHRINK_TOTAL="1", SHRINK_OUTPUT="1"),
        "neither sum shrinks",
    ),
    "only the total is shrunk": (
        running(SHRINK_OUTPUT="1"),
        "the weighted sum must shrink",
    ),
    "the last chunk is dropped": (
        running(END="len(key) - len(key) % size"),
        "left out",
    ),
    "not divided by the root": (running(ROOT=""), "not divided by √d_k"),
    "the maximum starts at zero": (running(START="0.0"), "very negative scores"),
    "no maximum at all": (
        HEAD
        + "    total, output = 0.0, 0.0\n"
        + "    for i in range(0, len(key), size):\n"
        + "        s = query @ key[i : i + size].T / np.sqrt(query.shape[-1])\n"
        + "        total = total + np.exp(s).sum(-1, keepdims=True)\n"
        + "        output = output + np.exp(s) @ value[i : i + size]\n"
        + "    return output / total\n",
        "which maximum is subtracted",
    ),
    "a mean of the chunks": (
        HEAD
        + "    parts = []\n"
        + "    for i in range(0, len(key), size):\n"
        + "        s = query @ key[i : i + size].T / np.sqrt(query.shape[-1])\n"
        + "        p = np.exp(s - s.max(-1, keepdims=True))\n"
        + "        p = p / p.sum(-1, keepdims=True)\n"
        + "        parts.append(p @ value[i : i + size])\n"
        + "    return sum(parts) / len(parts)\n",
        "a mean of the chunks' answers",
    ),
    "everything at once": (
        HEAD
        + "    s = query @ key.T / np.sqrt(query.shape[-1])\n"
        + "    p = np.exp(s - s.max(-1, keepdims=True))\n"
        + "    return p / p.sum(-1, keepdims=True) @ value\n",
        "at once",
    ),
}

RIGHT = {
    "another style": '''
def attend_in_chunks(query, key, value, size):
    """Two passes: first the maximum of each query, then the sums."""
    d_k = query.shape[1]
    pieces = [slice(i, i + size) for i in range(0, key.shape[0], size)]
    best = np.max([(query @ key[p].T).max(axis=1) for p in pieces], axis=0)
    above = np.zeros((query.shape[0], value.shape[1]))
    below = np.zeros(query.shape[0])
    for p in pieces:
        e = np.exp((query @ key[p].T - best[:, None]) / d_k**0.5)
        above += e @ value[p]
        below += e.sum(axis=1)
    return above / below[:, None]
''',
}
