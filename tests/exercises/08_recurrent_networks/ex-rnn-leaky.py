"""Answers to "One step back through a leaky cell", wrong and right."""

BODY = """
def leaky_backward(x, h, W, U, b, alpha, dh_new):
    new = np.tanh({sums})
    da = {da}
    dh = {dh}
    dalpha = {dalpha}
    return {dx}, dh, {dW}, {dU}, {db}, dalpha
"""


def made(**changed: str) -> str:
    """The reference, with parts of it replaced."""
    right = {
        "sums": "x @ W.T + h @ U.T + b", "da": "dh_new * alpha * (1 - new**2)",
        "dh": "da @ U + dh_new * (1 - alpha)",
        "dalpha": "(dh_new * (new - h)).sum(axis=0)", "dx": "da @ W",
        "dW": "da.T @ x", "dU": "da.T @ h", "db": "da.sum(axis=0)",
    }  # fmt: skip
    return BODY.format(**{**right, **changed})


WRONG = {
    "a plain cell": (
        made(da="dh_new * (1 - new**2)", dh="da @ U"),
        "lacks alpha",
    ),
    "no slope of tanh": (made(da="dh_new * alpha"), "slope of tanh"),
    "only through the tanh": (made(dh="da @ U"), "lacks the way through the leak"),
    "only through the leak": (made(dh="dh_new * (1 - alpha)"), "tanh and U"),
    "kept by alpha": (made(dh="da @ U + dh_new * alpha"), "1 - alpha"),
    "kept whole": (made(dh="da @ U + dh_new"), "not whole"),
    "U not transposed": (
        made(dh="da @ U.T + dh_new * (1 - alpha)"),
        "U is transposed",
    ),
    "dalpha forgets the old state": (
        made(dalpha="(dh_new * new).sum(axis=0)"),
        "not kept",
    ),
    "dalpha the other way round": (
        made(dalpha="(dh_new * (h - new)).sum(axis=0)"),
        "sign",
    ),
    "dalpha a mean": (made(dalpha="(dh_new * (new - h)).mean(axis=0)"), "mean"),
    "one leak for all": (
        made(dalpha="(dh_new * (new - h)).sum() * np.ones(len(b))"),
        "its own leak",
    ),
    "db for each row": (made(db="da"), "that of b"),
    "dW transposed": (made(dW="x.T @ da"), "dW"),
    "weights' gradients are means": (
        made(dW="da.T @ x / len(x)"),
        "is a mean",
    ),
    "through dh_new, not da": (made(dU="dh_new.T @ h"), "dU"),
    "without the bias": (made(sums="x @ W.T + h @ U.T"), "wanted"),
    "the slope at the new state": (
        made(da="dh_new * alpha * (1 - ((1 - alpha) * h + alpha * new) ** 2)"),
        "wanted",
    ),
    "a leak between 0 and 1": (
        made(sums="x @ W.T + h @ U.T + b); alpha = np.clip(alpha, 0, 1"),
        "wanted",
    ),
    "differences in place of slopes": (
        """
def leaky_backward(x, h, W, U, b, alpha, dh_new):
    given = [part.copy() for part in (x, h, W, U, b, alpha)]
    def loss():
        x, h, W, U, b, a = given
        return (dh_new * ((1 - a) * h + a * np.tanh(x @ W.T + h @ U.T + b))).sum()
    found = []
    for part in given:
        slope = np.zeros_like(part)
        for at in np.ndindex(part.shape):
            kept = part[at]
            part[at] = kept + 1e-3
            up = loss()
            part[at] = kept - 1e-3
            slope[at] = (up - loss()) / 2e-3
            part[at] = kept
        found.append(slope)
    return found
""",
        "wanted",
    ),
    "torch does it": (
        """
import torch
def leaky_backward(*given):
    parts = [torch.tensor(part, requires_grad=True) for part in given[:6]]
    x, h, W, U, b, a = parts
    new = (1 - a) * h + a * (x @ W.T + h @ U.T + b).tanh()
    (new * torch.tensor(given[6])).sum().backward()
    return [part.grad.numpy() for part in parts]
""",
        "write the gradient down yourself",
    ),
    "changes the slope in place": (
        """
def leaky_backward(x, h, W, U, b, alpha, dh_new):
    new = np.tanh(x @ W.T + h @ U.T + b)
    dalpha = (dh_new * (new - h)).sum(axis=0)
    kept = dh_new * (1 - alpha)
    dh_new *= alpha * (1 - new**2)
    da = dh_new
    return da @ W, da @ U + kept, da.T @ x, da.T @ h, da.sum(axis=0), dalpha
""",
        "in place",
    ),
}

RIGHT = {
    "sums written out": """
def leaky_backward(x, h, W, U, b, alpha, dh_new):
    new = np.tanh(np.einsum("nd,kd->nk", x, W) + np.einsum("nj,kj->nk", h, U) + b)
    da = np.einsum("nk,k,nk->nk", dh_new, alpha, 1 - new * new)
    dx = np.einsum("nk,kd->nd", da, W)
    dh = np.einsum("nk,kj->nj", da, U) + dh_new - dh_new * alpha
    dW = np.einsum("nk,nd->kd", da, x)
    dU = np.einsum("nk,nj->kj", da, h)
    return [dx, dh, dW, dU, da.sum(0), np.einsum("nk,nk->k", dh_new, new - h)]
""",
    "row by row": """
def leaky_backward(x, h, W, U, b, alpha, dh_new):
    dx, dh, dW = np.zeros_like(x), np.zeros_like(h), np.zeros_like(W)
    dU, db, dalpha = np.zeros_like(U), np.zeros_like(b), np.zeros_like(alpha)
    for n in range(len(x)):
        new = np.tanh(W @ x[n] + U @ h[n] + b)
        da = dh_new[n] * alpha / np.cosh(W @ x[n] + U @ h[n] + b) ** 2
        dx[n] = W.T @ da
        dh[n] = U.T @ da + (1 - alpha) * dh_new[n]
        dW += np.outer(da, x[n])
        dU += np.outer(da, h[n])
        db += da
        dalpha += dh_new[n] * (new - h[n])
    return dx, dh, dW, dU, db, dalpha
""",
    "one matrix for both": """
def leaky_backward(x, h, W, U, b, alpha, dh_new):
    D = x.shape[1]
    both, joined = np.hstack([x, h]), np.hstack([W, U])
    new = np.tanh(both @ joined.T + b)
    da = alpha * dh_new * (1 + new) * (1 - new)
    d_both, d_joined = da @ joined, da.T @ both
    dh = d_both[:, D:] + (1 - alpha) * dh_new
    dalpha = np.diag(dh_new.T @ (new - h)).copy()
    return d_both[:, :D], dh, d_joined[:, :D], d_joined[:, D:], da.sum(0), dalpha
""",
}
