"""Wrong answers to `masked_tiles`, and other right ones."""

GOOD = """
def masked_tiles(q, k, v, mask, b):
    Tq, d = q.shape
    m = np.full(Tq, -np.inf)
    total, o = np.zeros(Tq), np.zeros((Tq, v.shape[1]))
    for left in range(0, len(k), b):
        s = q @ k[left : left + b].T / d**0.5
        s = np.where(mask[:, left : left + b], s, -np.inf)
        new = np.maximum(m, s.max(1))
        ground = np.where(np.isinf(new), 0.0, new)
        shrink = np.exp(m - ground)
        weights = np.exp(s - ground[:, None])
        total = total * shrink + weights.sum(1)
        o = o * shrink[:, None] + weights @ v[left : left + b]
        m = new
    return o / np.where(total > 0, total, 1.0)[:, None]
"""
GROUND = "        ground = np.where(np.isinf(new), 0.0, new)\n"
GIVEN = """
def masked_tiles(q, k, v, mask, b):
    T, d = q.shape
    m = np.full(T, -50_000.0)
    l, o = np.zeros(T), np.zeros((T, v.shape[1]))
    for left in range(0, len(k), b):
        s = q @ k[left : left + b].T / d**0.5
        s = np.where(mask[:, left : left + b], s, -50_000.0)
        new = np.maximum(m, s.max(1))
        l = l * np.exp(m - new) + np.exp(s - new[:, None]).sum(1)
        o = o + np.exp(s - new[:, None]) @ v[left : left + b]
        m = new
    return o / l[:, None]
"""
WHOLE = """
def masked_tiles(q, k, v, mask, b):
    s = q @ k.T / q.shape[1] ** 0.5
"""

WRONG = {
    "as given": (GIVEN, "shrink"),
    "shrunk, and no more": (
        GIVEN.replace("o = o + np", "o = o * np.exp(m - new)[:, None] + np"),
        "nothing",
    ),
    "minus a billion": (
        GIVEN.replace("o = o + np", "o = o * np.exp(m - new)[:, None] + np")
        .replace("50_000.0", "1e9"),
        "nothing",
    ),
    "minus infinity, and no more": (
        GOOD.replace(GROUND, "        ground = new\n"), "not a number",
    ),
    "NaN made zero at the end": (
        GOOD.replace(GROUND, "        ground = new\n")
        .replace("return o / np.where(total > 0, total, 1.0)[:, None]",
                 "return np.nan_to_num(o / total[:, None])"),
        "not a number",
    ),
    "the mix is not shrunk": (GOOD.replace("o * shrink[:, None]", "o"), "shrink"),
    "the sum is not shrunk": (GOOD.replace("total * shrink", "total"), "the output"),
    "nothing is subtracted": (
        GOOD.replace(GROUND, "        ground = np.zeros(Tq)\n"), "the output",
    ),
    "True hides": (
        GOOD.replace("s, -np.inf)", "-np.inf, s)"), "True means",
    ),
    "no root": (GOOD.replace(" / d**0.5", ""), "√d"),
    "the mean where nothing is seen": (
        WHOLE
        + "    s = np.where(mask, s, -np.inf)\n"
        + "    blind = ~mask.any(1)\n"
        + "    s[blind] = 0.0\n"
        + "    w = np.exp(s - s.max(1, keepdims=True))\n"
        + "    return w / w.sum(1, keepdims=True) @ v\n",
        "nothing",
    ),
    "hidden values times zero": (
        WHOLE
        + "    w = np.exp(s - s.max(1, keepdims=True)) * mask\n"
        + "    total = w.sum(1, keepdims=True)\n"
        + "    return w / np.where(total > 0, total, 1.0) @ v\n",
        "hidden",
    ),
    "only whole tiles": (
        GOOD.replace("range(0, len(k), b)", "range(0, len(k) - b + 1, b)"),
        "the output",
    ),
    "minus a billion, and zeros for rows that see nothing": (
        GOOD.replace("s, -np.inf)", "s, -1e9)").replace("np.full(Tq, -np.inf)",
                                                         "np.full(Tq, -1e9)")
        .replace("    return o /", "    o[~mask.any(1)] = 0.0\n    return o /"),
        "lower than any sentinel",
    ),
    "a small sum for safety": (
        GOOD.replace("np.where(total > 0, total, 1.0)", "(total + 1e-6)"),
        "the output",
    ),
}  # fmt: skip

RIGHT = {
    "all at once": WHOLE
    + """
    s = np.where(mask, s, -np.inf)
    most = s.max(1, keepdims=True)
    most[np.isinf(most)] = 0.0
    w = np.exp(s - most)
    total = w.sum(1, keepdims=True)
    total[total == 0] = 1.0
    return w / total @ v
""",
    "row by row": """
def masked_tiles(q, k, v, mask, b):
    output = np.zeros((len(q), v.shape[1]))
    for i in range(len(q)):
        seen = np.flatnonzero(mask[i])
        if len(seen) == 0:
            continue
        s = k[seen] @ q[i] / np.sqrt(q.shape[1])
        w = np.exp(s - s.max())
        output[i] = w @ v[seen] / w.sum()
    return output
""",
    "the lowest number there is": """
def masked_tiles(q, k, v, mask, b):
    low = np.finfo(float).min / 4
    m = np.full(len(q), low)
    total, o = np.zeros(len(q)), np.zeros((len(q), v.shape[1]))
    for left in range(0, len(k), b):
        seen = mask[:, left : left + b]
        s = np.where(seen, q @ k[left : left + b].T / q.shape[1] ** 0.5, low)
        new = np.maximum(m, s.max(1))
        w = np.exp(s - new[:, None]) * seen
        shrink = np.exp(m - new)
        total = total * shrink + w.sum(1)
        o = o * shrink[:, None] + w @ v[left : left + b]
        m = new
    total[total == 0] = 1.0
    return o / total[:, None]
""",
    "torch": """
def masked_tiles(q, k, v, mask, b):
    s = torch.from_numpy(q) @ torch.from_numpy(k).T / q.shape[1] ** 0.5
    w = s.masked_fill(~torch.from_numpy(mask), -torch.inf).softmax(-1)
    return (w.nan_to_num() @ torch.from_numpy(v)).numpy()
""",
}
