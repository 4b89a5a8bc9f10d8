"""Wrong answers to `is_linear_in_values`, and other right ones."""

START = """
def is_linear_in_values(attend):
    q, k, v, w = torch.randn(4, 2, 3, 4).double()
    mask = torch.ones(2, 3, 3, dtype=torch.bool)
"""
SUM = """    both = attend(q, k, v + w, mask)
    apart = attend(q, k, v, mask) + attend(q, k, w, mask)
"""

WRONG = {
    "yes to everything": ("def is_linear_in_values(attend):\n    return True\n", "yes"),
    "no to everything": (
        "def is_linear_in_values(attend):\n    return False\n",
        "you say no",
    ),
    "doubles only": (
        START
        + "    gap = attend(q, k, 2 * v, mask) - 2 * attend(q, k, v, mask)\n"
        + "    return bool(gap.abs().max() < 1e-8)\n",
        "your test says True",
    ),
    "turns the sign only": (
        START
        + "    gap = attend(q, k, -v, mask) + attend(q, k, v, mask)\n"
        + "    return bool(gap.abs().max() < 1e-8)\n",
        "your test says True",
    ),
    "a factor and a sign": (
        START
        + "    f = lambda x: attend(q, k, x, mask)\n"
        + "    gaps = f(3 * v) - 3 * f(v), f(-v) + f(v)\n"
        + "    return all((gap.abs().max() < 1e-8).item() for gap in gaps)\n",
        "one that prefers large values",
    ),
    "leaves the value at zero out": (
        START
        + SUM
        + "    gap = both - apart + attend(q, k, 0 * v, mask)\n"
        + "    return bool(gap.abs().max() < 1e-8)\n",
        "one that adds a number to the output",
    ),
    "looks at zeros only": (
        START + "    return bool(attend(q, k, 0 * v, mask).abs().max() < 1e-8)\n",
        "your test says True",
    ),
    "the same values twice": (
        START.replace("mask = ", "w = v\n    mask = ")
        + SUM
        + "    return bool((both - apart).abs().max() < 1e-8)\n",
        "your test says True",
    ),
    "a wide tolerance": (
        START + SUM + "    return bool((both - apart).abs().max() < 1e-3)\n",
        "little",
    ),
    "bit by bit": (START + SUM + "    return torch.equal(both, apart)\n", "says False"),
    "one feature": (
        START + SUM + "    return bool((both - apart)[..., 0].abs().max() < 1e-8)\n",
        "in a single feature",
    ),
    "the first row": (
        START + SUM + "    return bool((both - apart)[0].abs().max() < 1e-8)\n",
        "in the last row",
    ),
    "the last query": (
        START + SUM + "    return bool((both - apart)[:, -1].abs().max() < 1e-8)\n",
        "in the first query",
    ),
    "the mean of the gaps, signs and all": (
        START + SUM + "    return bool((both - apart).max() < 1e-8)\n",
        "your test says True",
    ),
    "tiny values": (
        START.replace("    mask", "    v, w = 1e-6 * v, 1e-6 * w\n    mask")
        + SUM
        + "    return bool((both - apart).abs().max() < 1e-8)\n",
        "your test says True",
    ),
    "queries are added too": (
        START
        + "    both = attend(q + q, k, v + w, mask)\n"
        + "    apart = attend(q, k, v, mask) + attend(q, k, w, mask)\n"
        + "    return bool((both - apart).abs().max() < 1e-8)\n",
        "your test says False",
    ),
    "the answer turned round": (
        START + SUM + "    return bool((both - apart).abs().max() > 1e-8)\n",
        "you say no to every right",
    ),
    "a number in place of a bool": (
        START + SUM + "    return (both - apart).abs().max().item()\n",
        "wanted True or False",
    ),
    "one number of the values at a time": (
        """
def is_linear_in_values(attend):
    g = torch.Generator().manual_seed(3)
    q, k, v = torch.randn(3, 2, 3, 4, generator=g).double()
    mask = torch.ones(2, 3, 3, dtype=torch.bool)
    total = torch.zeros(2, 3, 4).double()
    for j in range(3):
        for f in range(4):
            part = torch.zeros_like(v)
            part[:, j, f] = v[:, j, f]
            total += attend(q, k, part, mask)
    return torch.tensor((total - attend(q, k, v, mask)).abs().max() < 1e-8)
""",
        "one that bounds values: your test says True",
    ),
    "values in another place": (
        START
        + "    both = attend(q, v + w, k, mask)\n"
        + "    apart = attend(q, v, k, mask) + attend(q, w, k, mask)\n"
        + "    return bool((both - apart).abs().max() < 1e-8)\n",
        "you say no",
    ),
}

RIGHT = {
    "one draw": START + SUM + "    return bool((both - apart).abs().max() < 1e-9)\n",
    "a random combination": """
def is_linear_in_values(attend):
    rng = np.random.default_rng(1)
    draw = lambda T: torch.from_numpy(rng.normal(size=(3, T, 6)))
    query, key, one, other = draw(2), draw(5), draw(5), draw(5)
    mask = torch.from_numpy(rng.random((3, 2, 5)) < 0.5)
    mask[..., :2] = True
    for a, b in rng.normal(size=(4, 2)):
        found = attend(query, key, a * one + b * other, mask)
        wanted = a * attend(query, key, one, mask) + b * attend(query, key, other, mask)
        if not np.allclose(found, wanted, rtol=0, atol=1e-9):
            return False
    return True
""",
    "a difference, in one row": """
def is_linear_in_values(attend):
    torch.manual_seed(0)
    q, k = torch.randn(1, 1, 2).double(), torch.randn(1, 2, 2).double()
    mask = torch.tensor([[[True, True]]])
    alike = []
    for _ in range(6):
        v, w = torch.randn(2, 1, 2, 2).double()
        gap = attend(q, k, v, mask) - attend(q, k, w, mask) - attend(q, k, v - w, mask)
        alike.append(gap.abs().max().item() < 1e-7)
    return all(alike)
""",
}
