"""The few places where a chapter may leave the rules, each with its reason.

Both tables are read by `test_chapters.py`, which also fails on an entry that is
no longer needed.
"""

#: Cells longer than 12 lines: (chapter, first line of the cell): reason.
LONG_CELLS: dict[tuple[str, str], str] = {
    ("17_training_a_translator", "import matplotlib.pyplot as plt"): (
        "one import a line, nothing to cut"
    ),
    ("17_training_a_translator", "V, epsilon = tokenizer.vocab_size, 0.1"): (
        "a folded drawing"
    ),
    ("17_training_a_translator", "steps = np.arange(1, 20_001)"): (
        "the formula held against the library's, and its picture"
    ),
    ("17_training_a_translator", "drilled, asked = (np.digitize(["): (
        "a folded drawing"
    ),
    ("17_training_a_translator", "def dots(ax, metric, arms):"): "a folded drawing",
    ("17_training_a_translator", "captions, words, facts = load_model("): (
        "sentences to edit, one a line"
    ),
    ("17_training_a_translator", "def read(text, answer):"): (
        "where it looked and how sure it was, read and drawn"
    ),
    ("17_training_a_translator", "RUNGS = {"): "the rungs named, one a line",
    ("17_training_a_translator", "sources, wanted = zip(*french[2])"): (
        "three systems scored in one way"
    ),
    ("17_training_a_translator", 'PAIR = ("es", "pt")'): (
        "a whole translator, the capstone's solution"
    ),
    ("19_training_on_gpus", "fig, ax = plt.subplots(figsize=(6.2, 3.4))"): (
        "a folded drawing"
    ),
    ("19_training_on_gpus", "import os"): (
        "all that a process of its own does, kill itself included"
    ),
    ("19_training_on_gpus", "import inspect"): "writes the page's script to a file",
    (
        "19_training_on_gpus",
        "def loss_and_gradient(model, batch, bfloat16=False, seed=1):",
    ): ("the rounding error beside what it is measured against"),
    (
        "19_training_on_gpus",
        "from torch.nn.attention import SDPBackend, sdpa_kernel",
    ): ("two switches of a line each, tested in one way"),
    ("19_training_on_gpus", "def kept(model, on):"): "counts bytes, nothing to cut",
    ("19_training_on_gpus", "import time"): "all switches timed in one way",
    (
        "19_training_on_gpus",
        'done = start("torch.distributed.run", "--standalone",',
    ): ("two processes, at once held against one"),
    ("19_training_on_gpus", "def gap(short):"): "the mistake and its picture",
    ("09_sequence_to_sequence", "ax = plots.canvas(7.2, 1.9)"): "a folded drawing",
    ("10_attention", "ax = plots.canvas(6.6, 2.7)"): "a folded drawing",
    ("09_sequence_to_sequence", "class Seq2Seq(nn.Module):"): "one whole model",
    (
        "09_sequence_to_sequence",
        "fig, (left, right) = plt.subplots(1, 2, figsize=(6.6, 2.8),",
    ): "a folded drawing",
    ("16_the_transformer", "class Transformer(nn.Module):"): (
        "the whole model, on one screen"
    ),
    ("16_the_transformer", "class EncoderLayer(nn.Module):"): (
        "two layers, the second read against the first"
    ),
    ("16_the_transformer", "torch.manual_seed(0)"): (
        "three witnesses to the same logits"
    ),
    ("16_the_transformer", "parts = {}"): (
        "PyTorch's model: made, loaded and compared"
    ),
    ("16_the_transformer", "from torch.utils.flop_counter import FlopCounterMode"): (
        "the formulas, and what they are held against"
    ),
    ("16_the_transformer", "library = models.Transformer(config)"): (
        "decode, look, draw"
    ),
    ("16_the_transformer", "def which_norm(block):"): "a solution",
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
    ("12_multi_head_self_attention", "class MultiHead(Heads):"): (
        "one whole layer, read top to bottom"
    ),
}

#: Cells whose output nbval does not compare: (chapter, first line): reason.
IGNORED_OUTPUT: dict[tuple[str, str], str] = {
    ("19_training_on_gpus", "import time"): "ratios of times on the reader's machine",
    ("05_pytorch", "from torch.profiler import ProfilerActivity, profile"): (
        "which operation takes longest differs between machines"
    ),
    ("00_start_here", "import os"): "says what the reader's machine is",
}
