"""Wrong answers to the capstone, and right ones in other styles.

Most are made from one that learns without a network, in a blink: two pairs that differ
as the source does tell how the target does.
"""

LEARNS = '''
PAIR = ("es", "pt")


def learned(pairs):
    """The function that translates one text, by analogy to the pairs."""
    from collections import defaultdict

    heads, tails, known = defaultdict(dict), defaultdict(dict), dict(pairs)
    for x, y in pairs:
        head, _, tail = x.partition(" ")
        heads[head][tail] = tails[tail][head] = y

    def guesses(x):
        """From a : b = c : ?, where a and c have one end, b and c one beginning."""
        head, _, tail = x.partition(" ")
        for other, b in tails[tail].items():
            for rest, a in heads[head].items():
                c = heads[other].get(rest, "")
                n = 0
                while n < min(len(a), len(c)) and a[-n - 1] == c[-n - 1]:
                    n += 1
                if c and b.startswith(c[: len(c) - n]):
                    yield a[: len(a) - n] + b[len(c) - n :]

    def one(x):
        votes = list(guesses(x))
        return known.get(x) or max(set(votes), key=votes.count, default="")

    return one


def train_translator(pairs):
    one = learned(pairs)
'''


def made(result, before=""):
    """The right answer, with another list of translations of `texts`."""
    return f"{LEARNS}{before}    return lambda texts: {result}\n"


LOOKS_UP = """
from n2t.data.sets.numbers import speller

PAIR = ("es", "pt")
SPELLED = [(speller("es")(n), speller("pt")(n)) for n in range(1000)]


def train_translator(pairs):
"""
STATE = "    seen = []\n"

WRONG = {
    "the sources again": (made("list(texts)"), "nothing was translated"),
    "one string": (made("' '.join(map(one, texts))"), "wanted a list of"),
    "ids": (made("[[ord(c) for c in one(x)] for x in texts]"), "decode the ids"),
    "special tokens": (
        made("['<bos>' + one(x) for x in texts]"),
        "special tokens are left",
    ),
    "always the same": (made("[one(texts[0]) for x in texts]"), "is the source read"),
    "sorted by length": (
        made("[one(x) for x in sorted(texts, key=len)]"),
        "in the wrong order",
    ),
    "each text once": (
        made("list({x: one(x) for x in texts}.values())"),
        "wanted a list of 30",
    ),
    "what was seen in training": (
        made("[dict(pairs).get(x, pairs[len(x)][1]) for x in texts]"),
        "training pairs by heart",
    ),
    "half of it": (made("[one(x)[:12] for x in texts]"), "train longer"),
    "nothing learned": (
        made("[pairs[sum(map(ord, x)) % 800][1] for x in texts]"),
        "train longer",
    ),
    "the first call alone": (
        made(
            "[one(x) if len(seen) <= 100 else x for x in texts if not seen.append(x)]",
            STATE,
        ),
        "in another order",
    ),
    "not one text alone": (
        made("[one(x) if len(texts) > 1 else '' for x in texts]"),
        "one text alone",
    ),
    "the translations, no function": (
        f"{LEARNS}    return [one(x) for x, _ in pairs]\n",
        "must give a function",
    ),
    "a function of one text": (f"{LEARNS}    return one\n", "a list of texts"),
    "the chapter's own pair": (
        made("list(map(one, texts))").replace('("es", "pt")', '("en", "de")'),
        "choose another",
    ),
    "one language": (
        made("list(map(one, texts))").replace('("es", "pt")', '("es", "es")'),
        "two different ones",
    ),
    "takes pairs out": (
        made("list(map(one, texts))", "    del pairs[700:]\n"),
        "in place",
    ),
}

CHEATS = {
    "a table of all numbers": (
        f"{LOOKS_UP}    known = dict(SPELLED)\n"
        "    return lambda texts: [known.get(x, x[::-1]) for x in texts]\n",
        "are exact",
    ),
    "a table by the pattern of letters": (
        LOOKS_UP
        + """
    def pattern(text):
        return tuple(-1 if c == " " else text.index(c) for c in text)

    known = {pattern(x): y for x, y in SPELLED}
    spelled = {pattern(y): y for _, y in SPELLED}
    key = {a: b for _, y in pairs if pattern(y) in spelled
           for a, b in zip(spelled[pattern(y)], y)}

    def one(text):
        found = known.get(pattern(text), text[::-1])
        return "".join(key.get(c, c) for c in found)

    return lambda texts: [one(x) for x in texts]
""",
        "are exact",
    ),
}

RIGHT = {
    "by analogy": made("list(map(one, texts))"),
    "a vocabulary for each side, one text at a time": """
PAIR = ("pt", "es")


def train_translator(pairs):
    torch.manual_seed(1)
    words = [WordTokenizer.train([pair[k] for pair in pairs])
             for k in (0, 1)]
    rows = [(words[0].encode(x, eos=True), words[1].encode(y)) for x, y in pairs]
    model = Transformer(TransformerConfig(
        words[0].vocab_size, words[1].vocab_size, d_model=32, n_head=4,
        n_layer=1, d_ff=64, dropout=0.0, max_length=48, norm_first=True,
        position="rotary"))
    fit(model, TokenBatches(rows, max_tokens=256), translation_loss(),
        config=FitConfig(max_steps=220, warmup=20, learning_rate=1e-2,
                         optimizer="muon"))

    def translate(texts):
        found = [decode(model, torch.tensor([words[0].encode(x, eos=True)]),
                        max_new_tokens=30).lists()[0] for x in texts]
        return tuple(words[1].decode(ids) for ids in found)

    return translate
""",
}
