"""Wrong answers to "Find the bug", with words that their hints must contain."""

LOOP = """
def train_unit(x, t):
    w, theta = np.zeros(x.shape[1]), 0.0
    for _ in range({passes}):
        for row, wanted in zip(x, t):
            if wanted * (row @ w - theta) {test} 0:
                {body}
    return w, {result}
"""
GOOD = "w, theta = w + wanted * row, theta - wanted"


def loop(body=GOOD, result="theta", test="<=", passes=1000):
    """The exercise's code with other parts."""
    return LOOP.format(body=body, result=result, test=test, passes=passes)


WRONG = {
    "the published bug": (
        loop("w, theta = w + wanted * row, theta + wanted"),
        "theta moves the wrong way",
    ),
    "threshold left out": (loop("w = w + wanted * row"), "theta never moves"),
    "returns the bias": (loop(result="-theta"), "theta is minus it"),
    "weights go the wrong way": (
        loop("w, theta = w - wanted * row, theta - wanted"),
        "subtracted from w",
    ),
    "both go the wrong way": (
        loop("w, theta = w - wanted * row, theta + wanted"),
        "both signs are the wrong way",
    ),
    "returns both turned round": (
        loop(result="theta").replace("return w, theta", "return -w, -theta"),
        "with both signs turned",
    ),
    "a sum of 0 counts as right": (loop(test="<"), "nothing was learned"),
    "one pass": (loop(passes=1), "wrong"),
    "ten passes": (loop(passes=10), "hardly apart"),
    "a hundred passes": (loop(passes=100), "hardly apart"),
    "refuses where no line separates": (
        loop(result="theta").replace(
            "    return",
            "    if (t * (x @ w - theta) <= 0).any():\n"
            "        raise ValueError('no line')\n"
            "    return",
        ),
        "it must end all the same",
    ),
    "only examples that should fire": (
        loop("w, theta = w + (wanted > 0) * row, theta - wanted"),
        "wrong",
    ),
    "goes on until all are right": (
        """
def train_unit(x, t):
    w, theta, wrong = np.zeros(x.shape[1]), 0.0, True
    while wrong:
        wrong = False
        for row, wanted in zip(x, t):
            if wanted * (row @ w - theta) <= 0:
                w, theta, wrong = w + wanted * row, theta - wanted, True
    return w, theta
""",
        "it must end all the same",
    ),
    "zeros": (
        "def train_unit(x, t):\n    return np.zeros(x.shape[1]), 0.0\n",
        "nothing was learned",
    ),
    "hard-coded OR": (
        "def train_unit(x, t):\n    return np.ones(x.shape[1]), 0.5\n",
        "wrong",
    ),
    "least squares": (
        """
def train_unit(x, t):
    rows = np.column_stack([x, -np.ones(len(x))])
    found = np.linalg.lstsq(rows, t, rcond=None)[0]
    return found[:-1], found[-1]
""",
        "wrong",
    ),
    "halfway between the means": (
        """
def train_unit(x, t):
    if len(set(t)) == 1:
        return np.zeros(x.shape[1]), -t[0]
    one, other = x[t > 0].mean(axis=0), x[t < 0].mean(axis=0)
    return one - other, (one - other) @ (one + other) / 2
""",
        "wrong",
    ),
    "moves its data to the origin": (
        "def train_unit(x, t):\n    x -= x.mean(axis=0)\n" + loop().split("\n", 2)[2],
        "changes its argument number 1 in place",
    ),
    "theta among the weights": (
        """
def train_unit(x, t):
    rows = np.column_stack([x, -np.ones(len(x))])
    w = np.zeros(rows.shape[1])
    for _ in range(1000):
        for row, wanted in zip(rows, t):
            if wanted * (row @ w) <= 0:
                w = w + wanted * row
    return w, w[-1]
""",
        "one weight for each input",
    ),
    "one theta an input": (
        loop(result="theta * np.ones(x.shape[1] + 1)"),
        "wanted theta, one number",
    ),
}

KEPT = "w, theta = known.get({key}, (np.zeros(x.shape[1]), 0.0))"
STORED = "known[{key}] = w, theta\n    return w, theta"

CHEATS = {
    f"begins with the weights of the {name}": (
        "known = {}\n"
        + loop()
        .replace("w, theta = np.zeros(x.shape[1]), 0.0", KEPT.format(key=key))
        .replace("return w, theta", STORED.format(key=key)),
        "wrong",
    )
    for name, key in (("last call", "x.shape[1]"), ("last shape", "x.shape"))
}
CHEATS |= {
    f"remembers weights by the {name}": (
        "known = {}\n"
        + loop().replace(
            "return w, theta", f"return known.setdefault({key}, (w, theta))"
        ),
        "wrong",
    )
    for name, key in (
        ("shape", "x.shape"),
        ("labels", "(x.shape, *t)"),
        ("examples", "x.tobytes()"),
    )
}
CHEATS |= {
    "a table of gates, zeros for the rest": (
        """
def train_unit(x, t):
    gates = {(-1, 1, 1, 1): (1, 1, 0.5), (-1, -1, -1, 1): (1, 1, 1.5),
             (1, 1, 1, -1): (-1, -1, -1.5)}
    *w, theta = gates.get(tuple(t), (0, 0, 0))
    return np.resize(w, x.shape[1]), theta
""",
        "wrong",
    ),
}

RIGHT = {
    "single precision, two thousand passes": loop(passes=2000).replace(
        "    w, theta", "    x = x.astype(np.float32)\n    w, theta", 1
    ),
    "the first wrong example of each pass": """
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
    "all wrong examples at once, on tensors": """
import torch
def train_unit(x, t):
    x, t = torch.tensor(x), torch.tensor(t).double()
    w, theta = torch.zeros(x.shape[1]).double(), torch.tensor(0.0).double()
    for _ in range(1000):
        wrong = t * (x @ w - theta) <= 0
        if not wrong.any():
            break
        w = w + (t[wrong, None] * x[wrong]).sum(0)
        theta = theta - t[wrong].sum()
    return w, theta
""",
    "shuffled, with a learning rate and random weights": """
def train_unit(x, t):
    rng = np.random.default_rng()
    w, theta = rng.normal(size=x.shape[1]), rng.normal()
    for _ in range(1000):
        errors = 0
        for i in rng.permutation(len(x)):
            fires = 1 if w @ x[i] > theta else -1
            if fires != t[i]:
                w, theta = w + 0.1 * t[i] * x[i], theta - 0.1 * t[i]
                errors += 1
        if errors == 0:
            break
    return w.tolist(), float(theta)
""",
    "averaged over the last passes": """
def train_unit(x, t):
    w, theta = np.zeros(x.shape[1]), 0.0
    total, shift = np.zeros(x.shape[1]), 0.0
    for done in range(1000):
        for row, wanted in zip(x, t):
            if wanted * (row @ w - theta) <= 0:
                w, theta = w + wanted * row, theta - wanted
            if done >= 500:
                total, shift = total + w, shift + theta
    return total / (500 * len(x)), shift / (500 * len(x))
""",
    "with a margin, in Python's own numbers": """
def train_unit(x, t):
    w, theta = [0.0] * x.shape[1], 0.0
    for _ in range(1000):
        for row, wanted in zip(x.tolist(), t.tolist()):
            if wanted * (sum(a * b for a, b in zip(w, row)) - theta) < 0.5:
                w = [a + wanted * b for a, b in zip(w, row)]
                theta -= wanted
    return tuple(w), theta
""",
}
