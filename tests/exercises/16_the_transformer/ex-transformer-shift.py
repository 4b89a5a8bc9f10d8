"""Wrong answers to "One place to the right", and a second right one."""

WRONG = {
    "not shifted": (
        """
def teacher_forcing(answers):
    Tt = 1 + max(map(len, answers))
    rows = [[*a, EOS] + [PAD] * (Tt - 1 - len(a)) for a in answers]
    return torch.tensor(rows), torch.tensor(rows)
""",
        "would copy",
    ),
    "end sign in both": (
        """
def teacher_forcing(answers):
    Tt = 2 + max(map(len, answers))
    rows = [[BOS, *a, EOS] + [PAD] * (Tt - 2 - len(a)) for a in answers]
    rows = torch.tensor(rows)
    return rows[:, :-1], rows[:, 1:]
""",
        "given holds the end sign",
    ),
    "no end sign": (
        """
def teacher_forcing(answers):
    Tt = 1 + max(map(len, answers))
    given = [[BOS, *a] + [PAD] * (Tt - 1 - len(a)) for a in answers]
    wanted = [[*a] + [PAD] * (Tt - len(a)) for a in answers]
    return torch.tensor(given), torch.tensor(wanted)
""",
        "when to stop",
    ),
    "end sign at the very end": (
        """
def teacher_forcing(answers):
    Tt = 1 + max(map(len, answers))
    given = [[BOS, *a] + [PAD] * (Tt - 1 - len(a)) for a in answers]
    wanted = [[*a] + [PAD] * (Tt - 1 - len(a)) + [EOS] for a in answers]
    return torch.tensor(given), torch.tensor(wanted)
""",
        "after padding",
    ),
    "too long": (
        """
def teacher_forcing(answers):
    Tt = 2 + max(map(len, answers))
    given = [[BOS, *a] + [PAD] * (Tt - 1 - len(a)) for a in answers]
    wanted = [[*a, EOS] + [PAD] * (Tt - 1 - len(a)) for a in answers]
    return torch.tensor(given), torch.tensor(wanted)
""",
        "than the longest",
    ),
    "swapped": (
        """
def teacher_forcing(answers):
    Tt = 1 + max(map(len, answers))
    given = [[BOS, *a] + [PAD] * (Tt - 1 - len(a)) for a in answers]
    wanted = [[*a, EOS] + [PAD] * (Tt - 1 - len(a)) for a in answers]
    return torch.tensor(wanted), torch.tensor(given)
""",
        "comes first",
    ),
    "lists changed": (
        """
def teacher_forcing(answers):
    Tt = 1 + max(map(len, answers))
    given = [[BOS, *a] + [PAD] * (Tt - 1 - len(a)) for a in answers]
    for a in answers:
        a.append(EOS)
        a.extend([PAD] * (Tt - len(a)))
    return torch.tensor(given), torch.tensor(answers)
""",
        "copy before you add",
    ),
}

SECOND = """
def teacher_forcing(answers):
    from torch.nn.utils.rnn import pad_sequence
    whole = [torch.tensor([BOS, *a, EOS]) for a in answers]
    given = pad_sequence([row[:-1] for row in whole], True, PAD)
    return given, pad_sequence([row[1:] for row in whole], True, PAD)
"""
