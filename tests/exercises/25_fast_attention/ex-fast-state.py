"""Wrong answers to `go_on`, and other right ones."""

GOOD = """
def go_on(q, k, v, S, z):
    inner = (q @ k.mT).tril()
    above = q @ S + inner @ v
    below = q @ z + inner.sum(-1)
    return above / below[:, None], S + k.mT @ v, z + k.sum(0)
"""
LOOP = """
def go_on(q, k, v, S, z):
    outputs = []
    for t in range(len(q)):
        S = S + torch.outer(k[t], v[t])
        z = z + k[t]
        outputs.append(q[t] @ S / (q[t] @ z))
    return torch.stack(outputs), S, z
"""

WRONG = {
    "a token does not see itself": (GOOD.replace(".tril()", ".tril(-1)"), "itself"),
    "the future is seen": (GOOD.replace(".tril()", ""), "after it"),
    "not divided": (
        GOOD.replace("above / below[:, None]", "above"), "divide by the sum",
    ),
    "the past is forgotten": (
        GOOD.replace("q @ S + ", "").replace("q @ z + ", ""), "forgotten",
    ),
    "the sum forgets": (GOOD.replace("q @ z + ", ""), "z in it"),
    "the state forgets": (
        GOOD.replace("S + k.mT @ v, z + k.sum(0)", "k.mT @ v, k.sum(0)"), "S",
    ),
    "the state stays": (
        GOOD.replace("S + k.mT @ v, z + k.sum(0)", "S, z"), "S",
    ),
    "the sum of keys is a mean": (GOOD.replace("z + k.sum(0)", "z + k.mean(0)"), "z"),
    "in place": (
        LOOP.replace("S = S + torch", "S += torch").replace("z = z + k", "z += k"),
        "in place",
    ),
    "features once more": (
        GOOD.replace(
            "    inner", "    q, k = (F.elu(x) + 1 for x in (q, k))\n    inner"
        ),
        "output",
    ),
    "a softmax": (
        GOOD.replace("(q @ k.mT).tril()", "(q @ k.mT).exp().tril()"), "output",
    ),
    "a least sum for safety": (
        GOOD.replace("below[:, None]", "below.clamp(min=1e-6)[:, None]"),
        "small features",
    ),
    "the output alone": (
        GOOD.replace(", S + k.mT @ v, z + k.sum(0)", ""), "output, S",
    ),
}  # fmt: skip

RIGHT = {
    "a loop": LOOP,
    "running sums": """
def go_on(q, k, v, S, z):
    states = S + (k[:, :, None] * v[:, None, :]).cumsum(0)
    sums = z + k.cumsum(0)
    above = torch.einsum("tf,tfd->td", q, states)
    return above / (q * sums).sum(-1, keepdim=True), states[-1], sums[-1]
""",
    "ones beside the values": """
def go_on(q, k, v, S, z):
    wide = torch.cat([v, torch.ones_like(v[:, :1])], -1)
    state = torch.cat([S, z[:, None]], -1)
    found = q @ state + (q @ k.T).tril() @ wide
    state = state + k.T @ wide
    return found[:, :-1] / found[:, -1:], state[:, :-1], state[:, -1]
""",
}
