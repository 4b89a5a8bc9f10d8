"""Wrong answers to `merge`, and other right ones."""

HEAD = """
def merge(first, second):
    (one, a), (other, b) = first, second
"""
GOOD = (
    HEAD
    + """    total = np.logaddexp(a, b)
    ground = np.where(np.isinf(total), 0.0, total)
    share, rest = np.exp(a - ground), np.exp(b - ground)
    return one * share[:, None] + other * rest[:, None], total
"""
)

WRONG = {
    "exp of everything": (
        HEAD
        + "    x, y = np.exp(a), np.exp(b)\n"
        + "    mix = (x[:, None] * one + y[:, None] * other) / (x + y)[:, None]\n"
        + "    return mix, np.log(x + y)\n",
        "L",
    ),
    "exp of everything, with zeros for NaN": (
        HEAD
        + "    x, y = np.exp(a), np.exp(b)\n"
        + "    mix = (x[:, None] * one + y[:, None] * other) / (x + y)[:, None]\n"
        + "    return np.nan_to_num(mix), np.logaddexp(a, b)\n",
        "subtract the greater L",
    ),
    "NaN where both are empty": (
        GOOD.replace("    ground = np.where(np.isinf(total), 0.0, total)\n",
                     "    ground = total\n"),
        "0 / 0",
    ),
    "a plain mean": (
        GOOD.replace("one * share[:, None] + other * rest[:, None]",
                     "(one + other) / 2"),
        "plain mean",
    ),
    "a sum": (
        GOOD.replace("one * share[:, None] + other * rest[:, None]", "one + other"),
        "divided already",
    ),
    "shares of L": (
        HEAD
        + "    total = np.logaddexp(a, b)\n"
        + "    share = (a / (a + b))[:, None]\n"
        + "    return share * one + (1 - share) * other, total\n",
        "not of L",
    ),
    "the sum of both L": (
        GOOD.replace("other * rest[:, None], total", "other * rest[:, None], a + b"),
        "log of a sum",
    ),
    "the greater L": (
        GOOD.replace("other * rest[:, None], total",
                     "other * rest[:, None], np.maximum(a, b)"),
        "log of a sum",
    ),
    "not divided": (
        HEAD
        + "    total = np.logaddexp(a, b)\n"
        + "    return np.exp(a)[:, None] * one + np.exp(b)[:, None] * other, total\n",
        "divide by the whole sum",
    ),
    "one ground for all rows": (
        HEAD
        + "    m = max(a.max(), b.max())\n"
        + "    m = 0.0 if np.isinf(m) else m\n"
        + "    x, y = np.exp(a - m), np.exp(b - m)\n"
        + "    total = np.where(x + y > 0, x + y, 1.0)\n"
        + "    mix = (x[:, None] * one + y[:, None] * other) / total[:, None]\n"
        + "    return mix, np.log(x + y + 1e-30) + m\n",
        "L",
    ),
    "in place": (
        HEAD
        + "    total = np.logaddexp(a, b)\n"
        + "    ground = np.where(np.isinf(total), 0.0, total)\n"
        + "    one *= np.exp(a - ground)[:, None]\n"
        + "    return one + other * np.exp(b - ground)[:, None], total\n",
        "in place",
    ),
    "a large number for nothing": (
        GOOD.replace(
            "    return",
            "    total = np.where(np.isinf(total), -1e9, total)\n    return",
        ),
        "L is -inf",
    ),
}  # fmt: skip

RIGHT = {
    "the greater one first": HEAD
    + """
    m = np.maximum(a, b)
    m = np.where(np.isneginf(m), 0.0, m)
    x, y = np.exp(a - m), np.exp(b - m)
    s = x + y
    safe = np.where(s > 0, s, 1.0)
    mix = (one * x[:, None] + other * y[:, None]) / safe[:, None]
    with np.errstate(divide="ignore"):
        return mix, m + np.log(s)
""",
    "torch": """
def merge(first, second):
    one, a = (torch.from_numpy(x) for x in first)
    other, b = (torch.from_numpy(x) for x in second)
    both = torch.stack([a, b])
    shares = both.softmax(0).nan_to_num(0.0)
    mix = shares[0, :, None] * one + shares[1, :, None] * other
    return mix.numpy(), both.logsumexp(0).numpy()
""",
    "row by row": """
import math

def merge(first, second):
    (one, a), (other, b) = first, second
    output, total = np.zeros_like(one), np.zeros_like(a)
    for t, (x, y) in enumerate(zip(a.tolist(), b.tolist())):
        if x < y:
            x, y, p, r = y, x, other[t], one[t]
        else:
            p, r = one[t], other[t]
        if x == -math.inf:
            total[t] = x
            continue
        w = math.exp(y - x)
        output[t] = (p + w * r) / (1 + w)
        total[t] = x + math.log1p(w)
    return output, total
""",
}
