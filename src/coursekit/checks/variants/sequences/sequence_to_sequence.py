"""Variants of chapter 9's exercises."""

from typing import Any

from coursekit.checks.twisting import Twist


def _batch_first(value: Any) -> Any:
    """Both tensors from (T, B) to (B, T); what is no such pair stays as it is."""
    pair = isinstance(value, tuple | list)
    if pair and all(getattr(part, "ndim", 0) == 2 for part in value):
        return tuple(part.swapaxes(0, 1) for part in value)
    return value


TWISTS = {
    "ex-s2s-shift": Twist(
        statement="This decoder writes every answer **backward**, its last id first, "
        "and both tensors are (T, B), time first.",
        solution='''
def teacher_batch(rows):
    """Decoder inputs and wanted outputs, (T, B) each, written backward."""
    ### BEGIN SOLUTION
    longest = max(len(row) for row in rows)
    given = torch.full((longest + 1, len(rows)), PAD)
    wanted = given.clone()
    for b, row in enumerate(rows):
        given[: len(row) + 1, b] = torch.tensor([BOS, *row[::-1]])
        wanted[: len(row) + 1, b] = torch.tensor([*row[::-1], EOS])
    return given, wanted
    ### END SOLUTION
''',
        before=lambda rows: ([row[::-1] for row in rows],),
        after=_batch_first,
    ),
    "ex-s2s-restore": Twist(
        statement="The batch was sorted shortest first, but `order` was recorded "
        "longest first: sentence `order[i]` is row `B - 1 - i` of the sorted batch.",
        solution='''
def restore(h, c, order):
    """States (L, B, H) in the order of the unsorted batch."""
    ### BEGIN SOLUTION
    back = order.flip(0).argsort()
    return h[:, back], c[:, back]
    ### END SOLUTION
''',
        before=lambda h, c, order: (h, c, order.flip(0)),
    ),
}
