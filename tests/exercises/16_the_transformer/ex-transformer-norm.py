"""Wrong answers to "Which norm is it?", and a second right one."""

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
    "always post": (
        START + "    return 'post'\n",
        "was called 'post'",
    ),
    "inside not known": (
        START + "    if normal(block(x)):\n        return 'post'\n"
        "    small = (block(1000 * x) - 1000 * x).abs().max() < 100\n"
        "    return 'pre' if small else 'none'\n",
        "'inside' was called 'pre'",
    ),
    "only the output is looked at": (
        START + "    return 'post' if normal(block(x)) else 'none'\n",
        "was called 'none'",
    ),
    "sum without norm not known": (
        START + "    if normal(block(x)):\n        return 'post'\n"
        "    return 'inside' if normal(added) else 'pre'\n",
        "adds more when x doubles",
    ),
    "another word": (
        START + "    return 'layer'\n",
        "is none of post",
    ),
    "two axes": (
        "def which_norm(block):\n"
        "    y = block(torch.randn(4, 16).double())\n"
        "    return 'post' if y.mean(-1).abs().max() < 1e-3 else 'pre'\n",
        "D of 8 or more",
    ),
}

RIGHT = {
    "another style": """
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
}
