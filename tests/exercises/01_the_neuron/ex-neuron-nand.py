"""Wrong answers to "NAND by thought", and a second right one."""

WRONG = {
    "AND": ("def nand():\n    return np.array([1.0, 1.0]), -1.5\n", "that is AND"),
    "NOR": ("def nand():\n    return np.array([-1.0, -1.0]), 0.5\n", "that is NOR"),
    "bias forgotten": (
        "def nand():\n    return np.array([-1.0, -1.0]), 0.0\n",
        "answers wrongly",
    ),
    "on the threshold": (
        "def nand():\n    return np.array([-1.0, -1.0]), 1.01\n",
        "too near the threshold",
    ),
    "a table of answers": (
        "def nand():\n    return np.array([1, 1, 1, 0]), 0.0\n",
        "wanted (2,)",
    ),
    "only the weights": (
        "def nand():\n    return np.array([-1.0, -1.0])\n",
        "return weights, bias",
    ),
}

RIGHT = {
    "another style": "def nand():\n    return [-2.0, -3.0], 4.0\n",
}
