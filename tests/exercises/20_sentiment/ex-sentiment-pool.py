"""Wrong answers to `pool_many`, and other right ones."""

HEAD = "def pool_many(x, real, queries):\n"
ZERO = "    x = x.masked_fill(~real[..., None], 0.0)\n"
SCORES = "    scores = queries @ x.mT / x.shape[-1] ** 0.5\n"
MASK = """    lowest = torch.finfo(x.dtype).min
    scores = scores.masked_fill(~real[:, None], lowest)
"""
BACK = "    return scores.softmax(-1) * real[:, None] @ x\n"

WRONG = {
    "padding weighs": (
        HEAD + SCORES + "    return scores.softmax(-1) @ x\n",
        "score of -inf",
    ),
    "masked after the softmax": (
        HEAD + SCORES + BACK,
        "before the softmax",
    ),
    "a score of 0": (
        HEAD
        + SCORES
        + "    scores = scores * real[:, None]\n"
        + "    return scores.softmax(-1) @ x\n",
        "exp(0)",
    ),
    "not divided": (
        HEAD + ZERO + "    scores = queries @ x.mT\n" + MASK + BACK,
        "the root of D",
    ),
    "divided by D": (
        HEAD + ZERO + SCORES.replace(" ** 0.5", "") + MASK + BACK,
        "not by D",
    ),
    "the mean": (
        HEAD
        + ZERO
        + "    mean = x.sum(1) / real.sum(1)[:, None]\n"
        + "    return mean[:, None].expand(-1, len(queries), -1).clone()\n",
        "plain mean",
    ),
    "NaN without a real token": (
        HEAD
        + ZERO
        + SCORES
        + "    scores = scores.masked_fill(~real[:, None], -torch.inf)\n"
        + "    return scores.softmax(-1) @ x\n",
        "without a real token",
    ),
    "a mean of padding without a real token": (
        HEAD
        + SCORES
        + MASK
        + "    return scores.softmax(-1) @ x\n",
        "without a real token",
    ),
    "padding spoils the sum": (
        HEAD + SCORES + MASK + BACK,
        "padding",
    ),
    "exp overflows": (
        HEAD
        + ZERO
        + SCORES
        + "    weights = scores.exp() * real[:, None]\n"
        + "    return weights / weights.sum(-1, keepdim=True).clamp(min=1e-30) @ x\n",
        "-1,000,000",
    ),
    "masked by -1e4": (
        HEAD
        + ZERO
        + SCORES
        + "    scores = scores.masked_fill(~real[:, None], -1e4)\n"
        + BACK,
        "-1,000,000",
    ),
    "the first query only": (
        HEAD + ZERO + SCORES + MASK + BACK.replace("@ x\n", "@ x[:, :]\n").replace(
            "scores.softmax(-1)", "scores[:, :1].softmax(-1)"),
        "wanted",
    ),
    "queries behind": (
        HEAD + ZERO + SCORES + MASK
        + "    return (scores.softmax(-1) * real[:, None] @ x).mT\n",
        "a vector a query",
    ),
    "softmax over the queries": (
        HEAD + ZERO + SCORES + MASK + BACK.replace("softmax(-1)", "softmax(1)"),
        "what is pooled",
    ),
    "padding on the right only": (
        HEAD
        + "    real = torch.arange(x.shape[1]) < real.sum(1)[:, None]\n"
        + ZERO + SCORES + MASK + BACK,
        "what is pooled",
    ),
    "in place": (
        HEAD
        + "    x[~real] = 0.0\n"
        + SCORES + MASK + BACK,
        "chang",
    ),
    "always float32": (
        HEAD + ZERO + SCORES + MASK + BACK.replace("@ x\n", "@ x + 0.0\n").replace(
            "return ", "found = ") + "    return found.float()\n",
        "wanted torch.float64",
    ),
}  # fmt: skip

RIGHT = {
    "text by text": """
def pool_many(x, real, queries):
    found = x.new_zeros(len(x), len(queries), x.shape[-1])
    for b in range(len(x)):
        tokens = x[b, real[b]]
        if len(tokens):
            scores = queries @ tokens.T / x.shape[-1] ** 0.5
            found[b] = scores.softmax(-1) @ tokens
    return found
""",
    "torch's attention": """
def pool_many(x, real, queries):
    x = x.masked_fill(~real[..., None], 0.0)
    asked = queries.expand(len(x), -1, -1)
    mask = real[:, None] | ~real.any(1)[:, None, None]
    found = F.scaled_dot_product_attention(asked, x, x, mask)
    return found * real.any(1)[:, None, None]
""",
    "einsum, shifted by the largest": """
def pool_many(x, real, queries):
    x = torch.where(real[..., None], x, torch.zeros_like(x))
    scores = torch.einsum("hd,btd->bht", queries, x) / x.shape[-1] ** 0.5
    scores = torch.where(real[:, None], scores, torch.full_like(scores, -1e300
                         if x.dtype == torch.float64 else -3e38))
    scores = scores - scores.amax(-1, keepdim=True)
    weights = scores.exp() * real[:, None]
    total = weights.sum(-1, keepdim=True)
    weights = weights / torch.where(total == 0, torch.ones_like(total), total)
    return torch.einsum("bht,btd->bhd", weights, x)
""",
}
