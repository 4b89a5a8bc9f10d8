"""Wrong answers to `mean_of_kept`, with words that their hints must contain."""

HEAD = "def mean_of_kept(x, keep):\n"
KEPT = "    kept = np.where(keep[:, :, None], x, 0.0)\n"
COUNT = "    count = keep.sum(axis=1)[:, None]\n"

WRONG = {
    "divides by T": (HEAD + KEPT + "    return kept.mean(axis=1)\n", "divided by T"),
    "no mask": (HEAD + "    return x.mean(axis=1)\n", "the mean of everything"),
    "the mask turned round": (
        HEAD
        + "    keep = ~keep\n"
        + KEPT
        + COUNT
        + "    return kept.sum(axis=1) / np.maximum(count, 1)\n",
        "keep is turned round",
    ),
    "no axis added": (
        HEAD + COUNT + "    return (x * keep).sum(axis=1) / np.maximum(count, 1)\n",
        "has shape (B, T, 1)",
    ),
    "over the features": (
        HEAD + KEPT + COUNT + "    return kept.sum(axis=2) / np.maximum(count, 1)\n",
        "the mean runs over places",
    ),
    "an empty row": (
        HEAD + KEPT + COUNT + "    return kept.sum(axis=1) / count\n",
        "0 divided by 0",
    ),
    "an epsilon in the denominator": (
        HEAD + KEPT + COUNT + "    return kept.sum(axis=1) / (count + 1e-6)\n",
        "small number added",
    ),
    "multiplies, so NaN gets through": (
        HEAD
        + "    kept = x * keep[:, :, None]\n"
        + COUNT
        + "    return kept.sum(axis=1) / np.maximum(count, 1)\n",
        "0 · NaN is NaN",
    ),
}

RIGHT = {
    "another style": """
def mean_of_kept(x, keep):
    weights = keep / np.maximum(keep.sum(axis=1, keepdims=True), 1)
    clean = x.copy()
    clean[~keep] = 0
    return np.einsum("bt,btd->bd", weights, clean)
""",
    "a masked array": """
def mean_of_kept(x, keep):
    hidden = np.repeat(~keep[:, :, None], x.shape[2], axis=2)
    return np.ma.masked_array(x, hidden).mean(axis=1).filled(0.0)
""",
}
