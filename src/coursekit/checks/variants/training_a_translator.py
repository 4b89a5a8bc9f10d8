"""Variants of chapter 17's exercises."""

from coursekit.checks.twisting import Twist

TWISTS = {
    "ex-translator-loss": Twist(
        statement="the share $\\varepsilon$ is spread evenly over the $V - 1$ *wrong* "
        "pieces only, and the right one is to get exactly $1 - \\varepsilon$. In place "
        "of `pad_id` comes `ignore`, (B, T) and boolean: True marks the positions that "
        "do **not** count.",
        solution='''
def smoothed_loss(logits, targets, epsilon, ignore):
    """Mean cross-entropy, smoothed over the wrong pieces, where not ignored."""
    ### BEGIN SOLUTION
    V = logits.shape[-1]
    log_p = logits.log_softmax(-1)                           # (B, T, V)
    hard = -log_p.gather(-1, targets[..., None])[..., 0]     # (B, T)
    wrong = -log_p.sum(-1) - hard                            # (B, T)
    each = (1 - epsilon) * hard + epsilon / (V - 1) * wrong
    return each[~ignore].mean()
    ### END SOLUTION
''',
        before=lambda logits, targets, epsilon, pad_id: (
            logits,
            targets,
            epsilon * (logits.shape[-1] - 1) / logits.shape[-1],
            targets == pad_id,
        ),
    ),
    "ex-translator-capstone": Twist(
        statement="each pair is (translation, text), the other way round: the function "
        "that you return gets texts like the *second* of each pair, and gives what is "
        "like the first.",
        solution='''
PAIR = ("es", "pt")


def train_translator(pairs):
    """Train on (translation, text); give the function from texts to translations."""
    ### BEGIN SOLUTION
    torch.manual_seed(0)
    words = WordTokenizer.train([text for pair in pairs for text in pair])
    rows = [(words.encode(x, eos=True), words.encode(y)) for y, x in pairs]
    V = words.vocab_size
    network = Transformer(TransformerConfig(
        V, V, d_model=32, n_head=2, n_layer=1, d_ff=64, dropout=0.0,
        max_length=40, norm_first=True, position="rotary",
        tie_embeddings="all"))
    recipe = FitConfig(max_steps=200, warmup=20, learning_rate=1e-2,
                       optimizer="muon")
    fit(network, TokenBatches(rows, max_tokens=256),
        translation_loss(), config=recipe)

    def translate(texts):
        source = pad(words.encode_batch(texts, eos=True))
        found = decode(network, source, max_new_tokens=20)
        return [words.decode(ids) for ids in found.lists()]

    return translate
    ### END SOLUTION
''',
        before=lambda pairs: ([(y, x) for x, y in pairs],),
    ),
}
