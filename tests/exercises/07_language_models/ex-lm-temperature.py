"""Wrong answers to `tempered`, and right ones in other styles."""

HEAD = "def tempered(logits, temperature):\n"
GAP = HEAD + "    gap = logits - logits.max(-1, keepdims=True)\n"
ZERO = "    if temperature == 0:\n        w = (gap == 0) * 1.0\n"
ENDLESS = "    elif np.isinf(temperature):\n        w = np.isfinite(gap) * 1.0\n"
ELSE = "    else:\n        w = np.exp(gap / temperature)\n"
END = "    return w / w.sum(-1, keepdims=True)\n"

WRONG = {
    "no temperature": (
        GAP + "    w = np.exp(gap)\n" + END,
        "changes nothing",
    ),
    "multiplied": (
        GAP + "    w = np.exp(gap * temperature)\n" + END,
        "multiplied by the temperature",
    ),
    "powers that do not sum to 1": (
        GAP + "    w = np.exp(gap)\n    p = w / w.sum(-1, keepdims=True)\n"
        "    return p ** (1 / temperature)\n",
        "do not sum to 1",
    ),
    "along the first axis": (
        HEAD + "    w = np.exp((logits - logits.max(0)) / temperature)\n"
        "    return w / w.sum(0)\n",
        "along another axis",
    ),
    "along the middle": (
        HEAD + "    w = np.exp((logits - logits.max(1, keepdims=True)) / temperature)\n"
        "    return w / w.sum(1, keepdims=True)\n",
        "along another axis",
    ),
    "one sum for all": (
        GAP + ZERO + ENDLESS + ELSE + "    return w / w.sum()\n",
        "the probability",
    ),
    "one maximum for all": (
        GAP
        + ZERO
        + ENDLESS
        + "    else:\n        w = np.exp((logits - logits.max()) / temperature)\n"
        + END,
        "probability",
    ),
    "no maximum": (
        GAP
        + ZERO
        + ENDLESS
        + "    else:\n        w = np.exp(logits / temperature)\n"
        + END,
        "probability",
    ),
    "divided before the maximum, and 0 is a small number": (
        HEAD + "    x = logits / max(temperature, 1e-3)\n"
        "    w = np.exp(x - x.max(-1, keepdims=True))\n" + END,
        "probability",
    ),
    "the first of the best takes all": (
        GAP
        + "    if temperature == 0:\n"
        + "        w = np.eye(logits.shape[-1])[logits.argmax(-1)]\n"
        + ENDLESS
        + ELSE
        + END,
        "several logits are equal",
    ),
    "nearly equal is equal": (
        GAP + ZERO.replace("gap == 0", "gap > -1e-6") + ENDLESS + ELSE + END,
        "the probability",
    ),
    "the impossible become possible at infinity": (
        GAP
        + ZERO
        + ENDLESS.replace("np.isfinite(gap)", "np.ones(gap.shape)")
        + ELSE
        + END,
        "some logits are -inf",
    ),
    "infinity is not looked at": (
        GAP
        + ZERO
        + "    else:\n        with np.errstate(all='ignore'):\n"
        + "            w = np.exp(gap / temperature)\n"
        + END,
        "some logits are -inf",
    ),
    "0 is not looked at": (
        GAP
        + "    with np.errstate(all='ignore'):\n        w = np.exp(gap / np.float64("
        "temperature))\n        return w / w.sum(-1, keepdims=True)\n",
        "not every probability is a number",
    ),
    "small temperatures are 0": (
        GAP
        + ZERO.replace("temperature == 0", "temperature < 1")
        + ENDLESS
        + ELSE
        + END,
        "at temperature",
    ),
    "large temperatures are infinite": (
        GAP
        + ZERO
        + ENDLESS.replace("np.isinf(temperature)", "temperature > 100")
        + ELSE
        + END,
        "probability",
    ),
    "two axes only": (
        HEAD + "    out = []\n    for row in logits:\n        gap = row - row.max()\n"
        "        if temperature == 0:\n            w = (gap == 0) * 1.0\n"
        "        elif np.isinf(temperature):\n            w = np.isfinite(gap) * 1.0\n"
        "        else:\n            w = np.exp(gap / temperature)\n"
        "        out.append(w / w.sum())\n    return np.array(out)\n",
        "probability",
    ),
    "in place": (
        HEAD
        + "    logits -= logits.max(-1, keepdims=True)\n    gap = logits\n"
        + ZERO
        + ENDLESS
        + ELSE
        + END,
        "in place",
    ),
    "-inf is filled": (
        GAP.replace(
            "    gap", "    logits = np.where(np.isinf(logits), -1e4, logits)\n    gap"
        )
        + ZERO
        + ENDLESS
        + ELSE
        + END,
        "probability",
    ),
    "log-probabilities": (
        GAP + ZERO + ENDLESS + ELSE + "    return np.log(w / w.sum(-1, keepdims=True)"
        " + 1e-300)\n",
        "the probability",
    ),
}

RIGHT = {
    "row after row": """
def tempered(logits, temperature):
    flat = logits.reshape(-1, logits.shape[-1])
    out = np.zeros(flat.shape)
    for row, p in zip(flat, out):
        top = row.max()
        if temperature == 0:
            p[row == top] = 1
        else:
            for i, x in enumerate(row):
                if x > -np.inf:
                    p[i] = math.exp((x - top) / temperature)
        p /= p.sum()
    return out.reshape(logits.shape)
""",
    "torch": """
def tempered(logits, temperature):
    x = torch.tensor(logits, dtype=torch.float64)
    if temperature == 0:
        best = (x == x.max(-1, keepdim=True).values).double()
        return (best / best.sum(-1, keepdim=True)).numpy()
    if math.isinf(temperature):
        x = torch.where(x.isinf(), x, torch.zeros_like(x))
    else:
        x = (x - x.max(-1, keepdim=True).values) / temperature
    return x.softmax(-1).numpy()
""",
    "where": """
def tempered(logits, temperature):
    top = np.max(logits, axis=-1, keepdims=True)
    possible = ~np.isneginf(logits)
    gap = np.where(possible, logits, top) - top
    if temperature:
        w = np.exp(gap / temperature)
    else:
        w = np.where(gap < 0, 0.0, 1.0)
    w = w * possible
    return w / np.sum(w, axis=-1, keepdims=True)
""",
}
