"""Answers to "A module of your own", wrong and right."""

CLASS = """
class ScaledLinear(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.scale = {scale}
        {more}

    def forward(self, x):
        return {value}
"""


def module(
    scale: str = "nn.Parameter(torch.tensor(1.0))",
    value: str = "self.scale * self.linear(x)",
    more: str = "pass",
) -> str:
    """The reference, with parts of it replaced."""
    return CLASS.format(scale=scale, value=value, more=more)


SHARED = """
{before}
class ScaledLinear(nn.Module):
    def __init__(self, inputs, outputs{argument}):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.scale = {scale}

    def forward(self, x):
        return self.scale * self.linear(x)
"""

WRONG = {
    "scale is no parameter": (module("torch.tensor(1.0)"), "an nn.Parameter"),
    "scale is a number": (module("1.0"), "an nn.Parameter"),
    "scale has a shape": (
        module("nn.Parameter(torch.ones(outputs))"),
        "wanted scale, numbers of shape ()",
    ),
    "scale of one element": (
        module("nn.Parameter(torch.ones(1))"),
        "wanted scale, numbers of shape ()",
    ),
    "a whole number": (module("nn.Parameter(torch.tensor(1))"), "floating point"),
    "a fourth parameter": (
        module(more="self.shift = nn.Parameter(torch.zeros(()))"),
        "4 parameters, wanted 3",
    ),
    "no bias": (
        module(more="self.linear = nn.Linear(inputs, outputs, bias=False)"),
        "2 parameters, wanted 3",
    ),
    "bias not scaled": (
        module(value="self.scale * (x @ self.linear.weight.T) + self.linear.bias"),
        "bias is not scaled",
    ),
    "only the bias scaled": (
        module(value="x @ self.linear.weight.T + self.scale * self.linear.bias"),
        "only the bias",
    ),
    "scale not used": (module(value="self.linear(x)"), "not used"),
    "scale added": (module(value="self.scale + self.linear(x)"), "scale is added"),
    "scale used while training only": (
        module(value="(self.scale if self.training else 1) * self.linear(x)"),
        "not used in forward, in evaluation mode",
    ),
    "always positive": (
        module(value="self.scale.abs() * self.linear(x)"),
        "sign of scale",
    ),
    "starts at zero": (
        module("nn.Parameter(torch.tensor(0.0))"),
        "start at 1",
    ),
    "no gradient for scale": (
        module(value="self.scale.item() * self.linear(x)"),
        "no gradient reaches scale",
    ),
    "no gradient at all": (
        module(value="(self.scale * self.linear(x)).detach()"),
        "no gradient reaches",
    ),
    "no gradient for what came in": (
        module(value="self.scale * self.linear(x.detach())"),
        "no gradient reaches x",
    ),
    "scale's gradient reaches it twice": (
        module(
            value="self.scale * self.linear(x) + self.scale - self.scale.detach()",
        ),
        "the gradient of scale",
    ),
    "two axes only": (
        module(value="self.scale * (torch.einsum("
               "'bi,oi->bo', x, self.linear.weight) + self.linear.bias)"),
        "for x of shape",
    ),
    "one scale for all modules": (
        SHARED.format(
            before="", argument=", s=nn.Parameter(torch.tensor(1.0))", scale="s"
        ),
        "a new module",
    ),
    "one scale for all modules, outside": (
        SHARED.format(
            before="ONE = nn.Parameter(torch.tensor(1.0))", argument="", scale="ONE"
        ),
        "a new module",
    ),
    "super forgotten": (
        module().replace("super().__init__()", "pass"),
        "Module.__init__() call",
    ),
    "outputs first": (
        module(more="self.linear = nn.Linear(outputs, inputs)"),
        "wanted a weight (out, in)",
    ),
    "weights stored the other way": (
        module(
            more="self.linear = nn.Linear(outputs, inputs)\n"
            "        self.linear.bias = nn.Parameter(torch.zeros(outputs))",
            value="self.scale * (x @ self.linear.weight + self.linear.bias)",
        ),
        "wanted a weight (out, in)",
    ),
    "a memo under the shape": (
        module(
            more="self.memo = {}",
            value="self.memo.setdefault(x.shape, self.scale * self.linear(x))",
        ),
        "x of the call before",
    ),
    "weights scaled once": (
        module(
            more="self.kept = []",
            value="(self.kept or self.kept.append((self.scale * self.linear.weight, "
            "self.scale * self.linear.bias)) or self.kept) and "
            "F.linear(x, *self.kept[0])",
        ),
        "backward",
    ),
    "an empty batch fails": (
        module(
            value="self.scale * self.linear(x.reshape(-1, x.shape[-1]))"
            ".view(*x.shape[:-1], -1)",
        ),
        "for x of shape (0,",
    ),
    "a view": (
        module(
            value="self.scale * self.linear(x.view(-1, x.shape[-1]))"
            ".view(*x.shape[:-1], self.linear.out_features)",
        ),
        "for x of shape (2, 4,",
    ),
    "always single": (
        module(value="(self.scale * self.linear(x)).float()"),
        "the output",
    ),
    "the bias is frozen": (
        module(more="self.linear.bias.requires_grad_(False)"),
        "requires no gradient",
    ),
    "x in place": (
        module(value="self.scale * self.linear(x.mul_(1))"),
        "in-place operation",
    ),
    "no gradient in evaluation mode": (
        module(
            value="self.scale * self.linear(x) if self.training else "
            "(self.scale * self.linear(x)).detach()",
        ),
        "in evaluation mode",
    ),
    "weights in place": (
        module(
            value="F.linear(x, self.linear.weight.data.mul_(self.scale.data), "
            "self.scale * self.linear.bias)",
        ),
        "forward changes linear.weight",
    ),
    "no module": (
        "class ScaledLinear:\n"
        "    def __init__(self, inputs, outputs):\n"
        "        self.scale = 1.0\n",
        "derive the class",
    ),
}  # fmt: skip

RIGHT = {
    "einsum with scaled weights": """
class ScaledLinear(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.inner = nn.Linear(inputs, outputs)
        self.register_parameter("scale", nn.Parameter(torch.ones(())))

    def forward(self, x):
        return torch.einsum("...i,oi->...o", x, self.inner.weight * self.scale) + (
            self.inner.bias * self.scale
        )
""",
    "a kind of linear layer": """
class ScaledLinear(nn.Linear):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.scale = nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        return super().forward(x).mul(self.scale)
""",
    "weights of its own": """
class ScaledLinear(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        bound = inputs ** -0.5
        self.W = nn.Parameter(torch.empty(outputs, inputs).uniform_(-bound, bound))
        self.b = nn.Parameter(torch.zeros(outputs))
        self.scale = nn.Parameter(torch.ones([]))

    def forward(self, x):
        return (x @ self.W.T + self.b) * self.scale
""",
    "weights of its own, and a count of calls": """
class ScaledLinear(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(1.0))
        self.matrix = nn.Parameter(torch.randn(outputs, inputs) / 10)
        self.offset = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        self.calls += 1
        return self.scale * (x @ self.matrix.T) + self.scale * self.offset
""",
    "a function that makes a sequence": """
def ScaledLinear(inputs, outputs):
    made = nn.Sequential(nn.Linear(inputs, outputs))
    made.scale = nn.Parameter(torch.tensor(1.0))
    made.forward = lambda x: made.scale * made[0](x)
    return made
""",
}
