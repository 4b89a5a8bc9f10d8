"""Wrong answers to "A nucleus that is fair to equals", and other right ones."""

ANY = " "  # a hint of several words: which one is a matter of what was drawn
MADE = """
def nucleus(logits, temperature, mass, at_least):
    ordered = logits.sort(-1, descending=True).values
    p = (ordered / {heat}).softmax(-1)
    before = {before}
    count = {count}
    limit = ordered.gather(-1, count[:, None] - 1)
    cut = logits.masked_fill({out}, -torch.inf)
    return {result}
"""
PLAIN = {
    "heat": "temperature",
    "before": "p.cumsum(-1) - p",
    "count": "(before < mass).sum(-1).clamp(min=at_least)",
    "out": "logits < limit",
    "result": "(cut / temperature).softmax(-1)",
}


def made(**changes):
    """The right answer with something changed."""
    return MADE.format(**PLAIN | changes)


SORTED = """
def nucleus(logits, temperature, mass, at_least):
    p, order = (logits / temperature).softmax(-1).sort(-1, descending=True)
    out = p.cumsum(-1) - p >= mass
    out[:, :at_least] = False
    p = p.masked_fill(out, 0)
    p = p / p.sum(-1, keepdim=True)
    return torch.zeros_like(p).scatter(-1, order, p)
"""
WRONG = {
    "cut first, heated later": (made(heat="1"), "temperature comes before it"),
    "no temperature": (
        made(heat="1", result="cut.softmax(-1)"),
        "the temperature changes nothing",
    ),
    "heated for the cut alone": (made(result="cut.softmax(-1)"), ANY),
    "multiplied by the temperature": (
        made(heat="(1 / temperature)", result="(cut * temperature).softmax(-1)"),
        ANY,
    ),
    "the one that reaches the mass is left out": (
        made(count="(p.cumsum(-1) <= mass).sum(-1).clamp(min=at_least)"),
        "belongs to them",
    ),
    "the page's own": (SORTED, "exactly as likely"),
    "no at_least": (
        made(count="(before < mass).sum(-1).clamp(min=1)"),
        "fewer tokens than at_least",
    ),
    "at_least more": (
        made(
            count="((before < mass).sum(-1) + at_least - 1).clamp(max=logits.shape[-1])"
        ),
        ANY,
    ),
    "not divided": (
        made(result="(logits / temperature).softmax(-1) * ~(logits < limit)"),
        "do not sum to 1",
    ),
    "one count for all rows": (
        made(
            count="(before < mass).sum(-1).max().clamp(min=at_least)"
            ".expand(len(logits))"
        ),
        ANY,
    ),
    "one nucleus for the batch": (
        "def nucleus(logits, temperature, mass, at_least):\n"
        "    flat = logits.flatten()\n"
        "    ordered = flat.sort(descending=True).values\n"
        "    p = (ordered / temperature).softmax(0)\n"
        "    count = int((p.cumsum(0) - p < mass).sum().clamp(min=at_least))\n"
        "    cut = flat.masked_fill(flat < ordered[count - 1], -torch.inf)\n"
        "    return (cut / temperature).softmax(0).view_as(logits)\n",
        "each row has its own",
    ),
    "along the batch": (
        "def nucleus(logits, temperature, mass, at_least):\n"
        "    logits = logits.T\n"
        + made().split(":\n", 1)[1].replace("return (", "return ((").rstrip()
        + ").T\n",
        ANY,
    ),
    "nearly equal is equal": (
        made(out="logits < limit - 1e-4"),
        ANY,
    ),
    "probabilities to nine digits": (
        made(out="logits < limit - 1e-8"),
        ANY,
    ),
    "at_least knows no equals": (
        made(
            count="(before < mass).sum(-1)",
            out="(logits < limit) & (logits.argsort(-1, descending=True)"
            ".argsort(-1) >= at_least)",
        ),
        ANY,
    ),
    "ties are left out together": (
        made(out="(logits <= limit) & (logits < logits.amax(-1, keepdim=True))"),
        ANY,
    ),
    "exponentials without the maximum": (
        made(
            result="(cut / temperature).exp() / (cut / temperature).exp()"
            ".sum(-1, keepdim=True)"
        ),
        "take each row's maximum",
    ),
    "an infinity times 0": (
        made(result="((logits / temperature) * ~(logits < limit)).softmax(-1)"),
        ANY,
    ),
    "the impossible get a share": (
        made(result="((cut / temperature).clamp(min=-30)).softmax(-1)"),
        ANY,
    ),
    "log-probabilities": (
        made(result="(cut / temperature).log_softmax(-1)"),
        ANY,
    ),
    "always one at least, never more than ten": (
        made(count="(before < mass).sum(-1).clamp(min=at_least, max=10)"),
        ANY,
    ),
    "changes the logits": (
        made(out="logits < limit").replace("logits.masked_fill", "logits.masked_fill_"),
        "in place",
    ),
    "remembered": (
        "kept = {}\n"
        + made().replace(
            "    ordered =",
            "    mass = kept.setdefault(logits.shape, mass)\n    ordered =",
        ),
        ANY,
    ),
}

RIGHT = {
    "a loop over rows and groups": """
def nucleus(logits, temperature, mass, at_least):
    found = torch.zeros_like(logits)
    for b, row in enumerate(logits):
        p = (row / temperature).softmax(0)
        kept = torch.zeros(len(row), dtype=torch.bool)
        for value in sorted(set(row.tolist()), reverse=True):
            kept |= row == value
            if p[kept].sum() >= mass and kept.sum() >= at_least:
                break
        found[b, kept] = p[kept] / p[kept].sum()
    return found
""",
    "what is strictly likelier": """
def nucleus(logits, temperature, mass, at_least):
    z = logits / temperature
    p = torch.exp(z - z.max(-1, keepdim=True).values)
    p = p / p.sum(-1, keepdim=True)
    likelier = logits[:, None, :] > logits[:, :, None]     # (B, V, V)
    before = (likelier * p[:, None, :]).sum(-1)
    rank = likelier.sum(-1)
    keep = (before < mass) | (rank < at_least)
    p = torch.where(keep, p, 0.0)
    return p / p.sum(-1, keepdim=True)
""",
    "NumPy inside": """
def nucleus(logits, temperature, mass, at_least):
    import numpy as np
    z = logits.numpy() / temperature
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    out = np.zeros_like(p)
    for b in range(len(p)):
        order = np.argsort(-logits.numpy()[b], kind="stable")
        n = int(np.searchsorted(np.cumsum(p[b][order]), mass)) + 1
        n = min(max(n, at_least), len(order))
        last = logits.numpy()[b][order[n - 1]]
        keep = logits.numpy()[b] >= last
        out[b, keep] = p[b, keep] / p[b, keep].sum()
    return torch.from_numpy(out)
""",
}
