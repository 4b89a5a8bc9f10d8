"""Wrong answers to `frequencies_of`, cheats, and other right ones."""

HEAD = "def frequencies_of(D):\n    i = torch.arange(0, D, 2).float()\n"

WRONG = {
    "as published": (
        HEAD + "    return torch.exp(i * (-np.log(10000.0) / D // 2))\n",
        "rounds down after",
    ),
    "divides by two": (
        HEAD + "    return torch.exp(i * (-np.log(10000.0) / (D // 2)))\n",
        "you still divide by 2",
    ),
    "i for 2i": (
        "def frequencies_of(D):\n    return 10_000.0 ** (-torch.arange(D // 2) / D)\n",
        "2i, not i",
    ),
    "they grow": (
        HEAD + "    return 10_000.0 ** (i / D)\n",
        "the exponent is negative",
    ),
    "slow ones first": (
        HEAD + "    return (10_000.0 ** (-i / D)).flip(0)\n",
        "the first pair turns fastest",
    ),
    "the last is 1/10000": (
        HEAD + "    return 10_000.0 ** (-i / max(D - 2, 1))\n",
        "not by D - 2",
    ),
    "divides by zero at D = 2": (
        HEAD + "    return 10_000.0 ** (-i / D) * ((D - 2) / (D - 2))\n",
        "ZeroDivisionError",
    ),
    "one a feature": (
        "def frequencies_of(D):\n    return 10_000.0 ** (-torch.arange(D) / D)\n",
        "one frequency a pair",
    ),
    "one row": (
        HEAD + "    return (10_000.0 ** (-i / D))[None]\n",
        "one frequency a pair",
    ),
    "another base": (HEAD + "    return 1_000.0 ** (-i / D)\n", "θ at"),
    "a rounded logarithm": (
        HEAD + "    return torch.exp(-i * 9.21 / D)\n",
        "θ",
    ),
    "wrong for the slow ones alone": (
        HEAD + "    return (10_000.0 ** (-i / D)).clamp(min=1.2e-4)\n",
        "θ",
    ),
    "half precision": (
        HEAD + "    return (10_000.0 ** (-i / D)).half()\n",
        "θ",
    ),
    "a list": (
        "def frequencies_of(D):\n"
        + "    return [10_000.0 ** (-2 * i / D) for i in range(D // 2)]\n",
        "a tensor; got a list",
    ),
    "no return": (HEAD + "    10_000.0 ** (-i / D)\n", "is a return missing"),
}

CHEATS = {
    "a memo of the first call": (
        "memo = []\n"
        + HEAD
        + "    memo.append(10_000.0 ** (-i / D))\n"
        + "    return memo[0]\n",
        "one frequency a pair",
    ),
    "a table up to 64": (
        "table = {D: 10_000.0 ** (-torch.arange(0, D, 2) / D) for D in range(2, 65)}\n"
        + "def frequencies_of(D):\n    return table[D]\n",
        "KeyError",
    ),
}

RIGHT = {
    "powers of a ratio": """
def frequencies_of(D):
    ratio = 10_000.0 ** (-2 / D)
    return torch.tensor([ratio**i for i in range(D // 2)])
""",
    "mended where it stands": """
def frequencies_of(D):
    i = torch.arange(0, D, 2).float()
    return torch.exp(i * (-np.log(10000.0) / D))
""",
    "products in float32": """
def frequencies_of(D):
    ratio = torch.full((D // 2,), 10_000.0 ** (-2 / D))
    ratio[0] = 1.0
    return ratio.cumprod(0)
""",
    "float64, by way of NumPy": """
def frequencies_of(D):
    return torch.from_numpy(np.logspace(0, -4 * (D - 2) / D, D // 2))
""",
    "one over": """
def frequencies_of(D):
    half = torch.arange(D // 2)
    return 1.0 / torch.pow(10000, 2 * half / D)
""",
}
