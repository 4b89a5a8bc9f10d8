"""Wrong answers to "Weights for unequal micro-batches", and a second right one."""

WRONG = {
    "mean of means": (
        """
def loss_weights(tokens):
    return np.ones(tokens.shape) / tokens.shape[1]
""",
        "short micro-batches count too much",
    ),
    "no weights": (
        """
def loss_weights(tokens):
    return np.ones(tokens.shape)
""",
        "summed, not averaged",
    ),
    "processes forgotten": (
        """
def loss_weights(tokens):
    return tokens / tokens.sum()
""",
        "divides once too often",
    ),
    "each process alone": (
        """
def loss_weights(tokens):
    return tokens / tokens.sum(axis=1, keepdims=True)
""",
        "processes differ",
    ),
    "wrong factor": (
        """
def loss_weights(tokens):
    return tokens.shape[1] * tokens / tokens.sum()
""",
        "R processes are averaged",
    ),
    "over the mean count": (
        """
def loss_weights(tokens):
    return tokens / tokens.mean()
""",
        "too large by K",
    ),
    "one for each process": (
        """
def loss_weights(tokens):
    return len(tokens) * tokens.sum(axis=1) / tokens.sum()
""",
        "a factor for each mean loss",
    ),
}

RIGHT = {
    "another style": """
def loss_weights(tokens):
    R, K = tokens.shape
    everything = sum(int(n) for row in tokens for n in row)
    w = np.empty((R, K))
    for r in range(R):
        for k in range(K):
            w[r, k] = tokens[r, k] / (everything / R)
    return w
""",
}
