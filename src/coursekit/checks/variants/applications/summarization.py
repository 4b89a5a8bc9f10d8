"""Variants of chapter 22's exercises."""

from typing import Any

from coursekit.checks.twisting import Twist


def _recall_first(value: Any) -> Any:
    """Recall, precision, F1, put in the book's order."""
    recall, precision, f1 = value
    return precision, recall, f1


def _copy_share(written: Any, weights: Any, p_gen: Any, source: Any, target: Any):
    """The share of copying in place of that of writing."""
    return written, weights, 1 - p_gen, source, target


def _from_the_end(sentences: list, limit: int) -> tuple:
    """The sentences in the opposite order."""
    return sentences[::-1], limit


TWISTS = {
    "ex-summary-lcs": Twist(
        statement="Your class's program gives **(recall, precision, F1)**, in this "
        "order.",
        solution='''
def lcs_scores(summary, reference):
    """Recall, precision and F1 of the longest common subsequence."""
    ### BEGIN SOLUTION
    row = [0] * (len(reference) + 1)
    for token in summary:
        above, row = row, [0]
        for j, other in enumerate(reference):
            both = above[j] + 1
            row.append(both if token == other
                       else max(row[j], above[j + 1]))
    shared = row[-1]
    if shared == 0:
        return 0.0, 0.0, 0.0
    precision = shared / len(summary)
    recall = shared / len(reference)
    f1 = 2 * precision * recall / (precision + recall)
    return recall, precision, f1
    ### END SOLUTION
''',
        after=_recall_first,
    ),
    "ex-summary-wanted": Twist(
        statement="Your class's switch says how likely the model is to **copy**: its "
        "third argument is $1 - p_\\text{gen}$.",
        solution='''
def wanted_p(written, weights, p_copy, source, target):
    """The mixture's probability of each wanted word, (B, Tt)."""
    ### BEGIN SOLUTION
    V = written.shape[-1]
    same = source[:, None] == target[:, :, None]     # (B, Tt, Ts)
    copied = (weights * same).sum(-1)
    known = target < V
    inside = target.where(known, 0)[..., None]
    wrote = written.gather(-1, inside)[..., 0] * known
    return (1 - p_copy[..., 0]) * wrote + p_copy[..., 0] * copied
    ### END SOLUTION
''',
        before=_copy_share,
    ),
    "ex-summary-lead": Twist(
        statement="Your class's texts say what matters last: `sentences` come **from "
        "the last of the text to the first**, and the lead is still what the text "
        "begins with.",
        solution='''
def lead_words(sentences, limit):
    """Words of whole sentences from the text's front, within a limit."""
    ### BEGIN SOLUTION
    found = []
    for sentence in reversed(sentences):
        if len(found) + len(sentence) > limit:
            return found or sentence[:limit]
        found = found + sentence
    return found
    ### END SOLUTION
''',
        before=_from_the_end,
    ),
}
