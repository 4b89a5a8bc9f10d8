"""Variants of chapter 23's exercises."""

from typing import Any

from coursekit.checks.twisting import Twist


def _channels_last(rows: Any, channels: int, height: int, width: int, size: int):
    """The same patches, the numbers of each pixel side by side."""
    B, N, _ = rows.shape
    pixels = rows.reshape(B, N, channels, size * size)
    last = pixels.transpose(2, 3).reshape(B, N, -1)
    return last, channels, height, width, size


def _row_first(value: Any) -> Any:
    """Column features in front, put behind again."""
    half = value.shape[-1] // 2
    return value.roll(half, -1)


TWISTS = {
    "ex-vision-back": Twist(
        statement="In your class's patches the numbers of a pixel lie side by side: "
        "within a patch **row by row, pixel by pixel, and the channels last**.",
        solution='''
def picture(rows, channels, height, width, size):
    """Patches (B, N, size size C) as pictures (B, C, height, width)."""
    ### BEGIN SOLUTION
    B = len(rows)
    down, across = height // size, width // size
    x = rows.reshape(B, down, across, size, size, channels)
    x = x.permute(0, 5, 1, 3, 2, 4)              # (B, C, down, size, ...)
    return x.reshape(B, channels, height, width)
    ### END SOLUTION
''',
        before=_channels_last,
    ),
    "ex-vision-places": Twist(
        statement="In your class the first half of the features says the **column**, "
        "the second half the row.",
        solution='''
def grid(rows, columns, D):
    """Sines and cosines of column and row, (rows columns, D)."""
    ### BEGIN SOLUTION
    def line(n):
        places = torch.arange(n, dtype=torch.float64)[:, None]
        pairs = torch.arange(D // 4, dtype=torch.float64)
        angles = places * 10000.0 ** (-4 * pairs / D)
        return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)

    down = line(rows).repeat_interleave(columns, 0)
    across = line(columns).repeat(rows, 1)
    return torch.cat([across, down], 1)
    ### END SOLUTION
''',
        after=_row_first,
    ),
}
