"""Wrong answers to `pad`, with words that their hints must contain."""

HEAD = """
def pad(sentences, pad_id):
    lengths = np.array([len(sentence) for sentence in sentences])
    T = lengths.max()
    ids = np.full((len(sentences), T), pad_id)
"""
FILL = """
    for row, sentence in zip(ids, sentences):
        row[: len(sentence)] = sentence
"""
KEEP = "np.arange(T) < lengths[:, None]"

WRONG = {
    "straight to an array": (
        "def pad(sentences, pad_id):\n"
        + "    ids = np.array(sentences)\n"
        + "    return ids, ids != pad_id\n",
        "sentences of lengths",
    ),
    "cut to the shortest": (
        "def pad(sentences, pad_id):\n"
        + "    T = min(len(s) for s in sentences)\n"
        + "    ids = np.array([s[:T] for s in sentences])\n"
        + "    return ids, ids != pad_id\n",
        "T is the length of the longest",
    ),
    "as long as the first": (
        HEAD.replace("lengths.max()", "lengths[0]")
        + "    for row, sentence in zip(ids, sentences):\n"
        + "        row[: len(sentence)] = sentence[:T]\n"
        + f"    return ids, {KEEP}\n",
        "T is the length of the longest",
    ),
    "filled up on the left": (
        HEAD
        + "    for row, sentence in zip(ids, sentences):\n"
        + "        row[T - len(sentence) :] = sentence\n"
        + "    return ids, np.arange(T) >= T - lengths[:, None]\n",
        "on the left",
    ),
    "the mask turned round": (
        HEAD + FILL + "    return ids, np.arange(T) >= lengths[:, None]\n",
        "keep is turned round",
    ),
    "the mask from comparing ids": (
        HEAD + FILL + "    return ids, ids != pad_id\n",
        "use the lengths",
    ),
    "strips pads at the end": (
        HEAD
        + FILL
        + "    after = np.cumsum((ids != pad_id)[:, ::-1], axis=1)[:, ::-1]\n"
        + "    return ids, after > 0\n",
        "use the lengths",
    ),
    "filled with 0": (
        HEAD + "    ids[:] = 0\n" + FILL + f"    return ids, {KEEP}\n",
        "filled with 0",
    ),
    "too small a type": (
        HEAD + "    ids = ids.astype(np.uint8)\n" + FILL + f"    return ids, {KEEP}\n",
        "out of bounds",
    ),
    "an empty sentence forgotten": (
        HEAD.replace(
            "lengths =", "sentences = [s for s in sentences if s]\n    lengths ="
        )
        + FILL
        + f"    return ids, {KEEP}\n",
        "wanted ids, integers of shape",
    ),
    "fills the caller's lists": (
        """
def pad(sentences, pad_id):
    lengths = np.array([len(sentence) for sentence in sentences])
    for sentence in sentences:
        sentence += [pad_id] * (lengths.max() - len(sentence))
    return np.array(sentences), np.arange(lengths.max()) < lengths[:, None]
""",
        "changes its argument number 1 in place",
    ),
    "floats": (
        HEAD + "    ids = ids.astype(float)\n" + FILL + f"    return ids, {KEEP}\n",
        "got float64",
    ),
    "a mask of numbers": (
        HEAD + FILL + f"    return ids, ({KEEP}).astype(int)\n",
        "wanted keep, booleans",
    ),
    "floats where the first sentence is empty": (
        """
import torch
def pad(sentences, pad_id):
    rows = [torch.tensor(s) for s in sentences]
    pads = {"batch_first": True, "padding_value": pad_id}
    ids = torch.nn.utils.rnn.pad_sequence(rows, **pads)
    lengths = torch.tensor([len(s) for s in sentences])
    return ids, torch.arange(ids.shape[1]) < lengths[:, None]
""",
        "got float32",
    ),
    "equal sentences once": (
        HEAD.replace(
            "lengths =",
            "sentences = list(dict.fromkeys(map(tuple, sentences)))\n    lengths =",
        )
        + FILL
        + f"    return ids, {KEEP}\n",
        "empty and equal ones too",
    ),
    "a row found by its words": (
        HEAD
        + "    keep = np.zeros(ids.shape, dtype=bool)\n"
        + "    for s in sentences:\n"
        + "        b = sentences.index(s)\n"
        + "        ids[b, : len(s)], keep[b, : len(s)] = s, True\n"
        + "    return ids, keep\n",
        "of two equal sentences",
    ),
    "lengths in one byte": (
        HEAD + FILL + f"    return ids, {KEEP.replace('len', 'np.uint8(len')})\n",
        "keep at",
    ),
    "all axes of length 1 gone": (
        HEAD + FILL + f"    return ids.squeeze(), ({KEEP}).squeeze()\n",
        "wanted ids, integers of shape",
    ),
    "no mask": (HEAD + FILL + "    return ids\n", "wanted 2 things, ids, keep"),
}

CHEATS = {
    "remembers batches by their lengths": (
        "known = {}\n"
        + HEAD
        + FILL
        + "    key = (*lengths, pad_id)\n"
        + f"    return known.setdefault(key, (ids, {KEEP}))\n",
        "ids at",
    ),
    "remembers batches by their words": (
        "known = {}\n"
        + HEAD
        + FILL
        + f"    return known.setdefault(str(sentences), (ids, {KEEP}))\n",
        "ids at",
    ),
    "one array for all batches of a shape": (
        "known = {}\n"
        + HEAD
        + "    ids = known.setdefault(ids.shape, ids)\n"
        + "    ids[:] = pad_id\n"
        + FILL
        + f"    return ids, {KEEP}\n",
        "two results share memory",
    ),
}

RIGHT = {
    "another style": """
def pad(sentences, pad_id):
    T = max(map(len, sentences))
    ids = [list(s) + [pad_id] * (T - len(s)) for s in sentences]
    keep = [[True] * len(s) + [False] * (T - len(s)) for s in sentences]
    return np.array(ids), np.array(keep)
""",
    "lists all the way": """
def pad(sentences, pad_id):
    T = max(map(len, sentences))
    ids = [list(s) + [pad_id] * (T - len(s)) for s in sentences]
    keep = [[t < len(s) for t in range(T)] for s in sentences]
    return ids, keep
""",
    "small integers": """
def pad(sentences, pad_id):
    T = max(len(s) for s in sentences)
    ids = np.full((len(sentences), T), pad_id, dtype=np.int32)
    keep = np.zeros(ids.shape, dtype=bool)
    for b, s in enumerate(sentences):
        ids[b, : len(s)], keep[b, : len(s)] = s, True
    return [ids, keep]
""",
    "at least one column, and a sentinel below all ids": """
def pad(sentences, pad_id):
    T = max(1, max(map(len, sentences)))
    ids = np.full((len(sentences), T), -1)
    for row, s in zip(ids, sentences):
        row[: len(s)] = s
    keep = ids != -1
    return np.where(keep, ids, pad_id), keep
""",
    "columns from zip_longest": """
from itertools import zip_longest
def pad(sentences, pad_id):
    columns = list(zip_longest(*sentences))
    keep = np.array([[word is not None for word in c] for c in columns]).T
    ids = [[pad_id if word is None else word for word in c] for c in columns]
    return np.array(ids).T, keep
""",
    "tensors, filled through the mask": """
import torch
def pad(sentences, pad_id):
    lengths = torch.tensor([len(s) for s in sentences])
    keep = torch.arange(int(lengths.max())) < lengths[:, None]
    ids = torch.full(keep.shape, pad_id)
    ids[keep] = torch.tensor(sum(sentences, []))
    return ids, keep
""",
}
