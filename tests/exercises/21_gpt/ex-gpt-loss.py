"""Wrong answers to `text_loss`, and right ones in other styles."""

HEAD = "def text_loss(logits, ids, lengths, end):\n"
NATS = (
    "    T = ids.shape[1]\n"
    "    nats = F.cross_entropy(logits[:, :-1].transpose(1, 2), ids[:, 1:],\n"
    "                           reduction='none')\n"
    "    real = torch.arange(1, T) < lengths[:, None]\n"
)

WRONG = {
    "the statement's own": (
        HEAD
        + "    nats = F.cross_entropy(logits.transpose(1, 2), ids, reduction='none')\n"
        "    real = ids != end\n"
        "    return (nats * real).mean()\n",
        "loss of the statement",
    ),
    "not shifted": (
        HEAD + "    real = torch.arange(ids.shape[1]) < lengths[:, None]\n"
        "    return F.cross_entropy(logits[real], ids[real])\n",
        "not shifted",
    ),
    "not shifted, without the first": (
        HEAD + "    real = torch.arange(ids.shape[1]) < lengths[:, None]\n"
        "    real[:, 0] = False\n"
        "    return F.cross_entropy(logits[real], ids[real])\n",
        "not shifted",
    ),
    "shifted twice": (
        HEAD + "    T = ids.shape[1]\n"
        "    real = torch.arange(2, T) < lengths[:, None]\n"
        "    return F.cross_entropy(logits[:, :-2][real], ids[:, 2:][real])\n",
        "shifted twice",
    ),
    "end marks are masked": (
        HEAD + "    real = torch.arange(1, ids.shape[1]) < lengths[:, None]\n"
        "    real = real & (ids[:, 1:] != end)\n"
        "    return F.cross_entropy(logits[:, :-1][real], ids[:, 1:][real])\n",
        "real end marks",
    ),
    "padding is known by its id": (
        HEAD + "    real = ids[:, 1:] != end\n"
        "    return F.cross_entropy(logits[:, :-1][real], ids[:, 1:][real])\n",
        "real end marks",
    ),
    "the last token is left out": (
        HEAD + "    real = torch.arange(1, ids.shape[1]) < lengths[:, None] - 1\n"
        "    return F.cross_entropy(logits[:, :-1][real], ids[:, 1:][real])\n",
        "end mark of each text",
    ),
    "padding counts": (
        HEAD + "    return F.cross_entropy(logits[:, :-1].flatten(0, 1),\n"
        "                           ids[:, 1:].flatten())\n",
        "padding is in the mean",
    ),
    "divided by all places": (
        HEAD + NATS + "    return nats[real].sum() / nats.numel()\n",
        "all places",
    ),
    "divided by all tokens": (
        HEAD + NATS + "    return nats[real].sum() / lengths.sum()\n",
        "the first of each",
    ),
    "one padding too many": (
        HEAD + "    real = torch.arange(1, ids.shape[1]) <= lengths[:, None]\n"
        "    return F.cross_entropy(logits[:, :-1][real], ids[:, 1:][real])\n",
        "first padding",
    ),
    "padding is multiplied away": (
        HEAD + NATS + "    return (nats * real).sum() / real.sum()\n",
        "padding has logits",
    ),
    "padding known by place and by value": (
        HEAD
        + "    t = torch.arange(ids.shape[1])\n"
        + "    padding = (ids == end) & (t >= lengths[:, None])\n"
        + "    real = ~padding[:, 1:]\n"
        + "    return F.cross_entropy(logits[:, :-1][real], ids[:, 1:][real])\n",
        "another id than the end",
    ),
    "a mean of rows": (
        HEAD + NATS + "    rows = real.any(1)\n"
        "    nats = torch.where(real, nats, torch.zeros_like(nats))\n"
        "    return (nats.sum(1)[rows] / real.sum(1)[rows]).mean()\n",
        "rows' means",
    ),
    "a sum": (
        HEAD + NATS + "    return nats[real].sum()\n",
        "divided by the number",
    ),
    "bits": (
        HEAD + NATS + "    return nats[real].mean() / math.log(2)\n",
        "bits",
    ),
    "perplexity": (
        HEAD + NATS + "    return nats[real].mean().exp()\n",
        "perplexity",
    ),
    "exponentials of large numbers": (
        HEAD + NATS + "    p = logits[:, :-1][real].exp()\n"
        "    p = p / p.sum(-1, keepdim=True)\n"
        "    return -p.gather(-1, ids[:, 1:][real][:, None]).log().mean()\n",
        "thousands",
    ),
    "padding is overwritten": (
        HEAD
        + "    ids[torch.arange(ids.shape[1]) >= lengths[:, None]] = -100\n"
        + "    return F.cross_entropy(logits[:, :-1].flatten(0, 1),\n"
        "                           ids[:, 1:].flatten())\n",
        "in place",
    ),
    "one number a row": (
        HEAD + NATS + "    nats = torch.where(real, nats, torch.zeros_like(nats))\n"
        "    return nats.sum(1) / real.sum(1).clamp(min=1)\n",
        "one number",
    ),
}

RIGHT = {
    "what is ignored": HEAD
    + "    behind = torch.arange(ids.shape[1]) >= lengths[:, None]\n"
    + "    targets = ids.masked_fill(behind, -100)[:, 1:]\n"
    + "    return F.cross_entropy(logits[:, :-1].transpose(1, 2), targets)\n",
    "text by text": HEAD
    + "    nats, number = 0.0, 0\n"
    + "    for row, text, n in zip(logits, ids, lengths.tolist()):\n"
    + "        for t in range(1, n):\n"
    + "            nats -= row[t - 1].double().log_softmax(-1)[text[t]].item()\n"
    + "            number += 1\n"
    + "    return nats / number\n",
    "chosen costs": HEAD
    + NATS
    + "    return torch.where(real, nats, torch.zeros_like(nats)).sum() / real.sum()\n",
    "rows cut and joined": HEAD
    + "    n = lengths.tolist()\n"
    + "    guesses = torch.cat([logits[b, : n[b] - 1] for b in range(len(n))])\n"
    + "    wanted = torch.cat([ids[b, 1 : n[b]] for b in range(len(n))])\n"
    + "    chosen = guesses.gather(1, wanted[:, None])[:, 0]\n"
    + "    return (guesses.logsumexp(-1) - chosen).mean().numpy()\n",
}
