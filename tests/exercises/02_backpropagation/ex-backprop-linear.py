"""Wrong answers to "The linear layer, backward", and a second right one."""

WRONG = {
    "zeros of the right shapes": (
        """
def linear_backward(x, W, dy):
    return np.zeros_like(x), np.zeros_like(W), np.zeros(W.shape[1])
""",
        "wrong values",
    ),
    "weights not transposed": (
        """
def linear_backward(x, W, dy):
    return dy @ W, x.T @ dy, dy.sum(axis=0)
""",
        "only one product",
    ),
    "weight gradient transposed": (
        """
def linear_backward(x, W, dy):
    return dy @ W.T, dy.T @ x, dy.sum(axis=0)
""",
        "dW has shape",
    ),
    "bias summed over the outputs": (
        """
def linear_backward(x, W, dy):
    return dy @ W.T, x.T @ dy, dy.sum(axis=1)
""",
        "db has shape",
    ),
    "bias kept per example": (
        """
def linear_backward(x, W, dy):
    return dy @ W.T, x.T @ dy, dy
""",
        "added to every row",
    ),
    "mean over the batch": (
        """
def linear_backward(x, W, dy):
    return dy @ W.T, x.T @ dy / len(x), dy.mean(axis=0)
""",
        "wanted the sum",
    ),
    "only the weights": (
        """
def linear_backward(x, W, dy):
    return x.T @ dy
""",
        "three arrays",
    ),
}

RIGHT = {
    "another style": """
def linear_backward(x, W, dy):
    dx = np.einsum("bo,io->bi", dy, W)
    dW = np.einsum("bi,bo->io", x, dy)
    return dx, dW, np.ones(len(x)) @ dy
""",
}
