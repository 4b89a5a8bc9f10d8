"""How many captions does it take to choose a length penalty?

    N2T_DATA=... n2t train translation --preset PRESET --set data.held_out=3000
    N2T_DATA=... python -m benchmarks.penalties runs/translation-PRESET-0 [--record]

A run that was trained without some captions translates those captions, and the
published validation captions, by a beam of five with several penalties. They are cut
into folds, each at least as large as the published validation set: what would
be chosen on each, and what would that choice be worth on all the others? `--record`
writes `multi30k/penalties`. About two minutes a penalty.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from n2t import ledger, metrics
from n2t.data.sets.splits import Splits
from n2t.runs import corpora, folders, lineage, scoring, tasks

NAME = "multi30k/penalties"
PENALTIES = (0.0, 0.6, 1.0, 1.3, 2.0, 3.0)
BEAM, LIMIT = 5, 100


def folds(splits: Splits, n_held: int) -> list[slice]:
    """The published validation captions, then as many folds of those held out."""
    n_all = len(splits.validation)
    n_published = n_all - n_held
    if n_held < n_published:
        raise ValueError(
            f"held_out ({n_held}) must be at least {n_published}, the size of a fold"
        )
    n_fold = n_held // n_published
    ends = np.linspace(n_published, n_all, n_fold + 1).round().astype(int).tolist()
    return [slice(0, n_published), *map(slice, ends[:-1], ends[1:])]


def counts(model, words, pairs: list[tuple[str, str]], penalty: float) -> np.ndarray:
    """What BLEU counts in each translation: (N, 10), lower case."""
    sources, wanted = zip(*pairs, strict=True)
    search = dict(beam=BEAM, length_penalty=penalty, max_new_tokens=LIMIT)
    answers = scoring.translate(model, words, sources, **search)
    return metrics.bleu_statistics(answers, wanted, lowercase=True, language="de")


def scores(rows: np.ndarray) -> tuple[float, float]:
    """BLEU, and the words written for each word of the references."""
    return metrics.bleu_of_statistics(rows), rows[:, -2].sum() / rows[:, -1].sum()


def compared(tables: dict[float, np.ndarray], parts: list[slice]) -> dict[str, float]:
    """Metrics: BLEU and ratio of each fold and penalty, and what choosing is worth."""
    found, best = {}, {}
    bleu = np.empty((len(parts), len(tables)))
    for at, (penalty, rows) in enumerate(tables.items()):
        for fold, part in enumerate(parts):
            bleu[fold, at], ratio = scores(rows[part])
            found[f"bleu_{penalty}_{fold}"] = bleu[fold, at]
            found[f"ratio_{penalty}_{fold}"] = ratio
        found[f"bleu_{penalty}"], found[f"ratio_{penalty}"] = scores(rows)
    choices = list(tables)
    for fold, part in enumerate(parts):
        chosen = choices[int(bleu[fold].argmax())]
        others = {p: np.delete(rows, part, axis=0) for p, rows in tables.items()}
        elsewhere = {p: scores(rows)[0] for p, rows in others.items()}
        best[f"chosen_{fold}"] = chosen
        best[f"lost_{fold}"] = max(elsewhere.values()) - elsewhere[chosen]
    whole = max(choices, key=lambda penalty: found[f"bleu_{penalty}"])
    return found | best | {"chosen": whole}


def main(arguments: list[str] | None = None) -> None:
    """Translate with every penalty; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", type=Path, help="a finished run with data.held_out")
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    started, used = time.perf_counter(), time.process_time()
    model, words, facts = folders.load_model(options.run)
    data = dict(facts["configuration"]["data"])
    splits = corpora.load(data.pop("name"), **data)
    parts = folds(splits, data.get("held_out", 0))
    tables = {}
    for penalty in PENALTIES:
        tables[penalty] = counts(model, words, splits.validation, penalty)
        said = [f"{bleu:.2f} ({r:.3f})" for bleu, r in map(scores, _cut(tables, parts))]
        print(penalty, *said, flush=True)
    found = compared(tables, parts)
    worth = ("chosen", "lost")
    print({key: value for key, value in found.items() if key.startswith(worth)})
    if options.record:
        _record(found, facts, splits, parts, (started, used))


def _cut(tables: dict[float, np.ndarray], parts: list[slice]) -> list[np.ndarray]:
    """The newest table's folds, then all of it."""
    rows = list(tables.values())[-1]
    return [*(rows[part] for part in parts), rows]


def sources(facts: dict[str, Any] | None = None) -> list[str]:
    """The files that the numbers depend on; by default of a run of the best recipe."""
    preset = tasks.read_preset("translation", "best")
    facts = facts or {"task": "translation", "configuration": preset}
    return ledger.sources_of(__file__, *lineage.chosen(facts))


def _record(found, facts, splits, parts, clocks: tuple[float, float]) -> None:
    ledger.record(
        NAME,
        task="translation",
        command=f"{facts['command']} && python -m benchmarks.penalties RUN --record",
        configuration={
            "run": facts["configuration"],
            "beam": BEAM,
            "max_new_tokens": LIMIT,
            "penalties": list(PENALTIES),
            "folds": [part.stop - part.start for part in parts],
        },
        seeds=[facts["seed"]],
        metrics={key: [float(value)] for key, value in found.items()},
        signatures={"bleu_1.0": metrics.bleu(["a"], ["a"], lowercase=True).signature},
        device=f"cpu: {folders.processor()}, {torch.get_num_threads()} threads",
        wall_seconds=time.perf_counter() - clocks[0],
        processor_seconds=time.process_time() - clocks[1],
        versions=folders.versions(),
        data=corpora.hashes("multi30k", splits),
        sources=sources(facts),
        note="BLEU in lower case. Fold 0 is the published validation set.",
    )


if __name__ == "__main__":
    main()
