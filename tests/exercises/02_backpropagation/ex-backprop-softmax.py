"""Wrong answers to "Softmax and cross-entropy, backward", and a second right one."""

WRONG = {
    "zeros": (
        """
def softmax_gradient(logits, target):
    return np.zeros_like(logits)
""",
        "wrong values",
    ),
    "softmax over the batch": (
        """
def softmax_gradient(logits, target):
    e = np.exp(logits - logits.max(axis=0))
    return (e / e.sum(axis=0) - np.eye(logits.shape[1])[target]) / len(logits)
""",
        "does not sum to 0",
    ),
    "sum, not mean": (
        """
def softmax_gradient(logits, target):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) - np.eye(logits.shape[1])[target]
""",
        "not divided by B",
    ),
    "truth minus probabilities": (
        """
def softmax_gradient(logits, target):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return (np.eye(logits.shape[1])[target] - p) / len(logits)
""",
        "sign is turned",
    ),
    "overflows": (
        """
def softmax_gradient(logits, target):
    e = np.exp(logits)
    p = e / e.sum(axis=1, keepdims=True)
    return (p - np.eye(logits.shape[1])[target]) / len(logits)
""",
        "subtract each row's maximum",
    ),
    "returns the probabilities": (
        """
def softmax_gradient(logits, target):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) / len(logits)
""",
        "never subtracted",
    ),
    "axis not kept": (
        """
def softmax_gradient(logits, target):
    e = np.exp(logits - logits.max(axis=1))
    return (e / e.sum(axis=1) - np.eye(logits.shape[1])[target]) / len(logits)
""",
        "keep that axis",
    ),
}

RIGHT = {
    "another style": """
def softmax_gradient(logits, target):
    import torch
    z = torch.tensor(logits, requires_grad=True)
    torch.nn.functional.cross_entropy(z, torch.tensor(target)).backward()
    return z.grad.numpy()
""",
}
