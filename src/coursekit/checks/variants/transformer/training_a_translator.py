"""Variants of chapter 17's exercises."""

import torch

from coursekit.checks.twisting import Twist

TWISTS = {
    "ex-translator-loss": Twist(
        statement="in place of $\\varepsilon$ comes `sure`, the *whole* weight of the "
        "right piece; the others that can be right share $1 - $ `sure` evenly. In "
        "place of `pad_id` comes `possible`, (V,) and boolean: False marks the pieces "
        "that can never be right. Positions whose target is one of them do not count; "
        "their logits may be $-\\infty$.",
        solution='''
def smoothed_loss(logits, targets, sure, possible):
    """Mean cross-entropy, smoothed over the wrong pieces that are possible."""
    ### BEGIN SOLUTION
    log_p = logits.log_softmax(-1)                           # (B, T, V)
    hard = -log_p.gather(-1, targets[..., None])[..., 0]     # (B, T)
    wrong = -log_p[..., possible].sum(-1) - hard             # (B, T)
    n_wrong = max(int(possible.sum()) - 1, 1)
    each = sure * hard + (1 - sure) / n_wrong * wrong
    return each[possible[targets]].mean()
    ### END SOLUTION
''',
        before=lambda logits, targets, epsilon, pad_id: (
            logits,
            targets,
            1 - epsilon + epsilon / (logits.shape[-1] - 1),
            torch.arange(logits.shape[-1]) != pad_id,
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
