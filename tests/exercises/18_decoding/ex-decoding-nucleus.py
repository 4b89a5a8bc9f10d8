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
    "the impossible are only unlikely": (
        made().replace(
            "    ordered =",
            "    logits = torch.where(logits.isneginf(), -1000.0, logits)\n"
            "    ordered =",
        ),
        ANY,
    ),
    "the hundred likeliest, no more": (
        made(count="(before < mass).sum(-1).clamp(max=100).clamp(min=at_least)"),
        ANY,
    ),
    "a temperature between bounds": (
        made().replace(
            "    ordered =",
            "    temperature = min(max(temperature, 0.1), 10)\n    ordered =",
        ),
        ANY,
    ),
    "at_least counts groups of equals": (
        """
def nucleus(logits, temperature, mass, at_least):
    found = torch.zeros_like(logits)
    for b, row in enumerate(logits):
        p = (row / temperature).softmax(0)
        kept = torch.zeros(len(row), dtype=torch.bool)
        for n, value in enumerate(sorted(set(row.tolist()), reverse=True)):
            kept |= row == value
            if p[kept].sum() >= mass and n + 1 >= at_least:
                break
        found[b, kept] = p[kept] / p[kept].sum()
    return found
""",
        ANY,
    ),
    "the mass beside at_least": (
        made(
            count="(before - p[:, :at_least].sum(-1, keepdim=True) < mass).sum(-1)"
            ".clamp(min=at_least)"
        ),
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
    "plain lists and groups of equals": """
import math
from itertools import groupby


def nucleus(logits, temperature, mass, at_least):
    rows = []
    for row in logits.tolist():
        top = max(row)
        w = [math.exp((x - top) / temperature) for x in row]
        held, kept = 0.0, []
        order = sorted(range(len(row)), key=row.__getitem__, reverse=True)
        for _, equals in groupby(order, key=row.__getitem__):
            if kept and held >= mass * sum(w) and len(kept) >= at_least:
                break
            for i in equals:
                kept.append(i)
                held += w[i]
        rows.append([w[i] / held if i in kept else 0.0 for i in range(len(row))])
    return torch.tensor(rows)
""",
    "logarithms and a limit": """
def nucleus(logits, temperature, mass, at_least):
    log_p = torch.log_softmax(logits, -1) / temperature
    log_p = log_p - log_p.logsumexp(-1, keepdim=True)
    as_likely = logits[:, None] >= logits[:, :, None]      # (B, V, V)
    held = (log_p.exp()[:, None] * as_likely).sum(-1)
    enough = (held >= mass) & (as_likely.sum(-1) >= at_least)
    limit = logits.masked_fill(~enough, -torch.inf).amax(-1, keepdim=True)
    kept = torch.where(logits >= limit, log_p, -torch.inf)
    return (kept - kept.logsumexp(-1, keepdim=True)).exp()
""",
}
