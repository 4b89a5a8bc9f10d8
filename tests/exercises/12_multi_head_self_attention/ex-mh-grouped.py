"""Wrong answers to `grouped_attention`, and a second right one."""

HEAD = "def grouped_attention(q, k, v):\n    n = q.shape[1] // k.shape[1]\n"
NEAR = "    k, v = (x.repeat_interleave(n, 1) for x in (k, v))\n"
SCALED = "    s = q @ k.mT / q.shape[-1] ** 0.5\n"

WRONG = {
    "not shared at all": (
        HEAD + SCALED + "    return s.softmax(-1) @ v\n",
        "for H = ",
    ),
    "groups far apart": (
        HEAD
        + "    k, v = (x.repeat(1, n, 1, 1) for x in (k, v))\n"
        + SCALED
        + "    return s.softmax(-1) @ v\n",
        "a group is of *neighbors*",
    ),
    "values far apart": (
        HEAD
        + "    k, v = k.repeat_interleave(n, 1), v.repeat(1, n, 1, 1)\n"
        + SCALED
        + "    return s.softmax(-1) @ v\n",
        "values do not",
    ),
    "one head for all": (
        HEAD
        + "    k, v = k[:, :1], v[:, :1]\n"
        + SCALED
        + "    return s.softmax(-1) @ v\n",
        "uses key head 0",
    ),
    "averaged": (
        HEAD
        + "    k, v = k.mean(1, keepdim=True), v.mean(1, keepdim=True)\n"
        + SCALED
        + "    return s.softmax(-1) @ v\n",
        "key heads are averaged",
    ),
    "no scale": (
        HEAD + NEAR + "    return (q @ k.mT).softmax(-1) @ v\n",
        "not divided by √d_k",
    ),
    "scaled by the values' width": (
        HEAD + NEAR + "    return (q @ k.mT / v.shape[-1] ** 0.5).softmax(-1) @ v\n",
        "divided by √d_v",
    ),
    "softmax over queries": (
        HEAD + NEAR + SCALED + "    return s.softmax(-2) @ v\n",
        "runs over queries",
    ),
    "keys far apart": (
        HEAD
        + "    k, v = k.repeat(1, n, 1, 1), v.repeat_interleave(n, 1)\n"
        + SCALED
        + "    return s.softmax(-1) @ v\n",
        "keys do not",
    ),
    "divided by d_k": (
        HEAD + NEAR + "    return (q @ k.mT / q.shape[-1]).softmax(-1) @ v\n",
        "not by its root",
    ),
    "no maximum is subtracted": (
        HEAD
        + NEAR
        + SCALED
        + "    return s.exp() / s.exp().sum(-1, keepdim=True) @ v\n",
        "large scores",
    ),
    "one maximum for all": (
        HEAD
        + NEAR
        + SCALED
        + "    e = (s - s.max()).exp()\n"
        + "    return e / e.sum(-1, keepdim=True) @ v\n",
        "large scores",
    ),
    "scores are clipped": (
        HEAD + NEAR + SCALED + "    return s.clamp(-100, 100).softmax(-1) @ v\n",
        "large scores",
    ),
    "through NumPy": (
        HEAD
        + NEAR
        + SCALED
        + "    return torch.tensor((s.softmax(-1) @ v).detach().numpy())\n",
        "no gradient reaches q",
    ),
    "weights are detached": (
        HEAD + NEAR + SCALED + "    return s.softmax(-1).detach() @ v\n",
        "no gradient reaches q",
    ),
    "the sum is detached": (
        HEAD
        + NEAR
        + SCALED
        + "    e = (s - s.amax(-1, keepdim=True)).exp()\n"
        + "    return e / e.sum(-1, keepdim=True).detach() @ v\n",
        "not its gradient with respect to q",
    ),
    "the query is scaled in place": (
        HEAD
        + NEAR
        + "    q.data /= q.shape[-1] ** 0.5\n"
        + "    return (q @ k.mT).softmax(-1) @ v\n",
        "in place",
    ),
    "a single key is squeezed away": (
        HEAD
        + NEAR
        + "    k = k.squeeze(2)\n"
        + SCALED
        + "    return s.softmax(-1) @ v\n",
        "Tk = 1",
    ),
    "causal": (
        HEAD
        + NEAR
        + SCALED
        + "    s = s.masked_fill(torch.ones_like(s).triu(1).bool(), -torch.inf)\n"
        + "    return s.softmax(-1) @ v\n",
        "the output",
    ),
    "PyTorch's attention on repeated heads": (
        "import torch.nn.functional as F\n"
        + HEAD
        + NEAR
        + "    return F.scaled_dot_product_attention(q, k, v)\n",
        "write the attention yourself",
    ),
    "PyTorch's grouped attention": (
        "import torch.nn.functional as F\n"
        + HEAD
        + "    return F.scaled_dot_product_attention(q, k, v, enable_gqa=True)\n",
        "write the attention yourself",
    ),
    "the course's attention": (
        "import n2t.attention\n"
        + HEAD
        + "    return n2t.attention.scaled_dot_product_attention(q, k, v)\n",
        "write the attention yourself",
    ),
    "one maximum for a head": (
        """
def grouped_attention(q, k, v):
    r = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(r, 1), v.repeat_interleave(r, 1)
    s = q @ k.mT / q.shape[-1] ** .5
    e = (s - s.amax((-1, -2), keepdim=True)).exp()
    return e @ v / e.sum(-1, keepdim=True)
""",
        "the output",
    ),
    "a view of q": (
        """
def grouped_attention(q, k, v):

    B, H, Tq, d = q.shape; G = k.shape[1]
    s = q.view(B, G, H // G * Tq, d) @ k.mT / d ** .5
    return (s.softmax(-1) @ v).view(B, H, Tq, -1)
""",
        "straight from a transpose",
    ),
    "a view of k": (
        """
def grouped_attention(q, k, v):
    r = q.shape[1] // k.shape[1]

    B, G, Tk, d = k.shape
    k = k.view(B, G, 1, Tk * d).expand(B, G, r, Tk * d).reshape(B, G * r, Tk, d)
    v = v.repeat_interleave(r, 1)
    s = q @ k.mT / q.shape[-1] ** .5
    return s.softmax(-1) @ v
""",
        "straight from a transpose",
    ),
    "causal where Tq = Tk and long": (
        """
def grouped_attention(q, k, v):
    r = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(r, 1), v.repeat_interleave(r, 1)

    s = q @ k.mT / q.shape[-1] ** .5
    if s.shape[-1] == s.shape[-2] and s.shape[-1] > 8:
        future = torch.ones(s.shape[-2:]).triu(1).bool()
        s = s.masked_fill(future, -torch.inf)
    return s.softmax(-1) @ v
""",
        "the output",
    ),
    "no more than three groups": (
        """
def grouped_attention(q, k, v):
    r = q.shape[1] // k.shape[1]
    g = (torch.arange(q.shape[1]) // r).clamp(max=2)
    k, v = k[:, g], v[:, g]
    s = q @ k.mT / q.shape[-1] ** .5
    return s.softmax(-1) @ v
""",
        "the output",
    ),
    "no more than 32 keys": (
        """
def grouped_attention(q, k, v):
    r = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(r, 1), v.repeat_interleave(r, 1)

    s = q @ k.mT / q.shape[-1] ** .5
    if s.shape[-1] > 32:
        s = s.masked_fill(s < s.topk(32).values[..., -1:], -torch.inf)
    return s.softmax(-1) @ v
""",
        "the output",
    ),
}

RIGHT = {
    "another style": """
def grouped_attention(q, k, v):
    H, G, outputs = q.shape[1], k.shape[1], []
    for h in range(H):
        g = h // (H // G)
        s = torch.einsum("bqd,bkd->bqk", q[:, h], k[:, g]) / q.shape[-1] ** 0.5
        exps = torch.exp(s - s.amax(-1, keepdim=True))
        p = exps / exps.sum(-1, keepdim=True)
        outputs.append(torch.einsum("bqk,bkd->bqd", p, v[:, g]))
    return torch.stack(outputs, dim=1)
""",
    "one einsum, with an exponential of its own": """
def grouped_attention(q, k, v):
    B, H, Tq, d_k = q.shape
    G = k.size(1)
    grouped = q.unflatten(1, (G, H // G))
    s = torch.einsum("bgnqd,bgkd->bgnqk", grouped, k).div(d_k**0.5)
    p = (s - torch.logsumexp(s, dim=-1, keepdim=True)).exp()
    return torch.einsum("bgnqk,bgkv->bgnqv", p, v).reshape(B, H, Tq, v.size(-1))
""",
    "repeated heads, in double precision": """
def grouped_attention(q, k, v):
    n = q.shape[1] // k.shape[1]
    q, k, v = q.double(), k.double(), v.double()
    k, v = (torch.repeat_interleave(x, n, dim=1) for x in (k, v))
    s = torch.matmul(q, k.transpose(-2, -1)) / q.size(-1) ** 0.5
    return torch.softmax(s, -1) @ v
""",
    "a loop over groups, joined by cat": """
def scaled_dot_product_attention(q, k, v):
    s = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
    return torch.softmax(s, dim=-1) @ v

def grouped_attention(q, k, v):
    n = q.shape[1] // k.shape[1]
    groups = zip(q.split(n, 1), k.split(1, 1), v.split(1, 1))
    return torch.cat([scaled_dot_product_attention(*group) for group in groups], dim=1)
""",
}

CHEATS = {
    "the watch is taken off for a while": (
        "import sys\nimport torch.nn.functional as F\n"
        + HEAD
        + "    watch = sys.getprofile()\n"
        + "    sys.setprofile(None)\n"
        + "    out = F.scaled_dot_product_attention(q, k, v, enable_gqa=True)\n"
        + "    sys.setprofile(watch)\n"
        + "    return out\n",
        "write the attention yourself",
    ),
    "PyTorch's attention by another name": (
        HEAD
        + NEAR
        + "    return torch.ops.aten._scaled_dot_product_attention_math(q, k, v)[0]\n",
        "write the attention yourself",
    ),
}
