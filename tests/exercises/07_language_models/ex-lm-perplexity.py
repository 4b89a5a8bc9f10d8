"""Wrong answers to `perplexity_of`, and right ones in other styles."""

HEAD = "def perplexity_of(logits, targets, real):\n"
COSTS = (
    "    V = logits.shape[-1]\n"
    "    safe = logits.masked_fill(~real[..., None], 0.0)\n"
    "    ids = targets.masked_fill(~real, 0)\n"
    "    nats = F.cross_entropy(safe.reshape(-1, V), ids.flatten(), reduction='none')\n"
    "    nats = nats.view(real.shape) * real\n"
)

WRONG = {
    "no exponential": (
        HEAD + "    return F.cross_entropy(logits[real], targets[real])\n",
        "cross-entropy in nats",
    ),
    "bits": (
        HEAD + "    nats = F.cross_entropy(logits[real], targets[real])\n"
        "    return nats.item() / math.log(2)\n",
        "cross-entropy in bits",
    ),
    "2 to the power of nats": (
        HEAD + "    return 2 ** F.cross_entropy(logits[real], targets[real]).item()\n",
        "a power of e",
    ),
    "the exponential of the sum": (
        HEAD + "    nats = F.cross_entropy(logits[real], targets[real],\n"
        "                           reduction='sum')\n"
        "    return nats.exp().item()\n",
        "divided by the number of places",
    ),
    "padding is counted": (
        HEAD + COSTS + "    return nats.mean().exp().item()\n",
        "padding counts as places",
    ),
    "no mask": (
        HEAD + "    return F.cross_entropy(logits.flatten(0, 1),\n"
        "                           targets.flatten()).exp().item()\n",
        "padding is in the sum",
    ),
    "padding in the sum alone": (
        HEAD + "    nats = F.cross_entropy(logits.flatten(0, 1), targets.flatten(),\n"
        "                           reduction='sum')\n"
        "    return (nats / real.sum()).exp().item()\n",
        "in the sum, not the count",
    ),
    "the mask is turned round": (
        HEAD + "    nats = F.cross_entropy(logits[~real], targets[~real])\n"
        "    return nats.exp().item()\n",
        "True where there is text",
    ),
    "a mean of rows": (
        HEAD
        + COSTS
        + "    rows = real.any(1)\n"
        + "    means = nats.sum(1)[rows] / real.sum(1)[rows]\n"
        + "    return means.mean().exp().item()\n",
        "a mean of the rows' means",
    ),
    "a mean of the rows' perplexities": (
        HEAD
        + COSTS
        + "    rows = real.any(1)\n"
        + "    means = nats.sum(1)[rows] / real.sum(1)[rows]\n"
        + "    return means.exp().mean().item()\n",
        "rows' perplexities",
    ),
    "a mean of exponentials": (
        HEAD + "    nats = F.cross_entropy(logits[real], targets[real],\n"
        "                           reduction='none')\n"
        "    return nats.exp().mean().item()\n",
        "the exponential comes after",
    ),
    "exponentials without their maximum": (
        HEAD + "    p = logits[real].exp()\n"
        "    p = p / p.sum(-1, keepdim=True)\n"
        "    right = p.gather(-1, targets[real][:, None])\n"
        "    return (-right.log()).mean().exp().item()\n",
        "in the thousands",
    ),
    "a probability of 0 is replaced": (
        HEAD + "    p = logits[real].softmax(-1)\n"
        "    right = p.gather(-1, targets[real][:, None]).clamp(min=1e-2)\n"
        "    return (-right.log()).mean().exp().item()\n",
        "the perplexity",
    ),
    "multiplied by the mask": (
        HEAD + "    V = logits.shape[-1]\n"
        "    ids = targets.clamp(0, V - 1)\n"
        "    logs = logits.log_softmax(-1).gather(-1, ids[..., None])[..., 0]\n"
        "    return (-(logs * real).sum() / real.sum()).exp().item()\n",
        "garbage in the padding",
    ),
    "ids of the padding are looked up": (
        HEAD + "    safe = logits.masked_fill(~real[..., None], 0.0)\n"
        "    logs = safe.log_softmax(-1).gather(-1, targets[..., None])[..., 0]\n"
        "    return (-(logs * real).sum() / real.sum()).exp().item()\n",
        "garbage in the padding",
    ),
    "padding is thought to be behind": (
        HEAD + "    n = real.sum(1).tolist()\n"
        "    rows = [F.cross_entropy(logits[b, : n[b]], targets[b, : n[b]],\n"
        "                            reduction='sum') for b in range(len(n)) if n[b]]\n"
        "    return (sum(rows) / sum(n)).exp().item()\n",
        "the perplexity",
    ),
    "filled in place": (
        HEAD + "    logits[~real] = 0.0\n"
        "    nats = F.cross_entropy(logits[real], targets[real])\n"
        "    return nats.exp().item()\n",
        "in place",
    ),
    "targets set to -100 in place": (
        HEAD + "    targets[~real] = -100\n"
        "    nats = F.cross_entropy(logits[real], targets[real])\n"
        "    return nats.exp().item()\n",
        "in place",
    ),
    "one number a row": (
        HEAD + COSTS + "    return (nats.sum(1) / real.sum(1).clamp(min=1)).exp()\n",
        "one number",
    ),
    "shifted once more": (
        HEAD + "    real = real[:, 1:]\n"
        "    nats = F.cross_entropy(logits[:, :-1][real], targets[:, 1:][real])\n"
        "    return nats.exp().item()\n",
        "the perplexity",
    ),
    "a row without text is divided by 0": (
        HEAD
        + COSTS
        + "    weights = real.sum(1) / real.sum()\n"
        + "    means = nats.sum(1) / real.sum(1)\n"
        + "    return (means * weights).sum().exp().item()\n",
        "the perplexity",
    ),
}

RIGHT = {
    "cross-entropy that ignores": HEAD
    + "    ids = targets.masked_fill(~real, -100)\n"
    + "    nats = F.cross_entropy(logits.transpose(1, 2), ids, ignore_index=-100,\n"
    + "                           reduction='none')\n"
    + "    nats = torch.where(real, nats, torch.zeros_like(nats))\n"
    + "    return (nats.sum() / real.sum()).exp()\n",
    "logsumexp on what is real": HEAD
    + "    rows, ids = logits[real], targets[real]\n"
    + "    chosen = rows.gather(1, ids.unsqueeze(1)).squeeze(1)\n"
    + "    nats = torch.logsumexp(rows, 1) - chosen\n"
    + "    return float(torch.exp(nats.double().mean()))\n",
    "NumPy, place after place": HEAD
    + "    total, number = 0.0, 0\n"
    + "    for b in range(real.shape[0]):\n"
    + "        for t in range(real.shape[1]):\n"
    + "            if real[b, t]:\n"
    + "                x = logits[b, t].double().numpy()\n"
    + "                x = x - x.max()\n"
    + "                total += np.log(np.exp(x).sum()) - x[int(targets[b, t])]\n"
    + "                number += 1\n"
    + "    return 2 ** (total / number / math.log(2))\n",
    "filled copies": HEAD + COSTS + "    return math.exp(nats.sum() / real.sum())\n",
}
