"""The sample chapter that the tests of the assignments work on."""

from pathlib import Path

from coursekit.chapters.exercises import read_chapter

HERE = Path(__file__).parent
SAMPLE = HERE / "sample" / "98_sample.md"
ANSWERS = HERE / "sample"
#: How every chapter begins.
HEADER = """---
jupytext:
  formats: md:myst
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
"""

RIGHT = {
    "ex-sample-weights": (
        "def weights(scores):\n"
        "    e = np.exp(scores - scores.max(-1, keepdims=True))\n"
        "    return e / e.sum(-1, keepdims=True)\n"
    ),
    "ex-sample-entropy": (
        "def entropy(p):\n    return -(p * np.log2(np.where(p > 0, p, 1))).sum(-1)\n"
    ),
}


def sample():
    """The sample chapter, parsed."""
    return read_chapter(SAMPLE)
