"""The sample chapter that the tests of the assignments work on."""

from pathlib import Path

from coursekit.chapters.exercises import read_chapter

HERE = Path(__file__).parent
SAMPLE = HERE / "sample" / "98_sample.md"
ANSWERS = HERE / "sample"

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
