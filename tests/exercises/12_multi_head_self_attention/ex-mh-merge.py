"""Wrong answers to `merge_heads`, and a second right one."""

HEAD = "def merge_heads(x):\n    B, H, T, d = x.shape\n"

WRONG = {
    "as published": (HEAD + "    return x.reshape(B, T, H * d)\n", "nothing has moved"),
    "a view of a transpose": (
        HEAD + "    return x.transpose(1, 2).view(B, T, H * d)\n",
        "flatten or reshape it",
    ),
    "features alternate": (
        HEAD + "    return x.permute(0, 2, 3, 1).reshape(B, T, H * d)\n",
        "features of the heads alternate",
    ),
    "heads in reverse": (
        HEAD + "    return x.flip(1).transpose(1, 2).flatten(2)\n",
        "heads are in reverse",
    ),
    "the wrong pair of axes": (
        HEAD + "    return x.transpose(2, 3).reshape(B, T, H * d)\n",
        "swapped tokens with features",
    ),
    "tokens and heads joined": (
        HEAD + "    return x.flatten(1, 2)\n",
        "tokens stay the last axis but one",
    ),
    "heads added": (
        HEAD + "    return x.sum(1).repeat(1, 1, H)\n",
        "the result",
    ),
    "through NumPy": (
        HEAD
        + "    y = np.concatenate(list(x.detach().numpy().swapaxes(0, 1)), -1)\n"
        + "    return torch.from_numpy(y)\n",
        "no gradient reaches x",
    ),
    "always double precision": (
        HEAD + "    return x.double().transpose(1, 2).flatten(2)\n",
        "got float64",
    ),
    "a single head is squeezed away": (
        HEAD + "    return x.squeeze(1).transpose(1, 2).flatten(2)\n",
        "wanted (..., T, H d)",
    ),
    "only for tensors that lie in order": (
        HEAD
        + "    y = x.view(B, H, T * d).view(B, H, T, d)\n"
        + "    return y.transpose(1, 2).flatten(2)\n",
        "stored with its axes",
    ),
    "adds nothing, but not exactly": (
        HEAD + "    return x.transpose(1, 2).flatten(2) * (1 + 1e-12)\n",
        "the result",
    ),
    "only half of the gradient": (
        HEAD
        + "    y = torch.cat([x[:, :1].detach(), x[:, 1:]], 1)\n"
        + "    return y.transpose(1, 2).flatten(2)\n",
        "is a part of the computation detached",
    ),
    "four axes alone": (
        "def merge_heads(x):\n    return x.transpose(1, 2).flatten(2)\n",
        "number of axes in front",
    ),
    "four axes, or one more": (
        "def merge_heads(x):\n"
        "    if x.dim() == 5:\n"
        "        return torch.stack([merge_heads(y) for y in x])\n"
        "    return x.transpose(1, 2).flatten(2)\n",
        "number of axes in front",
    ),
    "no axis in front is taken for one": (
        "def merge_heads(x):\n"
        "    x = x[None] if x.dim() == 3 else x\n"
        "    return x.transpose(-3, -2).flatten(-2)\n",
        "wanted (..., T, H d)",
    ),
    "the axes in front are folded": (
        "def merge_heads(x):\n    return x.flatten(0, -4).transpose(1, 2).flatten(2)\n",
        "in front",
    ),
    "a list of heads": (
        HEAD + "    return list(x.transpose(1, 2).flatten(2))\n",
        "wanted (..., T, H d), a tensor",
    ),
}

RIGHT = {
    "another style": """
def merge_heads(x):
    return torch.cat(list(x.unbind(-3)), dim=-1)
""",
    "filled in, one head after the other": """
def merge_heads(x):
    *front, H, T, d = x.shape
    out = torch.empty(*front, T, H * d, dtype=x.dtype)
    for h in range(H):
        out[..., h * d : (h + 1) * d] = x[..., h, :, :]
    return out
""",
    "one token after the other": """
def merge_heads(x):
    *front, H, T, d = x.shape
    tokens = [x[..., t, :].reshape(*front, H * d) for t in range(T)]
    return torch.stack(tokens, dim=-2)
""",
    "folded, and unfolded at the end": """
def merge_heads(x):
    H, T, d = x.shape[-3:]
    y = torch.permute(x.reshape(-1, H, T, d), (0, 2, 1, 3)).contiguous()
    return y.view(*x.shape[:-3], T, H * d)
""",
    "one axis at a time": """
def merge_heads(x):
    if x.dim() > 3:
        return torch.stack([merge_heads(y) for y in x])
    return x.swapaxes(0, 1).flatten(1)
""",
}
