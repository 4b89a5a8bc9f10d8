"""Answers to "Rise, stay, fall", wrong and right."""

HEAD = "def rates(steps, warmup, fall, peak):\n    k = np.arange(1, steps + 1)\n"
RISE = "    rise = k / max(warmup, 1)\n"
DROP = "    drop = (steps + 1 - k) / (fall + 1)\n"
END = "    return peak * np.minimum(1.0, np.minimum(rise, drop))\n"

WRONG = {
    "counts from 0": (
        HEAD
        + "    rise = (k - 1) / warmup if warmup else np.ones(steps)\n"
        + DROP
        + END,
        "count from 1",
    ),
    "the last is 0": (
        HEAD
        + RISE
        + "    drop = (steps - k) / fall if fall else np.ones(steps)\n"
        + END,
        "equal steps",
    ),
    "the fall begins at once": (
        HEAD
        + RISE
        + "    drop = (steps + 1 - k) / fall if fall else np.ones(steps)\n"
        + END,
        "the rates",
    ),
    "a product": (
        HEAD
        + RISE
        + DROP
        + "    return peak * np.minimum(1, rise) * np.minimum(1, drop)\n",
        "not the product",
    ),
    "shares": (
        HEAD + RISE + DROP + "    return np.minimum(1.0, np.minimum(rise, drop))\n",
        "multiply by the peak",
    ),
    "no fall": (
        HEAD + RISE + "    return peak * np.minimum(1.0, rise)\n",
        "nothing falls",
    ),
    "no rise": (
        HEAD + DROP + "    return peak * np.minimum(1.0, drop)\n",
        "nothing rises",
    ),
    "no stay": (
        HEAD + RISE + DROP + "    return peak * np.minimum(rise, drop)\n",
        "the rates",
    ),
    "divides by a warm-up of 0": (
        "def rates(steps, warmup, fall, peak):\n"
        "    found = []\n"
        "    for k in range(1, steps + 1):\n"
        "        rise = k / warmup\n"
        "        drop = (steps + 1 - k) / (fall + 1)\n"
        "        found.append(peak * min(1, rise, drop))\n"
        "    return np.array(found)\n",
        "ZeroDivisionError",
    ),
    "the fall waits for the warm-up": (
        HEAD
        + "    rise = k / max(warmup, 1)\n"
        + "    drop = np.where(k > warmup, (steps + 1 - k) / (fall + 1), 1.0)\n"
        + END,
        "the rates",
    ),
    "the fall is cut to the steps": (
        HEAD + "    fall = min(fall, steps)\n" + RISE + DROP + END,
        "the rates",
    ),
    "the warm-up is cut to the steps": (
        HEAD + "    warmup = min(warmup, steps)\n" + RISE + DROP + END,
        "the rates",
    ),
    "half a cosine": (
        HEAD
        + RISE
        + DROP
        + "    drop = 0.5 - 0.5 * np.cos(np.pi * np.minimum(drop, 1))\n"
        + END,
        "the rates",
    ),
    "an array of whole numbers": (
        "def rates(steps, warmup, fall, peak):\n"
        "    found = np.full(steps, peak)\n"
        "    for k in range(1, steps + 1):\n"
        "        rise = k / warmup if k < warmup else 1\n"
        "        drop = (steps + 1 - k) / (fall + 1)\n"
        "        found[k - 1] = peak * min(1, rise, drop)\n"
        "    return found\n",
        "cuts off",
    ),
    "rises by whole steps": (
        HEAD + "    rise = k // max(warmup, 1)\n" + DROP + END,
        "the rates",
    ),
    "falls from where the rise was": (
        HEAD
        + RISE
        + DROP
        + "    rise = np.minimum(rise, 1)\n"
        + "    top = rise[max(steps - fall - 1, 0)]\n"
        + "    return peak * np.minimum(rise, top * drop)\n",
        "the rates",
    ),
    "the rise has the word until it is over": (
        HEAD
        + RISE
        + DROP
        + "    return peak * np.where(k < warmup, rise, np.minimum(drop, 1))\n",
        "the rates",
    ),
    "one rate too many": (
        HEAD.replace("arange(1, ", "arange(0, ") + RISE + DROP + END,
        "one an update",
    ),
    "rises from above 0": (
        HEAD + "    rise = (k + 1) / (warmup + 1)\n" + DROP + END,
        "the rates",
    ),
}

RIGHT = {
    "one by one": """
def rates(steps, warmup, fall, peak):
    found = []
    for k in range(1, steps + 1):
        rate = peak
        if k < warmup:
            rate = peak * k / warmup
        after = steps - k
        if after < fall:
            rate = min(rate, peak * (after + 1) / (fall + 1))
        found.append(rate)
    return found
""",
    "with interpolation": """
def rates(steps, warmup, fall, peak):
    k = np.arange(1, steps + 1)
    rise = np.interp(k, [0, warmup], [0, 1]) if warmup else np.ones(steps)
    drop = np.interp(k, [steps - fall, steps + 1], [1, 0])
    return peak * np.minimum(rise, drop)
""",
    "clipped": """
def rates(steps, warmup, fall, peak):
    k = 1 + np.arange(steps)
    rise = np.clip(k / warmup, 0, 1) if warmup else 1.0
    drop = np.clip((steps - k + 1) / (fall + 1), 0, 1)
    return np.where(rise < drop, rise, drop) * peak
""",
    "two ramps of linspace": """
def rates(steps, warmup, fall, peak):
    level = np.full(steps, 1.0 * peak)
    up = np.linspace(0, peak, warmup + 1)[1:]
    down = np.linspace(0, peak, fall + 2)[1:-1]
    up, down = (np.r_[ramp, level][:steps] for ramp in (up, down))
    return np.array([up, down[::-1]]).min(axis=0)
""",
    "fractions": """
from fractions import Fraction

def rates(steps, warmup, fall, peak):
    def share(k):
        return min(Fraction(k, max(k, warmup)), Fraction(steps + 1 - k, fall + 1), 1)
    return [peak * float(share(k)) for k in range(1, steps + 1)]
""",
}
