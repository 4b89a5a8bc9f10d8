"""Wrong answers to `grouped_attention`, and a second right one."""

HEAD = "def grouped_attention(q, k, v):\n    n = q.shape[1] // k.shape[1]\n"
NEAR = "    k, v = (x.repeat_interleave(n, 1) for x in (k, v))\n"
SCALED = "    s = q @ k.mT / q.shape[-1] ** 0.5\n"

WRONG = {
    "not shared at all": (
        HEAD + SCALED + "    return s.softmax(-1) @ v\n",
        "give groups an axis",
    ),
    "groups far apart": (
        HEAD
        + "    k, v = (x.repeat(1, n, 1, 1) for x in (k, v))\n"
        + SCALED
        + "    return s.softmax(-1) @ v\n",
        "a group is of *neighbors*",
    ),
    "values far apart": (
        HEAD
        + "    k, v = k.repeat_interleave(n, 1), v.repeat(1, n, 1, 1)\n"
        + SCALED
        + "    return s.softmax(-1) @ v\n",
        "values do not",
    ),
    "one head for all": (
        HEAD
        + "    k, v = k[:, :1], v[:, :1]\n"
        + SCALED
        + "    return s.softmax(-1) @ v\n",
        "uses key head 0",
    ),
    "averaged": (
        HEAD
        + "    k, v = k.mean(1, keepdim=True), v.mean(1, keepdim=True)\n"
        + SCALED
        + "    return s.softmax(-1) @ v\n",
        "key heads are averaged",
    ),
    "no scale": (
        HEAD + NEAR + "    return (q @ k.mT).softmax(-1) @ v\n",
        "not divided by √d_k",
    ),
    "scaled by the values' width": (
        HEAD + NEAR + "    return (q @ k.mT / v.shape[-1] ** 0.5).softmax(-1) @ v\n",
        "divided by √d_v",
    ),
    "softmax over queries": (
        HEAD + NEAR + SCALED + "    return s.softmax(-2) @ v\n",
        "runs over queries",
    ),
}

RIGHT = {
    "another style": """
def grouped_attention(q, k, v):
    H, G, outputs = q.shape[1], k.shape[1], []
    for h in range(H):
        g = h // (H // G)
        s = torch.einsum("bqd,bkd->bqk", q[:, h], k[:, g]) / q.shape[-1] ** 0.5
        exps = torch.exp(s - s.amax(-1, keepdim=True))
        p = exps / exps.sum(-1, keepdim=True)
        outputs.append(torch.einsum("bqk,bkd->bqd", p, v[:, g]))
    return torch.stack(outputs, dim=1)
""",
}
