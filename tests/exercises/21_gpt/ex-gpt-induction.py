"""Wrong answers to `induction`, and right ones in other styles."""

HEAD = "def induction(ids, V, share):\n"
START = "    T = len(ids)\n    p = np.full((T, V), 1 / V)\n"
ROW = "            p[t] = (1 - share) / V\n"


def places(chosen, row=ROW, follow="s[{}] + 1"):
    """An answer that looks for all earlier places."""
    return (
        HEAD
        + START
        + "    for t in range(T):\n"
        + "        s = np.flatnonzero(ids[:t] == ids[t])\n"
        + "        if len(s):\n"
        + row
        + f"            p[t, ids[{follow.format(chosen)}]] += share\n"
        + "    return p\n"
    )


WRONG = {
    "the first place": (places(0), "*latest*"),
    "the id itself": (places(-1, follow="s[{}]"), "repeats the id"),
    "the second id after": (places(-1, follow="min(s[{}] + 2, t)"), "wanted"),
    "the rest is given to nobody": (
        places(-1, row="            p[t] = 0.0\n"),
        "rows sum to 1",
    ),
    "the rest goes to the others": (
        HEAD
        + START
        + "    for t in range(T):\n"
        + "        s = np.flatnonzero(ids[:t] == ids[t])\n"
        + "        if len(s):\n"
        + "            p[t] = (1 - share) / (V - 1)\n"
        + "            p[t, ids[s[-1] + 1]] = share\n"
        + "    return p\n",
        "included",
    ),
    "one row late": (
        HEAD
        + START
        + "    for t in range(1, T):\n"
        + "        s = np.flatnonzero(ids[: t - 1] == ids[t - 1])\n"
        + "        if len(s):\n"
        + ROW
        + "            p[t, ids[s[-1] + 1]] += share\n"
        + "    return p\n",
        "one row late",
    ),
    "a new id gets zeros": (
        places(-1).replace("1 / V)\n", "0.0)\n", 1),
        "row of 1/V",
    ),
    "the future is seen": (
        HEAD
        + START
        + "    for t in range(T - 1):\n"
        + "        if ids[t] in ids[:t]:\n"
        + ROW
        + "            p[t, ids[t + 1]] += share\n"
        + "    return p\n",
        "the future",
    ),
    "the whole text is counted": (
        HEAD
        + START
        + "    followed = dict(zip(ids[:-1].tolist(), ids[1:].tolist()))\n"
        + "    for t, i in enumerate(ids.tolist()):\n"
        + "        if i in followed:\n"
        + ROW
        + "            p[t, followed[i]] += share\n"
        + "    return p\n",
        "wanted",
    ),
    "the commonest follower": (
        HEAD
        + START
        + "    for t in range(T):\n"
        + "        s = np.flatnonzero(ids[:t] == ids[t])\n"
        + "        if len(s):\n"
        + ROW
        + "            p[t, np.bincount(ids[s + 1]).argmax()] += share\n"
        + "    return p\n",
        "wanted",
    ),
    "share and rest exchanged": (
        places(-1, row="            p[t] = share / V\n").replace(
            "+= share", "+= 1 - share"
        ),
        "wanted",
    ),
    "a neighbor is no earlier place": (
        places(-1).replace("ids[:t] == ids[t]", "ids[: max(t - 1, 0)] == ids[t]"),
        "wanted",
    ),
    "the text is changed": (
        HEAD + "    ids += 0\n    ids[0] = 0\n" + places(-1)[len(HEAD) :],
        "in place",
    ),
}

RIGHT = {
    "all earlier places": places(-1),
    "a table of pairs": HEAD
    + START
    + "    same = np.tril(ids[:, None] == ids[None, :], -1)\n"
    + "    last = np.where(same, np.arange(T), -1).max(1)\n"
    + "    known = np.flatnonzero(last >= 0)\n"
    + "    p[known] = (1 - share) / V\n"
    + "    p[known, ids[last[known] + 1]] += share\n"
    + "    return p\n",
    "walking back": HEAD
    + "    rows = []\n"
    + "    for t in range(len(ids)):\n"
    + "        row = [1 / V] * V\n"
    + "        for s in range(t - 1, -1, -1):\n"
    + "            if ids[s] == ids[t]:\n"
    + "                row = [(1 - share) / V] * V\n"
    + "                row[int(ids[s + 1])] += share\n"
    + "                break\n"
    + "        rows.append(row)\n"
    + "    return np.array(rows)\n",
}
