"""Wrong answers to "A test that catches it", and a second right one."""


def _answer(places="np.flatnonzero(~mask)", test="moved_by > 1e-9", last="False"):
    return f"""
def sees_padding(attend):
    g = np.random.default_rng(3)
    query, memory = g.normal(size=(5, 2)), g.normal(size=(7, 2))
    mask = np.arange(7) < 4
    before = attend(query, memory, mask)
    for place in {places}:
        moved = memory.copy()
        moved[place] += 4.0
        moved_by = np.abs(attend(query, moved, mask) - before).max()
        if {test}:
            return {last == "False"}
    return {last}
"""


WRONG = {
    "always no": ("\ndef sees_padding(attend):\n    return False\n", "without a mask"),
    "always yes": (
        "\ndef sees_padding(attend):\n    return True\n",
        "a right one: your test says True",
    ),
    "the opposite": (_answer(last="True"), "every answer is the opposite"),
    "the last place only": (_answer("[6]"), "forgets the first padded place"),
    "the first place only": (_answer("[4]"), "forgets the last place"),
    "changes a real place": (_answer("[0]"), "padded places only"),
    "coarse tolerance": (_answer(test="moved_by > 2.0"), "compare all outputs"),
    "returns a number": (
        """
def sees_padding(attend):
    return 1.0
""",
        "wanted True or False",
    ),
}

RIGHT = {
    "another style": """
def sees_padding(attend):
    g = np.random.default_rng(5)
    for keep in (2, 3, 5):
        q, m = g.normal(size=(6, 4)), g.normal(size=(6, 4))
        mask = np.arange(6) < keep
        out = attend(q, m, mask)
        for j in range(keep, 6):
            for size in (-6, 2, 6):
                n = m.copy()
                n[j] = size * g.normal(size=4)
                if not np.allclose(attend(q, n, mask), out, rtol=0, atol=1e-10):
                    return True
    return False
""",
}
