"""Wrong answers to `alibi_bias`, cheats, and other right ones."""

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
    "the past alone": (HEAD + "    return -s * d.clamp(min=0)\n", "cost nothing"),
    "squared": (HEAD + "    return -s * d**2\n", "price is linear"),
    "slopes of its own": (
        HEAD
        + "    H = len(slopes)\n"
        + "    own = 2.0 ** (-8 * torch.arange(1, H + 1).double() / H)\n"
        + "    return -own[:, None, None] * d.abs()\n",
        "slopes of your own",
    ),
    "no slopes": (
        HEAD + "    return -d.abs().expand(len(slopes), Tq, Tk)\n",
        "where are the slopes",
    ),
    "sorted slopes": (
        HEAD + "    return -s.sort(0, descending=True).values * d.abs()\n",
        "slopes",
    ),
    "keys before queries": (
        HEAD + "    return (-s * d.abs()).transpose(1, 2)\n",
        "wanted (H, Tq, Tk)",
    ),
    "the heads last": (
        HEAD + "    return (-s * d.abs()).permute(1, 2, 0)\n",
        "wanted (H, Tq, Tk)",
    ),
    "a batch in front": (
        HEAD + "    return (-s * d.abs())[None]\n",
        "wanted (H, Tq, Tk)",
    ),
    "slopes on the wrong axis": (
        HEAD + "    return -slopes * d.abs()\n",
        "slopes is (",
    ),
    "one query squeezed": (
        HEAD + "    return (-s * d.abs()).squeeze(1)\n",
        "wanted (H, Tq, Tk)",
    ),
    "queries in reverse": (
        HEAD + "    return -s * d.abs().flip(0)\n",
        "the queries are in reverse",
    ),
    "slopes are changed": (HEAD + "    return slopes.neg_()[:, None, None] * d.abs()\n",
                           "in place"),
    "whole numbers": (HEAD + "    return (-s * d.abs()).long()\n", "the bias at"),
    "a memo without the slopes": (
        "memo = {}\n"
        + HEAD
        + "    return memo.setdefault((len(slopes), Tq, Tk), -s * d.abs())\n",
        "the bias at",
    ),
    "a table of 2,048 places": (
        HEAD + "    return -s * d.abs().clamp(max=2047)\n",
        "the bias at",
    ),
    "whole numbers of one byte": (
        HEAD + "    return -s * d.abs().to(torch.int8)\n",
        "the bias at",
    ),
    "a memo of the distances without Tq": (
        "memo = {}\n" + HEAD + "    return -s * memo.setdefault(Tk, d.abs())\n",
        "wanted (H, Tq, Tk)",
    ),
}  # fmt: skip

CHEATS = {
    "the library's, with these slopes": (
        """
from n2t.positions import Alibi

def alibi_bias(slopes, Tq, Tk):
    alibi = Alibi(len(slopes), Tk)
    alibi.slopes = slopes
    return alibi.bias(Tq, Tk)
""",
        "without n2t",
    ),
}

RIGHT = {
    "rows of a square": """
def alibi_bias(slopes, Tq, Tk):
    full = torch.stack([torch.arange(-i, Tk - i).abs() for i in range(Tk)])
    return -torch.einsum("h,qk->hqk", slopes, full[Tk - Tq :].to(slopes.dtype))
""",
    "loops": """
def alibi_bias(slopes, Tq, Tk):
    bias = torch.zeros(len(slopes), Tq, Tk)
    for h in range(len(slopes)):
        for i in range(Tq):
            for j in range(Tk):
                bias[h, i, j] = -slopes[h] * abs(Tk - Tq + i - j)
    return bias
""",
    "float64 throughout, the sign last": """
def alibi_bias(slopes, Tq, Tk):
    i = torch.arange(Tq).double().view(1, Tq, 1) + Tk - Tq
    gap = torch.maximum(i - torch.arange(Tk), torch.arange(Tk) - i)
    return (gap * slopes.view(-1, 1, 1)).neg()
""",
    "by NumPy": """
def alibi_bias(slopes, Tq, Tk):
    gap = np.abs(np.subtract.outer(np.arange(Tk)[-Tq:], np.arange(Tk)))
    return torch.from_numpy(-np.multiply.outer(slopes.numpy(), gap))
""",
    "cut out of the page's square": """
def alibi_bias(slopes, Tq, Tk):
    places = torch.arange(Tk)
    square = (places[:, None] - places).abs()
    return torch.stack([-slope * square[-Tq:] for slope in slopes])
""",
}
