"""Wrong answers to `rms_norm`, and other right ones."""

HEAD = "def rms_norm(x, gain, epsilon):\n"
WIDE = HEAD + "    t, x, gain = x.dtype, x.double(), gain.double()\n"

WRONG = {
    "epsilon outside the root": (
        WIDE
        + "    root = x.square().mean(-1, keepdim=True).sqrt()\n"
        + "    return (x / (root + epsilon) * gain).to(t)\n",
        "inside the root",
    ),
    "no epsilon": (
        WIDE
        + "    root = x.square().mean(-1, keepdim=True).sqrt()\n"
        + "    return (x / root * gain).to(t)\n",
        "where is ε",
    ),
    "no root": (
        WIDE
        + "    square = x.square().mean(-1, keepdim=True)\n"
        + "    return (x / (square + epsilon) * gain).to(t)\n",
        "the root is missing",
    ),
    "no gain": (
        WIDE
        + "    square = x.square().mean(-1, keepdim=True)\n"
        + "    return (x / (square + epsilon).sqrt()).to(t)\n",
        "where is the gain",
    ),
    "one plus the gain": (
        WIDE
        + "    square = x.square().mean(-1, keepdim=True)\n"
        + "    return (x / (square + epsilon).sqrt() * (1 + gain)).to(t)\n",
        "the factor itself",
    ),
    "a sum of squares": (
        WIDE
        + "    square = x.square().sum(-1, keepdim=True)\n"
        + "    return (x / (square + epsilon).sqrt() * gain).to(t)\n",
        "not their sum",
    ),
    "LayerNorm": (
        WIDE
        + "    x = x - x.mean(-1, keepdim=True)\n"
        + "    square = x.square().mean(-1, keepdim=True)\n"
        + "    return (x / (square + epsilon).sqrt() * gain).to(t)\n",
        "does not center",
    ),
    "divided by the variance": (
        WIDE
        + "    square = x.var(-1, keepdim=True, correction=0)\n"
        + "    return (x / (square + epsilon).sqrt() * gain).to(t)\n",
        "not the variance",
    ),
    "over tokens": (
        WIDE
        + "    square = x.square().mean(max(-2, -x.dim()), keepdim=True)\n"
        + "    return (x / (square + epsilon).sqrt() * gain).to(t)\n",
        "runs over tokens",
    ),
    "over everything": (
        WIDE + "    return (x / (x.square().mean() + epsilon).sqrt() * gain).to(t)\n",
        "a mean square of its own",
    ),
    "three axes only": (
        WIDE
        + "    B, T, D = x.shape\n"
        + "    square = x.square().mean(-1, keepdim=True)\n"
        + "    return (x / (square + epsilon).sqrt() * gain).to(t)\n",
        "for x of shape",
    ),
    "axis 2, whatever there is": (
        WIDE
        + "    square = x.square().mean(2, keepdim=True)\n"
        + "    return (x / (square + epsilon).sqrt() * gain).to(t)\n",
        "for x of shape",
    ),
    "squares in the type of x": (
        HEAD
        + "    square = x.square().mean(-1, keepdim=True)\n"
        + "    return (x / (square + epsilon).sqrt() * gain)\n",
        "float16",
    ),
    "bfloat16 in place of float32": (
        HEAD
        + "    t = x.dtype\n"
        + "    if t == torch.float16:\n"
        + "        x, gain = x.bfloat16(), gain.bfloat16()\n"
        + "    square = x.square().mean(-1, keepdim=True)\n"
        + "    return (x / (square + epsilon).sqrt() * gain).to(t)\n",
        "float16",
    ),
    "always float32": (
        HEAD
        + "    x, gain = x.float(), gain.float()\n"
        + "    square = x.square().mean(-1, keepdim=True)\n"
        + "    return x / (square + epsilon).sqrt() * gain\n",
        "wanted that type",
    ),
    "float32 inside, for float64 too": (
        HEAD
        + "    y = x.float()\n"
        + "    square = y.square().mean(-1, keepdim=True)\n"
        + "    return (y / (square + epsilon).sqrt() * gain.float()).to(x.dtype)\n",
        "the result",
    ),
    "the root is detached": (
        WIDE
        + "    square = x.square().mean(-1, keepdim=True).detach()\n"
        + "    return (x / (square + epsilon).sqrt() * gain).to(t)\n",
        "not its gradient",
    ),
    "through NumPy": (
        "import numpy as np\n"
        + WIDE
        + "    y = x.detach().numpy()\n"
        + "    y = y / np.sqrt((y * y).mean(-1, keepdims=True) + epsilon)\n"
        + "    return torch.from_numpy(y * gain.detach().numpy()).to(t)\n",
        "no gradient reaches",
    ),
    "epsilon only against zero": (
        WIDE
        + "    square = x.square().mean(-1, keepdim=True).clamp(min=epsilon)\n"
        + "    return (x / square.sqrt() * gain).to(t)\n",
        "the result",
    ),
    "an epsilon of its own": (
        WIDE
        + "    square = x.square().mean(-1, keepdim=True)\n"
        + "    return (x / (square + 1e-5).sqrt() * gain).to(t)\n",
        "the result",
    ),
    "squares are clipped": (
        HEAD
        + "    square = x.square().clamp(max=6e4).mean(-1, keepdim=True)\n"
        + "    return x / (square + epsilon).sqrt() * gain\n",
        "the result",
    ),
    "the gain is detached": (
        WIDE
        + "    square = x.square().mean(-1, keepdim=True)\n"
        + "    return (x / (square + epsilon).sqrt() * gain.detach()).to(t)\n",
        "no gradient reaches gain",
    ),
    "the gain inside the mean": (
        WIDE
        + "    y = x * gain\n"
        + "    square = y.square().mean(-1, keepdim=True)\n"
        + "    return (y / (square + epsilon).sqrt()).to(t)\n",
        "the result",
    ),
    "bfloat16 left as it is": (
        HEAD
        + "    t = x.dtype\n"
        + "    if t == torch.float16:\n"
        + "        x, gain = x.float(), gain.float()\n"
        + "    square = x.square().mean(-1, keepdim=True)\n"
        + "    return (x / (square + epsilon).sqrt() * gain).to(t)\n",
        "rounded too early",
    ),
    "the root is rounded": (
        HEAD
        + "    wide = torch.promote_types(x.dtype, torch.float32)\n"
        + "    square = x.to(wide).square().mean(-1, keepdim=True)\n"
        + "    return x / (square + epsilon).sqrt().to(x.dtype) * gain\n",
        "rounded too early",
    ),
    "divided by the largest, in place of float32": (
        HEAD
        + "    m = x.detach().abs().amax(-1, keepdim=True).clamp(min=1e-6)\n"
        + "    y = x / m\n"
        + "    square = y.square().mean(-1, keepdim=True)\n"
        + "    return y / (square + epsilon / m / m).sqrt() * gain\n",
        "float16",
    ),
    "no epsilon in short types": (
        WIDE
        + "    if t in (torch.float16, torch.bfloat16):\n"
        + "        epsilon = 1e-8\n"
        + "    square = x.square().mean(-1, keepdim=True)\n"
        + "    return (x / (square + epsilon).sqrt() * gain).to(t)\n",
        "the result",
    ),
    "a root of zero": (
        WIDE
        + "    root = x.square().mean(-1, keepdim=True).sqrt()\n"
        + "    return (x / (root**2 + epsilon).sqrt() * gain).to(t)\n",
        "infinite slope",
    ),
    "in place": (
        HEAD
        + "    with torch.no_grad():\n"
        + "        square = x.double().square().mean(-1, keepdim=True)\n"
        + "        x /= (square + epsilon).sqrt()\n"
        + "    return x * gain\n",
        "in place",
    ),
    "torch's": (
        HEAD
        + "    return torch.nn.functional.rms_norm(x, x.shape[-1:], gain, epsilon)\n",
        "write the norm yourself",
    ),
    "the course's": (
        "import n2t.blocks\n"
        + HEAD
        + "    norm = n2t.blocks.RMSNorm(x.shape[-1], epsilon).to(x.dtype)\n"
        + "    return norm(x) * gain\n",
        "write the norm yourself",
    ),
}

RIGHT = {
    "in double, by a dot product": """
def rms_norm(x, gain, epsilon):
    exact = x.double()
    square = torch.einsum("...d,...d->...", exact, exact) / x.shape[-1]
    y = exact * torch.rsqrt(square + epsilon)[..., None]
    return (y * gain.double()).to(x.dtype)
""",
    "rounded before the gain": """
def rms_norm(x, gain, epsilon):
    y = x if x.dtype == torch.float64 else x.to(torch.float32)
    r = torch.rsqrt(y.pow(2).mean(dim=-1, keepdim=True) + epsilon)
    return (y * r).type_as(x) * gain
""",
    "by the length of the vector": """
def rms_norm(x, gain, epsilon):
    D = x.size(-1)
    y = x.double()
    length = y.norm(dim=-1, keepdim=True)
    return (gain.double() * y / (length ** 2 / D + epsilon) ** 0.5).to(x.dtype)
""",
    "tokens one by one": """
def rms_norm(x, gain, epsilon):
    rows = []
    for token in x.double().reshape(-1, x.shape[-1]):
        rows.append(token / ((token * token).sum() / len(token) + epsilon) ** 0.5)
    return (torch.stack(rows).reshape(x.shape) * gain).to(x.dtype)
""",
    "epsilon as one more feature": """
def rms_norm(x, gain, epsilon):
    D = x.shape[-1]
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    more = torch.full_like(wide[..., :1], (D * epsilon) ** 0.5)
    length = torch.cat([wide, more], -1).norm(dim=-1, keepdim=True)
    return (wide * D ** 0.5 / length * gain.to(wide.dtype)).to(x.dtype)
""",
    "a norm of x beside -x": """
def rms_norm(x, gain, epsilon):
    both = torch.cat([x.double(), -x.double()], -1)
    both = both - both.mean(-1, keepdim=True)
    y = both / (both.square().mean(-1, keepdim=True) + epsilon).sqrt()
    return (y[..., : x.shape[-1]] * gain.double()).to(x.dtype)
""",
}
