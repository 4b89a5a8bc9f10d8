"""Answers to "The linear layer, backward", wrong and right."""

HEAD = "def linear_backward(x, W, dy):\n"

WRONG = {
    "zeros of the right shapes": (
        HEAD + "    return np.zeros_like(x), np.zeros_like(W), np.zeros(W.shape[1])\n",
        "dx at",
    ),
    "weights not transposed": (
        HEAD + "    return dy @ W, x.T @ dy, dy.sum(axis=0)\n",
        "sizes: B = ",
    ),
    "weights not transposed where that fits": (
        HEAD
        + "    square = W.shape[0] == W.shape[1]\n"
        + "    dx = dy @ W if square else dy @ W.T\n"
        + "    return dx, x.T @ dy, dy.sum(axis=0)\n",
        "dx is dy @ W",
    ),
    "weight gradient transposed": (
        HEAD + "    return dy @ W.T, dy.T @ x, dy.sum(axis=0)\n",
        "wanted dW, numbers of shape",
    ),
    "weight gradient reshaped": (
        HEAD + "    return dy @ W.T, (dy.T @ x).reshape(W.shape), dy.sum(axis=0)\n",
        "dW",
    ),
    "bias summed over the outputs": (
        HEAD + "    return dy @ W.T, x.T @ dy, dy.sum(axis=1)\n",
        "wanted db, numbers of shape",
    ),
    "bias kept per example": (
        HEAD + "    return dy @ W.T, x.T @ dy, dy\n",
        "that of b",
    ),
    "mean over the batch": (
        HEAD + "    return dy @ W.T, x.T @ dy / len(x), dy.mean(axis=0)\n",
        "wanted the sum",
    ),
    "only the bias as a mean": (
        HEAD + "    return dy @ W.T, x.T @ dy, dy.mean(axis=0)\n",
        "db is a mean over the batch",
    ),
    "only the weights": (HEAD + "    return x.T @ dy\n", "wanted 3 things"),
    "another order": (
        HEAD + "    return x.T @ dy, dy @ W.T, dy.sum(axis=0)\n",
        "wanted dx",
    ),
    "a loop over the rows": (
        HEAD
        + "    dW = np.zeros_like(W)\n"
        + "    for row, out in zip(x, dy):\n"
        + "        dW = dW + np.outer(row, out)\n"
        + "    return dy @ W.T, dW, dy.sum(axis=0)\n",
        "there is a loop",
    ),
    "a loop over the outputs, in brackets": (
        HEAD
        + "    db = np.array([column.sum() for column in dy.T])\n"
        + "    return dy @ W.T, x.T @ dy, db\n",
        "there is a loop",
    ),
    "small numbers set to 0": (
        HEAD
        + "    found = dy @ W.T, x.T @ dy, dy.sum(axis=0)\n"
        + "    return [np.where(np.isclose(a, 0, atol=1e-6), 0, a) for a in found]\n",
        " at ",
    ),
    "changes its argument": (
        HEAD
        + "    db = dy.sum(axis=0)\n"
        + "    x *= 1.5\n"
        + "    return dy @ W.T, x.T @ dy / 1.5, db\n",
        "in place",
    ),
}

RIGHT = {
    "einsum and a product with ones": """
def linear_backward(x, W, dy):
    dx = np.einsum("bo,io->bi", dy, W)
    dW = np.einsum("bi,bo->io", x, dy)
    return dx, dW, np.ones(len(x)) @ dy
""",
    "sums of outer products": """
def linear_backward(x, W, dy):
    dx = (dy[:, None, :] * W).sum(axis=-1)
    dW = (x[:, :, None] * dy[:, None, :]).sum(axis=0)
    return [dx, dW, np.add.reduce(dy)]
""",
    "einsum, optimized, in double precision": """
def linear_backward(x, W, dy):
    x, W, dy = (np.float64(a) for a in (x, W, dy))
    dx = np.einsum("bo,io->bi", dy, W, optimize=True)
    return dx, np.tensordot(x, dy, axes=(0, 0)), sum(dy)
""",
    "the bias as a weight whose input is 1": """
def linear_backward(x, W, dy):
    ones = np.ones((len(x), 1), dtype=x.dtype)
    both = np.concatenate([x, ones], axis=1).T @ dy
    return (W @ dy.T).T, both[:-1], both[-1].tolist()
""",
}

LAYER = (
    "    layer = scratch.Linear(*W.shape, np.random.default_rng(0))\n"
    "    layer.W = W\n"
    "    layer(x)\n"
    "    dx = layer.backward(dy)\n"
    "    return dx, layer.dW, layer.db\n"
)
GRADIENTS = """
    import torch
    x, W, dy = (torch.tensor(a) for a in (x, W, dy))
    b = torch.zeros_like(dy[0]).requires_grad_()
    x.requires_grad_(), W.requires_grad_()
    {gradients}
"""
SAVED = "torch.Tensor.backward(x @ W + b, dy); return x.grad, W.grad, b.grad"

CHEATS = {
    f"remembers gradients by all but {name}": (
        "known = {}\n"
        + HEAD
        + f"    key = {key}\n"
        + "    found = dy @ W.T, x.T @ dy, dy.sum(axis=0)\n"
        + "    return known.setdefault(key, found)\n",
        " at ",
    )
    for name, key in (
        ("x", "(W.tobytes(), dy.tobytes())"),
        ("W", "(x.tobytes(), dy.tobytes())"),
        ("dy", "(x.tobytes(), W.tobytes())"),
        ("shapes", "(x.shape, W.shape, x.dtype)"),
    )
}
CHEATS |= {
    "the library's layer": (HEAD + LAYER, "write the gradient down yourself"),
    "the library's layer, after taking the watch away": (
        "import sys\n" + HEAD + "    sys.setprofile(None)\n" + LAYER,
        "calls sys.setprofile",
    ),
    "automatic differentiation": (
        HEAD
        + GRADIENTS.format(
            gradients="return torch.autograd.grad(x @ W + b, (x, W, b), dy)"
        ),
        "write the gradient down yourself",
    ),
    "automatic differentiation, the other way": (
        HEAD + GRADIENTS.format(gradients=SAVED),
        "write the gradient down yourself",
    ),
    "a vector-Jacobian product": (
        "import torch\n"
        + HEAD
        + "    x, W, dy = (torch.tensor(a) for a in (x, W, dy))\n"
        + "    layer = lambda x, W, b: x @ W + b\n"
        + "    _, back = torch.func.vjp(layer, x, W, torch.zeros_like(dy[0]))\n"
        + "    return back(dy)\n",
        "write the gradient down yourself",
    ),
    "a loop, after taking the count away": (
        "import sys\n"
        + HEAD
        + "    sys.settrace(None)\n"
        + "    db = np.array([column.sum() for column in dy.T])\n"
        + "    return dy @ W.T, x.T @ dy, db\n",
        "calls sys.setprofile",
    ),
}
