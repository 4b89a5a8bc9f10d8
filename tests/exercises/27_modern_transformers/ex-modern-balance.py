"""Wrong answers to `balance_of`, and other right ones."""

HEAD = """
def balance_of(scores, active, real):
    E, losses = scores.shape[-1], []
    for layer in scores:
        tokens = layer[real]
        chosen = tokens.topk(active, -1).indices
        counts = chosen.flatten().bincount(minlength=E)
        share = counts / chosen.numel()
        probability = tokens.softmax(-1).mean(0)
"""
LAST = "        losses.append(E * (share * probability).sum())\n"
MEAN = "    return torch.stack(losses).mean()\n"
WHOLE = HEAD + LAST + MEAN

WRONG = {
    "as published, of real tokens": (
        """
def balance_of(scores, active, real):
    E, losses = scores.shape[-1], []
    for layer in scores:
        weights, chosen = layer[real].topk(active, -1)
        weights = weights.softmax(-1)
        mask = nn.functional.one_hot(chosen, E).amax(-2)
        share, probability = mask.double().mean(0), weights.mean(-1)
        losses.append((share * probability[:, None]).mean() * E**2)
    return torch.stack(losses).mean()
""",
        "always E",
    ),
    "padding is counted": (
        WHOLE.replace("layer[real]", "layer.flatten(0, 1)"),
        "padding is counted",
    ),
    "padding is counted in the probabilities": (
        WHOLE.replace("tokens.softmax", "layer.flatten(0, 1).softmax"),
        "the balance",
    ),
    "padding is multiplied away": (
        """
def balance_of(scores, active, real):
    E, losses = scores.shape[-1], []
    r = real.flatten().to(scores.dtype)[:, None]
    for layer in scores.flatten(1, 2):
        mask = nn.functional.one_hot(layer.topk(active, -1).indices, E).sum(-2)
        share = (mask * r).sum(0) / r.sum() / active
        probability = (layer.softmax(-1) * r).sum(0) / r.sum()
        losses.append(E * (share * probability).sum())
    return torch.stack(losses).mean()
""",
        "the balance",
    ),
    "all layers in one pot": (
        """
def balance_of(scores, active, real):
    E, tokens = scores.shape[-1], scores[:, real].flatten(0, 1)
    chosen = tokens.topk(active, -1).indices
    share = chosen.flatten().bincount(minlength=E) / chosen.numel()
    return E * (share * tokens.softmax(-1).mean(0)).sum()
""",
        "in one pot",
    ),
    "the sum over layers": (
        WHOLE.replace("stack(losses).mean", "stack(losses).sum"),
        "not their sum",
    ),
    "the mean over experts": (
        HEAD + "        losses.append((share * probability).mean())\n" + MEAN,
        "not the mean",
    ),
    "without E": (
        HEAD + "        losses.append((share * probability).sum())\n" + MEAN,
        "not the sum alone",
    ),
    "shares of tokens": (
        WHOLE.replace("chosen.numel()", "len(tokens)"),
        "divide by tokens times active",
    ),
    "probabilities of the chosen alone": (
        WHOLE.replace(
            "tokens.softmax(-1).mean(0)",
            "torch.zeros_like(tokens).scatter(-1, chosen, tokens.gather(-1, chosen)"
            ".softmax(-1)).mean(0)",
        ),
        "the balance",
    ),
    "no gradient": (
        WHOLE.replace("tokens.softmax", "tokens.detach().softmax"),
        "no gradient reaches",
    ),
    "exponentials without a maximum": (
        WHOLE.replace(
            "tokens.softmax(-1).mean(0)",
            "(tokens.exp() / tokens.exp().sum(-1, keepdim=True)).mean(0)",
        ),
        "the balance",
    ),
    "a Python number": (
        HEAD + LAST + "    return torch.stack(losses).mean().item()\n",
        "wanted a tensor",
    ),
    "experts that nobody chose are left out": (
        WHOLE.replace("bincount(minlength=E)", "bincount()"),
        "scores are",
    ),
    "the loudest expert alone": (
        WHOLE.replace("topk(active, -1)", "topk(1, -1)"),
        "the balance",
    ),
    "shares through a soft choice": (
        WHOLE.replace(
            "share = counts / chosen.numel()", "share = tokens.softmax(-1).mean(0)"
        ),
        "the balance",
    ),
    "shares that hand gradients on": (
        WHOLE.replace(
            "share = counts / chosen.numel()",
            "soft = tokens.softmax(-1).mean(0)\n"
            "        share = counts / chosen.numel() + soft - soft.detach()",
        ),
        "the gradient of the scores is not",
    ),
    "padding is hidden after the softmax": (
        """
def balance_of(scores, active, real):
    E, n, kept = scores.shape[-1], real.sum(), real[None, :, :, None]
    probability = torch.where(kept, scores.softmax(-1), 0.0).sum((1, 2)) / n
    chosen = scores.nan_to_num().topk(active, -1).indices
    hot = torch.zeros_like(scores).scatter(-1, chosen, 1.0)
    share = torch.where(kept, hot, 0.0).sum((1, 2)) / n / active
    return E * (share * probability).sum(-1).mean()
""",
        "the gradient of the scores is not",
    ),
    "the mean over texts, whatever their length": (
        """
def balance_of(scores, active, real):
    E, losses = scores.shape[-1], []
    for layer in scores:
        for text, kept in zip(layer, real):
            if kept.any():
                tokens = text[kept]
                chosen = tokens.topk(active, -1).indices
                share = chosen.flatten().bincount(minlength=E) / chosen.numel()
                losses.append(E * (share * tokens.softmax(-1).mean(0)).sum())
    return torch.stack(losses).mean()
""",
        "the balance",
    ),
    "padding stands on the right": (
        WHOLE.replace(
            "layer[real]",
            "torch.cat([x[: int(n)] for x, n in zip(layer, real.sum(1))])",
        ),
        "the balance",
    ),
    "the probabilities' own square": (
        WHOLE.replace("(share * probability)", "(probability * probability)"),
        "the balance",
    ),
    "a number made anew": (
        HEAD
        + LAST
        + "    found = torch.stack(losses).mean().item()\n"
        + "    return torch.tensor(found, requires_grad=True)\n",
        "no gradient reaches",
    ),
    "scores are clamped": (
        WHOLE.replace("layer[real]", "layer[real].clamp(-50, 50)"),
        "the balance",
    ),
    "scores are changed": (
        WHOLE.replace(
            "    E, losses",
            "    scores.data[:, ~real] = 0\n    E, losses",
        ),
        "in place",
    ),
}

RIGHT = {
    "masks of ones": """
def balance_of(scores, active, real):
    E = scores.shape[-1]
    kept = scores[:, real]
    mask = nn.functional.one_hot(kept.topk(active, -1).indices, E).sum(-2)
    share = mask.to(scores.dtype).mean(1) / active
    return E * (share * kept.softmax(-1).mean(1)).sum(-1).mean()
""",
    "token by token": """
def balance_of(scores, active, real):
    L, B, T, E = scores.shape
    total = 0
    for layer in scores:
        share, probability, n = torch.zeros(E), 0, 0
        for b in range(B):
            for t in range(T):
                if real[b, t]:
                    one = layer[b, t]
                    share[one.argsort(descending=True)[:active]] += 1
                    probability = probability + (one - one.logsumexp(0)).exp()
                    n += 1
        total = total + E * (share / n / active * probability / n).sum()
    return total / L
""",
    "padding is zero before all": """
def balance_of(scores, active, real):
    E, n = scores.shape[-1], real.sum()
    clean = torch.where(real[None, :, :, None], scores, torch.zeros_like(scores))
    hot = torch.zeros_like(clean).scatter(-1, clean.topk(active, -1).indices, 1.0)
    weight = real[None, :, :, None].to(scores.dtype) / n
    share = (hot * weight).sum((1, 2)) / active
    probability = (clean.softmax(-1) * weight).sum((1, 2))
    return E * torch.einsum("le,le->l", share, probability).mean()
""",
    "one number in a row of one": WHOLE.replace(
        "    return torch.stack(losses).mean()\n",
        "    return torch.stack(losses).mean()[None]\n",
    ),
    "all layers at once, in float32": """
def balance_of(scores, active, real):
    def one(tokens):
        E = tokens.shape[-1]
        chosen = tokens.detach().argsort(-1, descending=True)[:, :active]
        hot = (chosen[..., None] == torch.arange(E)).any(-2).float()
        return E * (hot.mean(0) / active) @ tokens.softmax(-1).mean(0)

    return torch.vmap(one)(scores[:, real].float()).mean()
""",
    "everything above the last of the chosen": """
def balance_of(scores, active, real):
    x = scores.permute(1, 2, 0, 3)[real]
    hit = (x >= x.topk(active, -1).values[..., -1:]).double()
    share = hit.sum(0) / hit.sum((0, 2))[:, None]
    probability = x.log_softmax(-1).exp().mean(0)
    return (share * probability).sum() * x.shape[-1] / len(scores)
""",
    "counts by NumPy": """
def balance_of(scores, active, real):
    L, _, _, E = scores.shape
    total = scores.new_zeros(())
    for layer in range(L):
        t = scores[layer][real]
        order = np.argsort(-t.detach().numpy(), axis=1)[:, :active]
        share = torch.from_numpy(np.bincount(order.ravel(), minlength=E) / order.size)
        e = torch.exp(t - t.max(1, keepdim=True).values)
        probability = (e / e.sum(1, keepdim=True)).mean(0)
        total = total + E * torch.dot(share.to(t.dtype), probability)
    return total / L
""",
}
