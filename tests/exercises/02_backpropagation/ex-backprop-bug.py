"""Answers to "Find the bug", wrong and right."""

HEAD = "def tanh_backward(y, dy):\n"

WRONG = {
    "nothing mended": (HEAD + "    return 1 - np.tanh(y) ** 2\n", "both bugs"),
    "dy still dropped": (HEAD + "    return 1 - y**2\n", "dy is dropped"),
    "tanh taken twice": (
        HEAD + "    return dy * (1 - np.tanh(y) ** 2)\n",
        "a tanh already",
    ),
    "wrong sign": (HEAD + "    return dy * (1 + y**2)\n", "minus its square"),
    "slope of the sigmoid": (
        HEAD + "    return dy * y * (1 - y)\n",
        "slope of the sigmoid",
    ),
    "not squared": (HEAD + "    return dy * (1 - y)\n", "y squared"),
    "returns its input": (HEAD + "    return dy\n", "the gradient"),
    "a matrix product": (
        HEAD + "    return dy @ (1 - y**2).T\n",
        "the gradient",
    ),
    "two axes only": (
        HEAD + "    rows, columns = y.shape\n" + "    return dy * (1 - y**2)\n",
        "y and dy had the shape",
    ),
    "a sum over the batch": (
        HEAD + "    return (dy * (1 - y**2)).sum(axis=0)\n",
        "wanted the gradient, numbers of shape",
    ),
    "changes y": (
        HEAD + "    y *= y\n    return dy * (1 - y)\n",
        "in place",
    ),
    "changes dy": (
        HEAD + "    dy *= 1 - y**2\n    return dy\n",
        "in place",
    ),
}

RIGHT = {
    "back to the input": """
def tanh_backward(y, dy):
    with np.errstate(divide="ignore", over="ignore"):
        x = np.arctanh(y)
        return dy / np.cosh(x) ** 2
""",
    "two factors": """
def tanh_backward(y, dy):
    return (1 + y) * (1 - y) * dy
""",
    "in place on a copy": """
def tanh_backward(y, dy):
    slope = np.array(y, dtype=float)
    slope *= -slope
    slope += 1
    return slope * dy
""",
    "number by number": """
def tanh_backward(y, dy):
    out = np.empty_like(y)
    for place in np.ndindex(y.shape):
        out[place] = dy[place] - dy[place] * y[place] ** 2
    return out.tolist()
""",
}

CHEATS = {
    f"remembers gradients by {name}": (
        f"known = {{}}\n{HEAD}"
        + f"    return known.setdefault({key}, dy * (1 - y**2))\n",
        "the gradient",
    )
    for name, key in (
        ("shapes", "(y.shape, y.dtype)"),
        ("y", "y.tobytes()"),
        ("dy", "dy.tobytes()"),
    )
}
CHEATS["small numbers set to 0"] = (
    HEAD + "    return np.where(np.isclose(dy, 0), 0, dy * (1 - y**2))\n",
    "the gradient",
)
