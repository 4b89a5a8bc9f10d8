"""Wrong answers to `mean_of_kept`, with words that their hints must contain."""

HEAD = "def mean_of_kept(x, keep):\n"
KEPT = "    kept = np.where(keep[:, :, None], x, 0.0)\n"
COUNT = "    count = keep.sum(axis=1)[:, None]\n"
DIVIDE = "    return kept.sum(axis=1) / np.maximum(count, 1)\n"

WRONG = {
    "divides by T": (HEAD + KEPT + "    return kept.mean(axis=1)\n", "divided by T"),
    "no mask": (HEAD + "    return x.mean(axis=1)\n", "the mean of everything"),
    "the mask turned round": (
        HEAD + "    keep = ~keep\n" + KEPT + COUNT + DIVIDE,
        "the mask is turned round",
    ),
    "no axis added": (
        HEAD + COUNT + "    return (x * keep).sum(axis=1) / np.maximum(count, 1)\n",
        "sizes: B = ",
    ),
    "over the features": (
        HEAD + KEPT + COUNT + "    return kept.sum(axis=2) / np.maximum(count, 1)\n",
        "they run over places",
    ),
    "an empty row": (
        HEAD + KEPT + COUNT + "    return kept.sum(axis=1) / count\n",
        "0 divided by 0",
    ),
    "an epsilon in the denominator": (
        HEAD + KEPT + COUNT + "    return kept.sum(axis=1) / (count + 1e-6)\n",
        "small number is added",
    ),
    "a sum": (HEAD + KEPT + "    return kept.sum(axis=1)\n", "a sum: divide"),
    "the batch's count for each row": (
        HEAD + KEPT + "    return kept.sum(axis=1) / max(keep.sum(), 1)\n",
        "kept in all rows",
    ),
    "multiplies, so NaN gets through": (
        HEAD + "    kept = x * keep[:, :, None]\n" + COUNT + DIVIDE,
        "0 · NaN is NaN",
    ),
    "takes NaN out and not infinity": (
        HEAD
        + "    kept = np.where(np.isnan(x), 0.0, x) * keep[:, :, None]\n"
        + COUNT
        + DIVIDE,
        "0 · NaN is NaN",
    ),
    "sets to 0 in place": (
        HEAD + "    x[~keep] = 0\n" + COUNT + DIVIDE.replace("kept", "x"),
        "changes its argument number 1 in place",
    ),
    "a loop over the batch": (
        HEAD
        + "    rows = [row[k].mean(axis=0) if k.any() else np.zeros(x.shape[2])\n"
        + "            for row, k in zip(x, keep)]\n"
        + "    return np.array(rows)\n",
        "a loop",
    ),
    "a loop over places": (
        HEAD
        + "    total = np.zeros((x.shape[0], x.shape[2]))\n"
        + COUNT
        + "    for t in range(x.shape[1]):\n"
        + "        total += np.where(keep[:, t, None], x[:, t], 0)\n"
        + "    return total / np.maximum(count, 1)\n",
        "a loop",
    ),
    "a loop over features": (
        HEAD
        + COUNT
        + "    D = x.shape[2]\n"
        + "    sums = [np.where(keep, x[..., d], 0).sum(1) for d in range(D)]\n"
        + "    return np.stack(sums, axis=1) / np.maximum(count, 1)\n",
        "a loop",
    ),
    "a loop inside NumPy's helper": (
        HEAD
        + KEPT
        + COUNT
        + "    sums = np.apply_along_axis(np.sum, 1, kept)\n"
        + "    return sums / np.maximum(count, 1)\n",
        "a loop",
    ),
}

WRONG |= {
    "counts in one byte": (
        HEAD
        + KEPT
        + "    count = keep.sum(axis=1, dtype=np.int8)[:, None]\n"
        + "    return kept.sum(axis=1) / np.where(count == 0, 1, count)\n",
        "the mean at",
    ),
    "cut at 10,000": (
        HEAD + KEPT.replace("x,", "x.clip(-1e4, 1e4),") + COUNT + DIVIDE,
        "the mean at",
    ),
    "small numbers set to 0": (
        HEAD + KEPT + "    kept[np.isclose(kept, 0)] = 0\n" + COUNT + DIVIDE,
        "the mean at",
    ),
    "all axes of length 1 gone": (
        HEAD
        + KEPT
        + COUNT
        + DIVIDE.replace("n kept", "n np.squeeze(kept")[:-1]
        + ")\n",
        "wanted the means, numbers of shape",
    ),
}

CHEATS = {
    "remembers means by the mask": (
        "known = {}\n"
        + HEAD
        + KEPT
        + COUNT
        + "    mean = kept.sum(axis=1) / np.maximum(count, 1)\n"
        + "    return known.setdefault((x.shape, keep.tobytes()), mean)\n",
        "the mean at",
    ),
    "remembers means by what is averaged": (
        "known = {}\n"
        + HEAD
        + KEPT
        + COUNT
        + "    mean = kept.sum(axis=1) / np.maximum(count, 1)\n"
        + "    return known.setdefault(x.tobytes(), mean)\n",
        "the mean at",
    ),
    "takes the count of steps away": (
        "import sys\n"
        + HEAD
        + "    sys.settrace(None)\n"
        + "    rows = [row[k].mean(axis=0) if k.any() else np.zeros(x.shape[2])\n"
        + "            for row, k in zip(x, keep)]\n"
        + "    return np.array(rows)\n",
        "leave it as it is",
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
    "NaN left out by the library": """
def mean_of_kept(x, keep):
    means = np.nanmean(np.where(keep[:, :, None], x, np.nan), axis=1)
    return np.nan_to_num(means)
""",
    "NumPy's own `where`, and 0 where nothing is kept": """
def mean_of_kept(x, keep):
    B, T, D = x.shape
    some = keep.any(axis=1)
    mean = np.zeros((B, D))
    mean[some] = x[some].mean(axis=1, where=keep[some][:, :, None])
    return mean
""",
    "tensors": """
import torch
def mean_of_kept(x, keep):
    x, keep = torch.as_tensor(x), torch.as_tensor(keep)
    total = x.masked_fill(~keep.unsqueeze(-1), 0).sum(dim=1)
    return total / keep.sum(dim=1, keepdim=True).clamp(min=1)
""",
    "reduced, and no line for each": """
from functools import reduce
def mean_of_kept(x, keep):
    places = np.where(keep[:, :, None], x, 0.0).swapaxes(0, 1)
    return reduce(np.add, places) / np.maximum(keep.sum(axis=1), 1)[:, None]
""",
    "the last of the running sums": """
def mean_of_kept(x, keep):
    total = np.where(keep[:, :, None], x, 0.0).cumsum(axis=1)[:, -1]
    return total / np.maximum(keep.sum(axis=1), 1)[:, None]
""",
    "sums of runs": """
def mean_of_kept(x, keep):
    b, t = np.nonzero(keep)
    total = np.zeros((x.shape[0], x.shape[2]))
    np.add.at(total, b, x[b, t])
    return total / np.maximum(np.bincount(b, minlength=len(x)), 1)[:, None]
""",
}
