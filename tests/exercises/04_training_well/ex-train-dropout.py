"""Answers to "Find the bugs" of dropout, wrong and right."""

HEAD = "def dropout(x, dy, noise, p, training):\n"
USE = "    if not training:\n        return x.copy(), dy.copy()\n"
KEEP = "    keep = noise >= p\n"
Y = "    y = x * keep / (1 - p)\n"
DX = "    dx = dy * keep / (1 - p)\n"
END = "    return y, dx\n"

WRONG = {
    "nothing mended": (
        HEAD
        + "    keep = noise < p\n"
        + "    y = x * keep / max(p, 1e-9)\n    dx = dy * keep\n"
        + END,
        "y: ",
    ),
    "keeps what it should drop": (
        HEAD
        + USE
        + "    keep = noise < p\n"
        + "    y = x * keep / max(p, 1e-9)\n    dx = dy * keep / max(p, 1e-9)\n"
        + END,
        "share p",
    ),
    "no scale on the way back": (
        HEAD + USE + KEEP + Y + "    dx = dy * keep\n" + END,
        "scale and all",
    ),
    "drops in use": (HEAD + KEEP + Y + DX + END, "in use nothing is dropped"),
    "no scale": (
        HEAD + USE + KEEP + "    y = x * keep\n    dx = dy * keep\n" + END,
        "make up for",
    ),
    "divides by p": (
        HEAD
        + USE
        + KEEP
        + "    y = x * keep / max(p, 1e-9)\n    dx = dy * keep / max(p, 1e-9)\n"
        + END,
        "not p",
    ),
    "turned round, scaled by 1 - p": (
        HEAD + USE + "    keep = noise < p\n" + Y + DX + END,
        "the wrong way round",
    ),
    "scales in use as the paper does": (
        HEAD
        + "    if not training:\n        return x * (1 - p), dy * (1 - p)\n"
        + KEEP
        + Y
        + DX
        + END,
        "in use nothing is scaled",
    ),
    "the way back drops in use": (
        HEAD
        + KEEP
        + "    y = x * keep / (1 - p) if training else x.copy()\n"
        + DX
        + END,
        "dx: in use",
    ),
    "the way back drops nothing": (
        HEAD + USE + KEEP + Y + "    dx = dy / (1 - p)\n" + END,
        "dx: nothing is dropped",
    ),
    "dx from x": (
        HEAD + USE + KEEP + Y + "    dx = x * keep / (1 - p)\n" + END,
        "dx (",
    ),
    "drops on the border": (
        HEAD + USE + "    keep = noise > p\n" + Y + DX + END,
        "y (",
    ),
    "scaled by the share that stayed": (
        HEAD
        + USE
        + KEEP
        + "    share = max(np.mean(keep), 1e-9) if keep.size else 1.0\n"
        + "    y = x * keep / share\n    dx = dy * keep / share\n"
        + END,
        "y (",
    ),
    "noise of its own": (
        HEAD
        + USE
        + "    keep = np.random.default_rng(0).random(x.shape) >= p\n"
        + Y
        + DX
        + END,
        "y (",
    ),
    "in place": (
        HEAD + USE + KEEP + "    x *= keep\n    y = x / (1 - p)\n" + DX + END,
        "in place",
    ),
    "dropped is what is 0 in y": (
        HEAD + USE + KEEP + Y + "    dx = dy * (y != 0) / (1 - p)\n" + END,
        "the noise says what is dropped",
    ),
    "the factor from y over x": (
        HEAD + USE + KEEP + Y + "    dx = dy * y / x\n" + END,
        "dx (",
    ),
    "y over x, and 0 where x is 0": (
        HEAD
        + USE
        + KEEP
        + Y
        + "    ratio = np.divide(y, x, out=np.zeros_like(x), where=x != 0)\n"
        + "    dx = dy * ratio\n"
        + END,
        "the noise says what is dropped",
    ),
    "the mean kept to the digit": (
        HEAD
        + USE
        + KEEP
        + "    y = x * keep\n"
        + "    y = y * np.sum(x) / (np.sum(y) or 1)\n"
        + DX
        + END,
        "y (",
    ),
    "one draw a row": (
        HEAD
        + USE
        + "    keep = noise[..., :1] >= p if noise.ndim else noise >= p\n"
        + "    keep = np.broadcast_to(keep, x.shape)\n"
        + Y
        + DX
        + END,
        "y",
    ),
    "dx alone": (HEAD + USE + KEEP + DX + "    return dx\n", "wanted 2 things"),
}

RIGHT = {
    "a factor": (
        HEAD
        + "    factor = np.where(noise < p, 0, 1 / (1 - p)) if training else 1\n"
        + "    return x * factor, dy * factor\n"
    ),
    "p set to 0 in use": (
        HEAD + "    if not training:\n        p = 0.0\n" + KEEP + Y + DX + END
    ),
    "an index": """
def dropout(x, dy, noise, p, training):
    y, dx = np.array(x), np.array(dy)
    if training:
        gone = noise < p
        y[gone] = 0
        dx[gone] = 0
        y /= 1 - p
        dx /= 1 - p
    return [y, dx]
""",
    "one place for both": """
def dropout(x, dy, noise, p, training):
    keep = np.logical_or(not training, np.greater_equal(noise, p))
    scale = [1.0, 1 / (1 - p)][training]
    return tuple(np.where(keep, a * scale, 0) for a in (x, dy))
""",
    "it calls itself for the way back": """
def dropout(x, dy, noise, p, training):
    p = p * training
    y = np.multiply(x, 1 - np.less(noise, p)) / (1 - p)
    return y if dy is None else (y, dropout(dy, None, noise, p, training))
""",
}
