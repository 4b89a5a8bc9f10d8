"""Wrong answers to "Weights for unequal micro-batches", and right ones."""

HEAD = "def loss_weights(tokens):\n"


def made(value):
    """An answer that returns this."""
    return f"{HEAD}    return {value}\n"


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
