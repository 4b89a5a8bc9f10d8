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


def changed(old, new):
    """The right answer, with some of its text replaced."""
    return running().replace(old, new, 1)


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
        "shorter chunk is left out",
    ),
    "not divided by the root": (running(ROOT=""), "not divided by √d_k"),
    "the maximum starts at zero": (running(START="0.0"), "with what does it start"),
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
        "at once beside the inputs",
    ),
    "only the output is shrunk": (
        running(SHRINK_TOTAL="1"),
        "the sum of exponentials must shrink",
    ),
    "the maximum starts at a billion below": (
        running(START="-1e9"),
        "with what does it start",
    ),
    "divided by d_k": (
        running(ROOT="/ query.shape[-1]"),
        "not by its root",
    ),
    "a loop over queries, all keys at once": (
        HEAD
        + "    rows = []\n"
        + "    for one in query:\n"
        + "        s = key @ one / np.sqrt(len(one))\n"
        + "        p = np.exp(s - s.max())\n"
        + "        rows.append(p @ value / p.sum())\n"
        + "    return np.array(rows)\n",
        "an array as long as the keys",
    ),
    "all scores, in chunks kept in a list": (
        HEAD
        + "    starts = range(0, len(key), size)\n"
        + "    root = np.sqrt(query.shape[-1])\n"
        + "    s = [query @ key[i : i + size].T / root for i in starts]\n"
        + "    top = np.max([x.max(-1) for x in s], axis=0)[:, None]\n"
        + "    e = [np.exp(x - top) for x in s]\n"
        + "    above = sum(x @ value[i : i + size] for x, i in zip(e, starts))\n"
        + "    return above / sum(x.sum(-1, keepdims=True) for x in e)\n",
        "or are all scores kept",
    ),
    "all scores, in half precision": (
        HEAD
        + "    s = (query @ key.T / np.sqrt(query.shape[-1])).astype(np.float16)\n"
        + "    p = np.exp(s - s.max(-1, keepdims=True))\n"
        + "    return p @ value / p.sum(-1, keepdims=True)\n",
        "the output",
    ),
    "single precision": (
        HEAD
        + "    query, key, value = (np.float32(x) for x in (query, key, value))\n"
        + running().split("\n", 2)[2],
        "the output",
    ),
    "chunks longer than the keys": (
        HEAD
        + "    full = key[: len(key) // size * size]\n"
        + "    full.reshape(-1, size, key.shape[1])[-1]\n"
        + running().split("\n", 2)[2],
        "and size = ",
    ),
    "the query is scaled in place": (
        HEAD
        + "    query /= np.sqrt(query.shape[-1])\n"
        + running(ROOT="").split("\n", 2)[2],
        "in place",
    ),
    "a small number is added below": (
        running().replace("output / total", "output / (total + 1e-6)"),
        "the output",
    ),
    "a copy of all values": (
        changed("top =", "value = np.ascontiguousarray(value.T).T\n    top ="),
        " bytes at once",
    ),
    "the maximum rises with the first query only": (
        changed(
            "new = np.maximum(top, scores.max(-1, keepdims=True))",
            "new = np.maximum(top, scores.max(-1, keepdims=True))\n"
            "        new = new if scores[0].max() > top[0, 0] else top",
        ),
        "for scores that rise by thousands",
    ),
    "small rises of the maximum are ignored": (
        changed(
            "np.exp(top - new)", "np.where(new - top < 1e-3, 1, np.exp(top - new))"
        ),
        "the output",
    ),
    "values as wide as keys": (
        changed("0.0, 0.0", "0.0, np.zeros(query.shape)"),
        "d_v = ",
    ),
    "SciPy sums the exponentials": (
        "from scipy.special import logsumexp\n"
        + changed(
            "exps.sum(-1, keepdims=True)",
            "np.exp(logsumexp(scores - new, -1, keepdims=True))",
        ),
        "do it in NumPy alone",
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
    "a logarithm and a mean": """
def attend_in_chunks(query, key, value, size):
    mean, log_total = None, None
    for start in range(0, len(key), size):
        k, v = key[start : start + size], value[start : start + size]
        s = np.einsum("qd,kd->qk", query, k) * query.shape[1] ** -0.5
        top = s.max(axis=1)
        new_log = top + np.log(np.exp(s - top[:, None]).sum(axis=1))
        new = np.exp(s - new_log[:, None]) @ v
        if mean is None:
            mean, log_total = new, new_log
            continue
        both = np.logaddexp(log_total, new_log)
        mean = (
            mean * np.exp(log_total - both)[:, None]
            + new * np.exp(new_log - both)[:, None]
        )
        log_total = both
    return mean
""",
    "one key after the other": """
def attend_in_chunks(query, key, value, size):
    top = np.full(len(query), np.finfo(float).min)
    below = np.zeros(len(query))
    above = np.zeros((len(query), value.shape[1]))
    for k, v in zip(key, value):
        s = query @ k / len(k) ** 0.5
        new = np.where(s > top, s, top)
        shrink, e = np.exp(top - new), np.exp(s - new)
        below = below * shrink + e
        above = above * shrink[:, None] + e[:, None] * v
        top = new
    return above / below[:, None]
""",
    "chunks by array_split, a list of rows": """
def attend_in_chunks(query, key, value, size):
    cuts = list(range(size, len(key), size))
    chunks = list(zip(np.split(key, cuts), np.split(value, cuts)))
    rows = []
    for q in np.asarray(query, dtype=np.float64):
        top, below, above = -np.inf, 0.0, np.zeros(value.shape[1])
        for k, v in chunks:
            s = k @ q / np.sqrt(k.shape[1])
            if s.max() > top:
                below, above = (x * np.exp(top - s.max()) for x in (below, above))
                top = s.max()
            e = np.exp(s - top)
            below, above = below + e.sum(), above + e @ v
        rows.append((above / below).tolist())
    return rows
""",
    "twice as many keys at a time": changed("top =", "size = 2 * size\n    top ="),
    "one byte for each key": changed(
        "top =", "seen = np.zeros(len(key), bool)\n    top ="
    ),
    "a maximum that starts at -1e20": running(START="-1e20"),
}

ALL = """
    s = query @ key.T / np.sqrt(query.shape[-1])
    p = np.exp(s - s.max(-1, keepdims=True))
    return p @ value / p.sum(-1, keepdims=True)
"""

CHEATS = {
    "PyTorch's attention, which has chunks of its own": (
        "import torch\nimport torch.nn.functional as F\n"
        + HEAD
        + "    q, k, v = (torch.tensor(x)[None, None] for x in (query, key, value))\n"
        + "    return F.scaled_dot_product_attention(q, k, v)[0, 0].numpy()\n",
        "do it in NumPy alone",
    ),
    "memory is no longer traced": (
        "import tracemalloc\n" + HEAD + "    tracemalloc.stop()\n" + ALL,
        "do it in NumPy alone",
    ),
    "the peak is forgotten, and the watch taken off": (
        "import sys, tracemalloc\n"
        + HEAD
        + "    watch = sys.getprofile()\n"
        + "    sys.setprofile(None)\n"
        + "    tracemalloc.is_tracing() and tracemalloc.stop()\n"
        + "    sys.setprofile(watch)\n"
        + ALL,
        "do it in NumPy alone",
    ),
}
