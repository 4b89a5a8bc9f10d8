"""Wrong answers to `lcs_scores`, and other right ones."""

HEAD = "def lcs_scores(summary, reference):\n"
TABLE = """    m, n = len(summary), len(reference)
    table = [[0] * (n + 1) for _ in range(m + 1)]
    for i in range(m):
        for j in range(n):
            if summary[i] == reference[j]:
                table[i + 1][j + 1] = table[i][j] + 1
            else:
                table[i + 1][j + 1] = max(table[i][j + 1], table[i + 1][j])
    shared = table[m][n]
"""
NONE = "    if shared == 0:\n        return 0.0, 0.0, 0.0\n"
SCORES = "    P, R = shared / len(summary), shared / len(reference)\n"
END = "    return P, R, 2 * P * R / (P + R)\n"

WRONG = {
    "a piece without gaps": (
        HEAD
        + TABLE.replace("max(table[i][j + 1], table[i + 1][j])", "0").replace(
            "table[m][n]", "max(max(row) for row in table)"
        )
        + NONE + SCORES + END,
        "may have gaps",
    ),
    "shared words in any order": (
        HEAD
        + "    left, shared = list(reference), 0\n"
        + "    for token in summary:\n"
        + "        if token in left:\n"
        + "            left.remove(token)\n"
        + "            shared += 1\n"
        + NONE + SCORES + END,
        "the order matters",
    ),
    "a set of words": (
        HEAD + "    shared = len({*map(str, summary)} & {*map(str, reference)})\n"
        + NONE + SCORES + END,
        "in any order",
    ),
    "the first match is taken": (
        HEAD
        + "    place, shared = 0, 0\n"
        + "    for token in summary:\n"
        + "        if token in reference[place:]:\n"
        + "            place = reference.index(token, place) + 1\n"
        + "            shared += 1\n"
        + NONE + SCORES + END,
        "first place that fits",
    ),
    "precision and recall exchanged": (
        HEAD + TABLE + NONE + SCORES + "    return R, P, 2 * P * R / (P + R)\n",
        "precision is over the summary",
    ),
    "the mean of both": (
        HEAD + TABLE + NONE + SCORES + "    return P, R, (P + R) / 2\n",
        "harmonic",
    ),
    "percent": (
        HEAD + TABLE + NONE + SCORES
        + "    return 100 * P, 100 * R, 200 * P * R / (P + R)\n",
        "from 0 to 1",
    ),
    "nothing shared divides by 0": (
        HEAD + TABLE
        + "    if not summary or not reference:\n        return 0.0, 0.0, 0.0\n"
        + SCORES + END,
        "ZeroDivisionError",
    ),
    "an empty list divides by 0": (
        HEAD + TABLE + SCORES
        + "    return P, R, 2 * P * R / (P + R) if P + R else 0.0\n",
        "ZeroDivisionError",
    ),
    "recursion without a memory": (
        HEAD
        + "    def longest(i, j):\n"
        + "        if i == 0 or j == 0:\n            return 0\n"
        + "        if summary[i - 1] == reference[j - 1]:\n"
        + "            return longest(i - 1, j - 1) + 1\n"
        + "        return max(longest(i - 1, j), longest(i, j - 1))\n\n"
        + "    shared = longest(len(summary), len(reference))\n"
        + NONE + SCORES + END,
        "too slow, fill a table",
    ),
    "a table without a border": (
        HEAD
        + "    m, n = len(summary), len(reference)\n"
        + "    if not m or not n:\n        return 0.0, 0.0, 0.0\n"
        + "    table = [[0] * n for _ in range(m)]\n"
        + "    for i in range(m):\n        for j in range(n):\n"
        + "            if summary[i] == reference[j]:\n"
        + "                table[i][j] = table[i - 1][j - 1] + 1\n"
        + "            else:\n"
        + "                table[i][j] = max(table[i][j - 1], table[i - 1][j])\n"
        + "    shared = table[-1][-1]\n"
        + NONE + SCORES + END,
        "stand for no token",
    ),
    "words only": (
        HEAD + TABLE.replace("summary[i] == reference[j]",
                             "summary[i].lower() == reference[j].lower()")
        + NONE + SCORES + END,
        "AttributeError",
    ),
    "what is printed": (
        HEAD + TABLE.replace("summary[i] == reference[j]",
                             "str(summary[i]) == str(reference[j])")
        + NONE + SCORES + END,
        "(precision, recall, F1)",
    ),
    "capitals do not count": (
        HEAD
        + "    summary, reference = (\n"
        + "        [t.lower() if isinstance(t, str) else t for t in tokens]\n"
        + "        for tokens in (summary, reference)\n"
        + "    )\n"
        + TABLE + NONE + SCORES + END,
        "(precision, recall, F1)",
    ),
    "what is written": (
        HEAD + TABLE.replace("summary[i] == reference[j]",
                             "repr(summary[i]) == repr(reference[j])")
        + NONE + SCORES + END,
        "(precision, recall, F1)",
    ),
    "the same thing in memory": (
        HEAD + TABLE.replace("summary[i] == reference[j]",
                             "summary[i] is reference[j]")
        + NONE + SCORES + END,
        "(precision, recall, F1)",
    ),
    "tokens that are nothing are skipped": (
        HEAD + TABLE.replace("summary[i] == reference[j]",
                             "summary[i] and summary[i] == reference[j]")
        + NONE + SCORES + END,
        "(precision, recall, F1)",
    ),
    "both moves at a match": (
        HEAD + TABLE.replace("table[i][j] + 1", "table[i][j + 1] + 1")
        + NONE + SCORES + END,
        "(precision, recall, F1)",
    ),
    "F1 alone": (
        HEAD + TABLE + NONE + SCORES + "    return 2 * P * R / (P + R)\n",
        "wanted 3 things",
    ),
    "the summary is used up": (
        HEAD + TABLE + "    summary_length = len(summary)\n    summary.clear()\n"
        + NONE + "    P, R = shared / summary_length, shared / len(reference)\n" + END,
        "in place",
    ),
}  # fmt: skip

RIGHT = {
    "a row at a time": """
def lcs_scores(summary, reference):
    row = [0] * (len(reference) + 1)
    for token in summary:
        above, row = row, [0]
        for j, other in enumerate(reference):
            same = token == other
            row.append(above[j] + 1 if same else max(row[j], above[j + 1]))
    if row[-1] == 0:
        return 0.0, 0.0, 0.0
    precision, recall = row[-1] / len(summary), row[-1] / len(reference)
    return precision, recall, 2 / (1 / precision + 1 / recall)
""",
    "recursion with a memory": """
def lcs_scores(summary, reference):
    known = {}

    def longest(i, j):
        if i == 0 or j == 0:
            return 0
        if (i, j) not in known:
            if summary[i - 1] == reference[j - 1]:
                known[i, j] = longest(i - 1, j - 1) + 1
            else:
                known[i, j] = max(longest(i - 1, j), longest(i, j - 1))
        return known[i, j]

    shared = longest(len(summary), len(reference))
    total = len(summary) + len(reference)
    if not shared:
        return [0.0, 0.0, 0.0]
    return [shared / len(summary), shared / len(reference), 2 * shared / total]
""",
    "NumPy": """
def lcs_scores(summary, reference):
    table = np.zeros((len(summary) + 1, len(reference) + 1))
    for i in range(len(summary)):
        for j in range(len(reference)):
            same = float(summary[i] == reference[j])
            table[i + 1, j + 1] = max(
                table[i, j] + same, table[i, j + 1], table[i + 1, j]
            )
    shared = table[-1, -1]
    if shared == 0:
        return (0.0,) * 3
    P, R = shared / len(summary), shared / len(reference)
    return P, R, 2 * P * R / (P + R)
""",
}
