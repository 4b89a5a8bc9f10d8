"""Variants of chapter 14's exercises."""

from coursekit.checks.twisting import Twist


def _shown(value):
    query, key, value, mask = value
    return query, key, value, ~mask


def _mask_first(attend):
    return (lambda mask, query, key, value: attend(query, key, value, mask),)


TWISTS = {
    "ex-law-inputs": Twist(
        statement="In the mask that you return, True means **hidden**, as in "
        "`nn.MultiheadAttention`. The bugs are as above.",
        solution='''
def telling_inputs():
    """(query, key, value, mask) on which the listed bugs all show; True hides."""
    ### BEGIN SOLUTION
    g = torch.Generator().manual_seed(0)
    query = torch.randn(3, 4, 8, generator=g).double()
    key = torch.randn(3, 11, 8, generator=g).double()
    value = torch.randn(3, 11, 8, generator=g).double()
    hidden = torch.rand(3, 4, 11, generator=g) < 0.7
    hidden[1, 2] = True
    return query, key, value, hidden
    ### END SOLUTION
''',
        after=_shown,
    ),
    "ex-law-values": Twist(
        statement="`attend` takes its mask first: `attend(mask, query, key, value)`.",
        solution='''
def is_linear_in_values(attend):
    """Is the output for a sum of values the sum of the outputs?"""
    ### BEGIN SOLUTION
    g = torch.Generator().manual_seed(0)
    for _ in range(5):
        q, k, v, other = torch.randn(4, 1, 3, 4, generator=g).double()
        mask = torch.ones(1, 3, 3, dtype=torch.bool)
        both = attend(mask, q, k, v + other)
        apart = attend(mask, q, k, v) + attend(mask, q, k, other)
        if (both - apart).abs().max() > 1e-8:
            return False
    return True
    ### END SOLUTION
''',
        before=_mask_first,
    ),
}
