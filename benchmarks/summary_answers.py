"""SmolLM2 asked for summaries in words, without training: zero-shot.

Of a few ways to ask, the one with the best ROUGE-L on some validation texts is asked
once about some test texts, which a fixed seed draws. The model sees as many words of a
text as the trained arms do. The first sentence
of its answer counts, without one that ends in a colon and only announces.
"""

import numpy as np
import torch

from benchmarks.extractive import sentences
from benchmarks.summary_models import Task, first_summaries
from n2t.data.text import load_tokenizer
from n2t.decoding import decode
from n2t.metrics import rouge_rows
from n2t.models import load_smollm2

WAYS = (
    "Summarize this text in one short sentence.\n\n{text}",
    "Write the one-line summary of this text, at most {n} words long:\n\n{text}",
    "{text}\n\nWrite the first line that is missing: one sentence that says what "
    "this is about.",
)
VALIDATION, TEST, TOKENS = 10, 40, 48


class Asked:
    """The model, and how it is asked."""

    def __init__(self, task: Task, length: int):
        self.model, self.tokenizer = load_smollm2(), load_tokenizer("smollm2")
        self.task, self.length = task, length

    def answer(self, way: str, text: str) -> str:
        """The first sentence that it says, greedily; one that announces is none."""
        short = " ".join(text.split()[: self.task.source])
        question = way.format(text=short, n=self.length)
        ids = self.tokenizer.chat([{"role": "user", "content": question}])
        out = decode(self.model, None, torch.tensor([ids]), max_new_tokens=TOKENS)
        said = self.tokenizer.decode(out.lists()[0])
        each = sentences(said) or [""]
        return next((one for one in each if not one.endswith(":")), each[0])


def drawn(count: int, n: int) -> list[int]:
    """Which of `count` examples are asked about."""
    return sorted(np.random.default_rng(0).choice(count, n, replace=False).tolist())


def ask(task: Task, length: int) -> dict:
    """Choose how to ask on validation texts, then ask about test texts."""
    splits, asked = task.load(), Asked(task, length)
    held_out = first_summaries(splits.validation)
    some = [held_out[i] for i in drawn(len(held_out), VALIDATION)]
    scores = []
    for way in WAYS:
        said = [asked.answer(way, text) for text, _ in some]
        scores.append(rouge_rows(said, [summary for _, summary in some])[:, 2].mean())
        print(f"{scores[-1]:.3f} {way!r} {said[0]!r}", flush=True)
    way = WAYS[int(np.argmax(scores))]
    rows = drawn(len(splits.test), TEST)
    said = [asked.answer(way, splits.test[i][0]) for i in rows]
    return {"way": way, "validation": scores, "rows": rows, "said": said}
