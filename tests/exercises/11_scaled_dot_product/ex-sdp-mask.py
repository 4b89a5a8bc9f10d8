"""Wrong answers to `decoder_mask`, with words that their hints must contain."""

HEAD = "def decoder_mask(ids, pad_id):\n    T = ids.shape[1]\n"
CAUSAL = "    causal = torch.ones(T, T, dtype=torch.bool).tril()\n"

WRONG = {
    "upper triangle": (
        HEAD
        + "    causal = torch.ones(T, T, dtype=torch.bool).triu()\n"
        + "    return causal & (ids != pad_id)[:, None, None, :]\n",
        "upper triangle",
    ),
    "the published bug": (
        HEAD
        + "    hidden = torch.ones(T, T).triu(1).bool()\n"
        + "    return hidden & (ids != pad_id)[:, None, None, :]\n",
        "causal mask is turned round",
    ),
    "True means hidden": (
        HEAD + CAUSAL + "    return ~(causal & (ids != pad_id)[:, None, None, :])\n",
        "True must mean",
    ),
    "padding on the query axis": (
        HEAD + CAUSAL + "    return causal & (ids != pad_id)[:, None, :, None]\n",
        "padding hides *keys*",
    ),
    "a query may not see itself": (
        HEAD
        + "    causal = torch.ones(T, T, dtype=torch.bool).tril(-1)\n"
        + "    return causal & (ids != pad_id)[:, None, None, :]\n",
        "diagonal is True",
    ),
    "or in place of and": (
        HEAD + CAUSAL + "    return causal | (ids != pad_id)[:, None, None, :]\n",
        "&, not |",
    ),
    "no axis for the heads": (
        HEAD + CAUSAL + "    return causal & (ids != pad_id)[:, None, :]\n",
        "one axis for the heads",
    ),
    "no axes at all": (
        HEAD + CAUSAL + "    return causal & (ids != pad_id)\n",
        "broadcasts",
    ),
}

RIGHT = {
    "another style": """
def decoder_mask(ids, pad_id):
    place = torch.arange(ids.size(-1))
    past = place.unsqueeze(1) >= place
    return torch.stack([past.logical_and(row.ne(pad_id)) for row in ids]).unsqueeze(1)
""",
}
