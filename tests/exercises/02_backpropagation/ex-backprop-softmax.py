"""Answers to "Softmax and cross-entropy, backward", wrong and right."""

HEAD = "def softmax_gradient(logits, target):\n"
TRUTH = "    truth = np.eye(logits.shape[1])[target]\n"
SOFTMAX = (
    "    e = np.exp(logits - logits.max(axis=1, keepdims=True))\n"
    "    p = e / e.sum(axis=1, keepdims=True)\n"
)

WRONG = {
    "zeros": (HEAD + "    return np.zeros_like(logits)\n", "the gradient at"),
    "softmax over the batch": (
        HEAD
        + TRUTH
        + "    e = np.exp(logits - logits.max(axis=0))\n"
        + "    return (e / e.sum(axis=0) - truth) / len(logits)\n",
        "runs over the batch",
    ),
    "sum, not mean": (
        HEAD + TRUTH + SOFTMAX + "    return p - truth\n",
        "not divided by B",
    ),
    "a mean over the classes": (
        HEAD + TRUTH + SOFTMAX + "    return (p - truth) / logits.shape[1]\n",
        "classes, wanted by the",
    ),
    "a mean over everything": (
        HEAD + TRUTH + SOFTMAX + "    return (p - truth) / logits.size\n",
        "classes too",
    ),
    "truth minus probabilities": (
        HEAD + TRUTH + SOFTMAX + "    return (truth - p) / len(logits)\n",
        "sign is turned",
    ),
    "overflows": (
        HEAD
        + TRUTH
        + "    e = np.exp(logits)\n"
        + "    return (e / e.sum(axis=1, keepdims=True) - truth) / len(logits)\n",
        "own maximum",
    ),
    "one maximum for all rows": (
        HEAD
        + TRUTH
        + "    e = np.exp(logits - logits.max())\n"
        + "    return (e / e.sum(axis=1, keepdims=True) - truth) / len(logits)\n",
        "own maximum",
    ),
    "cut off at 700": (
        HEAD
        + "    logits = np.clip(logits, -700, 700)\n"
        + TRUTH
        + SOFTMAX
        + "    return (p - truth) / len(logits)\n",
        "the gradient at",
    ),
    "finite but wrong where it overflows": (
        HEAD
        + TRUTH
        + "    e = np.exp(logits)\n"
        + "    p = np.nan_to_num(e / e.sum(axis=1, keepdims=True))\n"
        + "    return (p - truth) / len(logits)\n",
        "the gradient at",
    ),
    "returns the probabilities": (
        HEAD + SOFTMAX + "    return p / len(logits)\n",
        "never subtracted",
    ),
    "axis not kept": (
        HEAD
        + TRUTH
        + "    e = np.exp(logits - logits.max(axis=1))\n"
        + "    return (e / e.sum(axis=1) - truth) / len(logits)\n",
        "sizes: B = ",
    ),
    "only the entries of the truth": (
        HEAD + SOFTMAX + "    return (p[np.arange(len(p)), target] - 1) / len(p)\n",
        "wanted the gradient, numbers of shape",
    ),
    "classes in one byte": (
        HEAD
        + TRUTH.replace("[target]", "[target.astype(np.uint8)]")
        + SOFTMAX
        + "    return (p - truth) / len(logits)\n",
        "the gradient at",
    ),
    "changes its argument": (
        HEAD
        + TRUTH
        + "    logits -= logits.max(axis=1, keepdims=True)\n"
        + SOFTMAX
        + "    return (p - truth) / len(logits)\n",
        "in place",
    ),
}

RIGHT = {
    "subtracts 1 in place, from a copy": """
def softmax_gradient(logits, target):
    p = np.exp(logits - logits.max(axis=1)[:, None])
    p /= p.sum(axis=1)[:, None]
    p[np.arange(len(p)), target] -= 1
    return p / len(p)
""",
    "the logarithm of the sum": """
def softmax_gradient(logits, target):
    total = np.logaddexp.reduce(logits, axis=1, keepdims=True)
    truth = np.arange(logits.shape[1]) == target[:, None]
    return (np.exp(logits - total) - truth) / logits.shape[0]
""",
    "differences of logits, row by row": """
def softmax_gradient(logits, target):
    rows = []
    with np.errstate(over="ignore"):
        for row, t in zip(logits, target):
            p = [1 / np.exp(row - z).sum() for z in row]
            rows.append([(q - (k == t)) / len(logits) for k, q in enumerate(p)])
    return rows
""",
    "torch's softmax": """
import torch

def softmax_gradient(logits, target):
    p = torch.from_numpy(logits).softmax(dim=1)
    truth = torch.nn.functional.one_hot(torch.from_numpy(target), p.shape[1])
    return (p - truth) / len(p)
""",
}

CHEATS = {
    f"remembers gradients by {name}": (
        "known = {}\n"
        + HEAD
        + TRUTH
        + SOFTMAX
        + f"    return known.setdefault({key}, (p - truth) / len(p))\n",
        "the gradient at",
    )
    for name, key in (
        ("shapes", "(logits.shape, logits.dtype)"),
        ("the targets", "(logits.shape, *target)"),
        ("the logits", "logits.tobytes()"),
    )
}
CHEATS |= {
    "the library's loss": (
        HEAD
        + "    from n2t import scratch\n"
        + "    loss = scratch.SoftmaxCrossEntropy()\n"
        + "    loss.forward(logits, target)\n"
        + "    return loss.backward()\n",
        "write the gradient down yourself",
    ),
    "the library's softmax": (
        HEAD
        + TRUTH
        + "    from n2t.scratch.losses import softmax\n"
        + "    return (softmax(logits) - truth) / len(logits)\n",
        "write the gradient down yourself",
    ),
    "automatic differentiation": (
        HEAD
        + "    import torch\n"
        + "    z = torch.tensor(logits, requires_grad=True)\n"
        + "    torch.nn.functional.cross_entropy(z, torch.tensor(target)).backward()\n"
        + "    return z.grad.numpy()\n",
        "write the gradient down yourself",
    ),
    "a watch taken away": (
        "import sys\n"
        + HEAD
        + "    sys.setprofile(None)\n"
        + "    from n2t import scratch\n"
        + "    loss = scratch.SoftmaxCrossEntropy()\n"
        + "    loss.forward(logits, target)\n"
        + "    return loss.backward()\n",
        "calls sys.setprofile",
    ),
}
