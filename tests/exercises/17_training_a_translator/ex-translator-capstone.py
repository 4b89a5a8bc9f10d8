"""Wrong answers to the capstone, none of which is trained, and a second right one."""

MADE = """
PAIR = ("es", "pt")

def train_translator(pairs):
    from n2t.data.sets.numbers import speller
    first, second = speller("es"), speller("pt")
    known = {{first(n): second(n) for n in range(1000)}}
    def translate(texts):
        return {result}
    return translate
"""

WRONG = {
    "the sources again": (MADE.format(result="list(texts)"), "nothing was translated"),
    "one string": (
        MADE.format(result="chr(10).join(known[x] for x in texts)"),
        "wanted a list of",
    ),
    "ids": (
        MADE.format(result="[[ord(c) for c in known[x]] for x in texts]"),
        "decode the ids",
    ),
    "special tokens": (
        MADE.format(result='["<bos>" + known[x] for x in texts]'),
        "special tokens are left",
    ),
    "always the same": (
        MADE.format(result='["dois mil" for x in texts]'),
        "is the source read",
    ),
    "sorted by length": (
        MADE.format(result="[known[x] for x in sorted(texts, key=len)]"),
        "in the wrong order",
    ),
    "a list of what was seen": (
        MADE.format(result='[dict(pairs).get(x, "cem") if x in dict(pairs) '
                    'else x[::-1] for x in texts]'),
        "training pairs by heart",
    ),
    "half of it": (
        MADE.format(result="[known[x][: 12] for x in texts]"),
        "train longer",
    ),
}  # fmt: skip

RIGHT = {
    "another style": """
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
        return [words[1].decode(ids) for ids in found]

    return translate
""",
}
