"""Wrong answers to `is_equivariant`, and a second right one."""

WRONG = {
    "yes to everything": (
        """
def is_equivariant(layer):
    x = torch.randn(2, 8, 6, dtype=torch.float64)
    return layer(x).shape == x.shape
""",
        "yes to every layer",
    ),
    "outputs not permuted": (
        """
def is_equivariant(layer):
    x = torch.randn(2, 8, 6, dtype=torch.float64)
    order = torch.tensor([3, 1, 4, 0, 6, 2, 7, 5])
    return bool((layer(x[:, order]) - layer(x)).abs().max() < 1e-9)
""",
        "no to every right layer",
    ),
    "only a reversal": (
        """
def is_equivariant(layer):
    x = torch.randn(2, 8, 6, dtype=torch.float64)
    return bool((layer(x.flip(1)) - layer(x).flip(1)).abs().max() < 1e-9)
""",
        "the published split: your test says True",
    ),
    "only a rotation": (
        """
def is_equivariant(layer):
    x = torch.randn(2, 8, 6, dtype=torch.float64)
    return bool((layer(x.roll(3, 1)) - layer(x).roll(3, 1)).abs().max() < 1e-9)
""",
        "one that goes round",
    ),
    "a wide tolerance": (
        """
def is_equivariant(layer):
    x = torch.randn(2, 8, 6, dtype=torch.float64)
    order = torch.tensor([3, 1, 4, 0, 6, 2, 7, 5])
    return torch.allclose(layer(x[:, order]), layer(x)[:, order], atol=1e-3)
""",
        "knows places, faintly",
    ),
    "permutes the batch": (
        """
def is_equivariant(layer):
    x = torch.randn(8, 8, 6, dtype=torch.float64)
    order = torch.tensor([3, 1, 4, 0, 6, 2, 7, 5])
    return bool((layer(x[order]) - layer(x)[order]).abs().max() < 1e-9)
""",
        "every layer",
    ),
    "the last token stays": (
        """
def is_equivariant(layer):
    x = torch.randn(2, 8, 6, dtype=torch.float64)
    order = torch.tensor([3, 1, 4, 0, 6, 2, 5, 7])
    return bool((layer(x[:, order]) - layer(x)[:, order]).abs().max() < 1e-9)
""",
        "treats the last token apart",
    ),
    "not quite rounding": (
        """
def is_equivariant(layer):
    x = torch.randn(2, 8, 6, dtype=torch.float64)
    order = torch.tensor([3, 1, 4, 0, 6, 2, 7, 5])
    return torch.equal(layer(x[:, order]), layer(x)[:, order])
""",
        "a tolerance above rounding",
    ),
}

RIGHT = {
    "another style": """
def is_equivariant(layer):
    torch.manual_seed(3)
    x = torch.rand(1, 5, 6, dtype=torch.float64) * 4
    y = layer(x)
    for i in range(5):
        for j in range(i):
            order = list(range(5))
            order[i], order[j] = j, i
            if not torch.allclose(layer(x[:, order]), y[:, order], rtol=0, atol=1e-10):
                return False
    return True
""",
}
