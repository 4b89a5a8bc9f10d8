"""Wrong answers to "Entropy of the weights", and a second right one."""

WRONG = {
    "in nats": (
        "def entropy(p):\n    return -(p * np.log(np.where(p > 0, p, 1))).sum(-1)\n",
        "in nats",
    ),
    "sign forgotten": (
        "def entropy(p):\n    return (p * np.log2(np.where(p > 0, p, 1))).sum(-1)\n",
        "sign is missing",
    ),
    "zero times minus infinity": (
        "def entropy(p):\n    return -(p * np.log2(p)).sum(-1)\n",
        "not NaN",
    ),
    "one number for all": (
        "def entropy(p):\n    return -(p * np.log2(np.where(p > 0, p, 1))).sum()\n",
        "one number a row",
    ),
    "twice as much": (
        "def entropy(p):\n"
        "    return -2 * (p * np.log2(np.where(p > 0, p, 1))).sum(-1)\n",
        "equal weights have",
    ),
    "hard-coded": (
        "def entropy(p):\n    return np.full(len(p), 7.0)\n",
        "equal weights have",
    ),
}

RIGHT = {
    "another style": """
def entropy(p):
    bits = [sum(-x * np.log2(x) for x in row if x > 0) for row in p.tolist()]
    return np.array(bits)
""",
    "a where in the logarithm": """
def entropy(p):
    logs = np.log2(p, out=np.zeros_like(p), where=p > 0)
    return -np.einsum("bt,bt->b", p, logs)
""",
}
