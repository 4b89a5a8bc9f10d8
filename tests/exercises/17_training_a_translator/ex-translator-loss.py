"""Wrong answers to "Smooth where it can be right", and right ones in other styles."""

ANY = " "  # a hint of several words: which one is a matter of what was drawn
HEAD = "def smoothed_loss(logits, targets, epsilon, pad_id):\n"
MADE = """
def smoothed_loss(logits, targets, epsilon, pad_id):
    V = logits.shape[-1]
    log_p = logits.{softmax}
    hard = -log_p.gather(-1, targets[..., None])[..., 0]
    even = {even}
    each = {each}
    real = {real}
    return {result}
"""
PLAIN = {
    "softmax": "log_softmax(-1)",
    "even": "-log_p[..., torch.arange(V) != pad_id].mean(-1)",
    "each": "(1 - epsilon) * hard + epsilon * even",
    "real": "targets != pad_id",
    "result": "each[real].mean()",
}


def made(**changes):
    """The right answer with something changed."""
    return MADE.format(**PLAIN | changes)


READY = (
    "F.cross_entropy(logits.mT, targets, ignore_index=pad_id, label_smoothing=epsilon)"
)
STEPS = {
    "padding counts": (made(result="each.mean()"), "padding counts like"),
    "divided by all positions": (
        made(result="(each * real).sum() / real.numel()"),
        "divided by padding",
    ),
    "padding in the smoothed part": (
        made(
            result="((1 - epsilon) * hard[real].sum() + epsilon * even.sum()) "
            "/ real.sum()"
        ),
        "still counts in the smoothed part",
    ),
    "not smoothed": (made(each="hard"), "nothing is smoothed"),
    "the page's own": (made(even="-log_p.mean(-1)"), "padding's piece has a share"),
    "divided by all pieces": (
        made(each="(1 - epsilon) * hard + epsilon * (V - 1) / V * even"),
        "sum to less than 1",
    ),
    "spread over the wrong ones": (
        made(
            each="(1 - epsilon) * hard "
            "+ epsilon / max(V - 2, 1) * ((V - 1) * even - hard)"
        ),
        "the right piece too",
    ),
    "epsilon for each piece": (
        made(each="(1 - epsilon) * hard + epsilon * (V - 1) * even"),
        "it is one share",
    ),
    "epsilon and the rest exchanged": (
        made(each="epsilon * hard + (1 - epsilon) * even"),
        "it gets what is left of 1",
    ),
    "the sign": (made(result="-each[real].mean()"), "the sign is turned"),
    "a sum": (made(result="each[real].sum()"), "wanted the mean over real"),
    "one number a position": (made(result="each * real"), "wanted the loss"),
    "a mean of means": (
        made(
            result="((each * real).sum(1)[real.any(1)] / real.sum(1)[real.any(1)])"
            ".mean()"
        ),
        ANY,
    ),
    "padding's logarithm taken off the sum": (
        made(even="(log_p[..., pad_id] - log_p.sum(-1)) / (V - 1)"),
        "padding's logit is -inf",
    ),
    "padding's logarithm times 0": (
        made(
            even="-(log_p * (torch.arange(V) != pad_id)).sum(-1) / (V - 1)",
        ),
        "padding's logit is -inf",
    ),
    "padding's positions times 0": (
        made(result="(each * real).sum() / real.sum()"),
        "padding's logit is -inf",
    ),
    "an infinity that is made zero": (
        made(even="-log_p.clamp(min=-1e4).sum(-1) / (V - 1)"),
        ANY,
    ),
    "padding's piece is the first": (made(even="-log_p[..., 1:].mean(-1)"), ANY),
    "the softmax over time": (made(softmax="log_softmax(1)"), "runs over time"),
    "padding only at the end": (
        made(real="(targets != pad_id).flip(1).cummax(1).values.flip(1)"),
        ANY,
    ),
    "padding is id 0": (made(real="targets != 0"), ANY),
}
NUMBERS = {
    "the log of a softmax": (made(softmax="softmax(-1).log()"), "as log_softmax does"),
    "a small number in the log": (
        made(softmax="softmax(-1).add(1e-9).log()"),
        ", wanted",
    ),
    "exponentials without the maximum": (
        made(softmax="sub(logits.exp().sum(-1, keepdim=True).log())"),
        "as log_softmax does",
    ),
    "one maximum for all": (
        made(
            softmax="sub(logits.max()).sub("
            "(logits - logits.max()).exp().sum(-1, keepdim=True).log())"
        ),
        "as log_softmax does",
    ),
    "clipped logits": (made(softmax="clamp(-100, 100).log_softmax(-1)"), "the loss is"),
    "NaN made zero": (
        made(softmax="softmax(-1).log().nan_to_num(0.0, 0.0, -100.0)"),
        "the loss is",
    ),
    "no gradient": (made(result="each[real].mean().detach()"), "no gradient reaches"),
    "a Python number": (made(result="each[real].mean().item()"), "wanted the loss, a"),
    "a gradient of the plain part only": (
        made(each="(1 - epsilon) * hard + epsilon * even.detach()"),
        "the gradient for the logits",
    ),
    "changes the logits": (
        made(softmax="sub_(logits.detach().amax(-1, keepdim=True)).log_softmax(-1)"),
        "in-place operation",
    ),
    "changes the targets": (
        HEAD
        + "    real = targets != pad_id\n"
        + "    targets[~real] = 0\n"
        + "    log_p = logits.log_softmax(-1)\n"
        + "    hard = -log_p.gather(-1, targets[..., None])[..., 0]\n"
        + "    can_be = torch.arange(logits.shape[-1]) != pad_id\n"
        + "    even = -log_p[..., can_be].mean(-1)\n"
        + "    return ((1 - epsilon) * hard + epsilon * even)[real].mean()\n",
        "in place",
    ),
}
WRONG = STEPS | NUMBERS
WRONG |= {
    "no padding where its id is 0": (
        made(real="targets != (pad_id or -1)"),
        ANY,
    ),
    "never all smoothed": (
        made().replace("    V =", "    epsilon = min(epsilon, 0.99)\n    V ="),
        ANY,
    ),
    "little smoothing is none": (
        made().replace("    V =", "    epsilon = epsilon * (epsilon > 1e-3)\n    V ="),
        ANY,
    ),
    "the first 64 pieces": (
        made(even="-log_p[..., torch.arange(V) != pad_id][..., :64].mean(-1)"),
        "the loss is",
    ),
    "remembered padding": (
        "kept = {}\n"
        + made(real="kept.setdefault(targets.numpy().tobytes(), targets != pad_id)"),
        ANY,
    ),
    "remembered shares": (
        "kept = {}\n"
        + made().replace(
            "    V =", "    epsilon = kept.setdefault(logits.shape, epsilon)\n    V ="
        ),
        ANY,
    ),
}
WRONG |= {
    "F.cross_entropy": (f"{HEAD}    return {READY}\n", "write the loss out"),
    "the layer": (
        f"{HEAD}    layer = torch.nn.CrossEntropyLoss(\n"
        "        ignore_index=pad_id, label_smoothing=epsilon)\n"
        "    return layer(logits.mT, targets)\n",
        "write the loss out",
    ),
    "the library's": (
        f"{HEAD}    from n2t.training.losses import cross_entropy\n"
        "    total, n = cross_entropy(\n"
        "        logits, targets, ignore_id=pad_id, label_smoothing=epsilon)\n"
        "    return total / n\n",
        "write the loss out",
    ),
}

CHEATS = {
    "the library's, with a model of its own": (
        f"{HEAD}    class Batch:\n"
        "        source = target_in = None\n"
        "        target_out = targets\n\n"
        "    loss = translation_loss(min(float(epsilon), 0.999999), pad_id)\n"
        "    total, n = loss(lambda *_: logits, Batch)\n"
        "    return total / n\n",
        "write the loss out",
    ),
    "what stands behind F.cross_entropy": (
        f"{HEAD}    return torch._C._nn.cross_entropy_loss(\n"
        "        logits.mT, targets, None, 1, pad_id, epsilon)\n",
        "write the loss out",
    ),
    "an operator of torch.ops": (
        f"{HEAD}    return torch.ops.aten.cross_entropy_loss(\n"
        "        logits.mT, targets, None, 1, pad_id, epsilon)\n",
        "write the loss out",
    ),
    "under another name": (
        f"ready = F.cross_entropy\n\n{HEAD}"
        f"    return {READY.replace('F.cross_entropy', 'ready')}\n",
        "write the loss out",
    ),
    "the watch taken away": (
        f"{HEAD}    import sys\n    sys.setprofile(None)\n    return {READY}\n",
        "sys.setprofile",
    ),
    "the watch put back": (
        f"{HEAD}    import sys\n    seen = sys.getprofile()\n"
        f"    sys.setprofile(None)\n    loss = {READY}\n"
        "    sys.setprofile(seen)\n    return loss\n",
        "sys.setprofile",
    ),
}

RIGHT = {
    "float32 for all": made(softmax="float().log_softmax(-1)"),
    "zeros in padding's place": made(
        even="-log_p.index_fill(-1, torch.tensor(pad_id), 0).sum(-1) / (V - 1)"
    ),
    "targets as probabilities, and logsumexp": """
def smoothed_loss(logits, targets, epsilon, pad_id):
    real = targets.flatten() != pad_id
    flat, right = logits.flatten(0, 1)[real], targets.flatten()[real]
    V = flat.shape[1]
    q = torch.full_like(flat, epsilon / (V - 1))
    q[torch.arange(len(right)), right] += 1 - epsilon
    rest = [j for j in range(V) if j != pad_id]
    log_p = flat - flat.logsumexp(1, keepdim=True)
    return -(q[:, rest] * log_p[:, rest]).sum() / len(right)
""",
    "one-hot in float32": """
def smoothed_loss(logits, targets, epsilon, pad_id):
    V = logits.shape[-1]
    q = (1 - epsilon) * F.one_hot(targets, V).float() + epsilon / (V - 1)
    log_p = F.log_softmax(logits, dim=-1)
    counts = (targets != pad_id)[..., None] & (torch.arange(V) != pad_id)
    terms = torch.where(counts, -q * log_p, 0)
    return terms.sum() / (targets != pad_id).sum()
""",
    "loops": """
def smoothed_loss(logits, targets, epsilon, pad_id):
    total, n = 0.0, 0
    for row, right in zip(logits.flatten(0, 1), targets.flatten()):
        if right == pad_id:
            continue
        z = row - row.max()
        log_p = z - torch.log(torch.exp(z).sum())
        rest = torch.cat([log_p[:pad_id], log_p[pad_id + 1:]])
        total = total - (1 - epsilon) * log_p[right] - epsilon * rest.mean()
        n += 1
    return total / n
""",
    "a divergence and an entropy": """
def smoothed_loss(logits, targets, epsilon, pad_id):
    V, real = logits.shape[-1], targets != pad_id
    can_be = torch.arange(V) != pad_id
    q = (1 - epsilon) * torch.eye(V, dtype=logits.dtype)[targets[real]]
    q = (q + epsilon / (V - 1))[:, can_be]
    log_p = logits[real].log_softmax(-1)[:, can_be]
    divergence = F.kl_div(log_p, q, reduction="sum")
    entropy = torch.special.entr(q).sum()
    return (divergence + entropy) / real.sum()
""",
    "the negative log-likelihood, and float64": """
def smoothed_loss(logits, targets, epsilon, pad_id):
    log_p = logits.double().log_softmax(-1)
    hard = F.nll_loss(log_p.mT, targets, ignore_index=pad_id)
    weights = (targets != pad_id).double()
    rest = torch.cat([log_p[..., :pad_id], log_p[..., pad_id + 1:]], -1)
    even = torch.einsum("btv,bt->", rest, weights) / weights.sum()
    return (1 - epsilon) * hard - epsilon * even / rest.shape[-1]
""",
    "the best logit taken away, in place on a copy": """
def smoothed_loss(logits, targets, epsilon, pad_id):
    z = logits - logits.max(dim=-1, keepdim=True).values
    z = z[targets != pad_id].clone()
    right = targets[targets != pad_id]
    normalizer = z.exp().sum(-1).log()
    best = torch.take_along_dim(z, right[:, None], dim=-1).squeeze(-1)
    rest = z[:, torch.arange(z.shape[-1]) != pad_id].mean(-1)
    return (normalizer - (1 - epsilon) * best - epsilon * rest).mean()
""",
}
