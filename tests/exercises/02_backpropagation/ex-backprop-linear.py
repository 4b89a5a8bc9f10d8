"""Answers to "A linear layer on sequences", wrong and right."""

HEAD = "def linear_backward(x, W, dy):\n"
ROWS = (
    "    x_rows = x.reshape(-1, x.shape[-1])\n"
    "    dy_rows = dy.reshape(-1, dy.shape[-1])\n"
)

WRONG = {
    "zeros of the right shapes": (
        HEAD + "    return np.zeros_like(x), np.zeros_like(W), np.zeros(W.shape[1])\n",
        "dx at",
    ),
    "as for a batch without places": (
        HEAD + "    return dy @ W.T, x.T @ dy, dy.sum(axis=0)\n",
        "sizes: B = ",
    ),
    "weights not transposed": (
        HEAD + ROWS + "    return dy @ W, x_rows.T @ dy_rows, dy_rows.sum(axis=0)\n",
        "sizes: B = ",
    ),
    "weights not transposed where that fits": (
        HEAD
        + ROWS
        + "    square = len({*x.shape, *W.shape}) == 1\n"
        + "    dx = dy @ W if square else dy @ W.T\n"
        + "    return dx, x_rows.T @ dy_rows, dy_rows.sum(axis=0)\n",
        "dx is dy @ W",
    ),
    "weight gradient kept per example": (
        HEAD
        + "    dW = x.swapaxes(1, 2) @ dy\n"
        + "    return dy @ W.T, dW, dy.sum(axis=(0, 1))\n",
        "wanted dW, numbers of shape",
    ),
    "weight gradient of the first example": (
        HEAD + "    return dy @ W.T, x[0].T @ dy[0], dy.sum(axis=(0, 1))\n",
        "dW at",
    ),
    "weight gradient from sums over the places": (
        HEAD
        + "    dW = x.sum(axis=1).T @ dy.sum(axis=1)\n"
        + "    return dy @ W.T, dW, dy.sum(axis=(0, 1))\n",
        "dW at",
    ),
    "weight gradient transposed": (
        HEAD + ROWS + "    return dy @ W.T, dy_rows.T @ x_rows, dy_rows.sum(axis=0)\n",
        "wanted dW, numbers of shape",
    ),
    "weight gradient reshaped": (
        HEAD
        + ROWS
        + "    dW = (dy_rows.T @ x_rows).reshape(W.shape)\n"
        + "    return dy @ W.T, dW, dy_rows.sum(axis=0)\n",
        "dW",
    ),
    "rows mixed up": (
        HEAD
        + ROWS
        + "    x_rows = x.swapaxes(0, 1).reshape(x_rows.shape)\n"
        + "    return dy @ W.T, x_rows.T @ dy_rows, dy_rows.sum(axis=0)\n",
        "dW at",
    ),
    "bias summed over the outputs": (
        HEAD + ROWS + "    return dy @ W.T, x_rows.T @ dy_rows, dy_rows.sum(axis=1)\n",
        "wanted db, numbers of shape",
    ),
    "bias summed over the batch only": (
        HEAD + ROWS + "    return dy @ W.T, x_rows.T @ dy_rows, dy.sum(axis=0)\n",
        "that of b",
    ),
    "bias of one place": (
        HEAD + ROWS + "    return dy @ W.T, x_rows.T @ dy_rows, dy.sum(axis=0)[0]\n",
        "db at",
    ),
    "mean over the batch": (
        HEAD
        + ROWS
        + "    dW = x_rows.T @ dy_rows / len(x)\n"
        + "    return dy @ W.T, dW, dy_rows.sum(axis=0) / len(x)\n",
        "wanted the sum",
    ),
    "only the bias as a mean": (
        HEAD + ROWS + "    return dy @ W.T, x_rows.T @ dy_rows, dy_rows.mean(axis=0)\n",
        "db is a mean over all places",
    ),
    "only the weights": (
        HEAD + ROWS + "    return x_rows.T @ dy_rows\n",
        "wanted 3 things",
    ),
    "another order": (
        HEAD + ROWS + "    return x_rows.T @ dy_rows, dy @ W.T, dy_rows.sum(axis=0)\n",
        "wanted dx",
    ),
    "dx left as rows": (
        HEAD
        + ROWS
        + "    return dy_rows @ W.T, x_rows.T @ dy_rows, dy_rows.sum(axis=0)\n",
        "wanted dx, numbers of shape",
    ),
    "a loop over the examples": (
        HEAD
        + "    dW = np.zeros_like(W)\n"
        + "    for row, out in zip(x, dy):\n"
        + "        dW = dW + row.T @ out\n"
        + "    return dy @ W.T, dW, dy.sum(axis=(0, 1))\n",
        "there is a loop",
    ),
    "a loop over the places": (
        HEAD
        + "    dW = np.zeros_like(W)\n"
        + "    for t in range(x.shape[1]):\n"
        + "        dW = dW + x[:, t].T @ dy[:, t]\n"
        + "    return dy @ W.T, dW, dy.sum(axis=(0, 1))\n",
        "there is a loop",
    ),
    "a loop over the outputs, in brackets": (
        HEAD
        + ROWS
        + "    db = np.array([column.sum() for column in dy_rows.T])\n"
        + "    return dy @ W.T, x_rows.T @ dy_rows, db\n",
        "there is a loop",
    ),
    "small numbers set to 0": (
        HEAD
        + ROWS
        + "    found = dy @ W.T, x_rows.T @ dy_rows, dy_rows.sum(axis=0)\n"
        + "    return [np.where(np.isclose(a, 0, atol=1e-6), 0, a) for a in found]\n",
        " at ",
    ),
    "changes dy": (
        HEAD
        + ROWS
        + "    dW, db = x_rows.T @ dy_rows, dy_rows.sum(axis=0)\n"
        + "    dy *= 2\n"
        + "    return dy / 2 @ W.T, dW, db\n",
        "in place",
    ),
}

RIGHT = {
    "einsum": """
def linear_backward(x, W, dy):
    dx = np.einsum("bto,io->bti", dy, W)
    dW = np.einsum("bti,bto->io", x, dy)
    return dx, dW, np.einsum("bto->o", dy)
""",
    "sums of outer products": """
def linear_backward(x, W, dy):
    dx = (dy[..., None, :] * W).sum(axis=-1)
    dW = (x[..., :, None] * dy[..., None, :]).sum(axis=(0, 1))
    return [dx, dW, np.add.reduce(np.add.reduce(dy))]
""",
    "per example, then added": """
def linear_backward(x, W, dy):
    dW = (np.swapaxes(x, -1, -2) @ dy).sum(0)
    return dy @ W.T, dW, dy.sum(1).sum(0)
""",
    "einsum, optimized, in double precision": """
def linear_backward(x, W, dy):
    x, W, dy = (np.float64(a) for a in (x, W, dy))
    dx = np.einsum("bto,io->bti", dy, W, optimize=True)
    dW = np.tensordot(x, dy, axes=([0, 1], [0, 1]))
    return dx, dW, sum(dy).sum(axis=0)
""",
    "the bias as a weight whose input is 1": """
def linear_backward(x, W, dy):
    ones = np.ones((*x.shape[:2], 1), dtype=x.dtype)
    rows = np.concatenate([x, ones], axis=2).reshape(-1, x.shape[2] + 1)
    both = rows.T @ dy.reshape(-1, dy.shape[2])
    return np.dot(dy, W.T), both[:-1], both[-1].tolist()
""",
}

LAYER = (
    "    from n2t import scratch\n"
    "    layer = scratch.Linear(*W.shape, np.random.default_rng(0))\n"
    "    layer.W = W\n"
    "    layer(x.reshape(-1, x.shape[2]))\n"
    "    dx = layer.backward(dy.reshape(-1, dy.shape[2]))\n"
    "    return dx.reshape(x.shape), layer.dW, layer.db\n"
)
GRADIENTS = """
    import torch
    x, W, dy = (torch.tensor(a) for a in (x, W, dy))
    b = torch.zeros_like(dy[0, 0]).requires_grad_()
    x.requires_grad_(), W.requires_grad_()
    {gradients}
"""
SAVED = "torch.Tensor.backward(x @ W + b, dy); return x.grad, W.grad, b.grad"

CHEATS = {
    f"remembers gradients by all but {name}": (
        "known = {}\n"
        + HEAD
        + f"    key = {key}\n"
        + ROWS
        + "    found = dy @ W.T, x_rows.T @ dy_rows, dy_rows.sum(axis=0)\n"
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
        + "    _, back = torch.func.vjp(layer, x, W, torch.zeros_like(dy[0, 0]))\n"
        + "    return back(dy)\n",
        "write the gradient down yourself",
    ),
    "a loop, after taking the count away": (
        "import sys\n"
        + HEAD
        + "    sys.settrace(None)\n"
        + ROWS
        + "    db = np.array([column.sum() for column in dy_rows.T])\n"
        + "    return dy @ W.T, x_rows.T @ dy_rows, db\n",
        "calls sys.setprofile",
    ),
}
