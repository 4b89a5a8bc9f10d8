"""Wrong answers to `attention_share`, and other right ones."""

GOOD = """
def attention_share(T, D, F, H, G, d, W):
    pairs = sum(min(t + 1, W) for t in range(T))
    products = 2 * H * d * pairs
    projections = 2 * D * H * d + 2 * D * G * d
    linear = T * (projections + 3 * D * F)
    return products / (products + linear)
"""

WRONG = {
    "every pair": (
        GOOD.replace("sum(min(t + 1, W) for t in range(T))", "T * T"),
        "every pair",
    ),
    "no window": (GOOD.replace("min(t + 1, W)", "t + 1"), "window is not used"),
    "all see W": (GOOD.replace("min(t + 1, W)", "min(T, W)"), "fewer than W"),
    "W before, and itself": (
        GOOD.replace("min(t + 1, W)", "min(t, W) + 1"),
        "with the token itself",
    ),
    "not itself": (GOOD.replace("min(t + 1, W)", "min(t, W - 1)"), "itself"),
    "no mix": (GOOD.replace("2 * H * d * pairs", "H * d * pairs"), "two products"),
    "two matrices": (GOOD.replace("3 * D * F", "2 * D * F"), "three matrices"),
    "four square maps": (
        GOOD.replace("2 * D * H * d + 2 * D * G * d", "4 * D * D"),
        "H · d",
    ),
    "own keys": (GOOD.replace("D * G * d", "D * H * d"), "G heads"),
    "grouped products": (
        GOOD.replace("2 * H * d * pairs", "2 * G * d * pairs"),
        "the share",
    ),
    "no way back": (GOOD.replace("2 * D * H * d +", "D * H * d +"), "back to D"),
    "a ratio": (GOOD.replace("(products + linear)", "linear"), "not a ratio"),
    "percent": (GOOD.replace("return", "return 100 *"), "percent"),
    "the rest": (GOOD.replace("return products", "return linear"), "not of the rest"),
    "whole numbers": (GOOD.replace("/ (pro", "// (pro"), "share"),
}

RIGHT = {
    "float32": GOOD.replace(
        "return products / (products + linear)",
        "import torch\n"
        "    a, rest = torch.tensor([float(products), float(linear)])\n"
        "    return (a / (a + rest)).item()",
    ),
    "closed form": """
def attention_share(T, D, F, H, G, d, W):
    w = min(T, W)
    pairs = w * (w + 1) / 2 + (T - w) * w
    attention = 4 * d * H * pairs
    return attention / (attention + 2 * T * D * (2 * d * (H + G) + 3 * F))
""",
    "NumPy": """
import numpy as np

def attention_share(T, D, F, H, G, d, W):
    pairs = np.minimum(np.arange(1, T + 1), W).sum(dtype=np.float64)
    scores = mix = 2.0 * H * d * pairs
    maps = 2.0 * T * np.array([D * H * d, D * G * d, D * G * d, H * d * D,
                               D * F, D * F, F * D], dtype=np.float64).sum()
    return (scores + mix) / (scores + mix + maps)
""",
}
