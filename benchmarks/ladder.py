"""The ladder: one test set, one metric, from copying the source to beam search.

    python -m benchmarks.ladder count [--split test --record]
    python -m benchmarks.ladder score RUNS [--rung NAME ...] [--split test --record]
    python -m benchmarks.ladder table

`count` scores the rungs that take no gradient: the source as its own translation, and
a translator that only counts (`word_for_word.py`; about a minute on one thread).
`score` scores the trained rungs, whose runs lie in the folder RUNS as

    n2t train translation --preset ladder_rnn

and the others leave them: 800 updates each, 7 to 15 minutes of one thread. All
choices are made on the validation split; the test split is scored once, for
`--record`, which writes `multi30k/RUNG` to the ledger. `table` prints the records.

So few updates favor what learns fast. The learning rate is the same in all rungs, and
was compared with another in one of them alone: after 200 updates, a third of it left
the plain RNN further behind on the validation split.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import torch

from benchmarks.word_for_word import Weights, WordForWord
from n2t import ledger
from n2t.data.sets.splits import Splits
from n2t.data.text import split_words
from n2t.metrics import bleu
from n2t.runs import corpora, folders, scoring

BEAM = {"beam": 5, "length_penalty": 0.6}
RUNGS: dict[str, tuple[str, dict[str, Any]]] = {
    "rnn": ("ladder_rnn", {}),
    "lstm": ("ladder_lstm", {}),
    "bahdanau": ("ladder_bahdanau", {}),
    "transformer": ("ladder_transformer", {}),
    "byte_pair": ("ladder_byte_pair", {}),
    "smoothing": ("ladder_smoothing", {"weights": "last"}),
    "averaging": ("ladder_smoothing", {}),
    "beam": ("ladder_smoothing", {"decode": BEAM}),
    "quantized": ("ladder_smoothing", {"decode": BEAM, "dtype": torch.int8}),
}
"""The preset of each trained rung, and how its run is scored."""
COUNTED = ("copy", "n_gram")
CHOICES = {
    "back": (0.2, 0.4, 0.6),
    "language": (0.7, 1.0, 1.3),
    "skip": (-3.0, -5.0, -7.0),
}
"""The weights that are tried for the rung `n_gram`..."""
N_TRIED = 200
"""...on so many captions of the validation split."""
SHARED = (
    "One seed. The processor did other work at the same time: wall_seconds are those "
    "of a share of it, processor_seconds what the training itself used."
)


def copied(part: Sequence[tuple[str, str]]) -> tuple[list[str], dict[str, Any]]:
    """The sources as answers, and what to record of them."""
    facts = {"configuration": {"answer": "the source"}, "parameters": 0, "tokens": 0}
    return [source for source, _ in part], facts


def counted(splits: Splits, part: Sequence) -> tuple[list[str], dict[str, Any]]:
    """The answers of a translator that counts, and what to record of it."""
    words = [tuple(map(split_words, pair)) for pair in splits.train]
    model = WordForWord(words)

    def answer(pairs: Sequence, weights: Weights) -> list[str]:
        rows = [split_words(source) for source, _ in pairs]
        return [" ".join(model.translate(row, weights)) for row in rows]

    tried = splits.validation[:N_TRIED]
    best = max(
        (Weights(*numbers) for numbers in product(*CHOICES.values())),
        key=lambda weights: bleu(answer(tried, weights), [b for _, b in tried]),
    )
    print("n_gram", best)
    facts = {
        "configuration": {
            "weights": asdict(best),
            "tried": {key: list(values) for key, values in CHOICES.items()},
            "tried_on": f"the first {N_TRIED} captions of the validation split",
            "choices": model.n_choice,
            "width": model.width,
            "order": model.language.order,
            "discount": model.language.discount,
        },
        "parameters": model.n_parameter,
        "tokens": sum(len(target) for _, target in words),
    }
    return answer(part, best), facts


def count(split: str, record: bool) -> None:
    """Score the rungs that take no gradient; record them if asked to."""
    splits = corpora.load("multi30k")
    part = getattr(splits, split)
    for rung in COUNTED:
        started, used = time.perf_counter(), time.process_time()
        answers, facts = copied(part) if rung == "copy" else counted(splits, part)
        scores = scoring.score_texts(answers, [target for _, target in part])
        say(rung, split, scores)
        if not record:
            continue
        ledger.record(
            f"multi30k/{rung}",
            task="translation",
            command="python -m benchmarks.ladder count --split test --record",
            seeds=[0],
            metrics={key: [float(score)] for key, score in scores.items()},
            signatures=scoring.signatures(scores, split),
            device=f"cpu: {folders.processor()}, {torch.get_num_threads()} threads",
            wall_seconds=time.perf_counter() - started,
            processor_seconds=time.process_time() - used,
            commit=folders.commit(),
            versions=folders.versions(),
            data=corpora.hashes("multi30k", splits),
            sources=sources(),
            updates=0,
            note="Nothing is drawn, so no seed changes it.",
            **facts,
        )


def sources() -> list[str]:
    """What the rungs that take no gradient depend on."""
    chosen = "n2t.data.sets.multi30k.multi30k", "n2t.runs.scoring.score_texts"
    return ledger.sources_of(__file__, *chosen)


def score(folder: Path, rungs: Sequence[str], split: str, record: bool) -> None:
    """Score the trained rungs; record them if asked to."""
    for rung in rungs:
        preset, options = RUNGS[rung]
        run_dir = folder / f"translation-{preset}-0"
        if not record:
            say(rung, split, scoring.evaluate(run_dir, split=split, **options))
            continue
        words = f"score runs --rung {rung} --split {split} --record"
        command = f"{folders.read(run_dir)['command']} && python -m benchmarks.ladder"
        facts = {"command": f"{command} {words}", "note": SHARED}
        name = f"multi30k/{rung}"
        scoring.enter(name, [run_dir], split=split, facts=facts, **options)
        found = ledger.result(name)
        say(rung, split, {key: found.metric(key) for key in found["metrics"]})


def say(rung: str, split: str, scores: dict[str, float]) -> None:
    """Print a rung's scores on one line."""
    print(rung, split, *(f"{key} {v:.3f}" for key, v in scores.items()), flush=True)


def table() -> list[dict[str, Any]]:
    """The recorded rungs from the bottom up, as rows of a table.

    A row's "minutes" are of the processor where the record has them, of the clock
    where not. Rungs that one run gives have its parameters, updates and minutes.
    """
    known = ledger.names()
    names = [rung for rung in (*COUNTED, *RUNGS) if f"multi30k/{rung}" in known]
    rows = []
    for rung in names:
        found = ledger.result(f"multi30k/{rung}")
        keys = ("bleu_cased", "bleu_lower", "chrf")
        seconds = found.get("processor_seconds", found["wall_seconds"])
        rows.append(
            {"rung": rung}
            | {key: found.metric(key) for key in keys}
            | {key: found[key] for key in ("parameters", "updates")}
            | {"minutes": seconds / 60}
        )
    return rows


def show() -> None:
    """Print the table."""
    for row in table():
        scores = "  ".join(f"{row[key]:5.1f}" for key in list(row)[1:4])
        sizes = f"{row['parameters']:>9,}  {row['updates']:4}  {row['minutes']:5.1f}"
        print(f"{row['rung']:12} {scores}  {sizes}")


def main(arguments: list[str] | None = None) -> None:
    """Score, print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("count", "score", "table"))
    parser.add_argument("runs", nargs="?", type=Path, default=Path("runs"))
    parser.add_argument("--rung", action="append", choices=tuple(RUNGS))
    parser.add_argument("--split", default="validation", choices=scoring.SPLITS[1:])
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    if options.what == "table":
        show()
    elif options.what == "count":
        count(options.split, options.record)
    else:
        rungs = options.rung or tuple(RUNGS)
        score(options.runs, rungs, options.split, options.record)


if __name__ == "__main__":
    main()
