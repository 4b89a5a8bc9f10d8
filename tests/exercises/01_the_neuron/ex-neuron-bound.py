"""Wrong answers to "How many mistakes?", and a second right one."""

WRONG = {
    "not squared": (
        """
def mistake_bound(x, t, w):
    margin = (t * (x @ w)).min() / np.linalg.norm(w)
    if margin <= 0:
        raise ValueError
    return np.linalg.norm(x, axis=1).max() / margin
""",
        "squared",
    ),
    "length of w forgotten": (
        """
def mistake_bound(x, t, w):
    margin = (t * (x @ w)).min()
    if margin <= 0:
        raise ValueError
    return (np.linalg.norm(x, axis=1).max() / margin) ** 2
""",
        "divide the sum",
    ),
    "mean margin": (
        """
def mistake_bound(x, t, w):
    margin = (t * (x @ w)).mean() / np.linalg.norm(w)
    if margin <= 0:
        raise ValueError
    return (np.linalg.norm(x, axis=1).max() / margin) ** 2
""",
        "not the mean",
    ),
    "norm of the whole table": (
        """
def mistake_bound(x, t, w):
    margin = (t * (x @ w)).min() / np.linalg.norm(w)
    if margin <= 0:
        raise ValueError
    return (np.linalg.norm(x) / margin) ** 2
""",
        "name the axis",
    ),
    "labels ignored": (
        """
def mistake_bound(x, t, w):
    margin = abs(x @ w).min() / np.linalg.norm(w)
    if margin <= 0:
        raise ValueError
    return (np.linalg.norm(x, axis=1).max() / margin) ** 2
""",
        "raise a ValueError",
    ),
    "a constant": (
        "def mistake_bound(x, t, w):\n    return 0.0\n",
        "below 1",
    ),
}

RIGHT = {
    "another style": """
def mistake_bound(x, t, w):
    direction = w / np.sqrt(np.sum(w**2))
    distances = [float(label * (row @ direction)) for row, label in zip(x, t)]
    if not all(d > 0 for d in distances):
        raise ValueError("not separated")
    return max(float(row @ row) for row in x) / min(distances) ** 2
""",
}
