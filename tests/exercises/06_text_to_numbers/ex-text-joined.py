"""Answers to "Merges without a list of merges": wrong, and right in other styles."""

_BODY = """
def encode_joined(text, tokens):
    parts = list(text)
    while True:
        found = [(tokens.index(a + b), n) for n, (a, b)
                 in enumerate(zip(parts, parts[1:])) if a + b in tokens]
        if not found:
            break
        {choose}
    return {result}
"""
_JOIN = "parts[n : n + 2] = [parts[n] + parts[n + 1]]"
_IDS = "[tokens.index(p) for p in parts]"


def _answer(choose="i, n = min(found); " + _JOIN, result=_IDS):
    return _BODY.format(choose=choose, result=result)


WRONG = {
    "the largest id first": (
        _answer("i, n = max(found, key=lambda f: (f[0], -f[1])); " + _JOIN),
        "smallest is first",
    ),
    "the rightmost of equals": (
        _answer("i, n = min(found, key=lambda f: (f[0], -f[1])); " + _JOIN),
        "leftmost",
    ),
    "the first pair that is known": (
        _answer("n = found[0][1]; " + _JOIN),
        "wanted",
    ),
    "a walk from the left": (
        """
def encode_joined(text, tokens):
    parts, changed = list(text), True
    while changed:
        changed, out = False, []
        while parts:
            if len(parts) > 1 and parts[0] + parts[1] in tokens:
                out.append(parts[0] + parts[1])
                parts, changed = parts[2:], True
            else:
                out.append(parts[0])
                parts = parts[1:]
        parts = out
    return [tokens.index(p) for p in parts]
""",
        "from left to right",
    ),
    "the longest token": (
        """
def encode_joined(text, tokens):
    ids = []
    while text:
        token = max((t for t in tokens if text.startswith(t)), key=len)
        ids.append(tokens.index(token))
        text = text[len(token):]
    return ids
""",
        "longest token is not the rule",
    ),
    "each token once, in order": (
        """
def encode_joined(text, tokens):
    parts = list(text)
    for token in tokens:
        n = 0
        while n + 1 < len(parts):
            if parts[n] + parts[n + 1] == token:
                parts[n : n + 2] = [token]
            n += 1
    return [tokens.index(p) for p in parts]
""",
        "through the tokens once",
    ),
    "all equals at once": (
        """
def encode_joined(text, tokens):
    parts = list(text)
    while True:
        known = [a + b for a, b in zip(parts, parts[1:]) if a + b in tokens]
        if not known:
            return [tokens.index(p) for p in parts]
        token, out = min(known, key=tokens.index), []
        while parts:
            if len(parts) > 1 and parts[0] + parts[1] == token:
                out.append(token)
                parts = parts[2:]
            else:
                out.append(parts[0])
                parts = parts[1:]
        parts = out
""",
        "all equal pairs at once",
    ),
    "tokens in place of ids": (_answer(result="parts"), "wanted a list of ids"),
    "nothing for an empty text": (
        _answer(result=f"{_IDS} or None"),
        "wanted a list of ids",
    ),
    "in reverse": (_answer(result=f"{_IDS}[::-1]"), "in reverse"),
    "no joins": (
        "def encode_joined(text, tokens):\n"
        "    return [tokens.index(c) for c in text]\n",
        "nothing was joined",
    ),
    "one round": (
        _answer("i, n = min(found); " + _JOIN + "; break"),
        "wanted",
    ),
    "a token of id 0 is none": (
        """
def encode_joined(text, tokens):
    ids, parts = {t: i for i, t in enumerate(tokens)}, list(text)
    while True:
        found = [(ids[a + b], n) for n, (a, b)
                 in enumerate(zip(parts, parts[1:])) if ids.get(a + b)]
        if not found:
            return [ids[p] for p in parts]
        n = min(found)[1]
        parts[n : n + 2] = [parts[n] + parts[n + 1]]
""",
        "wanted",
    ),
    "a hundred characters alone": (
        _answer(result=_IDS).replace("list(text)", "list(text[:100])"),
        "wanted",
    ),
    "bytes in place of characters": (
        _answer().replace("list(text)", "[chr(b) for b in text.encode()]"),
        "text is",
    ),
    "joins of single characters": (
        _answer().replace("if a + b in tokens", "if a + b in tokens and len(b) == 1"),
        "wanted",
    ),
    "five characters a token at most": (
        _answer().replace("in tokens]", "in tokens and len(a + b) < 6]"),
        "wanted",
    ),
    "only parts with smaller ids": (
        _answer().replace(
            "if a + b in tokens",
            "if a + b in tokens and tokens.index(a + b) > "
            "max(tokens.index(a), tokens.index(b))",
        ),
        "wanted",
    ),
    "blanks at the ends are cut": (
        _answer().replace("list(text)", "list(text.strip())"),
        "wanted",
    ),
    "forty joins at most": (
        _answer().replace("while True", "for _ in range(40)"),
        "wanted",
    ),
    "the most frequent pair first": (
        _answer(
            "all_ids = [i for i, _ in found]; "
            "i, n = min(found, key=lambda f: (-all_ids.count(f[0]), f)); " + _JOIN
        ),
        "wanted",
    ),
    "the list is sorted": (
        _answer().replace("parts = list(text)", "tokens.sort(); parts = list(text)"),
        "in place",
    ),
    "ids are remembered by text": (
        "memo = {}\n"
        + _answer().replace("def encode_joined", "def compute")
        + "\ndef encode_joined(text, tokens):\n"
        "    if len(text) not in memo:\n"
        "        memo[len(text)] = compute(text, tokens)\n"
        "    return memo[len(text)]\n",
        "wanted",
    ),
}

RIGHT = {
    "another style": _answer(),
    "a loop over places": """
def encode_joined(text, tokens):
    parts = [c for c in text]
    while True:
        best, where = len(tokens), None
        for n in range(len(parts) - 1):
            joined = parts[n] + parts[n + 1]
            if joined in tokens and tokens.index(joined) < best:
                best, where = tokens.index(joined), n
        if where is None:
            return np.array([tokens.index(p) for p in parts], dtype=int)
        parts = parts[:where] + [tokens[best]] + parts[where + 2:]
""",
    "recursion": """
def encode_joined(text, tokens):
    rank = dict(zip(tokens, range(len(tokens))))

    def go(parts):
        options = [(rank[x + y], n) for n, (x, y) in enumerate(zip(parts, parts[1:]))
                   if x + y in rank]
        if not options:
            return tuple(rank[p] for p in parts)
        i, n = min(options)
        return go((*parts[:n], tokens[i], *parts[n + 2:]))

    return go(tuple(text))
""",
    "ids of strings by their edges": """
def encode_joined(text, tokens):
    edges = list(range(len(text) + 1))
    ids = {t: i for i, t in enumerate(tokens)}
    while True:
        spans = [(ids.get(text[edges[n]:edges[n + 2]], 10**9), n)
                 for n in range(len(edges) - 2)]
        if not spans or min(spans)[0] == 10**9:
            return [ids[text[a:b]] for a, b in zip(edges, edges[1:])]
        del edges[min(spans)[1] + 1]
""",
}
