"""Variants of chapter 8's exercises."""

from coursekit.checks.twisting import Twist


def _by_kept(x, h, W, U, b, alpha, dh_new) -> tuple:
    return x, h, W, U, b, 1 - alpha, dh_new


def _by_leak(value):
    *others, dkept = value
    return (*others, -dkept)


def _padding(x, live, *others) -> tuple:
    return x, ~live, *others


def _outputs_first(value):
    last, outputs = value
    return outputs, last


def _squared(values, gradients, limit: float) -> tuple:
    return values, gradients, limit**2


def _root(found: dict) -> dict:
    value = found["value"]
    good = isinstance(value, float | int) and value >= 0
    return {**found, "value": value**0.5 if good else value}


TWISTS = {
    "ex-rnn-leaky": Twist(
        statement="The cell is given by what each unit *keeps*, $\\beta$, in place of "
        "its leak: $h_t = \\beta \\odot h_{t-1} + (1 - \\beta) \\odot \\tanh(W x_t + U "
        "h_{t-1} + b)$. The sixth argument is `beta`, and the last gradient that of "
        "`beta`.",
        solution='''
def leaky_backward(x, h, W, U, b, beta, dh_new):
    """Gradients of one step: dx, dh, dW, dU, db, dbeta."""
    ### BEGIN SOLUTION
    new = np.tanh(x @ W.T + h @ U.T + b)
    da = dh_new * (1 - beta) * (1 - new**2)    # (B, H)
    dh = da @ U + dh_new * beta
    dbeta = (dh_new * (h - new)).sum(axis=0)
    return da @ W, dh, da.T @ x, da.T @ h, da.sum(axis=0), dbeta
    ### END SOLUTION
''',
        before=_by_kept,
        after=_by_leak,
    ),
    "ex-rnn-padding": Twist(
        statement="The second argument is `padded`, True where there is *padding*, and "
        "the last state is returned first: `last, outputs`.",
        solution='''
def read_padded(x, padded, h, W, U, b_W, b_U):
    """The last state, and outputs (B, T, H), zeros at padding."""
    ### BEGIN SOLUTION
    x = x.masked_fill(padded[:, :, None], 0.0)
    outputs = []
    for x_t, gone in zip(x.unbind(1), padded.unbind(1)):
        x_r, x_z, x_n = (x_t @ W.T + b_W).chunk(3, dim=-1)
        h_r, h_z, h_n = (h @ U.T + b_U).chunk(3, dim=-1)
        z = (x_z + h_z).sigmoid()
        n = (x_n + (x_r + h_r).sigmoid() * h_n).tanh()
        new = (1 - z) * n + z * h
        h = torch.where(gone[:, None], h, new)
        outputs.append(h.masked_fill(gone[:, None], 0.0))
    return h, torch.stack(outputs, dim=1)
    ### END SOLUTION
''',
        before=_padding,
        after=_outputs_first,
    ),
    "ex-rnn-clip": Twist(
        statement="`limit` is the **square** of the largest length that is allowed, "
        "and the square of the length before is returned. (Both may then be as small "
        "as $10^{-24}$ or as large as $10^{24}$.)",
        solution='''
def clip_gradients(parameters, limit):
    """Shorten all gradients, taken as one vector; its squared length."""
    ### BEGIN SOLUTION
    grads = [p.grad for p in parameters if p.grad is not None]
    squared = sum(g.double().square().sum().item() for g in grads)
    if squared > limit:
        for grad in grads:
            grad.mul_((limit / squared) ** 0.5)
    return squared
    ### END SOLUTION
''',
        before=_squared,
        after=_root,
    ),
}
