"""Wrong answers to `private_sum`, and other right ones."""

GOOD = """
def private_sum(gradients, C, sigma, B):
    flat = [g.flatten(1) for g in gradients.values()]
    length = torch.cat(flat, 1).norm(dim=1)
    factor = (C / length.clamp_min(1e-300)).clamp_max(1.0)
    result = {}
    for name, g in gradients.items():
        total = torch.einsum("n,n...->...", factor, g)
        noise = torch.randn(total.shape, dtype=total.dtype)
        result[name] = (total + sigma * C * noise) / B
    return result
"""
GIVEN = """
def private_sum(gradients, C, sigma, B):
    result = {}
    for name, g in gradients.items():
        length = g.flatten(1).norm(dim=1)
        clipped = g * (C / length).clamp(max=1).view(-1, *[1] * (g.dim() - 1))
        same = torch.Generator().manual_seed(0)
        noise = sigma * torch.randn(g.shape[1:], generator=same)
        result[name] = (clipped.sum(0) + noise) / len(g)
    return result
"""
NOISE = "        noise = torch.randn(total.shape, dtype=total.dtype)\n"
FACTOR = "    factor = (C / length.clamp_min(1e-300)).clamp_max(1.0)\n"

WRONG = {
    "as given": (GIVEN, "over all weights"),
    "each weight by its own length": (
        """
def private_sum(gradients, C, sigma, B):
    result = {}
    for name, g in gradients.items():
        length = g.flatten(1).norm(dim=1)
        factor = (C / length.clamp_min(1e-300)).clamp_max(1.0)
        total = torch.einsum("n,n...->...", factor, g)
        result[name] = (total + sigma * C * torch.randn(total.shape)) / B
    return result
""",
        "over all weights",
    ),
    "the sum is clipped": (
        """
def private_sum(gradients, C, sigma, B):
    total = {name: g.sum(0) for name, g in gradients.items()}
    length = torch.cat([g.flatten() for g in total.values()]).norm()
    factor = (C / length.clamp_min(1e-300)).clamp_max(1.0)
    return {name: (factor * g + sigma * C * torch.randn(g.shape)) / B
            for name, g in total.items()}
""",
        "not the sum",
    ),
    "all are made C long": (
        GOOD.replace(".clamp_max(1.0)", ""), "stays as it is",
    ),
    "nothing is clipped": (
        GOOD.replace(FACTOR, "    factor = torch.ones_like(length)\n"), "clipped",
    ),
    "one seed for all weights": (
        GOOD.replace(NOISE, "        torch.manual_seed(len(g))\n" + NOISE),
        "two weights have the same noise",
    ),
    "one seed for all calls": (
        GOOD.replace("    result", "    torch.manual_seed(7)\n    result", 1),
        "two calls have the same noise",
    ),
    "no C in the noise": (GOOD.replace("sigma * C * noise", "sigma * noise"), "units"),
    "noise for each example": (
        GOOD.replace(
            NOISE,
            "        noise = torch.randn(g.shape, dtype=g.dtype).sum(0)\n",
        ),
        "noise",
    ),
    "noise on the mean": (
        GOOD.replace("(total + sigma * C * noise) / B",
                     "total / B + sigma * C * noise"),
        "divided with it",
    ),
    "divided by those who came": (
        GOOD.replace(") / B", ") / max(len(g), 1)"), "B",
    ),
    "no noise": (GOOD.replace("sigma * C * noise", "0 * noise"), "noise"),
    "one number for a weight": (
        GOOD.replace("torch.randn(total.shape, dtype=total.dtype)", "torch.randn(())"),
        "noise of its own",
    ),
    "uniform noise": (
        GOOD.replace("torch.randn(total.shape, dtype=total.dtype)",
                     "(torch.rand(total.shape) - 0.5) * 12**0.5"),
        "not normal",
    ),
    "a mean that is not zero": (
        GOOD.replace("torch.randn(total.shape, dtype=total.dtype)",
                     "torch.randn(total.shape) + 0.5"),
        "mean",
    ),
    "a least length for safety": (GOOD.replace("1e-300", "1.0"), "C"),
    "zero over zero": (
        GOOD.replace(FACTOR, "    factor = torch.minimum(length, C + 0 * length)"
                             " / length\n"),
        "zero",
    ),
    "in place": (
        """
def private_sum(gradients, C, sigma, B):
    flat = [g.flatten(1) for g in gradients.values()]
    length = torch.cat(flat, 1).norm(dim=1)
    factor = (C / length.clamp_min(1e-300)).clamp_max(1.0)
    result = {}
    for name, g in gradients.items():
        g *= factor.view(-1, *[1] * (g.dim() - 1))
        result[name] = (g.sum(0) + sigma * C * torch.randn(g.shape[1:])) / B
    return result
""",
        "in place",
    ),
    "noise by the longest gradient": (
        GOOD.replace("sigma * C * noise", "sigma * reach * noise").replace(
            "    result", "    reach = C if len(length) == 0 else"
                         " min(C, float(length.max()))\n    result", 1),
        "follows the gradients",
    ),
    "noise by the mean length": (
        GOOD.replace("sigma * C * noise", "sigma * reach * noise").replace(
            "    result", "    reach = C if len(length) == 0 else"
                         " float(length.clamp(max=C).mean())\n    result", 1),
        "follows the gradients",
    ),
    "half of the noise mirrors the other": (
        GOOD.replace(NOISE, NOISE + "        half = len(noise) // 2\n"
                     "        noise[half : 2 * half] = -noise[:half]\n"),
        "it cancels",
    ),
    "noise without its mean": (
        GOOD.replace(NOISE, NOISE + "        if noise.numel() > 1:\n"
                     "            noise = noise - noise.mean()\n"),
        "it cancels",
    ),
    "a second weight's noise, backward": (
        GOOD.replace("result = {}", "result, old = {}, {}").replace(
            NOISE, NOISE + "        if g.shape in old:\n"
            "            noise = old[g.shape].flatten().flip(0).view(noise.shape)\n"
            "        old[g.shape] = noise\n"),
        "it cancels",
    ),
    "slices that overlap": (
        GOOD.replace("result = {}", "result, at = {}, 0\n"
                     "    long = torch.randn(20000, dtype=torch.float64)").replace(
            NOISE, "        size = total.numel()\n"
                   "        noise = long[at : at + size].view(total.shape)\n"
                   "        at += size // 2\n"),
        "it cancels",
    ),
    "the last call's noise, turned round": (
        "last = {}\n" + GOOD.replace(
            NOISE, NOISE + "        key = name, total.shape\n"
            "        noise = -last.pop(key) if key in last else noise\n"
            "        last[key] = noise\n"),
        "two calls have the same noise",
    ),
    "from NumPy": (
        GOOD.replace("torch.randn(total.shape, dtype=total.dtype)",
                     "torch.as_tensor(np.random.standard_normal(total.shape))"),
        "NumPy's generator",
    ),
    "from Python": (
        "import random\n" + GOOD.replace(
            "torch.randn(total.shape, dtype=total.dtype)",
            "torch.tensor([random.gauss(0, 1)"
            " for _ in range(total.numel())]).view(total.shape)"),
        "Python's generator",
    ),
    "a generator of its own": (
        GOOD.replace(NOISE, "        own = torch.Generator()\n        own.seed()\n"
                     "        noise = torch.randn(total.shape, generator=own)\n"),
        "as it stands",
    ),
    "a new seed each time": (
        GOOD.replace("    result", "    torch.seed()\n    result", 1), "as it stands",
    ),
    "seeded by the clock": (
        "import time\n" + GOOD.replace(
            NOISE,
            "        torch.manual_seed(time.time_ns() % 2**32)\n" + NOISE),
        "as it stands",
    ),
    "no noise on a single number": (
        GOOD.replace(NOISE, NOISE + "        noise = noise * (noise.numel() > 1)\n"),
        "a weight of shape (1,)",
    ),
    "a whole number of examples": (GOOD.replace(") / B", ") / int(B)"), "not whole"),
    "a list": (
        GOOD.replace("return result", "return list(result.values())"), "dictionary",
    ),
}  # fmt: skip

RIGHT = {
    "one example at a time": """
def private_sum(gradients, C, sigma, B):
    names = list(gradients)
    n = len(gradients[names[0]])
    total = {k: torch.zeros(gradients[k].shape[1:], dtype=torch.float64)
             for k in names}
    for i in range(n):
        square = sum(float((gradients[k][i] ** 2).sum()) for k in names)
        share = 1.0 if square <= C**2 else C / square**0.5
        for k in names:
            total[k] += share * gradients[k][i]
    return {k: (v + torch.empty_like(v).normal_(0, 1) * sigma * C) / B
            for k, v in total.items()}
""",
    "float32 noise, and squares": """
def private_sum(gradients, C, sigma, B):
    squares = sum((g**2).flatten(1).sum(1) for g in gradients.values())
    factor = torch.where(squares > C**2, C / squares.sqrt(), 1.0)
    result = {}
    for name, g in gradients.items():
        total = torch.tensordot(factor, g, 1)
        result[name] = (total + sigma * C * torch.randn(total.shape)) / B
    return result
""",
    "all in one vector": """
def private_sum(gradients, C, sigma, B):
    flat = torch.cat([g.flatten(1) for g in gradients.values()], 1)
    lengths = flat.norm(dim=1, keepdim=True)
    flat = flat * (C / lengths).nan_to_num(1.0).clamp(max=1.0)
    total = flat.sum(0)
    total = (total + sigma * C * torch.randn_like(total)) / B
    result, start = {}, 0
    for name, g in gradients.items():
        size = g[0].numel() if len(g) else g.new_empty(g.shape[1:]).numel()
        result[name] = total[start : start + size].view(g.shape[1:])
        start += size
    return result
""",
}
