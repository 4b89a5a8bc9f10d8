"""Wrong answers to "Multiplicative attention", and a second right one."""


def _answer(weights, result="weights @ memory, weights"):
    return f"""
def general(query, memory, W, mask):
    scores = query @ W @ memory.mT
    weights = {weights}
    return {result}
"""


_RIGHT = "scores.masked_fill(~mask, -torch.inf).softmax(-1)"

WRONG = {
    "no mask": (_answer("scores.softmax(-1)"), "the mask is not used"),
    "mask turned round": (
        _answer("scores.masked_fill(mask, -1e30).softmax(-1)"),
        "turned round",
    ),
    "masked after the softmax": (
        _answer("scores.softmax(-1) * mask"),
        "masked after the softmax",
    ),
    "filled with zero": (
        _answer("(scores * mask).softmax(-1)"),
        "is not nothing",
    ),
    "softmax over the queries": (
        _answer("scores.masked_fill(~mask, -1e30).softmax(1)"),
        "softmax over the queries",
    ),
    "scaled": (
        _answer(
            "(scores / W.shape[1] ** 0.5).masked_fill(~mask, -torch.inf).softmax(-1)"
        ),
        "has no scale",
    ),
    "memory not transposed": (
        """
def general(query, memory, W, mask):
    scores = (query @ W @ memory).masked_fill(~mask, -torch.inf)
    return scores.softmax(-1) @ memory, scores.softmax(-1)
""",
        "turn only the last two axes",
    ),
    "only the context": (_answer(_RIGHT, "weights @ memory"), "wanted two"),
}

RIGHT = {
    "another style": """
def general(query, memory, W, mask):
    scores = torch.einsum("bqi,ij,bkj->bqk", query, W, memory)
    exps = (scores - scores.amax(-1, keepdim=True)).exp() * mask
    weights = exps / exps.sum(-1, keepdim=True)
    return torch.einsum("bqk,bkj->bqj", weights, memory), weights
""",
}
