"""Wrong answers to `rotate_neighbors`, cheats, and other right ones.

A memo lives on from draw to draw here, so it may meet another of its mistakes first:
the hints of the memos have only one word in common.
"""

ANGLES = """
def angles_of(T, d, offset):
    return torch.arange(offset, offset + T)[:, None] * frequencies(d)


def turn(a, b, w):
    return a * w.cos() - b * w.sin(), a * w.sin() + b * w.cos()


def rotate_neighbors(x, offset=0):
    T, d = x.shape[-2:]
"""
OWN = "    w = angles_of(T, d, offset)\n"
PAIRS = "    a, b = x[..., 0::2], x[..., 1::2]\n"
BACK = "    return torch.stack(turn(a, b, w), -1).flatten(-2).to(x.dtype)\n"


def memo(key: str) -> str:
    """An answer that keeps its angles under `key`."""
    line = f"    w = memo.setdefault({key}, angles_of(T, d, offset))\n"
    return "memo = {}\n" + ANGLES + line + PAIRS + BACK


WRONG = {
    "a memo under the length alone": (memo("T"), "offset"),
    "a memo without the offset": (memo("(T, d)"), "offset"),
    "a memo without the width": (memo("(T, offset)"), "offset"),
    "a memo without the length": (memo("(d, offset)"), "offset"),
    "a memo that grows and starts at the first offset": (
        "memo = {}\n"
        + ANGLES
        + "    if d not in memo or len(memo[d]) < T:\n"
        + "        memo[d] = angles_of(T, d, offset)\n"
        + "    w = memo[d][:T]\n"
        + PAIRS
        + BACK,
        "offset",
    ),
    "a table that ends": (
        ANGLES + "    w = angles_of(1000, d, 0)[offset : offset + T]\n" + PAIRS + BACK,
        "wanted the shape of x",
    ),
    "a memo under the offset's last digits": (memo("(T, d, offset % 64)"), "offset"),
    "a memo of what came in": (
        "memo = {}\n"
        + ANGLES
        + OWN
        + PAIRS
        + "    key = x.shape, x.sum().item()\n"
        + BACK.replace("return ", "return memo.setdefault(key, ").rstrip()
        + ")\n",
        "offset",
    ),
    "a table of 2,048 places": (
        ANGLES + "    w = angles_of(T, d, min(offset, 2048 - T))\n" + PAIRS + BACK,
        "offset",
    ),
    "one token is not turned": (
        ANGLES + "    if T == 1:\n        return x.clone()\n" + OWN + PAIRS + BACK,
        "nothing was turned",
    ),
    "a view": (
        ANGLES
        + OWN
        + "    y = x.view(-1, T, d // 2, 2)\n"
        + "    y = torch.stack(turn(y[..., 0], y[..., 1], w), -1)\n"
        + "    return y.view(x.shape).to(x.dtype)\n",
        "straight from a transpose",
    ),
    "offset forgotten": (
        ANGLES + "    w = angles_of(T, d, 0)\n" + PAIRS + BACK,
        "as if the offset were 0",
    ),
    "no default": (
        ANGLES.replace("offset=0", "offset") + OWN + PAIRS + BACK,
        "without a second argument",
    ),
    "another default": (
        ANGLES.replace("offset=0", "offset=1") + OWN + PAIRS + BACK,
        "without an offset",
    ),
    "pairs of halves": (
        ANGLES
        + OWN
        + "    a, b = x.chunk(2, -1)\n"
        + "    return torch.cat(turn(a, b, w), -1).to(x.dtype)\n",
        "i + d/2 are paired",
    ),
    "put back as halves": (
        ANGLES + OWN + PAIRS + "    return torch.cat(turn(a, b, w), -1).to(x.dtype)\n",
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
    "another type comes back": (
        ANGLES + OWN + PAIRS + BACK.replace(".to(x.dtype)", ".double()"),
        "x is float32, the result float64",
    ),
    "in place": (
        ANGLES
        + OWN
        + PAIRS
        + "    x[..., 0::2], x[..., 1::2] = turn(a.clone(), b.clone(), w)\n"
        + "    return x\n",
        "in place",
    ),
    "no gradient": (
        ANGLES + OWN + "    x = x.detach()\n" + PAIRS + BACK,
        "no gradient reaches x",
    ),
    "half a gradient": (
        ANGLES + OWN + PAIRS + "    b = b.detach()\n" + BACK,
        "the gradient of x",
    ),
    "squeezed": (ANGLES + OWN + PAIRS + BACK.strip("\n") + ".squeeze()\n", "x"),
}

CHEATS = {
    "the library's, shuffled": (
        """
from n2t.positions import make_positions

def rotate_neighbors(x, offset=0):
    d = x.shape[-1]
    rotary = make_positions("rotary", d, 1, d, 9_000).double()
    halves = torch.cat([x[..., 0::2], x[..., 1::2]], -1)
    turned = rotary.rotate(halves, offset)
    return torch.stack(turned.chunk(2, -1), -1).flatten(-2)
""",
        "without n2t",
    ),
    "the library's, with the watch taken away": (
        """
import sys
from n2t.positions import Rotary

def rotate_neighbors(x, offset=0):
    sys.setprofile(None)
    halves = torch.cat([x[..., 0::2], x[..., 1::2]], -1)
    turned = Rotary(x.shape[-1], 9_000).double().rotate(halves, offset)
    return torch.stack(turned.chunk(2, -1), -1).flatten(-2)
""",
        "without n2t",
    ),
}

RIGHT = {
    "complex numbers": """
def rotate_neighbors(x, offset=0):
    B, H, T, d = x.shape
    z = torch.view_as_complex(x.double().reshape(B, H, T, d // 2, 2).contiguous())
    places = torch.arange(T).double() + offset
    angles = torch.outer(places, frequencies(d).double())
    turn = torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(z * turn).flatten(3).to(x.dtype)
""",
    "float32 throughout": """
def rotate_neighbors(x, offset=0):
    T, d = x.shape[-2:]
    theta = 10_000.0 ** (-torch.arange(0, d, 2).float() / d)
    angles = torch.arange(offset, offset + T).float()[:, None] * theta
    cos = angles.cos().repeat_interleave(2, -1)
    sin = angles.sin().repeat_interleave(2, -1)
    crossed = torch.stack([-x[..., 1::2], x[..., 0::2]], -1).flatten(-2)
    return x * cos.to(x.dtype) + crossed * sin.to(x.dtype)
""",
    "a matrix for each place": """
def rotate_neighbors(x, offset=0):
    T, d = x.shape[-2:]
    turns = torch.zeros(T, d, d, dtype=x.dtype)
    for t in range(T):
        for i, theta in enumerate(frequencies(d).tolist()):
            c, s = np.cos((offset + t) * theta), np.sin((offset + t) * theta)
            pair = torch.tensor([[c, -s], [s, c]], dtype=x.dtype)
            turns[t, 2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = pair
    return torch.einsum("tij,bhtj->bhti", turns, x)
""",
    "written into a copy, with a memo of all it depends on": """
memo = {}

def rotate_neighbors(x, offset=0):
    T, d = x.shape[-2:]
    if (T, d, offset, x.dtype) not in memo:
        w = torch.arange(offset, offset + T)[:, None] * frequencies(d)
        memo[T, d, offset, x.dtype] = w.cos().to(x.dtype), w.sin().to(x.dtype)
    cos, sin = memo[T, d, offset, x.dtype]
    y = torch.empty_like(x)
    y[..., 0::2] = x[..., 0::2] * cos - x[..., 1::2] * sin
    y[..., 1::2] = x[..., 0::2] * sin + x[..., 1::2] * cos
    return y
""",
    "nothing to do at place 0": """
def rotate_neighbors(x, offset=0):
    T, d = x.shape[-2:]
    if T == 1 and offset == 0:
        return x
    w = (offset + np.arange(T))[:, None] * 10_000.0 ** (-np.arange(0, d, 2) / d)
    cos, sin = torch.tensor(np.cos(w)), torch.tensor(np.sin(w))
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    y = torch.stack((a * cos - b * sin, b * cos + a * sin), dim=-1)
    return y.reshape(x.shape).type_as(x)
""",
}
