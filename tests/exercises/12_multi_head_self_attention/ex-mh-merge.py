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
        "tokens stay on axis 1",
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
        "wanted (B, T, H d)",
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
    "a list of heads": (
        HEAD + "    return list(x.transpose(1, 2).flatten(2))\n",
        "wanted (B, T, H d), a tensor",
    ),
}

RIGHT = {
    "another style": """
def merge_heads(x):
    return torch.cat(list(x.unbind(1)), dim=-1)
""",
    "filled in, one head after the other": """
def merge_heads(x):
    B, H, T, d = x.shape
    out = torch.empty(B, T, H * d, dtype=x.dtype)
    for h in range(H):
        out[:, :, h * d : (h + 1) * d] = x[:, h]
    return out
""",
    "one token after the other": """
def merge_heads(x):
    B, H, T, d = x.shape
    return torch.stack([x[:, :, t].reshape(B, H * d) for t in range(T)], dim=1)
""",
    "a permutation and a view": """
def merge_heads(x):
    y = torch.permute(x, (0, 2, 1, 3)).contiguous()
    return y.view(x.size(0), x.size(2), -1)
""",
}
