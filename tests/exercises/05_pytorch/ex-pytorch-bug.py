"""Wrong answers to "Find the bug", and a second right one."""

WRONG = {
    "nothing mended": (
        """
def training_loss(linear, x, t):
    return F.nll_loss(F.log_softmax(F.softmax(linear(x), dim=1), dim=1), t)
""",
        "still applied twice",
    ),
    "the wrong softmax removed": (
        """
def training_loss(linear, x, t):
    return F.nll_loss(F.softmax(linear(x), dim=1), t)
""",
        "log-probabilities",
    ),
    "both removed": (
        """
def training_loss(linear, x, t):
    return F.nll_loss(linear(x), t)
""",
        "no softmax left",
    ),
    "sum": (
        """
def training_loss(linear, x, t):
    return F.cross_entropy(linear(x), t, reduction="sum")
""",
        "wanted the mean",
    ),
    "over the batch": (
        """
def training_loss(linear, x, t):
    return F.cross_entropy(F.log_softmax(linear(x), dim=0), t)
""",
        "over the batch",
    ),
    "detached": (
        """
def training_loss(linear, x, t):
    return F.cross_entropy(linear(x), t).detach()
""",
        "gradient is lost",
    ),
    "a constant": (
        """
def training_loss(linear, x, t):
    return torch.tensor(2.302585, dtype=torch.float64, requires_grad=True)
""",
        "wrong value",
    ),
}

RIGHT = {
    "another style": """
def training_loss(linear, x, t):
    z = linear(x)
    picked = z.gather(1, t[:, None])[:, 0]
    return (z.logsumexp(dim=1) - picked).mean()
""",
}
