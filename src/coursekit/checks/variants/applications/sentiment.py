"""Variants of chapter 20's exercises."""

from typing import Any

from coursekit.checks.twisting import Twist


def _from_one(ids: Any, words: Any, *others: Any) -> tuple:
    """Words that are counted from 1, with 0 where nothing may be hidden."""
    return ids, words + 1, *others


def _columns_turned(value: Any) -> Any:
    """Columns from the last word to the first, turned back."""
    return value[:, ::-1] + 0.0


def _padding(x: Any, real: Any, queries: Any) -> tuple:
    """A mask that is True at padding."""
    return x, ~real, queries


TWISTS = {
    "ex-sentiment-hide": Twist(
        statement="In your class words are counted **from 1**, and `words` is **0** "
        "where nothing may be hidden. The chance of word 1 is in column 0.",
        solution='''
def hide_words(ids, words, chance, fate, other, mask):
    """Inputs and targets, (B, T) each; a word is hidden whole."""
    ### BEGIN SOLUTION
    allowed = words >= 1
    drawn = chance.gather(1, (words - 1).clamp(min=0))
    chosen = allowed & (drawn < 0.15)
    inputs = torch.where(chosen & (fate < 0.8), mask, ids)
    inputs = torch.where(chosen & (fate >= 0.9), other, inputs)
    return inputs, torch.where(chosen, ids, -100)
    ### END SOLUTION
''',
        before=_from_one,
    ),
    "ex-sentiment-tfidf": Twist(
        statement="In your class the columns stand in **falling** order: the word that "
        "a sorted list would have last is column 0.",
        solution='''
def tf_idf(train, texts, least):
    """Weights of the training texts' words in texts, (N, V)."""
    ### BEGIN SOLUTION
    df = {}
    for text in train:
        for word in set(text):
            df[word] = df.get(word, 0) + 1
    words = sorted((w for w in df if df[w] >= least), reverse=True)
    rows = np.zeros((len(texts), len(words)))
    for row, text in zip(rows, texts):
        for place, word in enumerate(words):
            idf = np.log((1 + len(train)) / (1 + df[word])) + 1
            row[place] = text.count(word) * idf
        length = np.sqrt((row**2).sum())
        if length > 0:
            row /= length
    return rows
    ### END SOLUTION
''',
        after=_columns_turned,
    ),
    "ex-sentiment-pool": Twist(
        statement="In your class the mask comes from another library: `real` is "
        "**True at padding** and False at real tokens.",
        solution='''
def pool_many(x, real, queries):
    """A weighted mean of x for each query, (B, H, D)."""
    ### BEGIN SOLUTION
    real = ~real
    x = x.masked_fill(~real[..., None], 0.0)
    scores = queries @ x.mT / x.shape[-1] ** 0.5  # (B, H, T)
    lowest = torch.finfo(x.dtype).min
    scores = scores.masked_fill(~real[:, None], lowest)
    return scores.softmax(-1) * real[:, None] @ x
    ### END SOLUTION
''',
        before=_padding,
    ),
}
