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
        "compare with torch.cat",
    ),
}

RIGHT = {
    "another style": """
def merge_heads(x):
    return torch.cat(list(x.unbind(1)), dim=-1)
""",
}
