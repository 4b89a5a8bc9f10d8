"""Wrong answers to `picture`, and other right ones."""

HEAD = """
def picture(rows, channels, height, width, size):
    B, C, P = len(rows), channels, size
    down, across = height // P, width // P
"""

WRONG = {
    "reshape alone": (
        HEAD + "    return rows.reshape(B, C, height, width)\n",
        "reshape alone",
    ),
    "pixels of a patch turned": (
        HEAD
        + "    x = rows.reshape(B, down, across, C, P, P).permute(0, 3, 1, 5, 2, 4)\n"
        + "    return x.reshape(B, C, height, width)\n",
        "rows and columns are exchanged",
    ),
    "channels last within a patch": (
        HEAD
        + "    x = rows.reshape(B, down, across, P, P, C).permute(0, 5, 1, 3, 2, 4)\n"
        + "    return x.reshape(B, C, height, width)\n",
        "channels come first",
    ),
    "patches column by column": (
        HEAD
        + "    x = rows.reshape(B, across, down, C, P, P).permute(0, 3, 2, 4, 1, 5)\n"
        + "    return x.reshape(B, C, height, width)\n",
        "row by row",
    ),
    "square pictures only": (
        HEAD
        + "    n = round(rows.shape[1] ** 0.5)\n"
        + "    x = rows.reshape(B, n, n, C, P, P).permute(0, 3, 1, 4, 2, 5)\n"
        + "    return x.reshape(B, C, n * P, n * P)\n",
        "height",
    ),
    "height and width exchanged": (
        HEAD
        + "    x = rows.reshape(B, down, across, C, P, P).permute(0, 3, 2, 5, 1, 4)\n"
        + "    return x.reshape(B, C, width, height)\n",
        "wanted",
    ),
    "channels last in the result": (
        HEAD
        + "    x = rows.reshape(B, down, across, C, P, P).permute(0, 1, 4, 2, 5, 3)\n"
        + "    return x.reshape(B, height, width, C)\n",
        "wanted",
    ),
    "one picture only": (
        HEAD
        + "    x = rows[0].reshape(down, across, C, P, P).permute(2, 0, 3, 1, 4)\n"
        + "    return x.reshape(1, C, height, width)\n",
        "wanted",
    ),
    "always float32": (
        HEAD
        + "    x = rows.reshape(B, down, across, C, P, P).permute(0, 3, 1, 4, 2, 5)\n"
        + "    return x.reshape(B, C, height, width).float()\n",
        "wanted torch.float64",
    ),
    "fold, which knows no bytes": (
        HEAD
        + "    x = F.fold(rows.float().mT, (height, width), P, stride=P)\n"
        + "    return x\n",
        "wanted torch.float64",
    ),
    "fold, by way of float32": (
        HEAD
        + "    x = F.fold(rows.float().mT, (height, width), P, stride=P)\n"
        + "    return x.to(rows.dtype)\n",
        "the pictures",
    ),
    "bytes kept, the rest by way of float32": (
        HEAD
        + "    wide = rows if rows.dtype == torch.float64 else rows.float()\n"
        + "    x = wide.reshape(B, down, across, C, P, P).permute(0, 3, 1, 4, 2, 5)\n"
        + "    return x.reshape(B, C, height, width).to(rows.dtype)\n",
        "the pictures",
    ),
    "never below nothing": (
        HEAD
        + "    x = rows.reshape(B, down, across, C, P, P).permute(0, 3, 1, 4, 2, 5)\n"
        + "    return x.reshape(B, C, height, width).clamp(min=0)\n",
        "the pictures",
    ),
    "in place": (
        HEAD
        + "    x = rows.reshape(B, down, across, C, P, P).permute(0, 3, 1, 4, 2, 5)\n"
        + "    found = x.reshape(B, C, height, width).clone()\n"
        + "    rows.zero_()\n"
        + "    return found\n",
        "chang",
    ),
}

RIGHT = {
    "loops": HEAD
    + """    found = rows.new_zeros(B, C, height, width)
    for n in range(down * across):
        top, left = n // across * P, n % across * P
        piece = rows[:, n].reshape(B, C, P, P)
        found[:, :, top : top + P, left : left + P] = piece
    return found
""",
    "einsum": HEAD
    + """    x = rows.reshape(B, down, across, C, P, P)
    x = torch.einsum("bdacpq->bcdpaq", x)
    return x.reshape(B, C, height, width)
""",
    "fold": HEAD
    + """    x = F.fold(rows.double().mT, (height, width), P, stride=P)
    return x.to(rows.dtype)
""",
    "pixel shuffle": HEAD
    + """    x = rows.mT.reshape(B, C * P * P, down, across)
    return F.pixel_shuffle(x, P)
""",
    "NumPy": HEAD
    + """    x = rows.numpy().reshape(B, down, across, C, P, P)
    x = np.ascontiguousarray(x.transpose(0, 3, 1, 4, 2, 5))
    return torch.from_numpy(x.reshape(B, C, height, width))
""",
    "by columns of blocks": HEAD
    + """    x = rows.unflatten(1, (down, across)).unflatten(3, (C, P, P))
    strips = [torch.cat(list(x[:, d].unbind(1)), dim=-1) for d in range(down)]
    return torch.cat(strips, dim=-2)
""",
}
