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
        "you say no",
    ),
    "only a reversal": (
        """
def is_equivariant(layer):
    x = torch.randn(2, 8, 6, dtype=torch.float64)
    return bool((layer(x.flip(1)) - layer(x).flip(1)).abs().max() < 1e-9)
""",
        "your test says True",
    ),
    "only a rotation": (
        """
def is_equivariant(layer):
    x = torch.randn(2, 8, 6, dtype=torch.float64)
    return bool((layer(x.roll(3, 1)) - layer(x).roll(3, 1)).abs().max() < 1e-9)
""",
        "your test says True",
    ),
    "a wide tolerance": (
        """
def is_equivariant(layer):
    x = torch.randn(2, 8, 6, dtype=torch.float64)
    order = torch.tensor([3, 5, 4, 0, 6, 2, 7, 1])
    return torch.allclose(layer(x[:, order]), layer(x)[:, order], atol=1e-3)
""",
        "faintly",
    ),
    "permutes the batch": (
        """
def is_equivariant(layer):
    x = torch.randn(8, 8, 6, dtype=torch.float64)
    order = torch.tensor([3, 1, 4, 0, 6, 2, 7, 5])
    return bool((layer(x[order]) - layer(x)[order]).abs().max() < 1e-9)
""",
        "your test says",
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
    "no to everything": (
        """
def is_equivariant(layer):
    return False
""",
        "you say no",
    ),
    "a single token": (
        """
def is_equivariant(layer):
    x = torch.randn(2, 1, 6, dtype=torch.float64)
    return bool((layer(x.flip(1)) - layer(x).flip(1)).abs().max() < 1e-9)
""",
        "yes to every layer",
    ),
    "two tokens": (
        """
def is_equivariant(layer):
    x = torch.randn(2, 2, 6, dtype=torch.float64)
    return bool((layer(x.flip(1)) - layer(x).flip(1)).abs().max() < 1e-9)
""",
        "your test says True",
    ),
    "the first row only": (
        """
def is_equivariant(layer):
    x = torch.randn(3, 8, 6, dtype=torch.float64)
    order = torch.tensor([3, 5, 4, 0, 6, 2, 7, 1])
    return bool((layer(x[:, order]) - layer(x)[:, order])[0].abs().max() < 1e-9)
""",
        "the last row of the batch",
    ),
    "one feature only": (
        """
def is_equivariant(layer):
    x = torch.randn(3, 8, 6, dtype=torch.float64)
    order = torch.tensor([3, 5, 4, 0, 6, 2, 7, 1])
    gap = layer(x[:, order]) - layer(x)[:, order]
    return bool(gap[:, :, 2].abs().max() < 1e-9)
""",
        "in a single feature",
    ),
    "the usual tolerance, relative to large outputs": (
        """
def is_equivariant(layer):
    x = torch.randn(2, 8, 6, dtype=torch.float64)
    order = torch.tensor([3, 5, 4, 0, 6, 2, 7, 1])
    return torch.allclose(layer(x[:, order]), layer(x)[:, order])
""",
        "faintly",
    ),
    "outputs may stay as they are": (
        """
def is_equivariant(layer):
    x = torch.randn(2, 8, 6, dtype=torch.float64)
    for _ in range(5):
        order = torch.randperm(8)
        y, z = layer(x), layer(x[:, order])
        if min((z - y).abs().max(), (z - y[:, order]).abs().max()) > 1e-9:
            return False
    return True
""",
        "one that sorts",
    ),
    "compares means": (
        """
def is_equivariant(layer):
    x = torch.randn(2, 8, 6, dtype=torch.float64)
    order = torch.tensor([3, 5, 4, 0, 6, 2, 7, 1])
    return bool((layer(x[:, order]) - layer(x)).mean(1).abs().max() < 1e-9)
""",
        "your test says True",
    ),
    "a number in place of a bool": (
        """
def is_equivariant(layer):
    x = torch.randn(2, 8, 6, dtype=torch.float64)
    order = torch.tensor([3, 5, 4, 0, 6, 2, 7, 1])
    return (layer(x[:, order]) - layer(x)[:, order]).abs().max().item()
""",
        "wanted True or False",
    ),
    "a tolerance of 1e-4": (
        """
def is_equivariant(layer):

    g = torch.Generator().manual_seed(0)
    for t in range(12):
        B, T = 4, 6
        x = torch.randn(B,T,6,dtype=torch.float64,generator=g)
        p = torch.randperm(T,generator=g)
        z = x[:, p]
        y = layer(x)
        if (layer(z) - y[:, p]).abs().max() > 1e-4: return False
    return True
""",
        "your test says True",
    ),
    "the mean of all gaps": (
        """
def is_equivariant(layer):

    g = torch.Generator().manual_seed(0)
    for t in range(12):
        B, T = 4, 6
        x = torch.randn(B,T,6,dtype=torch.float64,generator=g)
        p = torch.randperm(T,generator=g)
        z = x[:, p]
        y = layer(x)
        if (layer(z) - y[:, p]).abs().mean() > 1e-5: return False
    return True
""",
        "your test says True",
    ),
    "inputs near 0": (
        """
def is_equivariant(layer):

    g = torch.Generator().manual_seed(0)
    for t in range(12):
        B, T = 4, 6
        x = 1e-6*torch.randn(B,T,6,dtype=torch.float64,generator=g)
        p = torch.randperm(T,generator=g)
        z = x[:, p]
        y = layer(x)
        if (layer(z) - y[:, p]).abs().max() > 1e-8: return False
    return True
""",
        "your test says True",
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
    "all orders of three tokens": """
from itertools import permutations
def is_equivariant(layer):
    x = torch.linspace(-2, 2, 36, dtype=torch.float64).reshape(2, 3, 6).sin()
    y = layer(x)
    return all(
        (layer(x[:, list(order)]) - y[:, list(order)]).abs().max() < 1e-6
        for order in permutations(range(3))
    )
""",
    "a reversal and a rotation": """
def is_equivariant(layer):
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 7, 6)))
    y = layer(x)
    turned = layer(x.flip(1)), layer(x.roll(1, dims=1))
    wanted = y.flip(1), y.roll(1, dims=1)
    return np.all([np.abs(a - b).max() < 1e-8 for a, b in zip(turned, wanted)])
""",
    "one batch, an order for each row": """
def is_equivariant(layer):
    x = torch.randn(1, 9, 6, dtype=torch.float64)
    orders = torch.stack([torch.randperm(9) for _ in range(16)])
    both = layer(torch.cat([x.expand(16, -1, -1), x[0][orders]]))
    wanted = torch.stack([y[order] for y, order in zip(both[:16], orders)])
    return torch.allclose(both[16:], wanted, rtol=0, atol=1e-7)
""",
    "large inputs, neighbors swapped": """
def is_equivariant(layer):
    T = 6
    x = 1000 * torch.randn(4, T, 6).double()
    for t in range(T - 1):
        order = np.arange(T)
        order[[t, t + 1]] = t + 1, t
        gap = layer(x[:, order]) - layer(x)[:, order]
        if gap.norm() > 1e-6:
            return False
    return torch.tensor(True)
""",
    "a batch of one row": """
def is_equivariant(layer):

    g = torch.Generator().manual_seed(0)
    for t in range(12):
        B, T = 1, 6
        x = torch.randn(B,T,6,dtype=torch.float64,generator=g)
        p = torch.randperm(T,generator=g)
        z = x[:, p]
        y = layer(x)
        if (layer(z) - y[:, p]).abs().max() > 1e-8: return False
    return True
""",
}

CHEATS = {
    "counts its calls": (
        """
calls = []
def is_equivariant(layer):
    calls.append(layer)
    return (len(calls) - 1) % 23 < 6
""",
        "you",
    ),
    "guesses": (
        """
import random
def is_equivariant(layer):
    return random.random() < 0.3
""",
        "you",
    ),
    "looks at the layer's name": (
        """
def is_equivariant(layer):
    return "attention" in repr(layer)
""",
        "you say no",
    ),
}
