"""Wrong answers to `norm_axes`, and other right ones."""

HEAD = """
def norm_axes(norm):
    x = torch.randn(4, 5, 6, dtype=torch.float64)
    moved = x.clone()
    moved[0, 0, 0] += 1
    change = (norm(moved) - norm(x)).abs() > 1e-9
"""

WRONG = {
    "always the features": (HEAD + "    return (2,)\n", "was said to be along (2,)"),
    "by means of the output": (
        HEAD
        + "    y = norm(x)\n"
        + "    return tuple(i for i in range(3) if y.mean(i).abs().max() < 1e-3)\n",
        "was said to be along",
    ),
    "by variances of the output": (
        HEAD
        + "    v = [(norm(x).var(i, correction=0) - 1).abs().max() for i in range(3)]\n"
        + "    return tuple(i for i in range(3) if v[i] < 1e-2)\n",
        "was said to be along",
    ),
    "only one axis": (
        HEAD
        + "    if change[0, 0, 1]:\n        return (2,)\n"
        + "    if change[0, 1, 0]:\n        return (1,)\n"
        + "    return (0,) if change[1, 0, 0] else ()\n",
        "was said to be along",
    ),
    "the number itself counts": (
        HEAD
        + "    return tuple(i for i in range(3) if change.movedim(i, 0)[0].any())\n",
        "was said to be along",
    ),
    "anything that moved, moved far away": (
        HEAD
        + "    return tuple(i for i in range(3) if change.movedim(i, 0)[1:].any()"
        + " and change[1, 1, 1])\n",
        "was said to be along",
    ),
    "falling order": (
        HEAD
        + "    near = (change[1, 0, 0], change[0, 1, 0], change[0, 0, 1])\n"
        + "    return tuple(i for i in (2, 1, 0) if near[i])\n",
        "in rising order",
    ),
    "axes in other places": (
        HEAD
        + "    near = (change[0, 0, 1], change[0, 1, 0], change[1, 0, 0])\n"
        + "    return tuple(i for i in range(3) if near[i])\n",
        "was said to be along",
    ),
    "a list": (
        HEAD
        + "    near = (change[1, 0, 0], change[0, 1, 0], change[0, 0, 1])\n"
        + "    return [i for i in range(3) if near[i]]\n",
        "wanted a tuple",
    ),
    "two tokens of two features": (
        "def norm_axes(norm):\n"
        "    x = torch.randn(2, 2, 2, dtype=torch.float64)\n"
        "    return (2,) if norm(x).mean(-1).abs().max() < 1e-3 else (1,)\n",
        "each size from 3",
    ),
    "float32": (
        "def norm_axes(norm):\n"
        "    y = norm(torch.randn(4, 4, 4))\n"
        "    return (2,) if y.mean(-1).abs().max() < 1e-3 else (1,)\n",
        "float64",
    ),
    "a wide tolerance": (
        HEAD.replace("1e-9", "0.3")
        + "    near = (change[1, 0, 0], change[0, 1, 0], change[0, 0, 1])\n"
        + "    return tuple(i for i in range(3) if near[i])\n",
        "was said to be along",
    ),
    "never the batch": (
        HEAD
        + "    near = (False, change[0, 1, 0], change[0, 0, 1])\n"
        + "    return tuple(i for i in range(3) if near[i])\n",
        "was said to be along",
    ),
    "moved by too little": (
        HEAD.replace("+= 1", "+= 1e-12")
        + "    near = (change[1, 0, 0], change[0, 1, 0], change[0, 0, 1])\n"
        + "    return tuple(i for i in range(3) if near[i])\n",
        "was said to be along ()",
    ),
    "the sign turned": (
        HEAD.replace("+= 1", "*= -1")
        + "    near = (change[1, 0, 0], change[0, 1, 0], change[0, 0, 1])\n"
        + "    return tuple(i for i in range(3) if near[i])\n",
        "was said to be along ()",
    ),
    "by what a mean takes away": (
        "def norm_axes(norm):\n"
        "    x, found = torch.randn(4, 5, 6).double(), ()\n"
        "    for axis in range(3):\n"
        "        push = torch.randn(4, 5, 6).double().mean(axis, keepdim=True)\n"
        "        if (norm(x + push) - norm(x)).abs().max() < 1e-6:\n"
        "            found += (axis,)\n"
        "    return found\n",
        "was said to be along",
    ),
    "cut along the features too": (
        "def norm_axes(norm):\n"
        "    x, found = torch.randn(6, 7, 8).double(), ()\n"
        "    for axis in range(3):\n"
        "        part = norm(x.narrow(axis, 0, 3))\n"
        "        if not torch.allclose(part, norm(x).narrow(axis, 0, 3)):\n"
        "            found += (axis,)\n"
        "    return found\n",
        "was said to be along",
    ),
    "one number among zeros": (
        HEAD.replace("randn", "zeros")
        + "    near = (change[1, 0, 0], change[0, 1, 0], change[0, 0, 1])\n"
        + "    return tuple(i for i in range(3) if near[i])\n",
        "was said to be along",
    ),
    "yes and no for each axis": (
        HEAD
        + "    near = (change[1, 0, 0], change[0, 1, 0], change[0, 0, 1])\n"
        + "    return tuple(bool(one) for one in near)\n",
        "got True or False",
    ),
    "endless numbers": (
        HEAD + "    norm(x / 0)\n    return (2,)\n",
        "nothing beyond",
    ),
}

RIGHT = {
    "each axis alone": """
def norm_axes(norm):
    found = []
    for axis in range(3):
        x = torch.linspace(-2, 2, 343, dtype=torch.float64).cos().reshape(7, 7, 7)
        other = x.clone()
        other.movedim(axis, 0)[0] += torch.rand(7, 7, dtype=torch.float64) + 1
        same = norm(x).movedim(axis, 0)[1:] - norm(other).movedim(axis, 0)[1:]
        if same.abs().max() > 1e-7:
            found.append(axis)
    return tuple(found)
""",
    "a token taken out of its company": """
def norm_axes(norm):
    x = torch.rand(8, 9, 10, dtype=torch.float64) * 3
    whole = norm(x)
    axes = ()
    for axis, part in ((0, norm(x[:4])), (1, norm(x[:, :4]))):
        if not torch.allclose(whole.narrow(axis, 0, 4), part, rtol=0, atol=1e-6):
            axes += (axis,)
    twisted = x.clone()
    twisted[..., 5:] *= 2
    if (norm(twisted) - whole)[..., :5].abs().max() > 1e-6:
        axes = axes + (2,)
    return axes
""",
    "in NumPy": """
import numpy as np

def norm_axes(norm):
    x = np.random.default_rng(1).normal(size=(3, 4, 5))
    seen = lambda a: norm(torch.from_numpy(a)).numpy()
    moved = x.copy()
    moved[1, 2, 3] -= 2
    far = np.abs(seen(moved) - seen(x)) > 1e-8
    lines = far[:, 2, 3], far[1, :, 3], far[1, 2, :]
    return tuple(i for i, line in enumerate(lines) if line.sum() > 1)
""",
    "NumPy's numbers": """
import numpy as np

def norm_axes(norm):
    x = torch.randn(4, 5, 6, dtype=torch.float64)
    moved = x.clone()
    moved[0, 0, 0] += 1
    far = (norm(moved) - norm(x)).abs().numpy() > 1e-9
    return tuple(np.flatnonzero([far[1, 0, 0], far[0, 1, 0], far[0, 0, 1]]))
""",
    "torch's numbers": """
def norm_axes(norm):
    x = torch.randn(3, 3, 3, dtype=torch.float64)
    moved = x.clone()
    moved[1, 1, 1] -= 1.5
    far = (norm(moved) - norm(x)).abs() > 1e-9
    near = torch.stack([far[0, 1, 1], far[1, 0, 1], far[1, 1, 0]])
    return tuple(near.nonzero().flatten())
""",
    "the largest company": """
from itertools import combinations

def norm_axes(norm):
    x = torch.randn(3, 4, 5, dtype=torch.float64)
    for count in range(4):
        for axes in combinations(range(3), count):
            kept = tuple(slice(None) if i in axes else 0 for i in range(3))
            other = x + 1
            other[kept] = x[kept]
            if torch.isclose(norm(other), norm(x), rtol=0, atol=1e-10)[0, 0, 0]:
                return axes
""",
}
