"""Wrong answers to `hide_words`, and other right ones."""

HEAD = "def hide_words(ids, words, chance, fate, other, mask):\n"
CHOSEN = """    drawn = chance.gather(1, words.clamp(min=0))
    chosen = (words >= 0) & (drawn < 0.15)
"""
INPUTS = """    inputs = torch.where(chosen & (fate < 0.8), mask, ids)
    inputs = torch.where(chosen & (fate >= 0.9), other, inputs)
"""
BACK = "    return inputs, torch.where(chosen, ids, -100)\n"

WRONG = {
    "padding counts as the last word": (
        HEAD
        + "    chosen = chance.gather(1, words % chance.shape[1]) < 0.15\n"
        + INPUTS
        + BACK,
        "-1 is hidden",
    ),
    "padding counts as word 0": (
        HEAD
        + "    chosen = chance.gather(1, words.clamp(min=0)) < 0.15\n"
        + INPUTS
        + BACK,
        "-1 is hidden",
    ),
    "a draw for each token": (
        HEAD
        + "    T = ids.shape[1]\n"
        + "    wide = chance.repeat(1, T)[:, :T]\n"
        + "    chosen = (words >= 0) & (wide < 0.15)\n"
        + INPUTS
        + BACK,
        "the targets",
    ),
    "always the mask": (
        HEAD + CHOSEN + "    inputs = torch.where(chosen, mask, ids)\n" + BACK,
        "look at fate",
    ),
    "no token stays": (
        HEAD
        + CHOSEN
        + "    inputs = torch.where(chosen & (fate < 0.8), mask, ids)\n"
        + "    inputs = torch.where(chosen & (fate >= 0.8), other, inputs)\n"
        + BACK,
        "stays as it is",
    ),
    "the fates exchanged": (
        HEAD
        + CHOSEN
        + "    inputs = torch.where(chosen & (fate < 0.8), mask, ids)\n"
        + "    some = chosen & (fate >= 0.8) & (fate < 0.9)\n"
        + "    inputs = torch.where(some, other, inputs)\n"
        + BACK,
        "at least 0.9",
    ),
    "a limit too many": (
        HEAD
        + CHOSEN.replace("< 0.15", "<= 0.15")
        + INPUTS
        + BACK,
        "0.15 is not",
    ),
    "fate up to 0.8 with it": (
        HEAD + CHOSEN + INPUTS.replace("fate < 0.8", "fate <= 0.8") + BACK,
        "what is given",
    ),
    "fate above 0.9 only": (
        HEAD + CHOSEN + INPUTS.replace("fate >= 0.9", "fate > 0.9") + BACK,
        "what is given",
    ),
    "every target": (
        HEAD + CHOSEN + INPUTS + "    return inputs, ids.clone()\n",
        "-100 where not chosen",
    ),
    "targets of 0": (
        HEAD + CHOSEN + INPUTS + "    return inputs, torch.where(chosen, ids, 0)\n",
        "-100 where not chosen",
    ),
    "only what was changed is asked for": (
        HEAD
        + CHOSEN
        + INPUTS
        + "    return inputs, torch.where(inputs != ids, ids, -100)\n",
        "asked for too",
    ),
    "targets after hiding": (
        HEAD
        + CHOSEN
        + INPUTS
        + "    return inputs, torch.where(chosen, inputs, -100)\n",
        "ids from before",
    ),
    "in place": (
        HEAD
        + CHOSEN
        + "    targets = torch.where(chosen, ids, -100)\n"
        + "    ids[chosen & (fate < 0.8)] = mask\n"
        + "    some = chosen & (fate >= 0.9)\n"
        + "    ids[some] = other[some]\n"
        + "    return ids.clone(), targets\n",
        "chang",
    ),
    "floats": (
        HEAD
        + CHOSEN
        + INPUTS
        + "    return inputs.float(), torch.where(chosen, ids, -100)\n",
        "what is given",
    ),
    "targets first": (
        HEAD + CHOSEN + INPUTS + "    return torch.where(chosen, ids, -100), inputs\n",
        "first what is given",
    ),
}  # fmt: skip

RIGHT = {
    "loops": """
def hide_words(ids, words, chance, fate, other, mask):
    inputs, targets = ids.clone(), torch.full_like(ids, -100)
    for b in range(ids.shape[0]):
        for t in range(ids.shape[1]):
            w = int(words[b, t])
            if w < 0 or chance[b, w] >= 0.15:
                continue
            targets[b, t] = ids[b, t]
            if fate[b, t] < 0.8:
                inputs[b, t] = mask
            elif fate[b, t] >= 0.9:
                inputs[b, t] = other[b, t]
    return inputs, targets
""",
    "one more column": """
def hide_words(ids, words, chance, fate, other, mask):
    never = torch.ones(len(chance), 1, dtype=chance.dtype)
    wide = torch.cat([chance, never], 1)
    rows = torch.arange(len(ids))[:, None]
    chosen = wide[rows, words] < 0.15
    inputs, targets = ids.clone(), torch.full_like(ids, -100)
    targets[chosen] = ids[chosen]
    inputs[chosen & (fate < 0.8)] = mask
    some = chosen & (fate >= 0.9)
    inputs[some] = other[some]
    return inputs, targets
""",
    "one-hot words": """
def hide_words(ids, words, chance, fate, other, mask):
    numbers = torch.arange(chance.shape[1])
    found = (words[..., None] == numbers) & (chance < 0.15)[:, None]
    chosen = found.any(-1)
    inputs = ids.masked_fill(chosen & (fate < 0.8), mask)
    inputs = torch.where(chosen & (fate >= 0.9), other, inputs)
    return inputs, ids.masked_fill(~chosen, -100)
""",
}
