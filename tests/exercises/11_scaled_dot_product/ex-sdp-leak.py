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
        "your test says False",
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
        "your test says False",
    ),
    "the answer turned round": (
        START
        + "    for j in range(1, 6):\n"
        + "        y = x.copy()\n"
        + "        y[j] += 5.0\n"
        + "        if np.abs(attend(y) - before)[:j].max() > 1e-9:\n"
        + "            return False\n"
        + "    return True\n",
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
    "always yes": ("def leaks(attend):\n    return True\n", "your test says True"),
    "always no": ("def leaks(attend):\n    return False\n", "your test says False"),
    "moves one feature only": (
        START
        + "    for j in range(1, 6):\n"
        + "        y = x.copy()\n"
        + "        y[j, 0] += 5.0\n"
        + "        if np.abs(attend(y) - before)[:j].max() > 1e-9:\n"
        + "            return True\n"
        + "    return False\n",
        "in all its features",
    ),
    "looks at one feature only": (
        START
        + "    for j in range(1, 6):\n"
        + "        y = x.copy()\n"
        + "        y[j] += 5.0\n"
        + "        if np.abs(attend(y) - before)[:j, 0].max() > 1e-9:\n"
        + "            return True\n"
        + "    return False\n",
        "compare every output before",
    ),
    "a single place": (
        START.replace("(6, 3)", "(1, 3)")
        + "    return not np.array_equal(attend(x), before)\n",
        "your test says False",
    ),
    "three places": (
        START.replace("(6, 3)", "(3, 3)")
        + "    for j in range(1, 3):\n"
        + "        y = x.copy()\n"
        + "        y[j] += 5.0\n"
        + "        if np.abs(attend(y) - before)[:j].max() > 1e-9:\n"
        + "            return True\n"
        + "    return False\n",
        "from one place",
    ),
    "the usual tolerance, relative to large outputs": (
        START
        + "    for j in range(1, 6):\n"
        + "        y = x.copy()\n"
        + "        y[j] += 1.0\n"
        + "        if not np.allclose(attend(y)[:j], before[:j]):\n"
        + "            return True\n"
        + "    return False\n",
        "a tolerance near rounding",
    ),
    "swaps what is to come": (
        START
        + "    for j in range(1, 5):\n"
        + "        y = np.concatenate([x[:j], x[j:][::-1]])\n"
        + "        if np.abs(attend(y) - before)[:j].max() > 1e-9:\n"
        + "            return True\n"
        + "    return False\n",
        "one without a mask",
    ),
    "changes nothing, since the input is shared": (
        START
        + "    y = x\n"
        + "    y[3:] += 5.0\n"
        + "    return bool(np.abs(attend(x) - attend(y))[:3].max() > 1e-9)\n",
        "your test says False",
    ),
    "five places only": (
        """
def leaks(attend):

    rng = np.random.default_rng(0)
    for trial in range(20):
        T, d = 5, 4
        x = rng.normal(size=(T,d))
        a = np.array(attend(x.copy()))
        for j in range(1,T):
            z = x.copy()
            z[j] += rng.normal(size=d)
            if np.abs(attend(z)[:j]-a[:j]).max() > 1e-7: return True
    return False
""",
        "your test says False",
    ),
    "a rounded sum of all outputs": (
        """
def leaks(attend):

    rng = np.random.default_rng(0)
    for trial in range(20):
        T, d = 8, 4
        x = rng.normal(size=(T,d))
        a = np.array(attend(x.copy()))
        for j in range(1,T):
            z = x.copy()
            z[j] += rng.uniform(-1,1,size=d)
            after, before = attend(z)[:j].sum(), a[:j].sum()
            if round(float(after), 4) != round(float(before), 4):
                return True
    return False
""",
        "your test says False",
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
    "runs on beginnings of the sequence": """
def leaks(attend):
    x = np.random.default_rng(3).uniform(-1, 1, size=(9, 2))
    whole = attend(x)
    return any(not np.array_equal(attend(x[:t]), whole[:t]) for t in range(1, 9))
""",
    "the future is not a number": """
def leaks(attend):
    for T in range(1, 8):
        x = np.random.normal(size=(T, 3))
        for t in range(1, T):
            hidden = x.copy()
            hidden[t:] = np.nan
            if np.isnan(attend(hidden)[:t]).any():
                return np.True_
    return np.False_
""",
    "a matrix of influences, moved by 1,000": """
def leaks(attend):
    T, d = 7, 1
    x = np.arange(1.0, T + 1)[:, None] * np.ones(d)
    effect = np.zeros((T, T))
    for j in range(T):
        moved = x + 1000.0 * (np.arange(T) == j)[:, None]
        effect[:, j] = np.abs(attend(moved) - attend(x)).sum(1)
    return bool((np.triu(effect, 1) > 1e-6).any())
""",
    "tensors, zeros and integers": """
def leaks(attend):
    x = torch.zeros(8, 4, dtype=torch.int64)
    before = torch.as_tensor(attend(x))
    found = torch.tensor(False)
    for j in range(1, 8):
        moved = x.clone()
        moved[j] = 1
        gap = (torch.as_tensor(attend(moved)) - before)[:j].abs()
        found = found | (gap > 1e-8).any()
    return found
""",
}

CHEATS = {
    "counts its calls": (
        """
calls = []
def leaks(attend):
    calls.append(attend)
    return (len(calls) - 1) % 20 >= 7
""",
        "your test says",
    ),
    "guesses": (
        """
import random
def leaks(attend):
    return random.random() < 0.5
""",
        "your test says",
    ),
    "looks at the function's name": (
        """
def leaks(attend):
    return "causal" not in repr(attend) and "causal" not in attend.__name__
""",
        "your test says",
    ),
}
