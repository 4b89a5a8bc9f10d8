"""Wrong answers to `grid`, and other right ones."""

LINE = """
def line(n, D):
    places = torch.arange(n, dtype=torch.float64)[:, None]
    pairs = torch.arange(D // 4, dtype=torch.float64)
    angles = places * 10000.0 ** (-4 * pairs / D)
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)


"""
HEAD = LINE + "def grid(rows, columns, D):\n"
JOIN = """    down = line(rows, D).repeat_interleave(columns, 0)
    across = line(columns, D).repeat(rows, 1)
"""

WRONG = {
    "the column first": (
        HEAD + JOIN + "    return torch.cat([across, down], 1)\n",
        "the first half says the row",
    ),
    "column by column": (
        HEAD
        + "    down = line(rows, D).repeat(columns, 1)\n"
        + "    across = line(columns, D).repeat_interleave(rows, 0)\n"
        + "    return torch.cat([down, across], 1)\n",
        "reading order",
    ),
    "sines, then cosines": (
        HEAD.replace("torch.stack([angles.sin(), angles.cos()], -1).flatten(1)",
                     "torch.cat([angles.sin(), angles.cos()], 1)")
        + JOIN + "    return torch.cat([down, across], 1)\n",
        "side by side",
    ),
    "as slow as on a line of D": (
        HEAD.replace("-4 * pairs", "-2 * pairs")
        + JOIN + "    return torch.cat([down, across], 1)\n",
        "4 i / D",
    ),
    "from 1": (
        HEAD.replace("torch.arange(n, dtype=torch.float64)",
                     "torch.arange(1, n + 1, dtype=torch.float64)")
        + JOIN + "    return torch.cat([down, across], 1)\n",
        "count from 0",
    ),
    "float32": (
        HEAD + JOIN + "    return torch.cat([down, across], 1).float()\n",
        "wanted float64",
    ),
    "angles in float32": (
        HEAD.replace("    angles = places", "    angles = places.float()")
        .replace("(-4 * pairs / D)", "(-4 * pairs / D).float()")
        .replace("-1).flatten(1)", "-1).flatten(1).double()")
        + JOIN + "    return torch.cat([down, across], 1)\n",
        "the places",
    ),
    "the sum of both": (
        HEAD
        + "    wide = lambda n: torch.cat([line(n, D), line(n, D)], 1)\n"
        + "    return wide(rows).repeat_interleave(columns, 0)"
        + " + wide(columns).repeat(rows, 1)\n",
        "the places",
    ),
    "a table of rows and columns": (
        HEAD + JOIN
        + "    return torch.cat([down, across], 1).reshape(rows, columns, D)\n",
        "a row a place",
    ),
    "at most 32 places a side": (
        HEAD
        + "    down = line(rows, D).repeat_interleave(columns, 0)\n"
        + "    across = line(32, D)[:columns].repeat(rows, 1)\n"
        + "    return torch.cat([down, across[: len(down)]], 1)\n",
        "D = ",
    ),
    "columns in float32": (
        HEAD
        + "    down = line(rows, D).repeat_interleave(columns, 0)\n"
        + "    across = line(columns, D).float().double().repeat(rows, 1)\n"
        + "    return torch.cat([down, across], 1)\n",
        "the places",
    ),
    "at most eight speeds": (
        HEAD
        + "    few = torch.arange(D // 4).clamp(max=7).repeat_interleave(2) * 2\n"
        + "    few[1::2] += 1\n"
        + "    down = line(rows, D)[:, few].repeat_interleave(columns, 0)\n"
        + "    across = line(columns, D)[:, few].repeat(rows, 1)\n"
        + "    return torch.cat([down, across], 1)\n",
        "the places",
    ),
    "a line of all places": (
        HEAD
        + "    both = line(rows * columns, D)\n"
        + "    return torch.cat([both, both], 1)\n",
        "the places",
    ),
}  # fmt: skip

RIGHT = {
    "loops": """
def grid(rows, columns, D):
    found = torch.zeros(rows * columns, D, dtype=torch.float64)
    for place in range(rows * columns):
        for half, p in enumerate((place // columns, place % columns)):
            for i in range(D // 4):
                angle = torch.tensor(p / 10000 ** (4 * i / D), dtype=torch.float64)
                found[place, half * D // 2 + 2 * i] = angle.sin()
                found[place, half * D // 2 + 2 * i + 1] = angle.cos()
    return found
""",
    "NumPy": """
def grid(rows, columns, D):
    p, q = np.divmod(np.arange(rows * columns), columns)
    speed = 10000.0 ** (-4 * np.arange(D // 4) / D)
    parts = []
    for place in (p, q):
        angles = place[:, None] * speed
        pair = np.stack([np.sin(angles), np.cos(angles)], axis=-1)
        parts.append(pair.reshape(len(place), D // 2))
    return torch.from_numpy(np.concatenate(parts, axis=1))
""",
    "complex numbers": """
def grid(rows, columns, D):
    speed = torch.exp(-4 * np.log(10000.0) / D * torch.arange(D // 4).double())
    def line(n):
        angles = torch.outer(torch.arange(n).double(), speed)
        pair = torch.view_as_real(torch.polar(torch.ones_like(angles), angles))
        return pair.flip(-1).reshape(n, D // 2)
    p = torch.arange(rows * columns)
    return torch.hstack([line(rows)[p // columns], line(columns)[p % columns]])
""",
    "a broadcast table": LINE + """def grid(rows, columns, D):
    down = line(rows, D)[:, None].expand(rows, columns, D // 2)
    across = line(columns, D)[None].expand(rows, columns, D // 2)
    return torch.cat([down, across], -1).reshape(rows * columns, D)
""",
}  # fmt: skip
