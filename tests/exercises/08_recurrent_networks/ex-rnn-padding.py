"""Answers to "Padding keeps the state", wrong and right."""

LOOP = """
def read_padded(x, live, h, W, U, b_W, b_U):
    {before}
    H = h.shape[1]
    outputs = []
    for t in range(x.shape[1]):
        real = live[:, t, None]
        from_x = x[:, t] @ W.T + b_W
        from_h = h @ U.T + b_U
        {gates}
        n = {proposal}
        new = {mix}
        h = {keep}
        outputs.append({shown})
    outputs = torch.stack(outputs, dim=1)
    return outputs, {last}
"""


def loop(**changed: str) -> str:
    """The reference, with parts of it replaced."""
    right = {
        "before": "x = torch.where(live[:, :, None], x, 0.0)",
        "gates": "r, z = (from_x + from_h)[:, :2 * H].sigmoid().chunk(2, 1)",
        "proposal": "(from_x[:, 2 * H:] + r * from_h[:, 2 * H:]).tanh()",
        "mix": "(1 - z) * n + z * h",
        "keep": "torch.where(real, new, h)",
        "shown": "torch.where(real, h, 0.0)",
        "last": "h",
    }
    return LOOP.format(**{**right, **changed})


WRONG = {
    "NaN reaches the gradients": (loop(before="pass"), "not finite"),
    "a product with the mask": (
        loop(before="pass", keep="real * new + ~real * h"),
        "wanted",
    ),
    "padding times 0": (loop(before="x = x * live[:, :, None]"), "not finite"),
    "only NaN is replaced": (
        loop(before="x = torch.where(x.isnan(), torch.zeros_like(x), x)"),
        "not finite",
    ),
    "in single precision": (
        loop(before="x = torch.where(live[:, :, None], x, 0.0).float().to(x)"),
        "wanted",
    ),
    "no gradient for x": (
        loop(before="x = torch.where(live[:, :, None], x.detach(), 0.0)"),
        "no gradient reaches x",
    ),
    "the state moves on": (loop(keep="new"), "moves on at padding"),
    "the state is lost at padding": (
        loop(keep="torch.where(real, new, 0.0)"),
        "wanted",
    ),
    "outputs are not zeroed": (loop(shown="h"), "wanted as zeros"),
    "the last column": (loop(last="outputs[:, -1]"), "not the last output"),
    "the reset gate as in the paper": (
        loop(
            proposal="(from_x[:, 2 * H:] + (r * h) @ U[2 * H:].T + b_U[2 * H:]).tanh()"
        ),
        "before the product",
    ),
    "the bias outside of the reset gate": (
        loop(
            proposal="(from_x[:, 2 * H:] + r * (h @ U[2 * H:].T) + b_U[2 * H:]).tanh()"
        ),
        "the bias too",
    ),
    "r and z exchanged": (
        loop(gates="z, r = (from_x + from_h)[:, :2 * H].sigmoid().chunk(2, 1)"),
        "changed places",
    ),
    "z the other way round": (loop(mix="z * n + (1 - z) * h"), "share of the *old*"),
    "no reset gate": (
        loop(proposal="(from_x + from_h)[:, 2 * H:].tanh()"),
        "reset gate is missing",
    ),
    "padding only at the end": (
        """
def read_padded(x, live, h, W, U, b_W, b_U):
    H, first = h.shape[1], h
    x = torch.where(live[:, :, None], x, 0.0)
    lengths, outputs = live.sum(1), []
    for t in range(x.shape[1]):
        x_r, x_z, x_n = (x[:, t] @ W.T + b_W).chunk(3, dim=-1)
        h_r, h_z, h_n = (h @ U.T + b_U).chunk(3, dim=-1)
        z = (x_z + h_z).sigmoid()
        n = (x_n + (x_r + h_r).sigmoid() * h_n).tanh()
        real = (t < lengths)[:, None]
        h = torch.where(real, (1 - z) * n + z * h, h)
        outputs.append(torch.where(real, h, 0.0))
    return torch.stack(outputs, 1), h
""",
        "wanted",
    ),
    "the first state is left out": (
        loop(
            before="x = torch.where(live[:, :, None], x, 0.0); h = torch.zeros_like(h)"
        ),
        "wanted",
    ),
    "the state is cut from the graph": (
        loop(keep="torch.where(real, new, h).detach()"),
        "no gradient reaches",
    ),
    "a cell of PyTorch": (
        """
def read_padded(x, live, h, W, U, b_W, b_U):
    x = torch.where(live[:, :, None], x, 0.0)
    outputs = []
    for x_t, real in zip(x.unbind(1), live.unbind(1)):
        new = torch.gru_cell(x_t, h, W, U, b_W, b_U)
        h = torch.where(real[:, None], new, h)
        outputs.append(torch.where(real[:, None], h, 0.0))
    return torch.stack(outputs, dim=1), h
""",
        "write the steps yourself",
    ),
    "the state where the outputs should be": (
        loop(last="h[None]"),
        "the last state, (B, H)",
    ),
    "x changed in place": (loop(before="x.data[~live] = 0.0"), "in place"),
}

RIGHT = {
    "masked_fill, one row at a time": """
def read_padded(x, live, h, W, U, b_W, b_U):
    x = x.masked_fill(~live[..., None], 0)
    H, rows, finals = h.shape[1], [], []
    for row, real, state in zip(x, live, h):
        outputs = []
        for token, use in zip(row, real.tolist()):
            if use:
                a, s = W @ token + b_W, U @ state + b_U
                r, z = torch.sigmoid(a[:2 * H] + s[:2 * H]).split(H)
                n = torch.tanh(a[2 * H:] + r * s[2 * H:])
                state = n + z * (state - n)
                outputs.append(state)
            else:
                outputs.append(torch.zeros_like(state))
        rows.append(torch.stack(outputs))
        finals.append(state)
    return torch.stack(rows), torch.stack(finals)
""",
    "the update gate opened at padding": """
def read_padded(x, live, h, W, U, b_W, b_U):
    x = torch.where(live.unsqueeze(-1), x, torch.zeros_like(x))
    seen = live.to(x.dtype).unsqueeze(-1)
    from_x = x @ W.T + b_W
    outputs = []
    for t in range(x.shape[1]):
        a = from_x[:, t].chunk(3, 1)
        s = (h @ U.T + b_U).chunk(3, 1)
        write = seen[:, t] * (1 - torch.sigmoid(a[1] + s[1]))
        n = torch.tanh(a[2] + torch.sigmoid(a[0] + s[0]) * s[2])
        h = h + write * (n - h)
        outputs.append(h * seen[:, t])
    return torch.stack(outputs, 1), h
""",
    "only the real rows are computed": """
def read_padded(x, live, h, W, U, b_W, b_U):
    H = h.shape[1]
    outputs = []
    for t in range(x.shape[1]):
        rows = live[:, t].nonzero()[:, 0]
        a = x[rows, t] @ W.T + b_W
        s = h[rows] @ U.T + b_U
        r = (a[:, :H] + s[:, :H]).sigmoid()
        z = (a[:, H:2 * H] + s[:, H:2 * H]).sigmoid()
        n = (a[:, 2 * H:] + r * s[:, 2 * H:]).tanh()
        new = (1 - z) * n + z * h[rows]
        h = h.index_put((rows,), new)
        outputs.append(torch.zeros_like(h).index_put((rows,), new))
    return torch.stack(outputs, 1), h
""",
}
