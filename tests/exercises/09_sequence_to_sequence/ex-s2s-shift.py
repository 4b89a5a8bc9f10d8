"""Answers to "What the decoder is given": wrong, right, deceiving."""

_BODY = """
def teacher_batch(rows):
    longest = max(len(row) for row in rows)
    given = torch.full((len(rows), longest + {extra}), PAD)
    wanted = given.clone()
    for b, row in enumerate(rows):
        first, second = {first}, {second}
        given[b, : len(first)] = torch.tensor(first)
        wanted[b, : len(second)] = torch.tensor(second)
    return {result}
"""


def _answer(first="[BOS, *row]", second="[*row, EOS]", result="given, wanted", extra=1):
    return _BODY.format(first=first, second=second, result=result, extra=extra)


WRONG = {
    "cut at 32 ids": (
        """
def teacher_batch(rows):
    rows = [list(r)[:32] for r in rows]
    T = max(map(len, rows)) + 1
    a = torch.tensor([[BOS, *r] + [PAD] * (T - 1 - len(r)) for r in rows])
    b = torch.tensor([[*r, EOS] + [PAD] * (T - 1 - len(r)) for r in rows])
    return a, b
""",
        "of shape",
    ),
    "runs made shorter": (
        """
def teacher_batch(rows):
    rows = [[t for i, t in enumerate(r)
             if not (i > 1 and t == r[i-1] == r[i-2])] for r in rows]
    T = max(map(len, rows)) + 1
    a = torch.tensor([[BOS, *r] + [PAD] * (T - 1 - len(r)) for r in rows])
    b = torch.tensor([[*r, EOS] + [PAD] * (T - 1 - len(r)) for r in rows])
    return a, b
""",
        "given",
    ),
    "remembers by lengths": (
        """
memo = {}
def teacher_batch(rows):
    key = tuple(map(len, rows))
    if key not in memo:
        T = max(key) + 1
        memo[key] = (torch.tensor([[BOS, *r] + [PAD] * (T - 1 - len(r)) for r in rows]),
                     torch.tensor([[*r, EOS] + [PAD] * (T - 1 - len(r)) for r in rows]))
    return memo[key]
""",
        "the id at",
    ),
    "one row alone": (
        """
def teacher_batch(rows):
    T = max(map(len, rows)) + 1
    a = torch.tensor([[BOS, *r] + [PAD] * (T - 1 - len(r)) for r in rows])
    b = torch.tensor([[*r, EOS] + [PAD] * (T - 1 - len(r)) for r in rows])
    return a.squeeze(0), b.squeeze(0)
""",
        "two axes always",
    ),
    "not shifted": (
        _answer("[BOS, *row, EOS]", "[BOS, *row, EOS]", extra=2),
        "one special token, no more",
    ),
    "exchanged": (_answer(result="wanted, given"), "are exchanged"),
    "the same twice": (_answer("[*row, EOS]", "[*row, EOS]"), "only have to copy"),
    "no end": (_answer(second="row or [PAD]"), "does not end with EOS"),
    "no beginning": (_answer(first="row or [PAD]"), "does not begin with BOS"),
    "end after the padding": (
        _answer(second="[*row] + [PAD] * (longest - len(row)) + [EOS]"),
        "EOS follows the row itself",
    ),
    "one text, cut at both ends": (
        """
def teacher_batch(rows):
    whole = [torch.tensor([BOS, *row, EOS]) for row in rows]
    ids = torch.nn.utils.rnn.pad_sequence(
        whole, batch_first=True, padding_value=PAD)
    return ids[:, :-1], ids[:, 1:]
""",
        "EOS is among the inputs",
    ),
    "padded in front": (
        """
def teacher_batch(rows):
    T = max(len(row) for row in rows) + 1
    given = [[PAD] * (T - 1 - len(row)) + [BOS, *row] for row in rows]
    wanted = [[PAD] * (T - 1 - len(row)) + [*row, EOS] for row in rows]
    return torch.tensor(given), torch.tensor(wanted)
""",
        "padding comes behind",
    ),
    "labels that a loss ignores": (
        _answer(result="given, wanted.masked_fill(wanted == PAD, -100)"),
        "wanted PAD",
    ),
    "floats": (
        _answer(result="given.float(), wanted.float()"),
        "integers of shape",
    ),
    "lists": (_answer(result="given.tolist(), wanted.tolist()"), "a tensor; got"),
    "one tensor": (_answer(result="given"), "wanted 2 things"),
    "changes the rows": (
        """
def teacher_batch(rows):
    longest = max(len(row) for row in rows) + 1
    for row in rows:
        row.append(EOS)
    wanted = [row + [PAD] * (longest - len(row)) for row in rows]
    given = [[BOS] + row[:-1] + [PAD] * (longest - len(row)) for row in rows]
    return torch.tensor(given), torch.tensor(wanted)
""",
        "changes its argument number 1 in place",
    ),
    "no empty rows": (
        """
def teacher_batch(rows):
    assert all(rows), "an empty row"
"""
        + _answer().split(":\n", 1)[1],
        "an empty row",
    ),
    "two rows at most": (_answer(result="given[:2], wanted[:2]"), "of shape"),
    "small ids only": (
        _answer(result="given.clamp(max=999), wanted.clamp(max=999)"),
        "in (given, wanted), the id at",
    ),
    "one buffer for all calls": (
        """
_buffer = torch.full((2, 400, 800), PAD)
def teacher_batch(rows):
    _buffer.fill_(PAD)
    T = max(len(row) for row in rows) + 1
    for b, row in enumerate(rows):
        _buffer[0, b, : len(row) + 1] = torch.tensor([BOS, *row])
        _buffer[1, b, : len(row) + 1] = torch.tensor([*row, EOS])
    return _buffer[0, : len(rows), :T], _buffer[1, : len(rows), :T]
""",
        "share memory",
    ),
}

RIGHT = {
    "through floats, exact below 2**24": """
def teacher_batch(rows):
    T = max(map(len, rows)) + 1
    a = torch.Tensor([[BOS, *r] + [PAD] * (T - 1 - len(r)) for r in rows]).long()
    b = torch.Tensor([[*r, EOS] + [PAD] * (T - 1 - len(r)) for r in rows]).long()
    return a, b
""",
    "another style": """
def teacher_batch(rows):
    from torch.nn.utils.rnn import pad_sequence
    given = [torch.tensor([BOS] + list(row)) for row in rows]
    wanted = [torch.tensor(list(row) + [EOS]) for row in rows]
    return tuple(pad_sequence(side, batch_first=True, padding_value=PAD)
                 for side in (given, wanted))
""",
    "lists of ids, 32 bits": """
def teacher_batch(rows):
    T = 1 + max(map(len, rows))
    sides = [[[BOS] + r for r in rows], [r + [EOS] for r in rows]]
    return [
        torch.tensor([r + [PAD] * (T - len(r)) for r in side], dtype=torch.int32)
        for side in sides
    ]
""",
    "one text, its ends mended": """
def teacher_batch(rows):
    whole = [torch.tensor([BOS, *row, EOS]) for row in rows]
    ids = torch.nn.utils.rnn.pad_sequence(whole, batch_first=True, padding_value=PAD)
    given = ids[:, :-1]
    return given.masked_fill(given == EOS, PAD), ids[:, 1:]
""",
    "through NumPy": """
def teacher_batch(rows):
    lengths = np.array([len(row) for row in rows])
    place = np.arange(lengths.max() + 1)
    given = np.full((len(rows), len(place)), PAD)
    given[:, 0] = BOS
    given[(place > 0) & (place <= lengths[:, None])] = np.array(sum(rows, []), int)
    wanted = np.roll(given, -1, axis=1)
    wanted[:, -1] = PAD
    wanted[np.arange(len(rows)), lengths] = EOS
    return torch.from_numpy(given), torch.from_numpy(wanted)
""",
}

CHEATS = {
    "the library's padding": (
        """
from n2t.data.batches import pad
def teacher_batch(rows):
    return pad([[BOS, *row] for row in rows]), pad([[*row, EOS] for row in rows])
""",
        "calls n2t",
    ),
    "the library's padding, unwatched": (
        """
import sys
from n2t.data.batches import pad
def teacher_batch(rows):
    sys.setprofile(None)
    return pad([[BOS, *row] for row in rows]), pad([[*row, EOS] for row in rows])
""",
        "calls sys.setprofile",
    ),
}
