"""Wrong answers to `kneser_ney_bigram`, and right ones in other styles."""

HEAD = (
    "def kneser_ney_bigram(ids, V, d):\n"
    "    N = np.zeros((V, V))\n"
    "    np.add.at(N, (ids[:-1], ids[1:]), 1)\n"
    "    seen = N > 0\n"
    "    total = N.sum(1, keepdims=True)\n"
    "    kinds = seen.sum(1, keepdims=True)\n"
    "    safe = np.maximum(total, 1)\n"
)
LOWER = "    lower = seen.sum(0) / seen.sum()\n"
P = "    p = (np.maximum(N - d, 0) + d * kinds * lower) / safe\n"
END = "    return np.where(total > 0, p, lower)\n"

WRONG = {
    "plain frequencies below": (
        HEAD + "    lower = np.bincount(ids, minlength=V) / len(ids)\n" + P + END,
        "how often b came",
    ),
    "frequencies as a second id": (
        HEAD + "    lower = N.sum(0) / N.sum()\n" + P + END,
        "how often b came",
    ),
    "continuations the other way round": (
        HEAD + "    lower = seen.sum(1) / seen.sum()\n" + P + END,
        "the ids *before* it",
    ),
    "uniform below": (
        HEAD + "    lower = np.full(V, 1 / V)\n" + P + END,
        "no uniform share",
    ),
    "contexts in columns": (
        HEAD + LOWER + P + "    return np.where(total > 0, p, lower).T\n",
        "rows are the contexts",
    ),
    "all V are followers": (
        HEAD + LOWER + P.replace("kinds", "V") + END,
        "*did* follow a",
    ),
    "not discounted": (
        HEAD + LOWER + "    p = N / safe\n" + END,
        "d is not taken",
    ),
    "nobody gets what was taken": (
        HEAD + LOWER + "    p = np.maximum(N - d, 0) / safe\n" + END,
        "do not sum to 1",
    ),
    "below 0": (
        HEAD + LOWER + "    p = (N - d + d * kinds * lower) / safe\n" + END,
        "counts of 0 too",
    ),
    "a row of zeros": (
        HEAD + LOWER + P + "    return p\n",
        "nothing followed is 0",
    ),
    "a uniform row": (
        HEAD + LOWER + P + "    return np.where(total > 0, p, 1 / V)\n",
        "nothing followed is uniform",
    ),
    "round the corner": (
        HEAD.replace("ids[:-1], ids[1:]", "ids, np.roll(ids, -1)") + LOWER + P + END,
        "not by the first",
    ),
    "divided by 0": (
        HEAD.replace("np.maximum(total, 1)", "total")
        + LOWER
        + "    with np.errstate(all='ignore'):\n"
        + "        p = (np.maximum(N - d, 0) + d * kinds * lower) / safe\n"
        + "    return p\n",
        "which row divides by 0",
    ),
    "repeated pairs count once": (
        "def kneser_ney_bigram(ids, V, d):\n"
        "    N = np.zeros((V, V))\n"
        "    N[ids[:-1], ids[1:]] += 1\n" + HEAD.split("1)\n", 1)[1] + LOWER + P + END,
        "the probability",
    ),
    "made to sum to 1 afterwards": (
        HEAD
        + LOWER
        + "    p = np.maximum(N - d, 0) + lower\n"
        + "    p = p / p.sum(1, keepdims=True)\n"
        + END,
        "the probability",
    ),
    "the unseen alone get it": (
        HEAD
        + LOWER
        + "    rest = np.where(seen, 0, lower)\n"
        + "    rest = rest / np.maximum(rest.sum(1, keepdims=True), 1e-12)\n"
        + "    p = (np.maximum(N - d, 0) + d * kinds * rest) / safe\n"
        + END,
        "the probability",
    ),
    "the empty context is discounted": (
        HEAD
        + "    c = seen.sum(0)\n"
        + "    lower = (np.maximum(c - d, 0) + d * (c > 0).sum() / V) / c.sum()\n"
        + P
        + END,
        "the probability",
    ),
    "only the ids that occur": (
        HEAD.replace("    N = np", "    V = int(max(ids)) + 1\n    N = np")
        + LOWER
        + P
        + END,
        "of shape",
    ),
    "the text is sorted": (
        HEAD.replace("    N = np", "    ids.sort()\n    N = np", 1) + LOWER + P + END,
        "in place",
    ),
    "d is always a half": (
        HEAD.replace("    N = np", "    d = 0.5\n    N = np", 1) + LOWER + P + END,
        "the probability",
    ),
}

RIGHT = {
    "dictionaries": """
def kneser_ney_bigram(ids, V, d):
    ids = [int(i) for i in ids]
    after, pairs = {}, set()
    for a, b in zip(ids, ids[1:]):
        after.setdefault(a, Counter())[b] += 1
        pairs.add((a, b))
    lower = Counter(b for _, b in pairs)
    rows = []
    for a in range(V):
        row = after.get(a, Counter())
        n = sum(row.values())
        out = []
        for b in range(V):
            low = lower[b] / len(pairs)
            if n == 0:
                out.append(low)
            else:
                out.append(max(row[b] - d, 0) / n + d * len(row) / n * low)
        rows.append(out)
    return np.array(rows)
""",
    "with the page's own count": """
def kneser_ney_bigram(ids, V, d):
    counts = np.bincount(ids[:-1] * V + ids[1:], minlength=V * V).reshape(V, V)
    p0 = (counts > 0).sum(axis=0) / np.count_nonzero(counts)
    out = np.tile(p0, (V, 1))
    for a in np.flatnonzero(counts.sum(axis=1)):
        n = counts[a].sum()
        left = np.clip(counts[a] - d, 0, None)
        out[a] = left / n + (1 - left.sum() / n) * p0
    return out
""",
    "torch": """
def kneser_ney_bigram(ids, V, d):
    a, b = torch.tensor(ids[:-1]), torch.tensor(ids[1:])
    N = F.one_hot(a, V).double().T @ F.one_hot(b, V).double()
    kinds = N.count_nonzero(1)[:, None]
    lower = N.count_nonzero(0) / N.count_nonzero()
    lower = N.count_nonzero(0).double() / N.count_nonzero().double()
    total = N.sum(1, keepdim=True)
    p = ((N - d).clamp(min=0) + d * kinds * lower) / total.clamp(min=1)
    return torch.where(total > 0, p, lower.expand(V, V))
""",
}
