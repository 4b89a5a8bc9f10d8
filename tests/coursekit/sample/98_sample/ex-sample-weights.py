"""Wrong answers to "Weights from scores", and a second right one."""

WRONG = {
    "softmax over the batch": (
        "def weights(scores):\n"
        "    e = np.exp(shifted(scores))\n"
        "    return e / e.sum(0, keepdims=True)\n",
        "wrong axis",
    ),
    "no maximum subtracted": (
        "def weights(scores):\n"
        "    e = np.exp(scores)\n"
        "    return e / e.sum(-1, keepdims=True)\n",
        "subtract the largest",
    ),
    "not normalized": (
        "def weights(scores):\n    return np.exp(shifted(scores))\n",
        "rows do not sum",
    ),
    "returns its input": (
        "def weights(scores):\n    return scores\n",
        "where is exp",
    ),
    "temperature of two": (
        "def weights(scores):\n"
        "    e = np.exp(shifted(scores) / 2)\n"
        "    return e / e.sum(-1, keepdims=True)\n",
        "log ratios",
    ),
    "nothing returned": (
        "def weights(scores):\n    e = np.exp(scores)\n",
        "return missing",
    ),
}

RIGHT = {
    "another style": """
def weights(scores):
    largest = scores.max(axis=1)[:, None]
    logs = scores - largest
    return np.exp(logs - np.log(np.exp(logs).sum(axis=1))[:, None])
""",
    "row by row": """
def weights(scores):
    rows = [np.exp(row - row.max()) for row in scores]
    return np.array([row / row.sum() for row in rows])
""",
}
