"""Summaries taken, written and copied: chapter 22's comparison.

    python -m benchmarks.summaries [--task docstrings] [--seeds 1] [--record]

Sentences chosen from the text (`benchmarks.extractive`), two networks from nothing
(`benchmarks.summary_models`; each with its own learning rate, the one with the lowest
validation loss), and SmolLM2 asked in words about a few of the test texts
(`benchmarks.summary_answers`). The test set is read once, after every choice. `--task
scitldr` does the same at full size, but for SmolLM2, and takes the best of a paper's
summaries as its reference. `--record` writes `summaries/<task>` to the ledger. What was
trained or asked is kept below `runs/summaries`, so a call that stopped goes on. About
half an hour on one thread.
"""

import argparse
import json
import time

import numpy as np
import torch

from benchmarks import extractive
from benchmarks.summary_answers import TEST, ask, drawn
from benchmarks.summary_errors import KINDS, Rule, by_hand
from benchmarks.summary_models import (
    ARMS,
    FOLDER,
    MODEL,
    TASKS,
    VOCABULARY,
    Task,
    first_summaries,
    job,
    load,
    names,
    summarize,
)
from n2t import ledger
from n2t.data.text import split_words
from n2t.ledger import places
from n2t.metrics import bootstrap, paired_bootstrap, plain_words, rouge_rows

SCORES = ("rouge1", "rouge2", "rougeL")
PAIRS = (
    ("lead", "pointer"),
    ("plain", "pointer"),
    ("lead", "frequent"),
    ("lead", "text_rank"),
)
LONGEST_LEAD, EVERY = 40, 4


def cleaned(summary: str) -> str:
    """Without the sign for an unknown word, which is no word."""
    return " ".join(summary.replace("<unk>", " ").split())


def cut(summary: str, n: int) -> str:
    """The first n words, as ROUGE counts them."""
    return " ".join(plain_words(summary)[:n])


def trained(task: Task, seeds: int, texts: list[str]) -> tuple[dict, dict, float]:
    """Each arm's summaries, a list a seed; what was chosen; processor seconds."""
    written, chosen, seconds = {}, {}, 0.0
    for arm in ARMS:
        tried = {rate: job(task, arm, rate, 0) for rate in task.rates}
        rate = min(task.rates, key=lambda r: tried[r]["validation_loss"])
        jobs = [job(task, arm, rate, seed) for seed in range(seeds)]
        seconds += sum(j["seconds"] for j in [*tried.values(), *jobs[1:]])
        losses = {f"{r:g}": tried[r]["validation_loss"] for r in task.rates}
        facts = ("updates", "parameters", "folder")
        about = unknown(task, arm, jobs[0]["folder"])
        chosen[arm] = {"rate": rate, "losses": losses} | about
        chosen[arm] |= {n: jobs[0][n] for n in facts}
        written[arm] = []
        for found in jobs:
            model, reader = load(task, arm, places.ROOT / found["folder"])
            began = time.process_time()
            written[arm].append(summarize(model, reader, texts, about["banned"]))
            seconds += time.process_time() - began
    return written, chosen, seconds


def unknown(task: Task, arm: str, folder: str) -> dict:
    """Whether `<unk>` is banned when decoding, by ROUGE-L on some validation texts.

    rougeL: with it allowed, and banned; unknown: summaries that have it if allowed.
    """
    model, reader = load(task, arm, places.ROOT / folder)
    some = first_summaries(task.load().validation)[::EVERY]
    texts, wanted = [text for text, _ in some], [summary for _, summary in some]
    each = [summarize(model, reader, texts, banned) for banned in (False, True)]
    scores = [
        float(rouge_rows(list(map(cleaned, said)), wanted)[:, 2].mean())
        for said in each
    ]
    share = float(np.mean(["<unk>" in text for text in each[0]]))
    return {"banned": scores[1] > scores[0], "rougeL": scores, "unknown": share}


def answers(task: Task, length: int) -> dict:
    """What SmolLM2 said, now or in an earlier call; nothing, where it is not asked."""
    if not task.asked:
        return {"rows": drawn(len(task.load().test), TEST), "said": None}
    path = FOLDER / task.name / "asked.json"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(ask(task, length)), "utf-8")
    return json.loads(path.read_text("utf-8"))


def everything(task: Task, seeds: int) -> dict:
    """All that is recorded."""
    splits = task.load()
    texts = [text for text, _ in splits.test]
    wanted = [[s] if isinstance(s, str) else list(s) for _, s in splits.test]
    firsts = [summary for _, summary in first_summaries(splits.train)]
    length = round(float(np.mean([len(plain_words(s)) for s in firsts])))
    written, chosen, seconds = trained(task, seeds, texts)
    for name, choose in extractive.EXTRACTIVE.items():
        written[name] = [[choose(text) for text in texts]] * seeds
    best = [extractive.oracle(*pair) for pair in zip(texts, wanted, strict=True)]
    written["oracle"] = [best] * seeds
    rows = {
        arm: [rouge_rows(list(map(cleaned, some)), wanted) for some in each]
        for arm, each in written.items()
    }
    said = answers(task, length)
    shown = examples(splits, written, said)
    _, reader = load(task, "pointer", places.ROOT / chosen["pointer"]["folder"])
    copyable = [names(reader, *pair) for pair in zip(texts, wanted, strict=True)]
    return {
        "metrics": metrics(written, wanted, rows, length),
        "intervals": {arm: intervals(each[0]) for arm, each in rows.items()},
        "pairs": {f"{a} {b}": compared(rows[a][0], rows[b][0]) for a, b in PAIRS},
        "names": found_names(copyable, written),
        "asked": said["said"] and about_answers(said, rows, wanted, length),
        "lead_curve": lead_curve(texts, wanted),
        "kinds": kinds(splits, written, said),
        "examples": shown,
        "judged": [one | read for one in shown if (read := by_hand(one["row"]))],
        "chosen": chosen,
        "length": length,
        "seconds": seconds,
    }


def metrics(written: dict, wanted: list, rows: dict, length: int) -> dict:
    """Means of each arm, a value a seed: ROUGE, words, ROUGE of as many words."""
    found = {}
    for arm, each in written.items():
        for column, score in enumerate(SCORES):
            means = [float(some[:, column].mean()) for some in rows[arm]]
            found[f"{arm}_{score}"] = means
        words = [[plain_words(cleaned(text)) for text in some] for some in each]
        found[f"{arm}_words"] = [float(np.mean(list(map(len, w)))) for w in words]
        short = [[cut(cleaned(text), length) for text in some] for some in each]
        same = [rouge_rows(some, wanted)[:, 2] for some in short]
        found[f"{arm}_cut_rougeL"] = [float(row.mean()) for row in same]
        unknown = [np.mean(["<unk>" in text for text in some]) for some in each]
        found[f"{arm}_unknown"] = list(map(float, unknown))
    return found


def intervals(rows: np.ndarray) -> dict:
    """Each score with its bootstrap interval, for one seed."""
    found = {}
    for column, score in enumerate(SCORES):
        mean = bootstrap(rows[:, column])
        found[score] = [float(mean), mean.low, mean.high]
    return found


def compared(first: np.ndarray, second: np.ndarray) -> dict:
    """The second minus the first on the same texts, with interval and p."""
    found = {}
    for column, score in enumerate(SCORES):
        both = paired_bootstrap(first[:, column], second[:, column])
        found[score] = [both.difference, both.low, both.high, both.p_value]
    return found


def about_answers(said: dict, rows: dict, wanted: list, length: int) -> dict:
    """SmolLM2's scores, and the others' on the same texts."""
    some = [wanted[i] for i in said["rows"]]
    own = rouge_rows(said["said"], some)
    others = {arm: each[0][said["rows"]] for arm, each in rows.items()}
    words = [len(plain_words(text)) for text in said["said"]]
    short = rouge_rows([cut(text, length) for text in said["said"]], some)
    return {
        "way": said["way"],
        "validation": said["validation"],
        "n": len(some),
        "words": float(np.mean(words)),
        "cut": float(short[:, 2].mean()),
        "scores": {arm: intervals(o) for arm, o in (others | {"smollm2": own}).items()},
        "pairs": {arm: compared(own, o) for arm, o in others.items()},
    }


def found_names(copyable: list[set[str]], written: dict) -> dict:
    """Of the texts with a name that can be copied, how many summaries have one."""
    rows = [i for i, some in enumerate(copyable) if some]
    found = {"n": len(rows)}
    for arm, each in written.items():
        said = [set(split_words(each[0][i], True)) for i in rows]
        hits = [bool(copyable[i] & s) for i, s in zip(rows, said, strict=True)]
        found[arm] = sum(hits)
    return found


def lead_curve(texts: list[str], wanted: list) -> dict[str, list[float]]:
    """ROUGE-1 of the first n words of a text, n from 1."""
    curve = {}
    for measure in ("precision", "recall", "f1"):
        curve[measure] = []
        for n in range(1, LONGEST_LEAD + 1):
            first = [cut(text, n) for text in texts]
            scores = rouge_rows(first, wanted, measure=measure)
            curve[measure].append(float(scores[:, 0].mean()))
    return curve


def kinds(splits, written: dict, said: dict) -> dict[str, list[float]]:
    """Shares of the summaries with each kind of error, by the rule."""
    rule, test = Rule(first_summaries(splits.train)), first_summaries(splits.test)
    found = {}
    each = {arm: (range(len(test)), some[0]) for arm, some in written.items()}
    if said["said"]:
        each["smollm2"] = (said["rows"], said["said"])
    for arm, (rows, texts) in each.items():
        sets = [
            rule.kinds(*test[i], cleaned(text))
            for i, text in zip(rows, texts, strict=True)
        ]
        found[arm] = [float(np.mean([kind in s for s in sets])) for kind in KINDS]
    return found


def examples(splits, written: dict, said: dict) -> list[dict]:
    """Some test texts, with what each arm made of them."""
    test, rule = first_summaries(splits.test), Rule(first_summaries(splits.train))
    found = []
    for place, row in enumerate(said["rows"]):
        text, reference = test[row]
        one = {arm: each[0][row] for arm, each in written.items()}
        copied = cleaned(one["pointer"])
        by_rule = sorted(rule.kinds(text, reference, copied))
        begin = " ".join(text.split()[:60])
        if said["said"]:
            one["smollm2"] = said["said"][place]
        facts = {"row": row, "text": begin, "reference": reference}
        found.append(facts | {"by_rule": by_rule} | one)
    return found


def main(arguments: list[str] | None = None) -> None:
    """Train, choose, test; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--task", choices=list(TASKS), default="docstrings")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    task = TASKS[options.task]
    found = everything(task, options.seeds)
    metrics, chosen = found.pop("metrics"), found.pop("chosen")
    print(json.dumps({k: np.mean(v).round(4) for k, v in metrics.items()}, indent=1))
    if options.record:
        ledger.record(
            f"summaries/{task.name}",
            task=task.name,
            command=(
                f"python -m benchmarks.summaries --task {task.name} "
                f"--seeds {options.seeds} --record"
            ),
            configuration={
                "model": MODEL,
                "vocabulary": VOCABULARY,
                "rates": list(task.rates),
                "source": task.source,
                "target": task.target,
                "max_tokens": task.max_tokens,
                "epochs": task.epochs,
                "chosen": chosen,
            },
            seeds=range(options.seeds),
            metrics=metrics,
            versions={"torch": torch.__version__},
            sources=ledger.sources_of(__file__),
            wall_seconds=found.pop("seconds"),
            page=found,
        )


if __name__ == "__main__":
    main()
