"""Wrong answers to "Find the bug", and a second right one."""

LOOP = """
def train_unit(x, t):
    w, theta = np.zeros(x.shape[1]), 0.0
    for _ in range(1000):
        for row, wanted in zip(x, t):
            if wanted * (row @ w - theta) <= 0:
                {body}
    return w, {result}
"""

WRONG = {
    "the published bug": (
        LOOP.format(body="w, theta = w + wanted * row, theta + wanted", result="theta"),
        "raises theta",
    ),
    "threshold left out": (
        LOOP.format(body="w = w + wanted * row", result="theta"),
        "theta never moves",
    ),
    "returns the bias": (
        LOOP.format(
            body="w, theta = w + wanted * row, theta - wanted", result="-theta"
        ),
        "minus that",
    ),
    "weights go the wrong way": (
        LOOP.format(body="w, theta = w - wanted * row, theta - wanted", result="theta"),
        "subtracted from w",
    ),
    "zeros": (
        "def train_unit(x, t):\n    return np.zeros(x.shape[1]), 0.0\n",
        "leaves w at 0",
    ),
    "hard-coded OR": (
        "def train_unit(x, t):\n    return np.ones(x.shape[1]), 0.5\n",
        "whatever the examples",
    ),
}

RIGHT = {
    "another style": """
def train_unit(x, t):
    rows = np.column_stack([x, -np.ones(len(x))])
    w = np.zeros(rows.shape[1])
    for _ in range(1000):
        wrong = [i for i in range(len(x)) if t[i] * (rows[i] @ w) <= 0]
        if not wrong:
            break
        w += t[wrong[0]] * rows[wrong[0]]
    return w[:-1], w[-1]
""",
}
