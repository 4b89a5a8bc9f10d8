"""Wrong answers to `to_neighbors`, and other right ones."""

HEAD = "def to_neighbors(rows, n_head, n_head_kv=None):\n"
GOOD = "    heads = n_head if n_head_kv is None else n_head_kv\n"
CUT = "    d = len(rows) // heads\n"

WRONG = {
    "as published": (
        HEAD
        + "    if n_head_kv is not None and n_head != n_head_kv:\n"
        + "        n_head //= n_head_kv\n"
        + "    pairs = rows.reshape(n_head, 2, len(rows) // n_head // 2, -1)\n"
        + "    return pairs.swapaxes(1, 2).reshape(rows.shape)\n",
        "still the published bug",
    ),
    "keys as queries": (
        HEAD
        + "    heads = n_head\n"
        + CUT
        + "    pairs = rows.reshape(heads, 2, d // 2, -1)\n"
        + "    return pairs.swapaxes(1, 2).reshape(rows.shape)\n",
        "as many heads as queries",
    ),
    "the page's direction": (
        HEAD
        + GOOD
        + CUT
        + "    pairs = rows.reshape(heads, d // 2, 2, -1)\n"
        + "    return pairs.swapaxes(1, 2).reshape(rows.shape)\n",
        "neighbors to halves",
    ),
    "nothing moves": (HEAD + "    return rows.copy()\n", "nothing has moved"),
    "all heads as one": (
        HEAD
        + "    heads = 1\n"
        + CUT
        + "    pairs = rows.reshape(heads, 2, d // 2, -1)\n"
        + "    return pairs.swapaxes(1, 2).reshape(rows.shape)\n",
        "shuffled as one",
    ),
    "a matrix alone": (
        HEAD
        + GOOD
        + CUT
        + "    pairs = rows.reshape(heads, 2, d // 2, rows.shape[1])\n"
        + "    return pairs.swapaxes(1, 2).reshape(rows.shape)\n",
        "one axis or two",
    ),
    "always a matrix": (
        HEAD
        + GOOD
        + CUT
        + "    pairs = rows.reshape(heads, 2, d // 2, -1)\n"
        + "    return pairs.swapaxes(1, 2).reshape(len(rows), -1)\n",
        "the rows",
    ),
    "queries without a number of key heads": (
        HEAD
        + "    heads = n_head_kv\n"
        + CUT
        + "    pairs = rows.reshape(heads, 2, d // 2, -1)\n"
        + "    return pairs.swapaxes(1, 2).reshape(rows.shape)\n",
        "one axis or two",
    ),
    "in place": (
        HEAD
        + GOOD
        + CUT
        + "    pairs = rows.reshape(heads, 2, d // 2, -1)\n"
        + "    rows[:] = pairs.swapaxes(1, 2).reshape(rows.shape)\n"
        + "    return rows\n",
        "in place",
    ),
    "always double precision": (
        HEAD
        + GOOD
        + CUT
        + "    pairs = rows.astype(float).reshape(heads, 2, d // 2, -1)\n"
        + "    return pairs.swapaxes(1, 2).reshape(rows.shape)\n",
        "float64",
    ),
    "columns move along": (
        HEAD
        + GOOD
        + CUT
        + "    pairs = rows.reshape(heads, 2, d // 2, -1)\n"
        + "    return pairs.swapaxes(1, 3).reshape(rows.shape)\n",
        "the result",
    ),
    "heads in reverse": (
        HEAD
        + GOOD
        + CUT
        + "    pairs = rows.reshape(heads, 2, d // 2, -1)[::-1]\n"
        + "    return pairs.swapaxes(1, 2).reshape(rows.shape)\n",
        "the result",
    ),
    "right where heads are the square of key heads": (
        HEAD
        + "    heads = n_head if n_head_kv is None else max(1, n_head // n_head_kv)\n"
        + "    if n_head == n_head_kv:\n        heads = n_head\n"
        + CUT
        + "    pairs = rows.reshape(heads, 2, d // 2, -1)\n"
        + "    return pairs.swapaxes(1, 2).reshape(rows.shape)\n",
        "still the published bug",
    ),
    "the second half first": (
        HEAD
        + GOOD
        + CUT
        + "    pairs = rows.reshape(heads, 2, d // 2, -1)[:, ::-1]\n"
        + "    return pairs.swapaxes(1, 2).reshape(rows.shape)\n",
        "the result",
    ),
    "one key head is as none": (
        HEAD
        + "    heads = n_head_kv if n_head_kv and n_head_kv > 1 else n_head\n"
        + CUT
        + "    pairs = rows.reshape(heads, 2, d // 2, -1)\n"
        + "    return pairs.swapaxes(1, 2).reshape(rows.shape)\n",
        "the quotient of the heads",
    ),
    "queries as one head": (
        HEAD
        + "    heads = n_head_kv or 1\n"
        + CUT
        + "    pairs = rows.reshape(heads, 2, d // 2, -1)\n"
        + "    return pairs.swapaxes(1, 2).reshape(rows.shape)\n",
        "shuffled as one",
    ),
    "a bias is left as it is": (
        HEAD
        + GOOD
        + CUT
        + "    if rows.ndim == 1:\n        return rows.copy()\n"
        + "    pairs = rows.reshape(heads, 2, d // 2, -1)\n"
        + "    return pairs.swapaxes(1, 2).reshape(rows.shape)\n",
        "nothing has moved",
    ),
    "through float32": (
        HEAD
        + GOOD
        + CUT
        + "    pairs = rows.astype(np.float32).reshape(heads, 2, d // 2, -1)\n"
        + "    found = pairs.swapaxes(1, 2).reshape(rows.shape)\n"
        + "    return found.astype(rows.dtype)\n",
        "the result",
    ),
    "a memo of the order by the length": (
        "memo = {}\n"
        + HEAD
        + GOOD
        + CUT
        + "    order = np.arange(len(rows)).reshape(heads, 2, -1)\n"
        + "    order = order.swapaxes(1, 2).ravel()\n"
        + "    return rows[memo.setdefault(len(rows), order)]\n",
        "the result",
    ),
}

RIGHT = {
    "an order of rows": HEAD
    + GOOD
    + """
    order = np.arange(len(rows)).reshape(heads, 2, -1)
    return rows[order.swapaxes(1, 2).ravel()]
""",
    "head by head": HEAD
    + GOOD
    + CUT
    + """
    found = []
    for head in np.split(rows, heads):
        found += [row for pair in zip(head[: d // 2], head[d // 2 :]) for row in pair]
    return np.stack(found)
""",
    "even and odd rows": HEAD
    + GOOD
    + CUT
    + """
    cut = rows.reshape(heads, d, *rows.shape[1:])
    out = np.empty_like(cut)
    out[:, 0::2], out[:, 1::2] = cut[:, : d // 2], cut[:, d // 2 :]
    return out.reshape(rows.shape)
""",
    "by torch": HEAD
    + GOOD
    + """
    t = torch.from_numpy(np.ascontiguousarray(rows)).unflatten(0, (heads, 2, -1))
    return t.transpose(1, 2).flatten(0, 2).numpy()
""",
    "the key heads or the heads": HEAD
    + """
    heads = n_head_kv or n_head
    pairs = np.stack(np.split(rows.reshape(heads, -1, *rows.shape[1:]), 2, axis=1), 2)
    return pairs.reshape(rows.shape)
""",
    "a permutation matrix": HEAD
    + GOOD
    + CUT
    + """
    turn = np.zeros((d, d), dtype=rows.dtype)
    for j in range(d):
        turn[j, j // 2 + (j % 2) * (d // 2)] = 1
    return np.concatenate([turn @ part for part in rows.reshape(heads, d, -1)]).reshape(
        rows.shape
    )
""",
    "the inverse of the page's order": HEAD
    + GOOD
    + CUT
    + """
    page = np.arange(len(rows)).reshape(heads, d // 2, 2).transpose(0, 2, 1).ravel()
    return rows[np.argsort(page)]
""",
    "one head after the other, by itself": HEAD
    + GOOD
    + CUT
    + """
    if heads > 1:
        rest = to_neighbors(rows[d:], heads - 1)
        return np.concatenate([to_neighbors(rows[:d], 1), rest])
    out = np.empty(rows.shape, rows.dtype)
    out[::2], out[1::2] = rows[: d // 2], rows[d // 2 :]
    return out
""",
}
