"""Wrong answers to "The largest micro-batch", and right ones in other styles."""

HEAD = "def plan(memory, n_parameter, per_sequence, sequences, cards):\n"
MADE = """
def plan(memory, n_parameter, per_sequence, sequences, cards):
    share, rest = divmod(sequences, cards)
    if {refuse}:
        raise ValueError("the cards do not divide the sequences")
    room = {room}
    for micro in {micros}:
        if share % micro == 0:
            return {result}
    {none}
"""
PLAIN = {
    "refuse": "rest",
    "room": "(memory - 16 * n_parameter) // per_sequence",
    "micros": "range(min(room, share), 0, -1)",
    "result": "micro, share // micro",
    "none": 'raise ValueError("no sequence fits")',
}


def made(**changes):
    """The right answer with something changed."""
    return MADE.format(**PLAIN | changes)


NAMES = ("memory", "n_parameter", "per_sequence", "sequences", "cards")


def remembered(key):
    """The right answer, of the first call with this key."""
    return (
        made().replace("def plan(", "def fresh(")
        + "\n\nkept = {}\n\n\n"
        + HEAD
        + f"    if ({key}) not in kept:\n"
        + f"        kept[{key}] = fresh({', '.join(NAMES)})\n"
        + f"    return kept[{key}]\n"
    )


WRONG = {
    "rounded up": (
        HEAD
        + "    room = (memory - 16 * n_parameter) // per_sequence\n"
        + "    share = sequences // cards\n"
        + "    return room, -(-share // room)\n",
        "are more than a card",
    ),
    "rounded down": (
        HEAD
        + "    room = (memory - 16 * n_parameter) // per_sequence\n"
        + "    return room, sequences // cards // room\n",
        "are less than a card",
    ),
    "weights only": (
        made(room="(memory - 4 * n_parameter) // per_sequence"),
        "16 bytes a parameter",
    ),
    "three numbers a parameter": (
        made(room="(memory - 12 * n_parameter) // per_sequence"),
        "16 bytes a parameter",
    ),
    "five numbers a parameter": (
        made(room="(memory - 20 * n_parameter) // per_sequence"),
        "fit",
    ),
    "cards forgotten": (
        HEAD
        + "    room = (memory - 16 * n_parameter) // per_sequence\n"
        + "    for micro in range(min(room, sequences), 0, -1):\n"
        + "        if sequences % micro == 0:\n"
        + "            return micro, sequences // micro\n"
        + '    raise ValueError("none")\n',
        "all cards' together",
    ),
    "the smallest": (
        made(micros="range(1, min(room, share) + 1)"),
        "a larger one does too",
    ),
    "turned round": (made(result="share // micro, micro"), "other way round"),
    "strictly less": (
        made(room="(memory - 16 * n_parameter - 1) // per_sequence"),
        "fills the memory exactly",
    ),
    "never the whole share": (
        made(micros="range(min(room, share - 1), 0, -1)"),
        "that fits, but a larger one",
    ),
    "halves": (
        made(micros="[share >> k for k in range(20) if 0 < share >> k <= room]"),
        "a larger",
    ),
    "uneven shares": (made(refuse="False"), "cannot be shared"),
    "more cards than sequences": (
        made(refuse="rest and sequences > cards", none="return 1, 0"),
        "raise ValueError",
    ),
    "None for no plan": (made(none="return None"), "raise ValueError"),
    "an assertion for no plan": (
        made(none="assert False"),
        "wanted ValueError, got AssertionError",
    ),
    "one at least": (made(none="return 1, share"), "no sequence fits: raise"),
    "divides by what is left": (
        made(none="return share % 0, 0"),
        "wanted ValueError, got ZeroDivisionError",
    ),
    "no weights at all": (
        made(room="max(memory - 16 * n_parameter, per_sequence) // per_sequence"),
        "raise ValueError",
    ),
}

WRONG |= {
    f"remembered without {name}": (
        remembered(", ".join(one for one in NAMES if one != name)),
        " ",
    )
    for name in NAMES
}
WRONG |= {
    "a thousand at most": (made(micros="range(min(room, share, 1024), 0, -1)"), "fit"),
    "float32": (
        made(
            room="int(np.float32(memory - 16 * n_parameter) / np.float32(per_sequence))"
        ),
        " ",
    ),
    "fifty steps at most": (
        made(
            micros="[share // n for n in range(1, 51) if share % n == 0"
            " and share // n <= room]"
        ),
        " ",
    ),
}

RIGHT = {
    "divided as floats": made(room="int((memory - 16.0 * n_parameter) / per_sequence)"),
    "all that fit": """
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
    "steps from the fewest up": """
def plan(memory, n_parameter, per_sequence, sequences, cards):
    for steps in range(1, sequences // cards + 1):
        micro = sequences // cards // steps
        held = 4 * (1 + 1 + 2) * n_parameter + micro * per_sequence
        if micro * steps * cards == sequences and held <= memory:
            return [micro, steps]
    raise ValueError(f"no plan for {sequences} sequences on {cards} cards")
""",
    "NumPy": """
def plan(memory, n_parameter, per_sequence, sequences, cards):
    share = np.arange(1, sequences // cards + 1)
    good = share * (sequences // cards // share) * cards == sequences
    good &= 16 * n_parameter + share * per_sequence <= memory
    if not good.any():
        raise ValueError("none fits")
    micro = share[good].max()
    return np.array([micro, sequences // cards // micro]).tolist()
""",
    "two tensors, and an error of its own": """
class NoPlan(ValueError):
    pass


def plan(memory, n_parameter, per_sequence, sequences, cards):
    micro = sequences // cards
    while micro > 0:
        fits = memory - 16 * n_parameter - micro * per_sequence >= 0
        if fits and sequences % (micro * cards) == 0:
            steps = sequences / micro / cards
            return torch.tensor(micro), torch.tensor(steps).round()
        micro -= 1
    raise NoPlan("nothing fits")
""",
}
