"""The few places where a chapter may leave the rules, each with its reason.

Both tables are read by `test_chapters.py`, which also fails on an entry that is
no longer needed.
"""

#: Cells longer than 12 lines: (chapter, first line of the cell): reason.
LONG_CELLS: dict[tuple[str, str], str] = {
    ("05_pytorch", "config = FitConfig("): (
        "the library's loop and its equal, line against line"
    ),
    ("05_pytorch", "def numpy_version(rate=0.5, steps=3):"): (
        "what the five rewrites are held against"
    ),
    ("05_pytorch", "xt, tt = torch.from_numpy(x), torch.from_numpy(t)"): (
        "one whole rewrite, read against the one before"
    ),
    ("05_pytorch", "def train(model, loader, optimizer, epochs=1):"): (
        "the loop and the proof that it equals the others"
    ),
    ("05_pytorch", "def autograd_version(rate=0.5, steps=3, reset=True):"): (
        "one whole rewrite, read against the one before"
    ),
    ("05_pytorch", "def layer_version(rate=0.5, steps=3, with_optimizer=False):"): (
        "two whole rewrites that differ in one line"
    ),
    ("02_backpropagation", "ax = plots.canvas(6.4, 2.9)"): "a folded drawing",
    ("02_backpropagation", "class TwoLayers:"): "forward beside backward",
    ("02_backpropagation", "def make_network(relu, seed=1, hidden=16):"): (
        "two short functions that are used as a pair"
    ),
}

#: Cells whose output nbval does not compare: (chapter, first line): reason.
IGNORED_OUTPUT: dict[tuple[str, str], str] = {
    ("05_pytorch", "from torch.profiler import ProfilerActivity, profile"): (
        "which operation takes longest differs between machines"
    ),
    ("00_start_here", "import os"): "says what the reader's machine is",
}
