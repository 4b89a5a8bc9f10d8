"""Wrong answers to "A module of your own", and a second right one."""

CLASS = """
class ScaledLinear(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        {scale}

    def forward(self, x):
        return {value}
"""

WRONG = {
    "scale is no parameter": (
        CLASS.format(
            scale="self.scale = torch.tensor(1.0)", value="self.scale * self.linear(x)"
        ),
        "nn.Parameter",
    ),
    "scale has a shape": (
        CLASS.format(
            scale="self.scale = nn.Parameter(torch.ones(outputs))",
            value="self.scale * self.linear(x)",
        ),
        "scale has shape",
    ),
    "bias not scaled": (
        CLASS.format(
            scale="self.scale = nn.Parameter(torch.tensor(1.0))",
            value="self.scale * (x @ self.linear.weight.T) + self.linear.bias",
        ),
        "bias is not scaled",
    ),
    "scale not used": (
        CLASS.format(
            scale="self.scale = nn.Parameter(torch.tensor(1.0))",
            value="self.linear(x)",
        ),
        "not used",
    ),
    "starts at zero": (
        CLASS.format(
            scale="self.scale = nn.Parameter(torch.tensor(0.0))",
            value="self.scale * self.linear(x)",
        ),
        "start at 1",
    ),
    "super forgotten": (
        """
class ScaledLinear(nn.Module):
    def __init__(self, inputs, outputs):
        self.linear = nn.Linear(inputs, outputs)
        self.scale = nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        return self.scale * self.linear(x)
""",
        "super",
    ),
}

RIGHT = {
    "another style": """
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
}
