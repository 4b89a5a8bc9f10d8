"""Wrong answers to "How many mistakes?", with words that their hints must contain."""

HEAD = """
def mistake_bound(x, t, w):
    sums = t * (x @ w)
    if {bad}:
        raise ValueError("not separated")
    return {result}
"""
R, GAMMA = "np.linalg.norm(x, axis=1).max()", "(sums.min() / np.linalg.norm(w))"


def bound(result=f"({R} / {GAMMA}) ** 2", bad="not sums.min() > 0"):
    """The exercise's solution with other parts."""
    return HEAD.format(result=result, bad=bad)


WRONG = {
    "not squared": (bound(f"{R} / {GAMMA}"), "squared"),
    "upside down": (bound(f"({GAMMA} / {R}) ** 2"), "upside down"),
    "length of w forgotten": (bound(f"({R} / sums.min()) ** 2"), "divide the sum"),
    "mean margin": (bound().replace("(sums.min() /", "(sums.mean() /"), "not the mean"),
    "largest margin": (
        bound().replace("(sums.min() /", "(sums.max() /"),
        "not the largest",
    ),
    "mean length": (
        bound(f"({R.replace('max', 'mean')} / {GAMMA}) ** 2"),
        "the longest example",
    ),
    "norm of the whole table": (
        bound(f"(np.linalg.norm(x) / {GAMMA}) ** 2"),
        "name the axis",
    ),
    "the largest number": (
        bound(f"(np.abs(x).max() / {GAMMA}) ** 2"),
        "R is a length",
    ),
    "with a constant 1": (bound(f"({R} ** 2 + 1) / {GAMMA} ** 2"), "no constant 1"),
    "each example by itself": (
        bound("((np.linalg.norm(x, axis=1) * np.linalg.norm(w) / sums) ** 2).max()"),
        "two different examples",
    ),
    "labels ignored": (
        bound().replace("t * (x @ w)", "abs(x @ w)"),
        "raise a ValueError",
    ),
    "refuses only when all are wrong": (
        bound(f"({R} / {GAMMA}) ** 2", "(sums <= 0).all()"),
        "on the wrong side was accepted",
    ),
    "refuses when most are wrong": (
        bound(bad="sums.mean() <= 0"),
        "on the wrong side was accepted",
    ),
    "looks at the first example": (
        bound(bad="sums[0] <= 0"),
        "on the wrong side was accepted",
    ),
    "an example on the line is let through": (
        bound(bad="sums.min() < 0"),
        "was accepted",
    ),
    "w = 0 is let through": (
        bound(bad="sums.min() / np.linalg.norm(w) <= 0"),
        "w = 0, which has no line",
    ),
    "another error": (
        bound().replace("ValueError", "RuntimeError"),
        "wanted ValueError, got RuntimeError",
    ),
    "refuses everything": (bound(bad="True"), "not separated"),
    "a constant": ("def mistake_bound(x, t, w):\n    return 1.0\n", "the bound is 1"),
    "one bound an example": (
        bound(f"(np.linalg.norm(x, axis=1) / {GAMMA}) ** 2"),
        "wanted the bound, one number",
    ),
}

WRONG |= {
    "small sums count as 0": (bound(bad="sums.min() <= 1e-8"), "w separates these"),
    "a short w counts as 0": (
        bound(bad="sums.min() <= 0 or np.allclose(w, 0)"),
        "w separates these",
    ),
    "hardly off the line counts as on it": (
        bound(bad=f"not sums.min() > 1e-6 * {R} * np.linalg.norm(w)"),
        "w separates these",
    ),
    "the nearest of one side": (
        bound().replace(
            "    return",
            "    sums = sums[t > 0] if (t > 0).any() else sums\n    return",
        ),
        "either label",
    ),
    "the longest of one side": (
        bound().replace("(x, axis=1)", "(x[t > 0] if (t > 0).any() else x, axis=1)"),
        "either label",
    ),
}

CHEATS = {
    f"remembers bounds by {name}": (
        "known = {}\n" + bound(f"known.setdefault({key}, ({R} / {GAMMA}) ** 2)"),
        "the bound is",
    )
    for name, key in (
        ("shapes", "x.shape"),
        ("all but w", "(x.tobytes(), *t)"),
        ("all but x", "(x.shape, *t, *w)"),
    )
}

RIGHT = {
    "row by row": """
def mistake_bound(x, t, w):
    if not np.any(w):
        raise ValueError("no line")
    direction = w / np.sqrt(np.sum(w**2))
    distances = [float(label * (row @ direction)) for row, label in zip(x, t)]
    if not all(d > 0 for d in distances):
        raise ValueError("not separated")
    return max(float(row @ row) for row in x) / min(distances) ** 2
""",
    "labels compared": """
def mistake_bound(x, t, w):
    if any(np.sign(x @ w) != t):
        raise ValueError
    squares = (x**2).sum(axis=1)
    return squares.max() * (w**2).sum() / ((x @ w) ** 2).min()
""",
    "tensors": """
import torch
def mistake_bound(x, t, w):
    x, t, w = (torch.as_tensor(part).double() for part in (x, t, w))
    gamma = ((x @ w) * t).min() / w.norm()
    if not gamma > 0:
        raise ValueError("w is no solution")
    return (x.norm(dim=1).max() / gamma) ** 2
""",
    "plain Python": """
import math
def mistake_bound(x, t, w):
    sums = [label * sum(a * b for a, b in zip(row, w)) for row, label in zip(x, t)]
    if min(sums) <= 0:
        raise ValueError(f"sum {min(sums)}")
    longest = max(math.hypot(*row) for row in x)
    return (longest * math.hypot(*w) / min(sums)) ** 2
""",
}
