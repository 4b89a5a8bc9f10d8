"""Wrong answers to "A smoothed loss", and a second right one."""

MADE = """
def smoothed_loss(logits, targets, epsilon, pad_id):
    V = logits.shape[-1]
    log_p = logits.{softmax}
    hard = -log_p.gather(-1, targets[..., None])[..., 0]
    even = -log_p.mean(-1)
    each = {each}
    real = targets != pad_id
    return {result}
"""
PLAIN = {
    "softmax": "log_softmax(-1)",
    "each": "(1 - epsilon) * hard + epsilon * even",
    "result": "each[real].mean()",
}


def made(**changes):
    """The right answer with something changed."""
    return MADE.format(**PLAIN | changes)


WRONG = {
    "padding counts": (made(result="each.mean()"), "padding counts like"),
    "divided by all positions": (
        made(result="(each * real).sum() / real.numel()"), "divided by padding"),
    "padding in the smoothed part": (
        made(result="((1 - epsilon) * hard[real].sum() + epsilon * even.sum()) "
             "/ real.sum()"),
        "still counts in the smoothed part",
    ),
    "not smoothed": (made(each="hard"), "nothing is smoothed"),
    "spread over the others": (
        made(each="(1 - epsilon) * hard + epsilon / (V - 1) * (V * even - hard)"),
        "the right one too",
    ),
    "a sum": (made(result="each[real].sum()"), "wanted the mean over real"),
    "a mean of means": (
        made(result="((each * real).sum(1) / real.sum(1)).mean()"),
        "sentences' means",
    ),
    "the log of a softmax": (
        made(softmax="softmax(-1).log()"), "use log_softmax"),
}  # fmt: skip

RIGHT = {
    "another style": """
def smoothed_loss(logits, targets, epsilon, pad_id):
    real = targets.flatten() != pad_id
    flat, right = logits.flatten(0, 1)[real], targets.flatten()[real]
    V = flat.shape[1]
    q = torch.full_like(flat, epsilon / V)
    q[torch.arange(len(right)), right] += 1 - epsilon
    return (q * (flat.logsumexp(1, keepdim=True) - flat)).sum() / len(right)
""",
}
