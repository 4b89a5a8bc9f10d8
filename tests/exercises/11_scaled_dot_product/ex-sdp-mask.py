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
    "padding only at the end": (
        HEAD
        + CAUSAL
        + "    lengths = (ids != pad_id).long().cumprod(1).sum(1)\n"
        + "    key = torch.arange(T) < lengths[:, None]\n"
        + "    return causal & key[:, None, None, :]\n",
        "a real word after padding is hidden too",
    ),
    "compares with 0": (
        HEAD + CAUSAL + "    return causal & (ids != 0)[:, None, None, :]\n",
        "compare with pad_id, not with 0",
    ),
    "no padding when pad_id is 0": (
        HEAD
        + CAUSAL
        + "    if not pad_id:\n"
        + "        return causal.expand(len(ids), 1, T, T)\n"
        + "    return causal & (ids != pad_id)[:, None, None, :]\n",
        "pad_id = 0",
    ),
    "no negative pad_id": (
        HEAD
        + CAUSAL
        + "    key = (ids != pad_id) | (ids < 0)\n"
        + "    return causal & key[:, None, None, :]\n",
        "pad_id = -",
    ),
    "a padded query sees itself": (
        HEAD
        + CAUSAL
        + "    mask = causal & (ids != pad_id)[:, None, None, :]\n"
        + "    return mask | torch.eye(T, dtype=torch.bool)\n",
        "the mask at",
    ),
    "axes of length 1 are lost": (
        HEAD
        + CAUSAL
        + "    mask = causal & (ids != pad_id)[:, None, None, :]\n"
        + "    return mask.squeeze(0).squeeze(-1)\n",
        "one axis for the heads",
    ),
    "numbers in place of booleans": (
        HEAD
        + CAUSAL
        + "    return (causal & (ids != pad_id)[:, None, None, :]).float()\n",
        "booleans of shape",
    ),
    "the causal mask is missing": (
        HEAD + "    key = (ids != pad_id)[:, None, None, :]\n"
        "    return key.expand(-1, 1, T, T)\n",
        "the causal mask is missing",
    ),
    "compares as float32": (
        """
def decoder_mask(ids, pad_id):
    T = ids.shape[1]
    tri = torch.ones(T, T, dtype=torch.bool).tril()
    return tri & (ids.float() != float(pad_id))[:, None, None, :]
""",
        "the mask",
    ),
    "compares in 32 bits": (
        """
def decoder_mask(ids, pad_id):
    T = ids.shape[1]
    tri = torch.ones(T, T, dtype=torch.bool).tril()
    return tri & (ids.int() != ((pad_id + 2**31) % 2**32 - 2**31))[:, None, None, :]
""",
        "the mask",
    ),
    "compares in 8 bits": (
        """
def decoder_mask(ids, pad_id):
    T = ids.shape[1]
    tri = torch.ones(T, T, dtype=torch.bool).tril()
    return tri & (ids.byte() != pad_id % 256)[:, None, None, :]
""",
        "the mask",
    ),
    "compares without the sign": (
        """
def decoder_mask(ids, pad_id):
    T = ids.shape[1]
    tri = torch.ones(T, T, dtype=torch.bool).tril()
    return tri & (ids.abs() != abs(pad_id))[:, None, None, :]
""",
        "the mask",
    ),
    "a table of 256 places": (
        """
BUFFER = torch.zeros(1024, 1024, dtype=torch.bool)
BUFFER[:256, :256] = torch.ones(256, 256).tril().bool()
def decoder_mask(ids, pad_id):
    T = ids.shape[1]
    return BUFFER[:T, :T] & (ids != pad_id)[:, None, None, :]
""",
        "the mask",
    ),
    "a window of 64 places": (
        """
def decoder_mask(ids, pad_id):

    T = ids.shape[1]
    tri = torch.ones(T, T, dtype=torch.bool).tril().triu(-63)
    return tri & (ids != pad_id)[:, None, None, :]
""",
        "the mask",
    ),
}

RIGHT = {
    "another style": """
def decoder_mask(ids, pad_id):
    place = torch.arange(ids.size(-1))
    past = place.unsqueeze(1) >= place
    return torch.stack([past.logical_and(row.ne(pad_id)) for row in ids]).unsqueeze(1)
""",
    "an expanded view, with infinities": """
def decoder_mask(ids, pad_id):
    B, T = ids.shape
    score = torch.zeros(B, 1, T, T)
    score = score.masked_fill(torch.ones(T, T).triu(1).bool(), -torch.inf)
    hidden = ids.eq(pad_id).reshape(B, 1, 1, T).expand(-1, -1, T, -1)
    return score.masked_fill(hidden, -torch.inf).isfinite()
""",
    "one entry after the other": """
def decoder_mask(ids, pad_id):
    B, T = ids.shape
    mask = torch.zeros(B, 1, T, T, dtype=torch.bool)
    for b in range(B):
        for i in range(T):
            for j in range(i + 1):
                mask[b, 0, i, j] = bool(ids[b, j] != pad_id)
    return mask
""",
    "by NumPy": """
def decoder_mask(ids, pad_id):
    real = np.asarray(ids) != pad_id
    past = np.tri(ids.shape[1], dtype=bool)
    return torch.from_numpy(past[None, None] & real[:, None, None])
""",
}

CHEATS = {
    "calls the course's own masks": (
        """
import n2t.masks
def decoder_mask(ids, pad_id):
    T = ids.shape[1]
    past = n2t.masks.causal_mask(T)
    return past & (ids != pad_id)[:, None, None, :]
""",
        "write the mask yourself",
    ),
    "the watch is taken off for a while": (
        """
import sys
import n2t.masks
def decoder_mask(ids, pad_id):
    watch = sys.getprofile()
    sys.setprofile(None)
    past = n2t.masks.causal_mask(ids.shape[1])
    sys.setprofile(watch)
    return past & (ids != pad_id)[:, None, None, :]
""",
        "write the mask yourself",
    ),
}
