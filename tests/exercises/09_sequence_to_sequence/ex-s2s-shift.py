"""Wrong answers to "What the decoder is given", and a second right one."""

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
    "not shifted": (
        _answer("[BOS, *row, EOS]", "[BOS, *row, EOS]", extra=2),
        "one special token, no more",
    ),
    "exchanged": (_answer(result="wanted, given"), "are exchanged"),
    "the same twice": (_answer("[*row, EOS]", "[*row, EOS]"), "only have to copy"),
    "no end": (_answer(second="row"), "each output has one EOS"),
    "no beginning": (_answer(first="row"), "start with BOS"),
    "end after the padding": (
        _answer(second="[*row] + [PAD] * (longest - len(row)) + [EOS]"),
        "EOS follows the row itself",
    ),
    "floats": (
        _answer(result="given.float(), wanted.float()"),
        "must be an integer tensor",
    ),
    "one tensor": (_answer(result="given"), "wanted two tensors"),
}

RIGHT = {
    "another style": """
def teacher_batch(rows):
    from torch.nn.utils.rnn import pad_sequence
    given = [torch.tensor([BOS] + list(row)) for row in rows]
    wanted = [torch.tensor(list(row) + [EOS]) for row in rows]
    return tuple(pad_sequence(side, batch_first=True, padding_value=PAD)
                 for side in (given, wanted))
""",
}
