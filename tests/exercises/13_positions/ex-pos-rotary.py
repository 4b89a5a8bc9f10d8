"""Wrong answers to `rotate_neighbors`, and a second right one."""

ANGLES = """
def angles_of(T, d, offset):
    return torch.arange(offset, offset + T)[:, None] * frequencies(d)


def turn(a, b, w):
    return a * w.cos() - b * w.sin(), a * w.sin() + b * w.cos()


def rotate_neighbors(x, offset=0):
    T, d = x.shape[-2:]
"""
PAIRS = "    a, b = x[..., 0::2], x[..., 1::2]\n"
BACK = "    return torch.stack(turn(a, b, w), -1).flatten(-2)\n"

WRONG = {
    "a memo without the offset": (
        "memo = {}\n"
        + ANGLES
        + "    w = memo.setdefault((T, d), angles_of(T, d, offset))\n"
        + PAIRS
        + BACK,
        "what is the memo's key",
    ),
    "offset forgotten": (
        ANGLES + "    w = angles_of(T, d, 0)\n" + PAIRS + BACK,
        "the offset is not used",
    ),
    "pairs of halves": (
        ANGLES
        + "    w = angles_of(T, d, offset)\n    a, b = x.chunk(2, -1)\n"
        + "    return torch.cat(turn(a, b, w), -1)\n",
        "i + d/2 are paired",
    ),
    "put back as halves": (
        ANGLES
        + "    w = angles_of(T, d, offset)\n"
        + PAIRS
        + "    return torch.cat(turn(a, b, w), -1)\n",
        "interleave them again",
    ),
    "the other way round": (
        ANGLES + "    w = -angles_of(T, d, offset)\n" + PAIRS + BACK,
        "the sine's signs",
    ),
    "places from one": (
        ANGLES + "    w = angles_of(T, d, offset + 1)\n" + PAIRS + BACK,
        "stands at offset, not after",
    ),
    "places along the heads": (
        ANGLES + "    w = angles_of(x.shape[1], d, offset)[:, None]\n" + PAIRS + BACK,
        "along heads",
    ),
    "frequencies of i/d": (
        ANGLES
        + "    w = torch.arange(offset, offset + T)[:, None] * frequencies(d) ** 0.5\n"
        + PAIRS
        + BACK,
        "not -i/d",
    ),
}

RIGHT = {
    "another style": """
def rotate_neighbors(x, offset=0):
    B, H, T, d = x.shape
    z = torch.view_as_complex(x.reshape(B, H, T, d // 2, 2).contiguous())
    places = torch.arange(T).double() + offset
    angles = torch.outer(places, frequencies(d).double())
    turn = torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(z * turn).flatten(3)
""",
}
