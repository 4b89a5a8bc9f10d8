"""The contrast of two colors, from WCAG 2.2's text and not from the course's code."""

import numpy as np
from matplotlib.colors import to_rgb


def luminance(color):
    """Relative luminance of a Matplotlib color."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in to_rgb(color)
    ]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def contrast(one, other):
    """From 1 (alike) to 21 (black on white)."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)
