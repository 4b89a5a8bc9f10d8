"""Answers to "Choose a bandwidth without the truth": wrong, right, deceiving."""


def _answer(lines):
    return f"""
def leave_one_out(x, y, bandwidth):
    squares = (x[:, None] - x) ** 2
    own = np.eye(len(x), dtype=bool)
    {lines}
"""


WRONG = {
    "a diagonal of -1e15": (
        """def leave_one_out(x, y, bandwidth):
    s = -(x[:, None] - x) ** 2 / (2 * bandwidth ** 2)
    np.fill_diagonal(s, -1e15)
    return softmax(s) @ y
""",
        " ",
    ),
    "a diagonal of -1e30": (
        """def leave_one_out(x, y, bandwidth):
    s = -(x[:, None] - x) ** 2 / (2 * bandwidth ** 2)
    np.fill_diagonal(s, -1e30)
    return softmax(s) @ y
""",
        " ",
    ),
    "the square written out, far from 0": (
        """def leave_one_out(x, y, bandwidth):

    s = -(x[:, None]**2 - 2 * x[:, None] * x + x**2) / (2 * bandwidth ** 2)
    np.fill_diagonal(s, -np.inf)
    return softmax(s) @ y
""",
        "the prediction at",
    ),
    "cut to integers": (
        """def leave_one_out(x, y, bandwidth):

    out = np.empty_like(y)
    for i in range(len(x)):
        k = np.arange(len(x)) != i
        out[i] = soft_dictionary(x[i:i+1], x[k], y[k], bandwidth)[0][0]
    return out
""",
        "the prediction at",
    ),
    "sixteen neighbors": (
        """def leave_one_out(x, y, bandwidth):

    d = abs(x[:, None] - x).astype(float); np.fill_diagonal(d, np.inf)
    s = -d**2 / (2 * bandwidth**2)
    cut = np.sort(d, 1)[:, min(15, len(x) - 2)]
    s[d > cut[:, None]] = -np.inf
    return softmax(s) @ y
""",
        "the prediction at",
    ),
    "a mean where it is hot": (
        """def leave_one_out(x, y, bandwidth):

    if bandwidth > 1e3: return (y.sum() - y) / (len(y) - 1)
    s = -(x[:, None] - x) ** 2 / (2 * bandwidth ** 2)
    np.fill_diagonal(s, -np.inf)
    return softmax(s) @ y
""",
        " ",
    ),
    "includes itself": (
        _answer("return softmax(-squares / (2 * bandwidth**2)) @ y"),
        "its own answer",
    ),
    "masked after the softmax": (
        _answer("return (softmax(-squares / (2 * bandwidth**2)) * ~own) @ y"),
        "mask, then divide",
    ),
    "masked after the softmax, divided again": (
        _answer(
            "w = softmax(-squares / (2 * bandwidth**2)) * ~own; return w @ y / w.sum(1)"
        ),
        "all exponentials of a row are 0",
    ),
    "bandwidth not squared": (
        _answer(
            "return softmax(np.where(own, -np.inf, -squares / (2 * bandwidth))) @ y"
        ),
        "is to be squared",
    ),
    "the 2 forgotten": (
        _answer("return softmax(np.where(own, -np.inf, -squares / bandwidth**2)) @ y"),
        "the 2 below",
    ),
    "not divided": (
        _answer("return (np.exp(-squares / (2 * bandwidth**2)) * ~own) @ y"),
        "a sum, not a mean",
    ),
    "mean of the others": (
        _answer("return (y.sum() - y) / (len(y) - 1)"),
        "near ones weigh more",
    ),
    "underflows": (
        _answer(
            "k = np.exp(-squares / (2 * bandwidth**2)) * ~own; return k @ y / k.sum(1)"
        ),
        "all exponentials of a row are 0",
    ),
    "underflows to zero": (
        _answer(
            "k = np.exp(-squares / (2 * bandwidth**2)) * ~own; "
            "return k @ y / (k.sum(1) + 1e-12)"
        ),
        "the weights",
    ),
    "one prediction": (
        _answer("return softmax(-squares[0] / (2 * bandwidth**2)) @ y"),
        "wanted predictions, numbers of shape",
    ),
    "a diagonal not low enough": (
        _answer(
            "return softmax(np.where(own, -1e9, -squares / (2 * bandwidth**2))) @ y"
        ),
        "an",
    ),
    "leaves out all at its place": (
        _answer("own = squares == 0")
        + "    return softmax(np.where(own, -1e300, -squares / (2 * bandwidth**2)))"
        + " @ y\n",
        "points at the same place are left out",
    ),
    "the nearest alone where it is cold": (
        _answer("squares = np.where(own, np.inf, squares)")
        + "    if bandwidth < 0.05:\n"
        + "        return y[squares.argmin(1)]\n"
        + "    return softmax(-squares / (2 * bandwidth**2)) @ y\n",
        "count",
    ),
    "sorted, and left so": (
        _answer("order = x.argsort(); x, y = x[order], y[order]")
        + "    squares = np.where(own, np.inf, (x[:, None] - x) ** 2)\n"
        + "    return softmax(-squares / (2 * bandwidth**2)) @ y\n",
        "the prediction at",
    ),
    "sorts the caller's": (
        _answer("x.sort()")
        + "    squares = np.where(own, np.inf, (x[:, None] - x) ** 2)\n"
        + "    return softmax(-squares / (2 * bandwidth**2)) @ y\n",
        "in place",
    ),
    "a bandwidth that cannot be tiny": (
        _answer("bandwidth = max(bandwidth, 1e-5)")
        + "    squares = np.where(own, np.inf, squares)\n"
        + "    return softmax(-squares / (2 * bandwidth**2)) @ y\n",
        "the prediction at",
    ),
}

RIGHT = {
    "another style": """
def leave_one_out(x, y, bandwidth):
    out = []
    for i in range(len(x)):
        rest = np.delete(np.arange(len(x)), i)
        s = -0.5 * ((x[rest] - x[i]) / bandwidth) ** 2
        w = np.exp(s - s.max())
        out.append((w * y[rest]).sum() / w.sum())
    return np.array(out)
""",
    "Python's numbers": """
import math

def leave_one_out(x, y, bandwidth):
    out = []
    for i, a in enumerate(x):
        pairs = [(abs(a - b), v) for j, (b, v) in enumerate(zip(x, y)) if j != i]
        near = min(pairs)[0]
        w = [math.exp((near**2 - d**2) / (2 * bandwidth**2)) for d, _ in pairs]
        out.append(sum(a * v for a, (_, v) in zip(w, pairs)) / sum(w))
    return out
""",
    "torch, keys by queries": """
def leave_one_out(x, y, bandwidth):
    x, y = (torch.tensor(a).double()[:, None] for a in (x, y))
    scores = -((x - x.T) / bandwidth).square() / 2
    scores.fill_diagonal_(-torch.inf)
    return (scores.softmax(0) * y).sum(0)
""",
    "log-sum-exp": """
def leave_one_out(x, y, bandwidth):
    scores = -((x[:, None] - x) ** 2) / (2 * bandwidth**2)
    scores[np.arange(len(x)), np.arange(len(x))] = -np.inf
    log_sum = np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return np.einsum("ij,j->i", np.exp(scores - log_sum), y)
""",
    "the others' columns only": """
def leave_one_out(x, y, bandwidth):
    N = len(x)
    others = np.arange(N)[None].repeat(N, 0)[~np.eye(N, dtype=bool)].reshape(N, N - 1)
    scores = -((x[:, None] - x[others]) ** 2) / (2 * bandwidth**2)
    return (softmax(scores) * y[others]).sum(1)
""",
}

CHEATS = {
    "the first call's points, again": (
        """
_seen = {}
def leave_one_out(x, y, bandwidth):
    if len(x) not in _seen:
        scores = -((x[:, None] - x) ** 2) / (2 * bandwidth**2)
        np.fill_diagonal(scores, -np.inf)
        _seen[len(x)] = softmax(scores)
    return _seen[len(x)] @ y
""",
        "t",
    ),
}
