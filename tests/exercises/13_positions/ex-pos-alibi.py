"""Wrong answers to `alibi_bias`, and a second right one."""

HEAD = """
def alibi_bias(slopes, Tq, Tk):
    query, key = torch.arange(Tk - Tq, Tk), torch.arange(Tk)
    s, d = slopes[:, None, None], query[:, None] - key
"""

WRONG = {
    "queries from zero": (
        HEAD + "    return -s * (torch.arange(Tq)[:, None] - key).abs()\n",
        "stands at the first key",
    ),
    "off by one": (HEAD + "    return -s * (d + 1).abs()\n", "off by one"),
    "a reward": (HEAD + "    return s * d.abs()\n", "a reward for distance"),
    "signed": (HEAD + "    return -s * d\n", "never negative"),
    "squared": (HEAD + "    return -s * d**2\n", "price is linear"),
    "slopes of its own": (
        HEAD
        + "    H = len(slopes)\n"
        + "    own = 2.0 ** (-8 * torch.arange(1, H + 1).double() / H)\n"
        + "    return -own[:, None, None] * d.abs()\n",
        "slopes of your own",
    ),
    "keys before queries": (
        HEAD + "    return (-s * d.abs()).transpose(1, 2)\n",
        "wanted (H, Tq, Tk)",
    ),
    "slopes on the wrong axis": (
        HEAD + "    return -slopes * d.abs()\n",
        "places broadcast",
    ),
}

RIGHT = {
    "another style": """
def alibi_bias(slopes, Tq, Tk):
    full = torch.stack([torch.arange(-i, Tk - i).abs() for i in range(Tk)])
    return -torch.einsum("h,qk->hqk", slopes, full[Tk - Tq :].to(slopes.dtype))
""",
}
