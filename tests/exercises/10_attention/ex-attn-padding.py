"""Answers to "A test that catches it": wrong, right, deceiving."""


def _answer(
    places="np.flatnonzero(~mask)",
    test="(np.abs(after - before) > 1e-9).any()",
    last="False",
    move="moved[place] += 4.0",
):
    return f"""
def sees_padding(attend):
    g = np.random.default_rng(3)
    query, memory = g.normal(size=(5, 2)), g.normal(size=(6, 2))
    mask = np.arange(6) < 3
    before = attend(query, memory, mask)
    for place in {places}:
        moved = memory.copy()
        {move}
        after = attend(query, moved, mask)
        if {test}:
            return {last == "False"}
    return {last}
"""


_EVERY = "change every padded place"

WRONG = {
    "close is good enough": (
        """def sees_padding(attend):
    r = np.random.default_rng(0)
    query, memory = r.normal(size=(6, 4)), r.normal(size=(6, 4))
    mask = np.array([1, 1, 1, 0, 0, 0], bool)
    other = memory.copy()
    other[~mask] = r.normal(size=(3, 4))
    got, now = attend(query, memory, mask), attend(query, other, mask)
    return not np.allclose(got, now)
""",
        "leak of 0.001",
    ),
    "padding cut off, close is good enough": (
        """def sees_padding(attend):
    r = np.random.default_rng(0)
    query, memory = r.normal(size=(3, 4)), r.normal(size=(6, 4))
    mask = np.array([1, 1, 1, 0, 0, 0], bool)
    cut = memory[mask], mask[mask]
    return not np.allclose(attend(query, memory, mask), attend(query, *cut))
""",
        "leak of 0.001",
    ),
    "compares in half precision": (
        """def sees_padding(attend):

    rng = np.random.default_rng(0)
    for trial in range(1):
        q, d, k = 3, 4, 7
        mask = np.array([1,0,1,0,0,1,0],bool)
        query = rng.normal(size=(q, d))
        memory = rng.normal(size=(k,d))
        other = memory.copy()
        new = rng.normal(size=(k,d))
        other[~mask] = new[~mask]
        a = attend(query, memory, mask)
        b = attend(query, other, mask)
        if not np.array_equal(a.astype(np.float16),b.astype(np.float16)): return True
    return False
""",
        "your test says",
    ),
    "changes nearly nothing": (
        """def sees_padding(attend):

    rng = np.random.default_rng(0)
    for trial in range(100):
        q, d, k = 3, 4, 7
        mask = np.array([1,0,1,0,0,1,0],bool)
        query = rng.normal(size=(q, d))
        memory = rng.normal(size=(k,d))*10
        other = memory.copy()
        new = memory + 1e-15
        other[~mask] = new[~mask]
        a = attend(query, memory, mask)
        b = attend(query, other, mask)
        if not np.array_equal(a,b,equal_nan=True): return True
    return False
""",
        "your test says",
    ),
    "nothing is real": (
        """def sees_padding(attend):

    rng = np.random.default_rng(0)
    for trial in range(100):
        q, d, k = 3, 4, 7
        mask = np.zeros(k,bool)
        query = rng.normal(size=(q, d))
        memory = rng.normal(size=(k,d))
        other = memory.copy()
        new = rng.normal(size=(k,d))*10.**rng.integers(-1,4)
        other[~mask] = new[~mask]
        a = attend(query, memory, mask)
        b = attend(query, other, mask)
        if not np.array_equal(a,b): return True
    return False
""",
        "no real place",
    ),
    "always no": (
        "\ndef sees_padding(attend):\n    return False\n",
        "says False of every function",
    ),
    "always yes": (
        "\ndef sees_padding(attend):\n    return True\n",
        "says True of every function",
    ),
    "the opposite": (_answer(last="True"), "every answer is the opposite"),
    "by chance": (
        "\ndef sees_padding(attend):\n    return bool(np.random.random() < 0.5)\n",
        "your test says",
    ),
    "the last place only": (_answer("[5]"), _EVERY),
    "the first place only": (_answer("[3]"), _EVERY),
    "the middle place only": (_answer("[4]"), _EVERY),
    "changes a real place": (_answer("[0]"), "your test says"),
    "changes all places": (_answer("[slice(None)]"), "your test says"),
    "changes the query": (_answer(move="query = query + 1"), "your test says"),
    "nothing is padded": (
        _answer("[5]").replace("np.arange(6) < 3", "np.arange(6) < 9"),
        "your test says",
    ),
    "coarse tolerance": (_answer(test="np.abs(after - before).max() > 2.0"), _EVERY),
    "a tolerance of a hundredth": (
        _answer(test="np.abs(after - before).max() > 0.01"),
        _EVERY,
    ),
    "the first output only": (
        _answer(test="np.abs(after - before)[0].max() > 1e-9"),
        _EVERY,
    ),
    "the last output only": (
        _answer(test="np.abs(after - before)[-1].max() > 1e-9"),
        _EVERY,
    ),
    "one feature of the outputs": (
        _answer(test="np.abs(after - before)[:, 1].max() > 1e-9"),
        _EVERY,
    ),
    "one feature of the memory": (_answer(move="moved[place, 0] += 4.0"), _EVERY),
    "asks whether all outputs moved": (
        _answer(test="(np.abs(after - before) > 1e-9).all()"),
        _EVERY,
    ),
    "asks whether they are alike anywhere": (
        _answer(test="not np.isclose(after, before).any()"),
        _EVERY,
    ),
    "compares with NaN": (
        _answer(
            move="moved[place] = np.nan", test="np.abs(after - before).max() > 1e-9"
        ),
        "says False of every function",
    ),
    "counts its calls": (
        """
_calls = []
def sees_padding(attend):
    _calls.append(1)
    return len(_calls) % 2 == 0
""",
        "your test says",
    ),
    "returns a number": (
        """
def sees_padding(attend):
    return 1.0
""",
        "wanted True or False",
    ),
    "one answer for each query": (
        _answer(test="False", last="(after != before).any(1)"),
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
    "moved by a thousand, all places at once, not exactly 0": """
def sees_padding(attend):
    query, memory = np.random.normal(size=(3, 5)), np.random.normal(size=(7, 5))
    mask = np.array([False, True, False, False, True, True, False])
    moved = np.where(mask[:, None], memory, memory + 1000)
    return not np.allclose(attend(query, memory, mask), attend(query, moved, mask))
""",
    "one query, one number wide, one padded place": """
def sees_padding(attend):
    query, memory = np.array([[1.3]]), np.array([[0.4], [-1.2], [0.9]])
    mask = np.array([True, False, True])
    moved = memory.copy()
    moved[1] += 5
    return bool(attend(query, memory, mask)[0, 0] != attend(query, moved, mask)[0, 0])
""",
    "NaN there": """
def sees_padding(attend):
    query, memory = np.random.rand(4, 3), np.random.rand(9, 3)
    mask = np.random.permutation(9) < 4
    memory[~mask] = np.nan
    return np.isnan(attend(query, memory, mask)).any()
""",
    "infinity there": """
def sees_padding(attend):
    query, memory = np.random.randn(4, 3), np.random.randn(9, 3)
    mask = np.arange(9) > 3
    memory[~mask] = np.inf
    return not np.isfinite(attend(query, memory, mask)).all()
""",
    "cut off": """
def sees_padding(attend):
    g = np.random.default_rng()
    for _ in range(4):
        Tq, Tk, d = g.integers(1, 7), g.integers(2, 9), g.integers(1, 5)
        query, memory = g.normal(size=(Tq, d)), g.normal(size=(Tk, d))
        mask = g.random(Tk) < 0.5
        mask[g.permutation(Tk)[:2]] = True, False
        short = attend(query, memory[mask], mask[mask])
        if np.abs(attend(query, memory, mask) - short).max() > 1e-9:
            return True
    return False
""",
    "whole numbers, in lists": """
def sees_padding(attend):
    query = [[1, 2], [-1, 3], [2, 0]]
    keep = [True, True, False, True, False]
    one = [[2, 1], [0, -1], [3, 3], [1, 1], [-2, 4]]
    other = [[2, 1], [0, -1], [-7, 9], [1, 1], [5, -3]]
    return attend(query, one, keep).tolist() != attend(query, other, keep).tolist()
""",
    "the sum of all outputs, one by one": """
def sees_padding(attend):
    g = np.random.default_rng(7)
    query, memory = g.normal(size=(2, 3)), g.normal(size=(5, 3))
    for place in range(5):
        mask = np.arange(5) != place
        found = set()
        for value in (0.0, 1.0, -3.0):
            memory[place] = value
            found.add(attend(query, memory, mask).tobytes())
        if len(found) > 1:
            return True
    return False
""",
}

CHEATS = {
    "looks into the function": (
        """
def sees_padding(attend):
    inside = getattr(attend, "__closure__", None) or []
    return any("wrong" in repr(cell.cell_contents) for cell in inside)
""",
        "of every function",
    ),
    "remembers what it said of others": (
        """
_said = []
def sees_padding(attend):
    _said.append(len(_said) > 7)
    return _said[-1]
""",
        "your test says",
    ),
}
