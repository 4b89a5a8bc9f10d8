"""Wrong answers to "The largest micro-batch", and a second right one."""

WRONG = {
    "rounded up": (
        """
def plan(memory, n_parameter, per_sequence, sequences, cards):
    room = (memory - 16 * n_parameter) // per_sequence
    share = sequences // cards
    return room, -(-share // room)
""",
        "more than a card",
    ),
    "rounded down": (
        """
def plan(memory, n_parameter, per_sequence, sequences, cards):
    room = (memory - 16 * n_parameter) // per_sequence
    return room, sequences // cards // room
""",
        "less than a card",
    ),
    "weights only": (
        """
def plan(memory, n_parameter, per_sequence, sequences, cards):
    share = sequences // cards
    room = (memory - 4 * n_parameter) // per_sequence
    for micro in range(min(room, share), 0, -1):
        if share % micro == 0:
            return micro, share // micro
    raise ValueError("none")
""",
        "16 bytes a parameter",
    ),
    "cards forgotten": (
        """
def plan(memory, n_parameter, per_sequence, sequences, cards):
    room = (memory - 16 * n_parameter) // per_sequence
    for micro in range(min(room, sequences), 0, -1):
        if sequences % micro == 0:
            return micro, sequences // micro
    raise ValueError("none")
""",
        "all cards' together",
    ),
    "the smallest": (
        """
def plan(memory, n_parameter, per_sequence, sequences, cards):
    return 1, sequences // cards
""",
        "a larger one does too",
    ),
    "turned round": (
        """
def plan(memory, n_parameter, per_sequence, sequences, cards):
    share = sequences // cards
    room = (memory - 16 * n_parameter) // per_sequence
    for micro in range(min(room, share), 0, -1):
        if share % micro == 0:
            return share // micro, micro
    raise ValueError("none")
""",
        "other way round",
    ),
    "strictly less": (
        """
def plan(memory, n_parameter, per_sequence, sequences, cards):
    share = sequences // cards
    for micro in range(share, 0, -1):
        used = 16 * n_parameter + micro * per_sequence
        if share % micro == 0 and used < memory:
            return micro, share // micro
    raise ValueError("none")
""",
        "fills the memory exactly",
    ),
    "uneven shares": (
        """
def plan(memory, n_parameter, per_sequence, sequences, cards):
    share = sequences // cards
    room = (memory - 16 * n_parameter) // per_sequence
    for micro in range(min(room, share), 0, -1):
        if share % micro == 0:
            return micro, share // micro
    raise ValueError("none")
""",
        "cannot be shared",
    ),
}

RIGHT = {
    "another style": """
def plan(memory, n_parameter, per_sequence, sequences, cards):
    fits = [
        (micro, sequences // (micro * cards))
        for micro in range(1, sequences + 1)
        if sequences % (micro * cards) == 0
        and 16 * n_parameter + micro * per_sequence <= memory
    ]
    if not fits:
        raise ValueError("memory is too small, or sequences do not divide")
    return max(fits)
""",
}
