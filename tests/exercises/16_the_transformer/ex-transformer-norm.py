"""Wrong answers to "Which norm is it?", cheats, and other right ones."""

START = """
def which_norm(block):
    x = 30 * torch.randn(2, 5, 16).double() + 7
    def normal(y):
        flat = y.mean(-1).abs().max() < 1e-3
        return bool(flat and (y.square().mean(-1) - 1).abs().max() < 1e-2)
    added, doubled = block(x) - x, block(2 * x) - 2 * x
    same = torch.allclose(added, doubled, rtol=1e-3, atol=1e-3)
"""

WRONG = {
    "always post": (START + "    return 'post'\n", "was called 'post'"),
    "inside not known": (
        START + "    if normal(block(x)):\n        return 'post'\n"
        "    small = (block(1000 * x) - 1000 * x).abs().max() < 100\n"
        "    return 'pre' if small else 'none'\n",
        "'inside' was called 'pre'",
    ),
    "inside and post are one": (
        START + "    if normal(block(x)) or normal(added):\n"
        "        return 'post'\n"
        "    return 'pre' if same else 'none'\n",
        "'inside' was called 'post'",
    ),
    "post is taken for inside": (
        START + "    if normal(block(x)) or normal(added):\n"
        "        return 'inside'\n"
        "    return 'pre' if same else 'none'\n",
        "'post' was called 'inside'",
    ),
    "only the output is looked at": (
        START + "    return 'post' if normal(block(x)) else 'none'\n",
        "was called 'none'",
    ),
    "sum without norm not known": (
        START + "    if normal(block(x)):\n        return 'post'\n"
        "    return 'inside' if normal(added) else 'pre'\n",
        "something else when x doubles",
    ),
    "pre and none by a coin": (
        START + "    if normal(block(x)):\n        return 'post'\n"
        "    coin = 'pre' if torch.rand(()) < 0.5 else 'none'\n"
        "    return 'inside' if normal(added) else coin\n",
        "was called",
    ),
    "pre before inside, far away": (
        "def which_norm(block):\n"
        "    x = 4e4 * torch.randn(2, 5, 16).double()\n"
        "    added, doubled = block(x) - x, block(2 * x) - 2 * x\n"
        "    if torch.allclose(added, doubled, rtol=1e-2, atol=1e-2):\n"
        "        return 'pre'\n"
        "    if block(x).abs().max() < 10:\n"
        "        return 'post'\n"
        "    return 'inside' if added.abs().max() < 10 else 'none'\n",
        "was called 'pre'",
    ),
    "variances divided by D - 1": (
        "def which_norm(block):\n"
        "    x = 30 * torch.randn(2, 5, 16).double()\n"
        "    normal = lambda y: (y.var(-1) - 1).abs().max() < 1e-2\n"
        "    added, doubled = block(x) - x, block(2 * x) - 2 * x\n"
        "    if normal(block(x)):\n        return 'post'\n"
        "    if normal(added):\n        return 'inside'\n"
        "    return 'pre' if torch.allclose(added, doubled) else 'none'\n",
        "variance 1, by D",
    ),
    "supposes no biases": (
        "def which_norm(block):\n"
        "    x = torch.randn(2, 5, 16).double()\n"
        "    y, added, doubled = block(x), block(x) - x, block(2 * x) - 2 * x\n"
        "    if y.mean(-1).abs().max() < 1e-6:\n        return 'post'\n"
        "    if added.mean(-1).abs().max() < 1e-6:\n        return 'inside'\n"
        "    return 'none' if torch.allclose(doubled, 2 * added) else 'pre'\n",
        "'none' was called 'pre'",
    ),
    "pre and inside by size": (
        "def which_norm(block):\n"
        "    x = 1000 * torch.randn(2, 8, 64).double()\n"
        "    size = lambda y: y.square().mean().sqrt()\n"
        "    y, added, doubled = block(x), block(x) - x, block(2 * x) - 2 * x\n"
        "    if size(y) < 10:\n        return 'post'\n"
        "    if size(doubled) > 1.5 * size(added):\n        return 'none'\n"
        "    return 'inside' if abs(size(added) - 1) < 0.05 else 'pre'\n",
        "no mean of 0",
    ),
    "a mean near 0": (
        "def which_norm(block):\n"
        "    x = 100 * torch.randn(1, 1, 8).double()\n"
        "    y, added = block(x), block(x) - x\n"
        "    if y.mean().abs() < 0.2:\n        return 'post'\n"
        "    if added.mean().abs() < 0.2:\n        return 'inside'\n"
        "    same = (block(2 * x) - 2 * x - added).abs().max() < 0.5\n"
        "    return 'pre' if same else 'none'\n",
        "was called",
    ),
    "too far away": (
        START.replace("30 *", "1e9 *") + "    return 'post'\n",
        "nothing beyond 1,000,000",
    ),
    "endless numbers": (
        START + "    block(x / 0)\n    return 'post'\n",
        "nothing beyond 1,000,000",
    ),
    "too many numbers": (
        START.replace("(2, 5, 16)", "(1000, 63, 16)") + "    return 'post'\n",
        "at most 1,000,000 numbers",
    ),
    "another word": (START + "    return 'layer'\n", "wanted one of post"),
    "a number": (START + "    return 0\n", "wanted one of post"),
    "two axes": (
        "def which_norm(block):\n"
        "    y = block(torch.randn(4, 16).double())\n"
        "    return 'post' if y.mean(-1).abs().max() < 1e-3 else 'pre'\n",
        "D from 8",
    ),
    "float32": (
        "def which_norm(block):\n"
        "    y = block(torch.randn(2, 4, 16))\n"
        "    return 'post' if y.mean(-1).abs().max() < 1e-3 else 'pre'\n",
        "got a tensor of shape (2, 4, 16), float32",
    ),
    "too narrow": (
        "def which_norm(block):\n"
        "    y = block(torch.randn(2, 4, 4).double())\n"
        "    return 'post' if y.mean(-1).abs().max() < 1e-3 else 'pre'\n",
        "D from 8",
    ),
}

CHEATS = {
    "counts its calls": (
        "order = []\n"
        "def which_norm(block):\n"
        "    order.append(block)\n"
        "    return ('post', 'pre', 'inside', 'none')[len(order) % 4]\n",
        "was called",
    ),
    "looks into the block": (
        """
import gc

def which_norm(block):
    near = [block, vars(block), *(getattr(block, "__closure__", None) or ())]
    for thing in [*near, *gc.get_referents(*near)]:
        for kind in ("post", "pre", "inside", "none"):
            if kind in repr(thing) or getattr(thing, "kind", None) == kind:
                return kind
    return "post"
""",
        "was called",
    ),
    "learns from the last one": (
        "last = ['post']\n"
        "def which_norm(block):\n"
        "    kinds = ['post', 'pre', 'inside', 'none']\n"
        "    last[0] = kinds[kinds.index(last[0]) - 1]\n"
        "    return last[0]\n",
        "was called",
    ),
}

RIGHT = {
    "from far away": """
def which_norm(block):
    x = torch.randn(3, 4, 12).double()
    near, far = block(1e3 * x), block(1e4 * x)
    if far.abs().max() < 10:
        return "post"
    near, far = near - 1e3 * x, far - 1e4 * x
    if far.abs().max() > 50:
        return "none"
    return "inside" if far.mean(-1).abs().max() < 1e-4 else "pre"
""",
    "one token of eight features": """
def which_norm(block):
    x = torch.randn(1, 1, 8, dtype=torch.float64)
    y, z = block(x), block(2 * x)
    if abs(y.mean()) < 1e-9 and abs(y.square().mean() - 1) < 1e-9:
        return "post"
    y, z = y - x, z - 2 * x
    if abs(y.mean()) < 1e-9 and abs(y.square().mean() - 1) < 1e-9:
        return "inside"
    return "pre" if torch.allclose(y, z) else "none"
""",
    "features all equal": """
def which_norm(block):
    one = torch.ones(1, 1, 64, dtype=torch.float64)
    first, second = block(one) - one, block(5 * one) - 5 * one
    if torch.allclose(first, second):
        return "pre"
    output = block(5 * one)
    if torch.allclose(output.var(-1, correction=0), torch.tensor(1.0).double()):
        return "post" if abs(output.mean()) < 1e-6 else "inside"
    return "none"
""",
    "zeros, and then a large x": """
def which_norm(block):
    zero = block(torch.zeros(2, 3, 20).double())
    x = torch.linspace(-50, 100, 120).double().reshape(2, 3, 20).cos() * 40
    y = block(x)
    if abs(zero.mean()) < 1e-9:
        return "post" if y.std() < 2 else "inside"
    return "pre" if torch.allclose(y - x, block(3 * x) - 3 * x) else "none"
""",
    "tiny, with a graph, in NumPy": """
import numpy as np

def which_norm(block):
    x = (1e-3 * torch.randn(4, 2, 128).double()).requires_grad_()
    def seen(scale):
        return block(scale * x).detach().numpy()
    start = x.detach().numpy()
    for name, y in (("post", seen(1)), ("inside", seen(1) - start)):
        if np.allclose(y.mean(-1), 0) and np.allclose(y.std(-1), 1):
            return name
    same = np.allclose(seen(1) - start, seen(2) - 2 * start, atol=1e-9)
    return "pre" if same else "none"
""",
    "already normal, and moved": """
def which_norm(block):
    x = nn.functional.layer_norm(torch.randn(3, 7, 32).double(), (32,))
    added, moved = block(x) - x, block(x + 100) - (x + 100)
    if torch.allclose(added, moved, atol=1e-3):
        return "pre"
    if block(x + 100).mean() < 1:
        return "post"
    return "inside" if moved.mean(-1).abs().max() < 1e-3 else "none"
""",
    "many scales in one batch": """
def which_norm(block):
    scales = torch.logspace(0, 5, 6).double()[:, None, None]
    x = scales * torch.randn(1, 3, 128).double()
    y = block(x)
    grows = lambda z: z[-1].abs().mean() > 100 * z[0].abs().mean()
    if not grows(y):
        return "post"
    if grows(y - x):
        return "none"
    return "pre" if (y - x).mean(-1).abs().min() > 1e-3 else "inside"
""",
}
