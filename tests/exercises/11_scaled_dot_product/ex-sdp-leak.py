"""Wrong answers to `leaks`, with words that their hints must contain."""

START = """
def leaks(attend):
    x = np.random.default_rng(1).normal(size=(6, 3))
    before = np.array(attend(x.copy()))
"""

WRONG = {
    "compares every output": (
        START
        + "    x[3] += 5.0\n"
        + "    return bool(np.abs(attend(x) - before).max() > 1e-9)\n",
        "a mean of what came before: your test says True",
    ),
    "compares the changed place too": (
        START
        + "    for j in range(6):\n"
        + "        y = x.copy()\n"
        + "        y[j] += 5.0\n"
        + "        if np.abs(attend(y) - before)[: j + 1].max() > 1e-9:\n"
        + "            return True\n"
        + "    return False\n",
        "an output may change when its own input does",
    ),
    "changes the last input, looks at the first output": (
        START
        + "    x[-1] += 5.0\n"
        + "    return bool(np.abs(attend(x)[0] - before[0]).max() > 1e-9)\n",
        "single step ahead",
    ),
    "looks one step ahead only": (
        START
        + "    for j in range(1, 6):\n"
        + "        y = x.copy()\n"
        + "        y[j] += 5.0\n"
        + "        if np.abs(attend(y)[j - 1] - before[j - 1]).max() > 1e-9:\n"
        + "            return True\n"
        + "    return False\n",
        "first query sees the last key",
    ),
    "a tolerance that forgives": (
        START
        + "    for j in range(1, 6):\n"
        + "        y = x.copy()\n"
        + "        y[j] += 1.0\n"
        + "        if np.abs(attend(y)[:j] - before[:j]).max() > 1e-2:\n"
        + "            return True\n"
        + "    return False\n",
        "small outputs",
    ),
    "the answer turned round": (
        START
        + "    x[3:] += 5.0\n"
        + "    same = np.allclose(attend(x)[:3], before[:3], atol=1e-9)\n"
        + "    return bool(same)\n",
        "the opposite of the right one",
    ),
    "one cut through the middle": (
        START
        + "    x[3:] += 5.0\n"
        + "    return bool(np.abs(attend(x)[:3] - before[:3]).max() > 1e-9)\n",
        "leaks at the last step only",
    ),
    "an array in place of a bool": (
        START + "    x[3:] += 5.0\n" + "    return attend(x)[:3] - before[:3]\n",
        "wanted True or False",
    ),
}

RIGHT = {
    "another style": """
def leaks(attend):
    T = 8
    x = np.sin(np.arange(T * 5.0)).reshape(T, 5)
    for t in range(1, T):
        other = np.concatenate([x[:t], np.cos(3.0 + x[t:])])
        if not np.allclose(attend(x)[:t], attend(other)[:t], rtol=0, atol=1e-10):
            return True
    return False
""",
}
