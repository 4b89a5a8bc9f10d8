"""Wrong answers to "Weights for unequal micro-batches", and right ones."""

HEAD = "def loss_weights(tokens):\n"


def made(value):
    """An answer that returns this."""
    return f"{HEAD}    return {value}\n"


VALUE = "len(tokens) * tokens / tokens.sum()"


def remembered(key):
    """The right answer, of the first call with this shape and key."""
    return (
        "kept = {}\n\n\n"
        + HEAD
        + f"    key = tokens.shape, {key}\n"
        + "    if key not in kept:\n"
        + f"        kept[key] = {VALUE}\n"
        + "    return kept[key].copy()\n"
    )


def narrow(kind):
    """An answer that counts in an integer type of fewer bits."""
    return (
        f"{HEAD}    tokens = tokens.astype(np.{kind})\n"
        "    return len(tokens) * (tokens / tokens.sum(dtype=tokens.dtype))\n"
    )


WRONG = {
    "mean of means": (
        made("np.ones(tokens.shape) / tokens.shape[1]"),
        "short micro-batches count too much",
    ),
    "no weights": (made("np.ones(tokens.shape)"), "summed, not averaged"),
    "processes forgotten": (made("tokens / tokens.sum()"), "divides once too often"),
    "each process alone": (
        made("tokens / tokens.sum(axis=1, keepdims=True)"),
        "processes differ",
    ),
    "each micro-batch's number alone": (
        made("len(tokens) * tokens / tokens.sum(axis=0)"),
        "of one k each",
    ),
    "wrong factor": (
        made("tokens.shape[1] * tokens / tokens.sum()"),
        "R processes are averaged",
    ),
    "over the mean count": (made("tokens / tokens.mean()"), "too large by K"),
    "one for each process": (
        made("len(tokens) * tokens.sum(axis=1) / tokens.sum()"),
        "a factor for each mean loss",
    ),
    "turned over": (
        made("tokens.sum() / (len(tokens) * tokens)"),
        "turned over",
    ),
    "whole numbers": (
        made("len(tokens) * tokens // tokens.sum()"),
        "divided as whole numbers",
    ),
    "turned round": (
        made("(len(tokens) * tokens / tokens.sum()).T"),
        "a factor for each mean loss",
    ),
    "a few digits": (
        made("np.round(len(tokens) * tokens / tokens.sum(), 3)"),
        "the weight",
    ),
    "changes the counts": (
        HEAD
        + "    tokens *= len(tokens)\n"
        + "    return len(tokens) * tokens / tokens.sum()\n",
        "in place",
    ),
    "an array that is used again": (
        "kept = np.empty((9, 9))\n\n"
        + HEAD
        + "    R, K = tokens.shape\n"
        + "    kept[:R, :K] = R * tokens / tokens.sum()\n"
        + "    return kept[:R, :K]\n",
        "share memory",
    ),
}

WRONG |= {
    f"remembered by {name}": (remembered(key), "the weight")
    for name, key in {
        "shape": "0",
        "sum": "int(tokens.sum())",
        "sums of rows": "tuple(tokens.sum(1).tolist())",
        "sums of columns": "tuple(tokens.sum(0).tolist())",
        "values": "tuple(sorted(tokens.ravel().tolist()))",
        "first row": "tuple(tokens[0].tolist())",
        "last byte": "tokens.astype(np.uint8).tobytes()",
    }.items()
}
WRONG |= {
    f"in {kind}": (narrow(kind), "the weight")
    for kind in ("int8", "uint8", "int16", "uint16", "int32")
}
WRONG |= {
    "half precision": (made(f"({VALUE}).astype(np.float16)"), "float16"),
    "eight processes at most": (
        made("min(len(tokens), 8) * tokens / tokens.sum()"),
        "the weight",
    ),
}

RIGHT = {
    "loops": """
def loss_weights(tokens):
    R, K = tokens.shape
    everything = sum(int(n) for row in tokens for n in row)
    w = np.empty((R, K))
    for r in range(R):
        for k in range(K):
            w[r, k] = tokens[r, k] / (everything / R)
    return w
""",
    "nested lists": """
def loss_weights(tokens):
    rows = tokens.tolist()
    total = sum(map(sum, rows))
    return [[len(rows) * n / total for n in row] for row in rows]
""",
    "the mean of the processes' sums": """
def loss_weights(tokens):
    return np.einsum("rk,->rk", tokens, 1 / tokens.sum(axis=1).mean())
""",
    "a float32 tensor": """
def loss_weights(tokens):
    counts = torch.from_numpy(tokens).float()
    return counts / counts.sum() * counts.shape[0]
""",
    "in place on a copy": """
def loss_weights(tokens):
    w = tokens.astype(float)
    w /= w.sum()
    w *= w.shape[0]
    return w
""",
}
