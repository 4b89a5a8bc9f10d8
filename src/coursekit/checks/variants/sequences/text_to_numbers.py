"""Variants of chapter 6's exercises."""

from typing import Any

from coursekit.checks.twisting import Twist


def _backward(value: Any) -> Any:
    """A list of ids in reverse; what is no such list stays as it is."""
    return value[::-1] if hasattr(value, "__getitem__") else value


TWISTS = {
    "ex-text-joined": Twist(
        statement="Of equals, take the **rightmost** pair.",
        solution='''
def encode_joined(text, tokens):
    """Ids of a text, joining by the smallest id of the joined token."""
    ### BEGIN SOLUTION
    id_of = {token: i for i, token in enumerate(tokens)}
    parts = list(text)
    while len(parts) > 1:
        joined = [left + right for left, right in zip(parts, parts[1:])]
        ids = [id_of.get(token, len(tokens)) for token in joined]
        if min(ids) == len(tokens):
            break
        at = max(n for n, i in enumerate(ids) if i == min(ids))
        parts[at : at + 2] = [joined[at]]
    return [id_of[part] for part in parts]
    ### END SOLUTION
''',
        before=lambda text, tokens: (text[::-1], [token[::-1] for token in tokens]),
        after=_backward,
    ),
    "ex-text-stream": Twist(
        statement="Here a chunk is no list but a string of hexadecimal digits, two for "
        'each byte: `"c3a9"` is the list [195, 169].',
        solution='''
def show(chunks):
    """What each chunk of bytes lets you show."""
    ### BEGIN SOLUTION
    shown = []
    waiting = []                          # bytes of one character
    for chunk in chunks:
        text = ""
        for byte in bytes.fromhex(chunk):
            waiting.append(byte)
            first = waiting[0]
            size = 1 + sum(first >= low for low in (0xC0, 0xE0, 0xF0))
            if len(waiting) == size:
                text += bytes(waiting).decode("utf-8")
                waiting = []
        shown.append(text)
    return shown
    ### END SOLUTION
''',
        before=lambda chunks: ([bytes(chunk).hex() for chunk in chunks],),
    ),
    "ex-text-limit": Twist(
        statement="Here `token_bytes` gives for each id no list but a string of "
        'hexadecimal digits, two for each byte: `"c3a9"` is the list [195, 169].',
        solution='''
def fit(ids, token_bytes, limit):
    """The longest beginning within the limit that breaks nothing."""
    ### BEGIN SOLUTION
    for end in range(min(limit, len(ids)), 0, -1):
        joined = "".join([token_bytes[i] for i in ids[:end]])
        try:
            bytes.fromhex(joined).decode("utf-8")
            return ids[:end]
        except UnicodeDecodeError:
            continue
    return []
    ### END SOLUTION
''',
        before=lambda ids, table, limit: (
            ids,
            {i: bytes(part).hex() for i, part in table.items()},
            limit,
        ),
    ),
}
