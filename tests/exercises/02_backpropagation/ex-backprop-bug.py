"""Wrong answers to "Find the bug", and a second right one."""

WRONG = {
    "nothing mended": (
        """
def tanh_backward(y, dy):
    return 1 - np.tanh(y) ** 2
""",
        "both bugs",
    ),
    "dy still dropped": (
        """
def tanh_backward(y, dy):
    return 1 - y**2
""",
        "dy is dropped",
    ),
    "tanh taken twice": (
        """
def tanh_backward(y, dy):
    return dy * (1 - np.tanh(y) ** 2)
""",
        "a tanh already",
    ),
    "wrong sign": (
        """
def tanh_backward(y, dy):
    return dy * (1 + y**2)
""",
        "minus its square",
    ),
    "slope of the sigmoid": (
        """
def tanh_backward(y, dy):
    return dy * y * (1 - y)
""",
        "slope of the sigmoid",
    ),
    "returns its input": (
        """
def tanh_backward(y, dy):
    return dy
""",
        "wrong values",
    ),
}

RIGHT = {
    "another style": """
def tanh_backward(y, dy):
    x = np.arctanh(y)
    return dy / np.cosh(x) ** 2
""",
}
