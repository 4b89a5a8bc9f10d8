"""Wrong answers to "Choose a bandwidth without the truth", and a second right one."""


def _answer(lines):
    return f"""
def leave_one_out(x, y, bandwidth):
    squares = (x[:, None] - x) ** 2
    own = np.eye(len(x), dtype=bool)
    {lines}
"""


WRONG = {
    "includes itself": (
        _answer("return softmax(-squares / (2 * bandwidth**2)) @ y"),
        "its own answer",
    ),
    "masked after the softmax": (
        _answer("return (softmax(-squares / (2 * bandwidth**2)) * ~own) @ y"),
        "mask, then divide",
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
        "all exponentials are 0",
    ),
    "one prediction": (
        _answer("return softmax(-squares[0] / (2 * bandwidth**2)) @ y"),
        "wanted shape (N,)",
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
}
