"""Wrong answers to `telling_inputs`, with words that their hints must contain."""

DRAWN = """
def telling_inputs():
    g = torch.Generator().manual_seed({seed})
    B, Tq, Tk, d = {sizes}
    query = {size} * torch.randn(B, Tq, d, generator=g).double()
    key = torch.randn(B, Tk, d, generator=g).double()
    value = torch.randn(B, Tk, d, generator=g).double()
    mask = torch.rand(B, Tq, Tk, generator=g) < {share}
    {more}
    return query, key, value, mask
"""


def drawn(sizes="3, 4, 11, 8", more="mask[1, 2] = False", size=1, share=0.3, seed=0):
    return DRAWN.format(sizes=sizes, more=more, size=size, share=share, seed=seed)


WRONG = {
    "one sentence": (drawn("1, 4, 11, 8", "mask[0, 2] = False"), "row"),
    "as many queries as keys": (
        drawn("3, 8, 8, 6"),
        "keys after the first Tq forgotten",
    ),
    "as many keys as features": (
        drawn("3, 4, 8, 8"),
        "scores divided by √Tk",
    ),
    "as many queries as features": (drawn("3, 4, 11, 4"), "scores divided by √Tq"),
    "a width of one sixteenth": (
        drawn("3, 4, 11, 7"),
        "d is 7: two heads need an even width",
    ),
    "no empty row": (drawn(more="mask[..., 0] = True"), "nothing is seen"),
    "nothing is hidden": (drawn(share=2, more="pass"), "on your inputs it is right"),
    "one mask for all rows": (
        drawn(more="mask[:] = mask[0]; mask[:, 2] = False"),
        "the first row's mask for all rows",
    ),
    "padding only": (
        drawn(more="mask[:] = mask[:, :1].clone(); mask[1] = False"),
        "the first query's mask for all queries",
    ),
    "zeros": (
        drawn(more="query, key, value = 0 * query, 0 * key, 0 * value"),
        "on your inputs it is right",
    ),
    "small numbers": (
        drawn(more="mask[1, 2] = False; value /= 1000"),
        "on your inputs it is right",
    ),
    "all keys alike": (
        drawn(more="mask[1, 2] = False; key[:] = key[:, :1].clone()"),
        "on your inputs it is right",
    ),
    "keys are values": (
        drawn(more="mask[1, 2] = False; value = key"),
        "keys and values exchanged",
    ),
    "many visible keys": (drawn(share=0.9), "a fill of -5"),
    "float32": (
        drawn(more="mask[1, 2] = False; query = query.float()"),
        "query is torch.float32",
    ),
    "NaN": (
        drawn(more="mask[1, 2] = False; key[0, 0, 0] = torch.nan"),
        "not finite",
    ),
    "too large": (drawn(size=100), "above 10"),
    "too long": (drawn("3, 4, 40, 8"), "Tk is 40"),
    "a mask of numbers": (
        drawn(more="mask[1, 2] = False; mask = mask.double()"),
        "wanted mask (B, Tq, Tk), booleans",
    ),
    "a mask for one row": (drawn(more="mask = mask[:1]"), "wanted mask"),
    "three things": (
        "def telling_inputs():\n    return torch.ones(3, 4, 2, 8).double().unbind(2)\n",
        "wanted 4 things",
    ),
}

RIGHT = {
    "another seed, larger numbers": drawn(seed=7, size=2),
    "other sizes": drawn("2, 5, 13, 6", "mask[0, 0] = False", seed=3, share=0.25),
    "from NumPy": """
def telling_inputs():
    rng = np.random.default_rng(5)
    B, Tq, Tk, d = 5, 3, 9, 4
    query, key, value = (
        torch.from_numpy(2 * rng.normal(size=(B, T, d))) for T in (Tq, Tk, Tk)
    )
    mask = torch.from_numpy(rng.random((B, Tq, Tk)) < 0.25)
    mask[0, 1] = False
    return [query.clamp(-9, 9), key.clamp(-9, 9), value.clamp(-9, 9), mask]
""",
    "made by hand": """
def telling_inputs():
    B, Tq, Tk, d = 2, 3, 7, 4
    n = torch.arange(B * Tk * d, dtype=torch.float64).reshape(B, Tk, d)
    key, value = 2 * (n * 1.7).sin(), 3 * (n * 2.3 + 1).cos()
    query = 2 * (n[:, :Tq] * 0.9 + 2).sin()
    mask = torch.zeros(B, Tq, Tk, dtype=torch.bool)
    scores = query @ key.mT
    mask.scatter_(-1, scores.topk(2, largest=False).indices, True)
    mask[0, 0, 6] = mask[1, 2, 5] = True
    mask[0, 1] = False
    return query, key, value, mask
""",
}
