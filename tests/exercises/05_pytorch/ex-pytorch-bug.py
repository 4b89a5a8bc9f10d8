"""Answers to "Find the bug", wrong and right."""

HEAD = "def training_loss(linear, x, t):\n"

WRONG = {
    "nothing mended": (
        HEAD
        + "    p = F.softmax(linear(x), dim=1)\n"
        + "    return F.nll_loss(F.log_softmax(p, dim=1), t)\n",
        "still applied twice",
    ),
    "the wrong softmax removed": (
        HEAD + "    return F.nll_loss(F.softmax(linear(x), dim=1), t)\n",
        "log-probabilities",
    ),
    "both removed": (HEAD + "    return F.nll_loss(linear(x), t)\n", "no softmax left"),
    "sum": (
        HEAD + "    return F.cross_entropy(linear(x), t, reduction='sum')\n",
        "wanted the mean",
    ),
    "one loss an example": (
        HEAD + "    return F.cross_entropy(linear(x), t, reduction='none')\n",
        "wanted the loss, numbers of shape ()",
    ),
    "turned round": (HEAD + "    return -F.cross_entropy(linear(x), t)\n", "sign"),
    "over the batch": (
        HEAD + "    return F.nll_loss(F.log_softmax(linear(x), dim=0), t)\n",
        "over the batch",
    ),
    "logarithm of a softmax": (
        HEAD + "    return F.nll_loss(F.softmax(linear(x), dim=1).log(), t)\n",
        "log_softmax takes",
    ),
    "logarithm of a softmax and a little": (
        HEAD + "    return F.nll_loss((F.softmax(linear(x), 1) + 1e-20).log(), t)\n",
        "the loss",
    ),
    "exponentials that overflow": (
        HEAD
        + "    z = linear(x)\n"
        + "    return (z.exp().sum(1).log() - z[range(len(t)), t]).mean()\n",
        "log_softmax takes",
    ),
    "one maximum for all": (
        HEAD
        + "    z = linear(x)\n"
        + "    z = (z - z.max()).clamp(min=-700)\n"
        + "    return F.cross_entropy(z, t)\n",
        "the loss",
    ),
    "smoothed": (
        HEAD + "    return F.cross_entropy(linear(x), t, label_smoothing=1e-3)\n",
        "wanted",
    ),
    "detached": (
        HEAD + "    return F.cross_entropy(linear(x), t).detach()\n",
        "gradient is lost",
    ),
    "a number of Python's": (
        HEAD + "    return F.cross_entropy(linear(x), t).item()\n",
        "wanted the loss, a tensor",
    ),
    "no gradient for what came in": (
        HEAD + "    return F.cross_entropy(linear(x.detach()), t)\n",
        "no gradient reaches x",
    ),
    "no gradient for the weights": (
        HEAD
        + "    frozen = {k: v.detach() for k, v in linear.named_parameters()}\n"
        + "    z = torch.func.functional_call(linear, frozen, (x,))\n"
        + "    return F.cross_entropy(z, t)\n",
        "no gradient reaches parameter 0",
    ),
    "the right value with another gradient": (
        HEAD
        + "    loss = F.cross_entropy(linear(x), t)\n"
        + "    return 2 * loss - loss.detach()\n",
        "the gradient of x",
    ),
    "goes backward itself": (
        HEAD
        + "    loss = F.cross_entropy(linear(x), t)\n"
        + "    loss.backward()\n"
        + "    return loss\n",
        "calls backward",
    ),
    "a linear layer and nothing else": (
        HEAD + "    return F.cross_entropy(x @ linear.weight.T + linear.bias, t)\n",
        "weight",
    ),
    "a constant": (
        HEAD + "    return torch.tensor(2.302585).double().requires_grad_()\n",
        "the loss",
    ),
}

RIGHT = {
    "the logarithm of the sum": """
def training_loss(linear, x, t):
    z = linear(x)
    picked = z.gather(1, t[:, None])[:, 0]
    return (z.logsumexp(dim=1) - picked).mean()
""",
    "log_softmax and nll_loss": """
def training_loss(linear, x, t):
    return F.nll_loss(F.log_softmax(linear(x), dim=-1), t)
""",
    "each row's maximum, by hand": """
def training_loss(linear, x, t):
    z = linear(x)
    z = z - z.max(dim=1, keepdim=True).values.detach()
    logs = z - z.exp().sum(dim=1, keepdim=True).log()
    return -(F.one_hot(t, z.shape[1]) * logs).sum() / len(t)
""",
    "a module, example by example": """
def training_loss(linear, x, t):
    criterion = nn.CrossEntropyLoss()
    losses = [criterion(linear(x[b : b + 1]), t[b : b + 1]) for b in range(len(x))]
    return torch.stack(losses).mean()
""",
    "in double precision": """
def training_loss(linear, x, t):
    return F.cross_entropy(linear(x).double(), t)
""",
}
