"""Answers to "Half a character": wrong, and right in other styles."""

_HELD = """
def show(chunks):
    shown, held = [], b""
    for chunk in chunks:
        held += bytes(chunk)
        for end in range(len(held), max(len(held) - {back}, -1), -1):
            try:
                text = held[:end].decode()
                break
            except UnicodeDecodeError:
                text = ""
        else:
            end = 0
        {after}
        shown.append({show})
    return {result}
"""


def _answer(back=4, after="held = held[end:]", show="text", result="shown"):
    return _HELD.format(back=back, after=after, show=show, result=result)


WRONG = {
    "each chunk by itself": (
        "def show(chunks):\n"
        "    return [bytes(c).decode('utf-8', 'replace') for c in chunks]\n",
        "half a character must wait",
    ),
    "each chunk by itself, faults left out": (
        "def show(chunks):\n"
        "    return [bytes(c).decode('utf-8', 'ignore') for c in chunks]\n",
        "half a character must wait",
    ),
    "each chunk by itself, strictly": (
        "def show(chunks):\n    return [bytes(c).decode() for c in chunks]\n",
        "UnicodeDecodeError",
    ),
    "all at the end": (
        "def show(chunks):\n"
        "    text = b''.join(map(bytes, chunks)).decode('utf-8', 'ignore')\n"
        "    return [''] * (len(chunks) - 1) + [text] if chunks else []\n",
        "all is shown at the end",
    ),
    "the unfinished end is shown": (
        _answer(result="shown[:-1] + [shown[-1] + '�' * bool(held)] if shown else []"),
        "never completed is never shown",
    ),
    "one byte is held at most": (_answer(back=2), "shows"),
    "two bytes are held at most": (_answer(back=3), "shows"),
    "the replacement sign is taken for a fault": (
        """
def show(chunks):
    shown, data, before = [], b"", ""
    for chunk in chunks:
        data += bytes(chunk)
        text = data.decode("utf-8", "replace").replace("�", "")
        shown.append(text[len(before):])
        before = text
    return shown
""",
        "� is a character like any other",
    ),
    "replacement signs at the end are cut": (
        """
def show(chunks):
    shown, data, before = [], b"", ""
    for chunk in chunks:
        data += bytes(chunk)
        text = data.decode("utf-8", "replace").rstrip("�")
        shown.append(text[len(before):])
        before = text
    return shown
""",
        "shows",
    ),
    "a mark at the start is removed": (
        """
def show(chunks):
    shown, data, before = [], b"", ""
    for chunk in chunks:
        data += bytes(chunk)
        text = data.decode("utf-8", "ignore").replace(chr(0xFEFF), "")
        shown.append(text[len(before):])
        before = text
    return shown
""",
        "U+FEFF is a character",
    ),
    "empty chunks are left out": (
        _answer(result="[s for c, s in zip(chunks, shown) if c]"),
        "one string for each chunk",
    ),
    "what is held is lost at an empty chunk": (
        _answer(after="held = held[end:] if chunk else b''"),
        "shows",
    ),
    "the rest is lost": (_answer(after="held = b''"), "shows"),
    "shown again": (
        _answer(show="''.join(shown[-1:]) + text"),
        "shown before, again",
    ),
    "shown a chunk late": (
        _answer(result="[''] * bool(shown) + shown[:-1]"),
        "shows",
    ),
    "letters and their marks are composed": (
        "import unicodedata\n" + _answer(show="unicodedata.normalize('NFC', text)"),
        "shows",
    ),
    "line ends are translated": (
        _answer(show="text.replace('\\r\\n', '\\n')"),
        "shows",
    ),
    "one string": (_answer(result="''.join(shown)"), "wanted a list of strings"),
    "bytes": (_answer(show="text.encode()"), "wanted a list of strings"),
    "three bytes a character at most": (
        """
def show(chunks):
    shown, waiting = [], []
    for chunk in chunks:
        text = ""
        for byte in chunk:
            waiting.append(byte)
            size = 1 + (waiting[0] >= 0xC0) + (waiting[0] >= 0xE0)
            if len(waiting) == size:
                text += bytes(waiting).decode("utf-8", "replace")
                waiting = []
        shown.append(text)
    return shown
""",
        "shows",
    ),
    "the module codecs": (
        """
import codecs

def show(chunks):
    decoder = codecs.getincrementaldecoder("utf-8")()
    return [decoder.decode(bytes(chunk)) for chunk in chunks]
""",
        "write this one yourself",
    ),
    "a function of the module codecs": (
        """
from codecs import utf_8_decode

def show(chunks):
    shown, held = [], b""
    for chunk in chunks:
        text, used = utf_8_decode(held + bytes(chunk), "strict", False)
        held = (held + bytes(chunk))[used:]
        shown.append(text)
    return shown
""",
        "write this one yourself",
    ),
    "in place": (
        """
def show(chunks):
    shown, held = [], []
    for chunk in chunks:
        chunk[:0] = held
        end = len(chunk)
        while end:
            try:
                bytes(chunk[:end]).decode()
                break
            except UnicodeDecodeError:
                end -= 1
        held = chunk[end:]
        shown.append(bytes(chunk[:end]).decode())
    return shown
""",
        "in place",
    ),
    "held from one call to the next": (
        """
held = []
def show(chunks):
    shown = []
    for chunk in chunks:
        held.extend(chunk)
        for end in range(len(held), -1, -1):
            try:
                shown.append(bytes(held[:end]).decode())
                break
            except UnicodeDecodeError:
                pass
        del held[:end]
    return shown
""",
        "shows",
    ),
}

RIGHT = {
    "another style": _answer(),
    "the difference of what is known": """
def show(chunks):
    data, seen, result = b"", 0, []
    for chunk in chunks:
        data = data + bytes(chunk)
        text = data.decode(errors="ignore")
        result.append(text[seen:])
        seen = len(text)
    return result
""",
    "by the front of each byte": """
def show(chunks):
    out, left, buffer = [], 0, bytearray()
    for chunk in chunks:
        done = []
        for byte in chunk:
            if left == 0:
                bits = f"{byte:08b}"
                left = max(1, len(bits) - len(bits.lstrip("1")))
            buffer.append(byte)
            left -= 1
            if left == 0:
                done.append(buffer.decode("utf-8"))
                buffer.clear()
        out.append("".join(done))
    return tuple(out)
""",
    "the code point by hand": """
def show(chunks):
    code, missing, out = 0, 0, []
    for chunk in chunks:
        text = ""
        for byte in chunk:
            if byte < 0x80:
                text += chr(byte)
            elif byte < 0xC0:
                code, missing = code << 6 | byte & 63, missing - 1
                if not missing:
                    text += chr(code)
            elif byte < 0xE0:
                code, missing = byte & 31, 1
            elif byte < 0xF0:
                code, missing = byte & 15, 2
            else:
                code, missing = byte & 7, 3
        out.append(text)
    return out
""",
}
