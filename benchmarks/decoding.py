"""Greedy decoding with a cache, ours beside its peers'.

    python -m benchmarks.decoding translation
    python -m benchmarks.decoding language --batch 16

Translation: 64 sentences of 32 ids, 32 new ids each. Language: a prompt of 8 ids, 64
new ids. No contender may stop early, so that all do the same work; every model has
random weights and sizes as in `benchmarks.peers`.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable

import torch

from benchmarks import peers
from benchmarks.compare import CLOCKS, interleaved, rows, show
from n2t.decoding import decode

NEW = {"translation": 32, "language": 64}


def translation_runs(batch: int) -> dict[str, Callable[[], object]]:
    """name: a function that translates one fixed batch."""
    sizes, new = peers.TRANSLATION, NEW["translation"]
    source = torch.randint(3, sizes["V"], (batch, sizes["T"]))
    begin = torch.full((batch, 1), peers.BOS)
    ours = peers.our_translator(**sizes).eval()
    bart, marian = peers.bart(**sizes).eval(), peers.marian(**sizes).eval()
    x = peers.x_translator(**sizes).eval()
    fixed = {"max_new_tokens": new, "min_new_tokens": new, "do_sample": False}
    return {
        "n2t": lambda: decode(ours, source, max_new_tokens=new, stop_ids=[]).ids,
        "Hugging Face BART": lambda: bart.generate(source, **fixed),
        "Hugging Face Marian": lambda: marian.generate(source, **fixed),
        "x-transformers": lambda: x.generate(source, begin, new, temperature=0.0),
    }


def language_runs(batch: int) -> dict[str, Callable[[], object]]:
    """name: a function that continues one fixed prompt."""
    sizes, new = peers.LANGUAGE | {"dropout": 0.0}, NEW["language"]
    prompt = torch.randint(3, sizes["V"], (batch, 8))
    ours = peers.our_language_model(**sizes).eval()
    theirs = peers.gpt2(**sizes).eval()
    fixed = {"max_new_tokens": new, "min_new_tokens": new, "do_sample": False}
    seen = torch.ones_like(prompt)
    return {
        "n2t": lambda: decode(ours, prompt=prompt, max_new_tokens=new, stop_ids=[]).ids,
        "Hugging Face GPT-2": lambda: theirs.generate(
            prompt, attention_mask=seen, **fixed
        ),
    }


def main() -> None:
    """Read the command line; print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=NEW)
    parser.add_argument("--batch", type=int, help="default: 64 translation, 1 language")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)
    torch.manual_seed(0)
    translating = options.task == "translation"
    batch = options.batch or (64 if translating else 1)
    runs = translation_runs(batch) if translating else language_runs(batch)
    reference = "Hugging Face BART" if translating else "Hugging Face GPT-2"
    with torch.inference_mode():
        times = interleaved(runs, options.rounds, options.clock)
    title = f"{options.task}, cached greedy, batch {batch}, {NEW[options.task]} new ids"
    show(title, rows(times, reference), reference, options.json)


if __name__ == "__main__":
    main()
