"""Wrong answers to `lead_words`, and other right ones."""

HEAD = """
def lead_words(sentences, limit):
    found = []
    for sentence in sentences:
"""
NEW = "        found = found + sentence\n    return found\n"

WRONG = {
    "the first words, whatever they end": (
        "def lead_words(sentences, limit):\n"
        "    return [word for sentence in sentences for word in sentence][:limit]\n",
        "only the first sentence may be cut",
    ),
    "the sentence that passes the limit, too": (
        HEAD + "        if len(found) >= limit:\n            break\n" + NEW,
        "passes the limit",
    ),
    "later short sentences": (
        HEAD
        + "        if len(found) + len(sentence) > limit:\n"
        + "            if not found:\n                return sentence[:limit]\n"
        + "            continue\n" + NEW,
        "stop at the first sentence",
    ),
    "less than the limit": (
        HEAD
        + "        if len(found) + len(sentence) >= limit:\n"
        + "            return found or sentence[:limit]\n" + NEW,
        "as many words as the limit",
    ),
    "a long first sentence gives nothing": (
        HEAD + "        if len(found) + len(sentence) > limit:\n            break\n"
        + NEW,
        "cut to the limit",
    ),
    "the first sentence whole": (
        HEAD
        + "        if found and len(found) + len(sentence) > limit:\n"
        + "            break\n" + NEW,
        "limit",
    ),
    "one sentence": (
        "def lead_words(sentences, limit):\n    return sentences[0][:limit]\n",
        "limit",
    ),
    "a list of sentences": (
        HEAD
        + "        if sum(map(len, found)) + len(sentence) > limit:\n"
        + "            return found or [sentence[:limit]]\n"
        + "        found = found + [sentence]\n    return found\n",
        "one list of words",
    ),
    "a text": (
        HEAD
        + "        if len(found) + len(sentence) > limit:\n"
        + "            return ' '.join(found or sentence[:limit])\n"
        + "        found = found + sentence\n    return ' '.join(found)\n",
        "one list of words",
    ),
    "a word once": (
        HEAD
        + "        if len(found) + len(sentence) > limit:\n"
        + "            found = found or sentence[:limit]\n            break\n"
        + "        found = found + sentence\n"
        + "    return list(dict.fromkeys(found))\n",
        "a word that comes again",
    ),
    "words of a sentence that were not there": (
        HEAD
        + "        if len(found) + len(sentence) > limit:\n"
        + "            return found or sentence[:limit]\n"
        + "        found = found + [word for word in sentence if word not in found]\n"
        + "    return found\n",
        "for sentences of",
    ),
    "a sentence once": (
        "def lead_words(sentences, limit):\n"
        "    found, seen = [], []\n"
        "    for sentence in sentences:\n"
        "        if sentence in seen:\n            continue\n"
        "        seen.append(sentence)\n"
        "        if len(found) + len(sentence) > limit:\n"
        "            return found or sentence[:limit]\n"
        "        found = found + sentence\n"
        "    return found\n",
        "a sentence that comes again",
    ),
    "the place of an equal sentence": (
        HEAD
        + "        before = sum(map(len, sentences[:sentences.index(sentence)]))\n"
        + "        if before + len(sentence) > limit:\n"
        + "            return found or sentence[:limit]\n" + NEW,
        "for sentences of",
    ),
    "part of a long sentence": (
        HEAD
        + "        if len(found) + len(sentence) > limit:\n"
        + "            if found and len(sentence) <= limit:\n"
        + "                return found\n"
        + "            return (found + sentence)[:limit]\n" + NEW,
        "later ones come whole",
    ),
    "nothing after an empty sentence": (
        HEAD
        + "        if len(found) + len(sentence) > limit:\n"
        + "            first = sentence is sentences[0]\n"
        + "            return sentence[:limit] if first else found\n" + NEW,
        "cut to the limit",
    ),
    "counts sentences": (
        "def lead_words(sentences, limit):\n"
        "    return [word for s in sentences[:limit] for word in s]\n",
        "limit",
    ),
    "the first sentence grows": (
        "def lead_words(sentences, limit):\n"
        "    found = sentences[0] if sentences else []\n"
        "    if len(found) > limit:\n        return found[:limit]\n"
        "    for sentence in sentences[1:]:\n"
        "        if len(found) + len(sentence) > limit:\n            break\n"
        "        found += sentence\n"
        "    return found or sentences[1][:limit] if sentences else []\n",
        "in place",
    ),
}  # fmt: skip

RIGHT = {
    "by sums": """
def lead_words(sentences, limit):
    ends = np.cumsum([len(sentence) for sentence in sentences])
    fit = int((ends <= limit).sum()) if len(ends) else 0
    words = [word for sentence in sentences for word in sentence]
    whole = int(ends[fit - 1]) if fit else 0
    return words[:whole] if whole else words[:min(limit, len(words))][
        :int(ends[fit]) if fit < len(ends) else 0
    ]
""",
    "step by step": """
def lead_words(sentences, limit):
    found = []
    for sentence in sentences:
        if len(found) + len(sentence) <= limit:
            found.extend(sentence)
        elif found:
            break
        else:
            return list(sentence[:limit])
    return found
""",
}
