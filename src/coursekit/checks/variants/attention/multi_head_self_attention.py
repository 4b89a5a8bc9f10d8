"""Variants of chapter 12's exercises."""

from coursekit.checks.twisting import Twist


def _heads_first(x, *others):
    return x.movedim(-3, 0), *others


def _tokens_first(layer):
    return (lambda x: layer(x.transpose(0, 1)).transpose(0, 1),)


def _as_cached(q, k, v):
    return q, k.transpose(1, 2), v.transpose(1, 2)


TWISTS = {
    "ex-mh-merge": Twist(
        statement="`x` has its heads on the first axis, (H, ..., T, d). The result is "
        "(..., T, H d), as before.",
        solution='''
def merge_heads(x):
    """(H, ..., T, d) to (..., T, H d)."""
    ### BEGIN SOLUTION
    return x.movedim(0, -2).flatten(-2)
    ### END SOLUTION
''',
        before=_heads_first,
    ),
    "ex-mh-order": Twist(
        statement="`layer` has its tokens on the first axis: it goes from (T, B, 6) to "
        "(T, B, 6).",
        solution='''
def is_equivariant(layer):
    """Does permuting the tokens only permute the outputs?"""
    ### BEGIN SOLUTION
    g = torch.Generator().manual_seed(0)
    x = torch.randn(8, 3, 6, generator=g, dtype=torch.float64)
    y = layer(x)
    for _ in range(5):
        order = torch.randperm(8, generator=g)
        if (layer(x[order]) - y[order]).abs().max() > 1e-9:
            return False
    return True
    ### END SOLUTION
''',
        before=_tokens_first,
    ),
    "ex-mh-grouped": Twist(
        statement="`k` and `v` come as many caches store them, (B, Tk, G, d_k) and "
        "(B, Tk, G, d_v): keys before heads. `q` and the result are as before.",
        solution='''
def grouped_attention(q, k, v):
    """Attention whose H query heads share G key and value heads."""
    ### BEGIN SOLUTION
    B, H, Tq, d_k = q.shape
    k, v = k.transpose(1, 2), v.transpose(1, 2)      # (B, G, Tk, ...)
    q = q.reshape(B, k.shape[1], -1, Tq, d_k)        # (B, G, H/G, ...)
    scores = q @ k[:, :, None].mT / d_k**0.5
    output = scores.softmax(-1) @ v[:, :, None]
    return output.flatten(1, 2)                      # (B, H, Tq, d_v)
    ### END SOLUTION
''',
        before=_as_cached,
    ),
}
