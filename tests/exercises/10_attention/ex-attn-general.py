"""Answers to "Multiplicative attention": wrong, right, deceiving."""


def _answer(weights, result="weights @ memory, weights"):
    return f"""
def general(query, memory, W, mask):
    scores = query @ W @ memory.mT
    weights = {weights}
    return {result}
"""


_RIGHT = "scores.masked_fill(~mask, -torch.inf).softmax(-1)"

WRONG = {
    "too little taken away": (
        """def general(query, memory, W, mask):
    s = query @ W @ memory.mT

    w = (s - 1100. * ~mask).softmax(-1)
    return w @ memory, w
""",
        "weight",
    ),
    "divided again after the mask": (
        """def general(query, memory, W, mask):
    s = query @ W @ memory.mT

    w = s.softmax(-1) * mask
    w = w / w.sum(-1, keepdim=True)
    return w @ memory, w
""",
        "NaN",
    ),
    "divided again, by no zero": (
        """def general(query, memory, W, mask):
    s = query @ W @ memory.mT

    w = s.softmax(-1) * mask
    w = w / w.sum(-1, keepdim=True).clamp_min(1e-30)
    return w @ memory, w
""",
        "the weight at",
    ),
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
        _answer("scores.masked_fill(~mask, -1e9).softmax(1)"),
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
        "memory (B, Tk, d_k)",
    ),
    "only the context": (_answer(_RIGHT, "weights @ memory"), "wanted 2 things"),
    "exchanged": (_answer(_RIGHT, "weights, weights @ memory"), "wanted context"),
    "the plain mean": (
        _answer(_RIGHT, "memory.mean(1, keepdim=True).expand_as(query @ W), weights"),
        "the weights are not used",
    ),
    "no largest score taken away": (
        _answer("scores.exp() * mask / (scores.exp() * mask).sum(-1, keepdim=True)"),
        "some weights are NaN, for scores from",
    ),
    "a weak fill": (
        _answer("scores.masked_fill(~mask, -100.0).softmax(-1)"),
        "padding has a weight",
    ),
    "nearly nothing": (
        _answer("scores.masked_fill(~mask, -30 + float(scores.min())).softmax(-1)"),
        "padding has a weight",
    ),
    "a fill that is too weak for low scores": (
        _answer("scores.masked_fill(~mask, -1000.0).softmax(-1)"),
        "padding has a weight",
    ),
    "prefixes only": (
        _answer(
            "scores.masked_fill(torch.arange(mask.shape[-1]) >= mask.sum(-1, "
            "keepdim=True), -torch.inf).softmax(-1)"
        ),
        "the weight at",
    ),
    "one mask for the batch": (
        _answer("scores.masked_fill(~mask[:1], -torch.inf).softmax(-1)"),
        "the weight at",
    ),
    "squeezed": (
        _answer(_RIGHT, "(weights @ memory).squeeze(), weights.squeeze()"),
        "of shape",
    ),
    "in single precision": (
        """
def general(query, memory, W, mask):
    q, m, w = query.float(), memory.float(), W.float()
    weights = (q @ w @ m.mT).masked_fill(~mask, -torch.inf).softmax(-1)
    return (weights @ m).to(query.dtype), weights.to(query.dtype)
""",
        "the weight at",
    ),
    "no gradient": (
        "@torch.no_grad()" + _answer(_RIGHT),
        "no gradient reaches query",
    ),
    "memory held fast as a key": (
        _answer(_RIGHT).replace("memory.mT", "memory.detach().mT"),
        "the gradient with respect to memory",
    ),
    "weights held fast": (
        _answer(_RIGHT, "weights.detach() @ memory, weights"),
        "the gradient with respect to query",
    ),
    "the mask changed in place": (
        _answer("scores.masked_fill(mask.logical_not_(), -torch.inf).softmax(-1)"),
        "changes its argument number 4 in place",
    ),
}

RIGHT = {
    "another style": """
def general(query, memory, W, mask):
    scores = torch.einsum("bqi,ij,bkj->bqk", query, W, memory)
    top = torch.where(mask, scores, -torch.inf).amax(-1, keepdim=True)
    exps = torch.where(mask, scores - top, -torch.inf).exp()
    weights = exps / exps.sum(-1, keepdim=True)
    return torch.einsum("bqk,bkj->bqj", weights, memory), weights
""",
    "loops, and a list": """
def general(query, memory, W, mask):
    rows = []
    for b in range(len(query)):
        real = mask[b, 0].nonzero()[:, 0]
        few = torch.softmax(query[b] @ W @ memory[b, real].T, dim=1)
        row = torch.zeros(query.shape[1], memory.shape[1], dtype=query.dtype)
        rows.append(row.index_copy(1, real, few))
    weights = torch.stack(rows)
    return [torch.bmm(weights, memory), weights]
""",
    "filled in place, a large number": """
def general(query, memory, W, mask):
    keys = memory @ W.T
    scores = query.bmm(keys.transpose(1, 2))
    scores[~mask.expand_as(scores)] = -1e9
    weights = torch.nn.functional.softmax(scores, dim=2)
    return (weights[..., None] * memory[:, None]).sum(2), weights
""",
    "a bias of minus infinity": """
def general(query, memory, W, mask):
    bias = torch.zeros(mask.shape, dtype=query.dtype).masked_fill_(~mask, -torch.inf)
    scores = torch.matmul(torch.matmul(query, W), memory.permute(0, 2, 1)) + bias
    weights = (scores - scores.logsumexp(-1, keepdim=True)).exp()
    return weights.matmul(memory), weights
""",
    "double inside": """
def general(query, memory, W, mask):
    q, m, w = query.double(), memory.double(), W.double()
    weights = torch.where(mask, q @ w @ m.mT, -torch.inf).softmax(-1)
    return (weights @ m).to(query.dtype), weights.to(query.dtype)
""",
}

CHEATS = {
    "torch's attention": (
        """
def general(query, memory, W, mask):
    F, eye = torch.nn.functional, torch.eye(memory.shape[1], dtype=query.dtype)
    asked = query @ W
    eye = eye.expand(len(query), *eye.shape)
    return tuple(F.scaled_dot_product_attention(
        asked, memory, value, attn_mask=mask, scale=1.0) for value in (memory, eye))
""",
        "scaled_dot_product_attention",
    ),
    "the library's attention": (
        """
from n2t.attention import scaled_dot_product_attention
def general(query, memory, W, mask):
    return scaled_dot_product_attention(
        query @ W, memory, memory, mask, scale=1.0, return_weights=True)
""",
        "calls n2t.",
    ),
    "by way of torch.ops": (
        """
def general(query, memory, W, mask):
    eye = torch.eye(memory.shape[1], dtype=query.dtype)
    asked, eye = query @ W, eye.expand(len(query), *eye.shape)
    ready = torch.ops.aten.scaled_dot_product_attention
    return tuple(ready(asked, memory, value, mask, scale=1.0)
                 for value in (memory, eye))
""",
        "calls torch",
    ),
    "nobody watches": (
        """
import sys
def general(query, memory, W, mask):
    sys.setprofile(None)
    F, eye = torch.nn.functional, torch.eye(memory.shape[1], dtype=query.dtype)
    asked, eye = query @ W, eye.expand(len(query), *eye.shape)
    return tuple(F.scaled_dot_product_attention(
        asked, memory, value, attn_mask=mask, scale=1.0) for value in (memory, eye))
""",
        "sys.setprofile",
    ),
}
