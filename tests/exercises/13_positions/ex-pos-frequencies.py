"""Wrong answers to `frequencies_of`, and a second right one."""

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
        HEAD + "    return 10_000.0 ** (-i / (D - 2))\n",
        "not by D - 2",
    ),
    "one a feature": (
        "def frequencies_of(D):\n    return 10_000.0 ** (-torch.arange(D) / D)\n",
        "one frequency a pair",
    ),
    "another base": (HEAD + "    return 1_000.0 ** (-i / D)\n", "wrong values for D"),
}

RIGHT = {
    "another style": """
def frequencies_of(D):
    ratio = 10_000.0 ** (-2 / D)
    return torch.tensor([ratio**i for i in range(D // 2)])
""",
}
