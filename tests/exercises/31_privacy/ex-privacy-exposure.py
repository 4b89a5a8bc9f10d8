"""Wrong answers to `exposure`, and other right ones."""

GOOD = """
def exposure(losses, secret):
    below = (losses < losses[secret]).sum()
    equal = (losses == losses[secret]).sum()
    place = below + (equal + 1) / 2
    return np.log2(len(losses)) - np.log2(place)
"""

WRONG = {
    "ties are first": (GOOD.replace("(equal + 1) / 2", "1"), "mean of their places"),
    "ties are last": (GOOD.replace("(equal + 1) / 2", "equal"), "mean of their places"),
    "half of the ties": (
        GOOD.replace("(equal + 1) / 2", "1 + equal / 2"), "places 2, 3 and 4",
    ),
    "a whole place, the first half": (
        GOOD.replace("(equal + 1) / 2", "(equal + 1) // 2"), "need not be whole",
    ),
    "a whole place, the second half": (
        GOOD.replace("(equal + 1) / 2", "equal // 2 + 1"), "need not be whole",
    ),
    "places from 0": (
        GOOD.replace("place = below + (equal + 1) / 2", "place = max(below, 1)"),
        "first place is 1",
    ),
    "the greatest loss first": (
        GOOD.replace("losses < losses", "losses > losses"), "smallest loss",
    ),
    "the other way round": (
        GOOD.replace("np.log2(len(losses)) - np.log2(place)",
                     "np.log2(place) - np.log2(len(losses))"),
        "log2",
    ),
    "the natural logarithm": (GOOD.replace("np.log2", "np.log"), "base 2"),
    "the place": (
        GOOD.replace("np.log2(len(losses)) - np.log2(place)", "place"), "place r",
    ),
    "the order for the ranks": (
        """
def exposure(losses, secret):
    place = 1 + np.argsort(losses)[secret]
    return np.log2(len(losses)) - np.log2(place)
""",
        "exposure",
    ),
    "a stable sort breaks ties": (
        """
def exposure(losses, secret):
    order = np.argsort(losses, kind="stable")
    place = 1 + int(np.flatnonzero(order == secret)[0])
    return np.log2(len(losses)) - np.log2(place)
""",
        "mean of their places",
    ),
    "nearly equal is equal": (
        GOOD.replace("    below = (losses < losses[secret])",
                     "    near = np.isclose(losses, losses[secret])\n"
                     "    below = ((losses < losses[secret]) & ~near)")
        .replace("(losses == losses[secret])", "near"),
        "enormous",
    ),
    "sorted in place": (
        """
def exposure(losses, secret):
    value = float(losses[secret])
    losses.sort()
    below = np.searchsorted(losses, value)
    upto = np.searchsorted(losses, value, side="right")
    return np.log2(len(losses)) - np.log2((below + 1 + upto) / 2)
""",
        "in place",
    ),
}  # fmt: skip

RIGHT = {
    "by searching": """
def exposure(losses, secret):
    ranked = np.sort(losses)
    below = np.searchsorted(ranked, losses[secret])
    upto = np.searchsorted(ranked, losses[secret], side="right")
    return np.log2(len(losses) / ((below + 1 + upto) / 2))
""",
    "by counting": """
import math

def exposure(losses, secret):
    mine = float(losses[secret])
    place = 0.5
    for x in losses.tolist():
        place += 1.0 if x < mine else 0.5 if x == mine else 0.0
    return math.log2(len(losses)) - math.log2(place)
""",
    "by scipy": """
from scipy.stats import rankdata

def exposure(losses, secret):
    return np.log2(len(losses)) - np.log2(rankdata(losses)[secret])
""",
}
