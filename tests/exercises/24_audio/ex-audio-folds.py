"""Wrong answers to `folds`, and other right ones."""

HEAD = """
def folds(speakers, count):
    names = sorted(set(speakers))
    fold_of = {name: i % count for i, name in enumerate(names)}
    numbers = range(len(speakers))
"""
DEAL = (
    "    return [([i for i in numbers if fold_of[speakers[i]] != f],\n"
    "             [i for i in numbers if fold_of[speakers[i]] == f])\n"
    "            for f in range(count)]\n"
)

WRONG = {
    "by recording": (
        "\ndef folds(speakers, count):\n"
        + "    numbers = range(len(speakers))\n"
        + "    return [([i for i in numbers if i % count != f],\n"
        + "             [i for i in numbers if i % count == f])\n"
        + "            for f in range(count)]\n",
        "in training and in the test",
    ),
    "names as they come": (
        HEAD.replace("sorted(set(speakers))", "list(dict.fromkeys(speakers))") + DEAL,
        "the test has the speakers",
    ),
    "without regard to capitals": (
        HEAD.replace("sorted(set(speakers))", "sorted(set(speakers), key=str.lower)")
        + DEAL,
        "the test has the speakers",
    ),
    "numbers in names as numbers": (
        HEAD.replace(
            "sorted(set(speakers))",
            "sorted(set(speakers), key=lambda s: (s.rstrip('0123456789'), len(s), s))",
        )
        + DEAL,
        "the test has the speakers",
    ),
    "names within names": (
        "\ndef folds(speakers, count):\n"
        + "    names = sorted(set(speakers))\n"
        + "    found = []\n"
        + "    for f in range(count):\n"
        + "        mine = [any(x in s for x in names[f::count]) for s in speakers]\n"
        + "        found.append(([i for i, m in enumerate(mine) if not m],\n"
        + "                      [i for i, m in enumerate(mine) if m]))\n"
        + "    return found\n",
        "the test has the speakers",
    ),
    "names in blocks": (
        HEAD.replace("i % count", "i * count // len(names)") + DEAL,
        "the test has the speakers",
    ),
    "names not counted once": (
        HEAD.replace("sorted(set(speakers))", "sorted(speakers)") + DEAL,
        "the test has the speakers",
    ),
    "training is everything": (
        HEAD
        + "    return [(list(numbers),\n"
        + "             [i for i in numbers if fold_of[speakers[i]] == f])\n"
        + "            for f in range(count)]\n",
        "in training and in the test",
    ),
    "test first": (
        HEAD
        + "    return [([i for i in numbers if fold_of[speakers[i]] == f],\n"
        + "             [i for i in numbers if fold_of[speakers[i]] != f])\n"
        + "            for f in range(count)]\n",
        "the test has the speakers",
    ),
    "speaker by speaker, not rising": (
        HEAD
        + "    numbers = sorted(numbers, key=lambda i: speakers[i])\n"
        + DEAL,
        "must rise",
    ),
    "no empty folds": (
        HEAD
        + "    count = min(count, len(names))\n"
        + DEAL,
        "wanted",
    ),
    "names in place of numbers": (
        HEAD
        + "    return [([n for n in speakers if fold_of[n] != f],\n"
        + "             [n for n in speakers if fold_of[n] == f])\n"
        + "            for f in range(count)]\n",
        "numbers of recordings",
    ),
    "one fold alone": (HEAD + DEAL.replace("range(count)", "range(1)"), "wanted"),
    "one speaker a fold": (
        HEAD.replace("i % count", "min(i, count - 1)") + DEAL,
        "the test has the speakers",
    ),
    "sorts what it was given": (
        HEAD.replace("    names =", "    speakers.sort()\n    names =") + DEAL,
        "chang",
    ),
}  # fmt: skip

RIGHT = {
    "arrays": """
def folds(speakers, count):
    names, which = np.unique(speakers, return_inverse=True)
    found = []
    for fold in range(count):
        inside = which % count == fold
        found.append((np.flatnonzero(~inside), np.flatnonzero(inside)))
    return found
""",
    "sets": """
def folds(speakers, count):
    dealt = [set() for _ in range(count)]
    for i, name in enumerate(sorted(set(speakers))):
        dealt[i % count].add(name)
    everything = list(enumerate(speakers))
    return [
        [[i for i, name in everything if name not in some],
         [i for i, name in everything if name in some]]
        for some in dealt
    ]
""",
}
