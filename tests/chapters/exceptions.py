"""The few places where a chapter may leave the rules, each with its reason.

The tables are read by `test_chapters.py` and `test_terms.py`, which also fail on an
entry that is no longer needed.
"""

#: Cells whose output nbval does not compare: (chapter, first line): reason.
IGNORED_OUTPUT: dict[tuple[str, str], str] = {
    ("19_training_on_gpus", "import time"): "ratios of times on the reader's machine",
    ("05_pytorch", "from torch.profiler import ProfilerActivity, profile"): (
        "which operation takes longest differs between machines"
    ),
    ("00_start_here", "import os"): "says what the reader's machine is",
    (
        "20_sentiment",
        "from n2t.data.sets.opinions import made_up_opinions, opinions",
    ): "says whether a data set is on the reader's machine",
    ("24_audio", "from n2t.data.sets import fsdd"): (
        "says whether the recordings are on the reader's machine"
    ),
    ("27_modern_transformers", "from n2t import models"): (
        "says whether a public model is on the reader's machine"
    ),
}

#: First uses of a term before its page that need no link: (page, term): reason.
EARLY_TERMS: dict[tuple[str, str], str] = {}
