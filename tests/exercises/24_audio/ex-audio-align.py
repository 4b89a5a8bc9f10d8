"""Wrong answers to `align`, and other right ones."""

RIGHT_TEXT = """
def align(p, text):
    row = [0]
    for symbol in text:
        row += [symbol, 0]
    logs = np.log(np.asarray(p))
    best = np.full(len(row), -np.inf)
    best[:2] = logs[0, row[:2]]
    came = []
    for step in logs[1:]:
        new = np.full(len(row), -np.inf)
        back = list(range(len(row)))
        for i in range(len(row)):
            skips = i > 2 and row[i] != 0 and row[i] != row[i - 2]
            ways = range(max(0, i - 1 - skips), i + 1)
            back[i] = max(ways, key=lambda j: best[j])
            new[i] = best[back[i]] + step[row[i]]
        best = new
        came.append(back)
    place = max(range(len(row))[-2:], key=lambda j: best[j])
    if best[place] == -np.inf:
        return None
    path = [place]
    for back in reversed(came):
        path.append(back[path[-1]])
    return [row[i] for i in reversed(path)]
"""


def _with(old, new):
    assert old in RIGHT_TEXT
    return RIGHT_TEXT.replace(old, new)


WRONG = {
    "the likeliest symbols": (
        "\ndef align(p, text):\n    return np.argmax(p, axis=1).tolist()\n",
        "reads",
    ),
    "double letters skip their blank": (
        _with(" and row[i] != row[i - 2]", ""),
        "reads",
    ),
    "no skipping": (
        _with("skips = i > 2 and row[i] != 0 and row[i] != row[i - 2]", "skips = 0"),
        "got None",
    ),
    "letters are skipped": (
        _with("i > 2 and row[i] != 0 and", "i > 1 and row[i] == 0 or i > 2 and"),
        "reads",
    ),
    "begins with a blank": (
        _with("best[:2] = logs[0, row[:2]]", "best[0] = logs[0, 0]"),
        "got None",
    ),
    "ends with a letter": (
        _with("max(range(len(row))[-2:], key=lambda j: best[j])",
              "max(0, len(row) - 2)"),
        "reads so too",
    ),
    "ends with a blank": (
        _with("max(range(len(row))[-2:], key=lambda j: best[j])", "len(row) - 1"),
        "got None",
    ),
    "products, which end at 0": (
        _with("logs = np.log(np.asarray(p))", "logs = np.asarray(p)")
        .replace("-np.inf", "0.0")
        .replace("best[back[i]] + step", "best[back[i]] * step"),
        "got None",
    ),
    "a little added to each probability": (
        _with("np.log(np.asarray(p))", "np.log(np.asarray(p) + 1e-9)"),
        "reads so too",
    ),
    "float32, which ends at 1e-45": (
        _with("np.log(np.asarray(p))", "np.log(np.asarray(p, np.float32))"),
        "there is a path",
    ),
    "a list where there is no path": (
        _with("        return None\n", "        return []\n"),
        "return None",
    ),
    "places of the row": (
        _with("[row[i] for i in reversed(path)]", "path[::-1]"),
        "symbols and the text",
    ),
    "backwards": (_with("for i in reversed(path)", "for i in path"), "reads"),
    "the text where the first step says it": (
        "\ndef align(p, text):\n"
        + "    if len(text) > len(p):\n        return None\n"
        + "    return list(text) + [0] * (len(p) - len(text))\n",
        "reads",
    ),
    "stops a step early": (
        _with("    return [row[i] for i in reversed(path)]",
              "    return [row[i] for i in reversed(path)][:-1]"),
        "symbols",
    ),
    "in place": (
        _with("logs = np.log(np.asarray(p))", "logs = np.log(p, out=p)"),
        "chang",
    ),
}  # fmt: skip

RIGHT = {
    "whole paths kept": """
def align(p, text):
    row = [0]
    for symbol in text:
        row.extend((symbol, 0))
    start = {0: (np.log(p[0, 0]), (0,))}
    if text:
        start[1] = (np.log(p[0, row[1]]), (row[1],))
    for step in p[1:]:
        new = {}
        for place, (score, path) in start.items():
            for goal in (place, place + 1, place + 2):
                if goal >= len(row):
                    continue
                if goal == place + 2 and (row[goal] == 0 or row[goal] == row[place]):
                    continue
                value = score + np.log(step[row[goal]])
                if goal not in new or value > new[goal][0]:
                    new[goal] = (value, (*path, row[goal]))
        start = new
    ends = [start[i] for i in (len(row) - 1, len(row) - 2) if i in start]
    return list(max(ends)[1]) if ends else None
""",
    "arrays": """
def align(p, text):
    row = np.zeros(2 * len(text) + 1, dtype=int)
    row[1::2] = text
    logs = np.log(p)[:, row]
    skip = np.full(len(row), False)
    skip[3::2] = row[3::2] != row[1:-2:2]
    best = np.where(np.arange(len(row)) < 2, logs[0], -np.inf)
    back = np.zeros((len(p), len(row)), dtype=int)
    for s in range(1, len(p)):
        padded = np.concatenate([[-np.inf, -np.inf], best])
        ways = np.stack([best, padded[1:-1], np.where(skip, padded[:-2], -np.inf)])
        back[s] = ways.argmax(0)
        best = ways.max(0) + logs[s]
    place = len(row) - 1
    if place and best[place - 1] > best[place]:
        place -= 1
    if np.isinf(best[place]):
        return None
    path = np.zeros(len(p), dtype=int)
    for s in range(len(p) - 1, -1, -1):
        path[s] = row[place]
        place -= back[s, place]
    return path
""",
}
