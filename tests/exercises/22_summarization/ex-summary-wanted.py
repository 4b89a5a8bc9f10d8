"""Wrong answers to `wanted_p`, and other right ones."""

HEAD = """
def wanted_p(written, weights, p_gen, source, target):
    V, share = written.shape[-1], p_gen[..., 0]
    same = source[:, None] == target[..., None]
    copied = (weights * same).sum(-1)
    known = target < V
    wrote = written.gather(-1, target.where(known, 0)[..., None])[..., 0] * known
"""
END = "    return share * wrote + (1 - share) * copied\n"

WRONG = {
    "the last place of a word": (
        HEAD
        + "    places = torch.arange(1, source.shape[1] + 1) * same\n"
        + "    copied = weights.gather(-1, places.argmax(-1, True))[..., 0]\n"
        + "    copied = copied * same.any(-1)\n"
        + END,
        "all its weights",
    ),
    "the first place of a word": (
        HEAD
        + "    copied = weights.gather(-1, same.int().argmax(-1, True))[..., 0]\n"
        + "    copied = copied * same.any(-1)\n"
        + END,
        "all its weights",
    ),
    "the largest weight of a word": (
        HEAD + "    copied = (weights * same).amax(-1)\n" + END,
        "all its weights",
    ),
    "the mean weight of a word": (
        HEAD + "    copied = copied / same.sum(-1).clamp_min(1)\n" + END,
        "the probabilities",
    ),
    "scatter, which overwrites": (
        HEAD
        + "    E = int(max(source.max(), target.max())) + 1\n"
        + "    wide = weights.new_zeros(*target.shape, max(E, V))\n"
        + "    places = source[:, None].expand_as(weights)\n"
        + "    wide = wide.scatter(-1, places, weights)\n"
        + "    copied = wide.gather(-1, target[..., None])[..., 0]\n"
        + END,
        "all its weights",
    ),
    "the switch turned round": (
        HEAD + "    return (1 - share) * wrote + share * copied\n",
        "p_gen is the share of writing",
    ),
    "new words as the last of the vocabulary": (
        HEAD
        + "    last = target.clamp_max(V - 1)[..., None]\n"
        + "    wrote = written.gather(-1, last)[..., 0]\n"
        + END,
        "no word for ids from V on",
    ),
    "the sum, not the mixture": (
        HEAD + "    return wrote + copied\n",
        "share the probability",
    ),
    "copied only where it is new": (
        HEAD + "    return torch.where(known, share * wrote, (1 - share) * copied)\n",
        "can be copied too",
    ),
    "written only": (
        HEAD + "    return share * wrote\n",
        "can be copied as well",
    ),
    "looks new words up": (
        HEAD
        + "    wrote = written.gather(-1, target[..., None])[..., 0]\n"
        + END,
        "index",
    ),
    "logarithms": (
        HEAD + "    return (share * wrote + (1 - share) * copied).log()\n",
        "the probabilities",
    ),
    "always float32": (
        HEAD + "    return (share * wrote + (1 - share) * copied).float()\n",
        "wanted torch.float64",
    ),
    "the whole distribution": (
        HEAD
        + "    copied = (1 - p_gen) * weights\n"
        + "    return copied\n",
        "a probability a place",
    ),
    "the other rows' sources too": (
        HEAD
        + "    anywhere = source[None, :, None] == target[:, None, :, None]\n"
        + "    copied = (weights[:, None] * anywhere).sum(-1).mean(1)\n"
        + END,
        "the probabilities",
    ),
    "cut off from its graph": (
        HEAD + "    return (share * wrote + (1 - share) * copied).detach()\n",
        "no gradient reaches written",
    ),
    "a switch that cannot learn": (
        HEAD + "    share = share.detach()\n" + END,
        "no gradient reaches p_gen",
    ),
    "pointing that cannot learn": (
        HEAD + "    copied = copied.detach()\n" + END,
        "no gradient reaches weights",
    ),
    "half of the gradient": (
        HEAD + "    copied = (copied + copied.detach()) / 2\n" + END,
        "size of the gradient of weights",
    ),
    "by way of NumPy": (
        HEAD
        + "    share, wrote, copied = (x.numpy() for x in (share, wrote, copied))\n"
        + "    return torch.from_numpy(share * wrote + (1 - share) * copied)\n",
        "without NumPy",
    ),
    "by way of NumPy, cut off": (
        HEAD
        + "    p = share * wrote + (1 - share) * copied\n"
        + "    return torch.tensor(p.detach().numpy())\n",
        "no gradient reaches",
    ),
    "in place": (
        HEAD + "    weights *= same\n" + END,
        "in place",
    ),
}  # fmt: skip

RIGHT = {
    "the extended vocabulary": """
def wanted_p(written, weights, p_gen, source, target):
    V = written.shape[-1]
    extra = max(int(source.max()), int(target.max()), V - 1) + 1 - V
    wide = F.pad(p_gen * written, (0, extra))
    places = source[:, None].expand_as(weights)
    wide = wide.scatter_add(-1, places, (1 - p_gen) * weights)
    return wide.gather(-1, target[..., None])[..., 0]
""",
    "loops": """
def wanted_p(written, weights, p_gen, source, target):
    B, T = target.shape
    found = torch.zeros(B, T, dtype=written.dtype)
    for b in range(B):
        for t in range(T):
            word, p = int(target[b, t]), p_gen[b, t, 0]
            if word < written.shape[-1]:
                found[b, t] += p * written[b, t, word]
            for i in range(source.shape[1]):
                if int(source[b, i]) == word:
                    found[b, t] += (1 - p) * weights[b, t, i]
    return found
""",
    "one-hot": """
def wanted_p(written, weights, p_gen, source, target):
    V = written.shape[-1]
    n = max(int(source.max()), int(target.max()), V - 1) + 1
    copied = weights @ F.one_hot(source, n).to(weights.dtype)
    both = F.pad(p_gen * written, (0, n - V)) + (1 - p_gen) * copied
    return (both * F.one_hot(target, n)).sum(-1)
""",
}
