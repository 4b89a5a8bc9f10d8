"""Greedy decoding with a cache, ours beside its peers'.

    python -m benchmarks.decoding translation
    python -m benchmarks.decoding language --batch 16
    python -m benchmarks.decoding --record

Translation: 64 sentences of 32 ids, 32 new ids each. Language: a prompt of 8 ids, 128
new ids. No contender may stop early, so that all do the same work; those models have
random weights and sizes as in `benchmarks.peers`. A public model, SmolLM2-135M, is
timed in `benchmarks.talking`; where it is not installed, nothing can be recorded.
`--record` writes `bench/decoding`, for the table of the page "Measured".
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import torch

from benchmarks import peers, products, recording, talking
from benchmarks.compare import interleaved, rows, show
from benchmarks.recording import Row, ratio
from n2t.decoding import decode

NEW = {"translation": 32, "language": 128}
REFERENCES = {"translation": "Hugging Face BART", "language": "Hugging Face GPT-2"}
PRODUCTS = (
    "The linear maps alone take {%s_products:.2f} as `nn.Linear` has them, and "
    "{%s_laid_out:.2f} as they are laid out for decoding"
)
ROWS = {
    "translation_64": Row(
        "cached greedy decoding, 64 sentences × 32 ids", "Hugging Face BART, cached",
        0.75, PRODUCTS % (("translation_64",) * 2),
    ),
    "language_1": Row(
        "cached GPT decoding, batch 1, 128 new ids", "Hugging Face GPT-2, cached", 0.75,
        PRODUCTS % (("language_1",) * 2),
    ),
    "language_16": Row(
        "cached GPT decoding, batch 16, 128 new ids", "Hugging Face GPT-2, cached",
        0.60, PRODUCTS % (("language_16",) * 2),
    ),
} | talking.ROWS  # fmt: skip


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


def matrix_products(task: str, batch: int) -> dict[str, Callable[[], None]]:
    """Of our linear maps in such a run, and nothing else, in both layouts."""
    language = task == "language"
    sizes, new = peers.LANGUAGE if language else peers.TRANSLATION, NEW[task]
    make = peers.our_language_model if language else peers.our_translator
    model = make(**sizes | {"dropout": 0.0}).eval()
    ids = torch.randint(3, sizes["V"], (batch, 8 if language else sizes["T"]))
    given = {"prompt": ids} if language else {"source": ids}
    run = lambda: decode(model, **given, max_new_tokens=new, stop_ids=[])  # noqa: E731
    calls = products.linear_calls(model, run)
    return {
        "products": products.forward_products(calls),
        "laid_out": products.laid_out(calls),
    }


def recorded(options: argparse.Namespace) -> dict[str, float]:
    """The table's ratios, each from one interleaved run."""
    found = products.rates(options.clock)
    for row in (row for row in ROWS if row not in talking.ROWS):
        task, batch = row.split("_")
        translating = task == "translation"
        make = translation_runs if translating else language_runs
        wanted = {"n2t", REFERENCES[task]}
        runs = {k: run for k, run in make(int(batch)).items() if k in wanted}
        runs |= matrix_products(task, int(batch))
        times = interleaved(runs, options.rounds, options.clock)
        peer = times[REFERENCES[task]]
        found |= ratio(row, times["n2t"], peer)
        for part in ("products", "laid_out"):
            found |= ratio(f"{row}_{part}", times[part], peer)
    return found | talking.recorded(options)


def main() -> None:
    """Read the command line; print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=NEW, nargs="?", default="translation")
    parser.add_argument("--batch", type=int, help="default: 64 translation, 1 language")
    recording.add_options(parser)
    parser.add_argument("--json", action="store_true")
    options, start = parser.parse_args(), time.perf_counter()
    warnings.filterwarnings("ignore", category=UserWarning)
    recording.use_threads(options.threads)
    torch.manual_seed(0)
    if options.record:
        with torch.inference_mode():
            found = recorded(options)
        recording.write(
            "decoding", ROWS, found, options, start=start, program=__file__,
            beside=talking.BESIDE,
        )  # fmt: skip
        return
    translating = options.task == "translation"
    batch = options.batch or (64 if translating else 1)
    runs = translation_runs(batch) if translating else language_runs(batch)
    reference = REFERENCES[options.task]
    with torch.inference_mode():
        times = interleaved(runs, options.rounds, options.clock)
    title = f"{options.task}, cached greedy, batch {batch}, {NEW[options.task]} new ids"
    show(title, rows(times, reference), reference, options.json)


if __name__ == "__main__":
    main()
