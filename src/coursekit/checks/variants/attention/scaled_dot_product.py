"""Variants of chapter 11's exercises."""

from coursekit.checks.twisting import Twist


def _turned(mask):
    return ~mask


def _backwards(attend):
    return (lambda x: attend(x[::-1])[::-1],)


def _chunks(query, key, value, size):
    starts = range(0, len(key), size)
    return query, [(key[i : i + size], value[i : i + size]) for i in starts]


TWISTS = {
    "ex-sdp-mask": Twist(
        statement="True means **hidden**, as in `nn.MultiheadAttention`: the result is "
        "True where a query must *not* look.",
        solution='''
def decoder_mask(ids, pad_id):
    """Causal and padding mask, (B, 1, T, T), True = hidden."""
    ### BEGIN SOLUTION
    T = ids.shape[1]
    future = torch.ones(T, T, dtype=torch.bool).triu(1)   # (T, T)
    padding = (ids == pad_id)[:, None, None, :]           # (B, 1, 1, T)
    return future | padding
    ### END SOLUTION
''',
        after=_turned,
    ),
    "ex-sdp-leak": Twist(
        statement="The text is read from right to left: the last row comes first. An "
        "output may depend on its own input and on those in *later* rows; it leaks if "
        "it depends on an input in an *earlier* row. (So leak means True, as before.)",
        solution='''
def leaks(attend):
    """Does any output of `attend` depend on an input in an earlier row?"""
    ### BEGIN SOLUTION
    x = np.random.default_rng(1).normal(size=(6, 4))
    before = np.array(attend(x.copy()))
    for j in range(len(x) - 1):
        moved = x.copy()
        moved[j] += 5.0
        if np.abs(attend(moved)[j + 1 :] - before[j + 1 :]).max() > 1e-9:
            return True
    return False
    ### END SOLUTION
''',
        before=_backwards,
    ),
    "ex-sdp-chunks": Twist(
        statement="Write `attend_in_chunks(query, chunks)`. The keys and values come "
        "in `chunks`, a list of pairs (key, value) of shapes (n, d_k) and (n, d_v); "
        "the n differ, and are at least 1.",
        solution='''
def attend_in_chunks(query, chunks):
    """Attention over keys and values that come in pieces: (Tq, d_v)."""
    ### BEGIN SOLUTION
    top = np.full((len(query), 1), -np.inf)
    total, output = 0.0, 0.0
    for key, value in chunks:
        scores = query @ key.T / np.sqrt(query.shape[-1])
        new = np.maximum(top, scores.max(-1, keepdims=True))
        exps, shrink = np.exp(scores - new), np.exp(top - new)
        total = total * shrink + exps.sum(-1, keepdims=True)
        output, top = output * shrink + exps @ value, new
    return output / total
    ### END SOLUTION
''',
        before=_chunks,
    ),
}
