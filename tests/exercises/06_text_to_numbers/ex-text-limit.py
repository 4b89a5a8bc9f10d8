"""Answers to "Up to the limit": wrong, and right in other styles."""

_BODY = """
def fit(ids, token_bytes, limit):
    for end in range({start}, {stop}, -1):
        data = b"".join(bytes(token_bytes[i]) for i in ids[:end])
        try:
            data.decode()
            return {result}
        except UnicodeDecodeError:
            pass
    return {otherwise}
"""


def _answer(
    start="min(limit, len(ids))", stop="-1", result="ids[:end]", otherwise="[]"
):
    return _BODY.format(start=start, stop=stop, result=result, otherwise=otherwise)


WRONG = {
    "cut at the limit": (
        "def fit(ids, token_bytes, limit):\n    return ids[:limit]\n",
        "the last character is broken",
    ),
    "one id less where it is broken": (
        """
def fit(ids, token_bytes, limit):
    ids = ids[:limit]
    try:
        b"".join(bytes(token_bytes[i]) for i in ids).decode()
        return ids
    except UnicodeDecodeError:
        return ids[:-1]
""",
        "one id less is not always enough",
    ),
    "always one less": (_answer(start="min(limit, len(ids)) - 1"), "longest"),
    "a written sign is taken for a fault": (
        """
def fit(ids, token_bytes, limit):
    ids = ids[:limit]
    while "�" in b"".join(bytes(token_bytes[i]) for i in ids).decode(errors="replace"):
        ids = ids[:-1]
    return ids
""",
        "a character like any other",
    ),
    "a written sign at the end is taken for a fault": (
        """
def fit(ids, token_bytes, limit):
    ids = ids[:limit]
    while b"".join(map(bytes, map(token_bytes.get, ids))).decode(
            errors="replace").endswith("�"):
        ids = ids[:-1]
    return ids
""",
        "wanted",
    ),
    "no token may hold a part of a character": (
        """
def fit(ids, token_bytes, limit):
    found = []
    for i in ids[:limit]:
        try:
            bytes(token_bytes[i]).decode()
        except UnicodeDecodeError:
            break
        found.append(i)
    return found
""",
        "wanted",
    ),
    "a continuing byte is the end": (
        """
def fit(ids, token_bytes, limit):
    ids = ids[:limit]
    while ids and token_bytes[ids[-1]][-1] >= 0x80:
        ids = ids[:-1]
    return ids
""",
        "wanted",
    ),
    "the limit counts characters": (
        """
def fit(ids, token_bytes, limit):
    for end in range(len(ids), -1, -1):
        try:
            text = b"".join(bytes(token_bytes[i]) for i in ids[:end]).decode()
        except UnicodeDecodeError:
            continue
        if len(text) <= limit:
            return ids[:end]
""",
        "wanted",
    ),
    "the text": (_answer(result="data.decode()"), "wanted a list of ids"),
    "nothing where nothing fits": (
        _answer(stop="0", otherwise="None"),
        "wanted a list of ids",
    ),
    "the whole where nothing fits": (
        _answer(stop="0", otherwise="ids"),
        "more ids than the limit",
    ),
    "three tries": (
        _answer(stop="min(limit, len(ids)) - 3", otherwise="ids[:limit]"),
        "the last character is broken",
    ),
    "the shortest beginning": (
        _answer(start="0"),
        "wanted",
    ),
    "in place": (
        """
def fit(ids, token_bytes, limit):
    del ids[limit:]
    while True:
        try:
            b"".join(bytes(token_bytes[i]) for i in ids).decode()
            return ids
        except UnicodeDecodeError:
            ids.pop()
""",
        "in place",
    ),
}

RIGHT = {
    "another style": _answer(),
    "from the front": """
def fit(ids, token_bytes, limit):
    best, missing = 0, 0
    for n, i in enumerate(ids[:limit], 1):
        for byte in token_bytes[i]:
            if missing:
                missing -= 1
            else:
                missing = (byte >= 0xC0) + (byte >= 0xE0) + (byte >= 0xF0)
        if missing == 0:
            best = n
    return ids[:best]
""",
    "by the next byte": """
def fit(ids, token_bytes, limit):
    end = min(limit, len(ids))
    while 0 < end < len(ids) and 0x80 <= token_bytes[ids[end]][0] < 0xC0:
        end -= 1
    return [i for i in ids[:end]]
""",
    "what the text has": """
def fit(ids, token_bytes, limit):
    whole = b"".join(bytes(token_bytes[i]) for i in ids).decode()
    ends, size = {0}, 0
    for character in whole:
        size += len(character.encode())
        ends.add(size)
    best, size = 0, 0
    for n, i in enumerate(ids[:limit]):
        size += len(token_bytes[i])
        if size in ends:
            best = n + 1
    return tuple(ids[:best])
""",
}
