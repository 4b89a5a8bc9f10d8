"""Wrong answers to `rms_backward`, and other right ones."""

HEAD = """
def rms_backward(dy, x, gain, epsilon):
    D = x.shape[-1]
    square = x.square().mean(-1, keepdim=True)
    root = (square + epsilon).sqrt()
    y, inner = x / root, dy * gain
    along = (inner * y).mean(-1, keepdim=True)
    dx = (inner - y * along) / root
    dgain = (dy * y).reshape(-1, D).sum(0)
"""
END = "    return dx, dgain\n"

WRONG = {
    "the root is a number": (
        HEAD + "    dx = inner / root\n" + END,
        "a term is missing",
    ),
    "no gain": (
        HEAD + "    dx = (dy - y * (dy * y).mean(-1, keepdim=True)) / root\n" + END,
        "the gain stands between",
    ),
    "the gain comes last": (
        HEAD
        + "    dx = gain * (dy - y * (dy * y).mean(-1, keepdim=True)) / root\n"
        + END,
        "before the mean is taken",
    ),
    "no epsilon": (
        HEAD
        + "    u = x / square.sqrt()\n"
        + "    dx = (inner - u * (inner * u).mean(-1, keepdim=True)) / root\n"
        + END,
        "with ε",
    ),
    "LayerNorm's": (
        HEAD + "    dx = dx - inner.mean(-1, keepdim=True) / root\n" + END,
        "does not center",
    ),
    "not divided": (HEAD + "    dx = dx * root\n" + END, "division by the root"),
    "a sum along y": (
        HEAD + "    dx = (inner - y * along * D) / root\n" + END,
        "not a sum",
    ),
    "wrong sign": (HEAD + "    dx = (inner + y * along) / root\n" + END, "the sign"),
    "a mean for the gain": (
        HEAD + "    dgain = dgain * D / x.numel()\n" + END,
        "a sum",
    ),
    "the gain multiplies x": (
        HEAD + "    dgain = (dy * x).reshape(-1, D).sum(0)\n" + END,
        "not x",
    ),
    "that of a bias": (
        HEAD + "    dgain = dy.reshape(-1, D).sum(0)\n" + END,
        "of a bias",
    ),
    "the gain twice": (HEAD + "    dgain = dgain * gain\n" + END, "the gain itself"),
    "one axis is summed": (
        HEAD + "    dgain = (dy * y).sum(0)\n" + END,
        "dgain",
    ),
    "two axes are summed": (
        HEAD + "    dgain = (dy * y).sum((0, 1))\n" + END,
        "for dy and x of shape",
    ),
    "the other order": (HEAD + "    return dgain, dx\n", "wanted dx"),
    "only one": (HEAD + "    return dx\n", "wanted 2 things"),
    "by autograd": (
        HEAD
        + "    a = x.clone().requires_grad_()\n"
        + "    b = gain.clone().requires_grad_()\n"
        + "    y = a / (a.square().mean(-1, keepdim=True) + epsilon).sqrt() * b\n"
        + "    return torch.autograd.grad(y, (a, b), dy)\n",
        "derive the formula",
    ),
    "by backward": (
        HEAD
        + "    a = x.clone().requires_grad_()\n"
        + "    b = gain.clone().requires_grad_()\n"
        + "    y = a / (a.square().mean(-1, keepdim=True) + epsilon).sqrt() * b\n"
        + "    y.backward(dy)\n"
        + "    return a.grad, b.grad\n",
        "derive the formula",
    ),
    "by autograd's engine": (
        HEAD
        + "    a = x.clone().requires_grad_()\n"
        + "    b = gain.clone().requires_grad_()\n"
        + "    y = a / (a.square().mean(-1, keepdim=True) + epsilon).sqrt() * b\n"
        + "    torch.autograd.Variable._execution_engine.run_backward(\n"
        + "        (y,), (dy,), False, False, (), allow_unreachable=True,\n"
        + "        accumulate_grad=True)\n"
        + "    return a.grad, b.grad\n",
        "derive the formula",
    ),
    "by differences": (
        HEAD
        + "    def norm(x):\n"
        + "        return x / (x.square().mean(-1, keepdim=True) + epsilon).sqrt()\n"
        + "    dx = torch.zeros_like(x)\n"
        + "    for i, e in enumerate(torch.eye(D, dtype=x.dtype) * 1e-5):\n"
        + "        slope = (norm(x + e) - norm(x - e)) / 2e-5\n"
        + "        dx[..., i] = (inner * slope).sum(-1)\n"
        + END,
        "nearly right",
    ),
    "in float32": (
        HEAD.replace(
            "    D =", "    dy, x, gain = dy.float(), x.float(), gain.float()\n    D ="
        )
        + "    return dx.double(), dgain.double()\n",
        "nearly right",
    ),
    "one mean for all tokens": (
        HEAD + "    dx = (inner - y * (inner * y).mean()) / root\n" + END,
        "dx",
    ),
    "epsilon in one root of two": (
        HEAD + "    dx = inner / root - y * along / square.sqrt()\n" + END,
        "dx",
    ),
    "dgain keeps an axis": (
        HEAD + "    return dx, (dy * y).reshape(-1, D).sum(0, keepdim=True)\n",
        "one number for each feature",
    ),
    "dgain for many tokens only": (
        HEAD + "    dgain = (dy * y).flatten(0, -2).sum(0)\n" + END,
        "for dy and x of shape",
    ),
    "in place": (
        HEAD + "    dy *= gain\n" + END,
        "in place",
    ),
}

RIGHT = {
    "by the third power of the root": """
def rms_backward(dy, x, gain, epsilon):
    n = x.size(-1)
    root = torch.sqrt((x * x).sum(-1, keepdim=True) / n + epsilon)
    inner = gain * dy
    dot = torch.einsum("...d,...d->...", inner, x)[..., None]
    dx = inner / root - x * dot / (n * root ** 3)
    axes = tuple(range(x.dim() - 1))
    dgain = (dy * x / root)
    return dx, dgain.sum(axes) if axes else dgain
""",
    "with the matrix of slopes": """
def rms_backward(dy, x, gain, epsilon):
    D = x.shape[-1]
    rows, dgain = [], torch.zeros(D, dtype=x.dtype)
    for a, d in zip(x.reshape(-1, D), dy.reshape(-1, D)):
        r = (a.square().mean() + epsilon).sqrt()
        slopes = torch.eye(D, dtype=x.dtype) / r - torch.outer(a, a) / (D * r**3)
        rows.append((d * gain) @ slopes)
        dgain = dgain + d * a / r
    return torch.stack(rows).reshape(x.shape), dgain
""",
    "in NumPy": """
import numpy as np

def rms_backward(dy, x, gain, epsilon):
    dy, x, gain = (part.numpy() for part in (dy, x, gain))
    root = np.sqrt((x**2).mean(-1, keepdims=True) + epsilon)
    y = x / root
    inner = dy * gain
    dx = (inner - y * (inner * y).mean(-1, keepdims=True)) / root
    dgain = (dy * y).reshape(-1, x.shape[-1]).sum(0)
    return [torch.from_numpy(dx), torch.from_numpy(dgain)]
""",
    "back through every step": """
@torch.no_grad()
def rms_backward(dy, x, gain, epsilon):
    root = torch.sqrt((x * x).mean(-1, keepdim=True) + epsilon)
    inverse = 1 / root
    d_y = dy * gain
    d_inverse = (d_y * x).sum(-1, keepdim=True)
    d_mean = -d_inverse * inverse**2 / (2 * root)
    d_square = (d_mean / x.shape[-1]).expand_as(x)
    d_gain = dy * x * inverse
    while d_gain.dim() > 1:
        d_gain = d_gain.sum(0)
    return d_y * inverse + 2 * x * d_square, d_gain
""",
    "with rsqrt and einsum": """
def rms_backward(dy, x, gain, epsilon):
    with torch.inference_mode():
        r = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + epsilon)
        k = torch.einsum("...d,...d,d->...", dy, x, gain)[..., None] * r**2
        dx = r * (dy * gain - x * k / x.size(-1))
        return dx.clone(), torch.einsum("...d,...d->d", dy, x * r)
""",
}
