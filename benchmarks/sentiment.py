"""Ways to tell praise from blame, on the same test sentences.

    N2T_DATA=... python -m benchmarks.sentiment [--data sst] [--seeds 3] [--record]

Arms: the larger class; VADER's lexicon and rules; counts, and TF-IDF of words and pairs
of words, with logistic regression; a small encoder from nothing; the same after it has
learned to fill in hidden words of the training texts (pooled by the mean, the first
token, or attention); all-MiniLM-L6-v2, frozen, with logistic regression on its vectors.
Each arm has its own strength of penalty, or learning rate, or threshold: that with the
highest accuracy on validation. Test is scored once. The record keeps each test
sentence's log-odds, so that arms can be compared sentence by sentence, with intervals
over documents, and those of `benchmarks.sentiment_probes`. Vocabularies and weights of
words are learned from training texts alone. `--record` on the opinions also writes the
encoder that fills in words, as int8, below `results/weights`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import encoders, sentiment_probes, sentiment_weights
from benchmarks.encoders import Labeled
from n2t import ledger
from n2t.data.batches import pad
from n2t.data.sets.opinions import Opinion, opinions
from n2t.data.sets.sst import sst
from n2t.data.sources.public import find_model
from n2t.data.sources.registry import REGISTRY
from n2t.data.text import load_tokenizer
from n2t.models.bert import load_minilm
from n2t.models.encoder_only import EncoderOnly

PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
RATES = (3e-4, 1e-3, 3e-3)
MASKED = {"epochs": 20, "rate": 2e-3}
POOLINGS = ("mean", "first", "attention")
SHARES = (100, 800)  # training sentences of the learning curve
LEAST = 300  # updates, however few the sentences
PARTS = ("train", "validation", "test")
DATA = {"opinions": "vader", "sst": "sst"}

Judge = Callable[[Sequence[str]], np.ndarray]


@dataclass
class Task:
    """Texts and classes in three parts, and what is kept of each arm."""

    texts: dict[str, list[str]]
    labels: dict[str, list[int]]
    about: dict[str, list] = field(default_factory=dict)  # of test sentences
    scores: dict[str, list[dict[str, np.ndarray]]] = field(default_factory=dict)
    chosen: dict[str, Any] = field(default_factory=dict)

    def keep(self, arm: str, judges: Sequence[Judge], chosen: Any) -> None:
        """Keep what judges, one a seed, say of validation, test and probes."""
        asked = {part: self.texts[part] for part in PARTS[1:]}
        asked["probes"] = sentiment_probes.sentences()
        self.scores[arm] = [
            {part: judge(texts) for part, texts in asked.items()} for judge in judges
        ]
        self.chosen[arm] = chosen
        shown = [self.accuracy("test", one["test"]) for one in self.scores[arm]]
        print(f"{arm:24} {chosen!s:12}", *(f"{x:.4f}" for x in shown), flush=True)

    def accuracy(self, part: str, scores: np.ndarray) -> float:
        """The share of a part's sentences on the right side."""
        return encoders.accuracy(scores, self.labels[part])

    def best(self, judges: dict[Any, Judge]) -> Any:
        """The choice whose judge is right most often on validation."""
        texts = self.texts["validation"]
        found = {c: self.accuracy("validation", j(texts)) for c, j in judges.items()}
        return max(found, key=lambda choice: found[choice])


def read(name: str) -> Task:
    """The task of that name."""
    if name == "sst":
        parts = dict(zip(PARTS, sst("binary"), strict=True))
        texts = {part: [text for text, _ in rows] for part, rows in parts.items()}
        labels = {part: [label for _, label in rows] for part, rows in parts.items()}
        return Task(texts, labels)
    found: dict[str, list[Opinion]] = dict(zip(PARTS, opinions(), strict=True))
    documents = {o.document: n for n, o in enumerate(found["test"])}
    return Task(
        {part: [o.text for o in rows] for part, rows in found.items()},
        {part: [o.label for o in rows] for part, rows in found.items()},
        {
            "ratings": [round(100 * o.rating) for o in found["test"]],
            "documents": [documents[o.document] for o in found["test"]],
            "sources": [o.source for o in found["test"]],
        },
    )


def lexicon(task: Task) -> None:
    """VADER's compound score against the threshold that does best on validation."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    rate, known = SentimentIntensityAnalyzer().polarity_scores, {}

    def compound(text: str) -> float:
        if text not in known:
            known[text] = rate(text)["compound"]
        return known[text]

    def judge(threshold: float) -> Judge:
        return lambda texts: np.array([compound(text) for text in texts]) - threshold

    thresholds = np.round(np.arange(-0.3, 0.301, 0.05), 2)
    judges = {float(threshold): judge(threshold) for threshold in thresholds}
    best = task.best(judges)
    task.keep("lexicon", [judges[best]], best)


def linear(task: Task, arm: str, rows_of: Callable, n: int | None = None) -> None:
    """Logistic regression on rows of numbers, with the best penalty."""
    from sklearn.linear_model import LogisticRegression

    train = rows_of(task.texts["train"])

    def fit(strength: float) -> Judge:
        model = LogisticRegression(C=strength, max_iter=5000, tol=1e-6)
        model.fit(train[:n], task.labels["train"][:n])
        return lambda texts: model.decision_function(rows_of(texts))

    judges = {strength: fit(strength) for strength in PENALTIES}
    best = task.best(judges)
    task.keep(arm, [judges[best]], best)


def ways(task: Task) -> dict[str, Callable]:
    """How a list of texts becomes rows; words are those of the training texts."""
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

    counts = CountVectorizer(min_df=2).fit(task.texts["train"])
    weighted = TfidfVectorizer(min_df=2, ngram_range=(1, 2)).fit(task.texts["train"])
    return {
        "counts": remembered(counts.transform),
        "tf-idf": remembered(weighted.transform),
        "MiniLM": remembered(minilm_vectors),
    }


def remembered(rows_of: Callable) -> Callable:
    """The same function, which computes the rows of a list of texts once."""
    known: dict[int, Any] = {}

    def again(texts: Sequence[str]) -> Any:
        key = hash(tuple(texts))
        if key not in known:
            known[key] = rows_of(texts)
        return known[key]

    return again


@torch.no_grad()
def minilm_vectors(texts: Sequence[str]) -> np.ndarray:
    """all-MiniLM-L6-v2's vector of each text, (N, 384)."""
    model, tokenizer = load_minilm(), load_tokenizer("minilm")
    rows = [tokenizer.encode(text, bos=True, eos=True)[:128] for text in texts]
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    found = np.zeros((len(rows), model.config.d_model), np.float32)
    for start in range(0, len(order), 64):
        some = order[start : start + 64]
        found[some] = model(pad([rows[i] for i in some], tokenizer.pad_id)).numpy()
    return found


class Encoders:
    """The arms that train an encoder: ids of the task's texts, and a way to start."""

    def __init__(self, task: Task, seeds: int):
        self.task, self.seeds = task, seeds
        self.tokenizer = encoders.learn_tokenizer(task.texts["train"])
        self.V = self.tokenizer.vocab_size
        self.classes = 1 + max(task.labels["train"])
        self.parts = {
            part: Labeled(self.rows(task.texts[part]), task.labels[part])
            for part in PARTS
        }

    def rows(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of texts."""
        return [encoders.encode(self.tokenizer, text) for text in texts]

    def pretrain(self) -> tuple[EncoderOnly, dict[str, list[float]]]:
        """The encoder that fills in hidden words of the training texts."""
        return encoders.pretrain(self.parts, self.V, seed=0, **MASKED)

    def arm(self, name: str, start: EncoderOnly | None, pooling: str = "mean") -> float:
        """Every seed at the rate that the first of them does best with."""
        trained = {rate: self._train(start, rate, 0, pooling) for rate in RATES}
        rate = max(trained, key=lambda r: trained[r][1])
        models = [trained[rate][0]]
        for seed in range(1, self.seeds):
            models.append(self._train(start, rate, seed, pooling)[0])
        self.task.keep(name, [self._judge(model) for model in models], rate)
        return rate

    def few(self, name: str, start: EncoderOnly | None, rate: float) -> None:
        """The same with few training sentences, at the rate for all of them."""
        for n in SHARES:
            judges = [
                self._judge(self._train(start, rate, seed, "mean", n)[0])
                for seed in range(self.seeds)
            ]
            self.task.keep(f"{name}, {n}", judges, rate)

    def _train(self, start, rate, seed, pooling, n=None):
        train = self.parts["train"].first(n or len(self.parts["train"].rows))
        return encoders.finetune(
            start,
            self.V,
            train,
            self.parts["validation"],
            rate=rate,
            seed=seed,
            pooling=pooling,
            least=LEAST,
            classes=self.classes,
        )

    def _judge(self, model: torch.nn.Module) -> Judge:
        return lambda texts: encoders.scores(model, self.rows(texts))


def compare(task: Task, seeds: int, *, curve: bool) -> dict[str, Any]:
    """Every arm; what is left of them beside the scores."""
    larger = 2 * (np.mean(task.labels["train"]) > 0.5) - 1
    task.keep("larger class", [lambda texts: np.full(len(texts), larger)], None)
    lexicon(task)
    small = Encoders(task, seeds)
    rate = small.arm("nothing", None)
    if curve:
        small.few("nothing", None, rate)
    encoder, losses = small.pretrain()
    print("masked", *(f"{x:.3f}" for x in losses["validation"]), flush=True)
    for pooling in reversed(POOLINGS):
        rate = small.arm(f"pretrained, {pooling}", encoder, pooling)
    if curve:
        small.few("pretrained", encoder, rate)
    for arm, rows_of in ways(task).items():
        linear(task, arm, rows_of)
        for n in SHARES if curve and arm != "counts" else ():
            linear(task, f"{arm}, {n}", rows_of, n)
    return {"losses": losses, "small": small, "encoder": encoder}


def packed(scores: np.ndarray) -> str:
    """Hundredths of log-odds, in one line."""
    return " ".join(str(int(x)) for x in np.round(100 * scores).clip(-9999, 9999))


def metrics_of(task: Task, seeds: int, more: dict) -> dict[str, list[float]]:
    """Test accuracy of each arm, one a seed, and losses on hidden words.

    What has no chance in it says the same for each seed.
    """
    parts, V = more["small"].parts, more["small"].V
    train, validation = parts["train"].rows, parts["validation"].rows
    with tempfile.TemporaryDirectory() as folder:
        rounded = sentiment_weights.rounded(more["encoder"], Path(folder))
    found = {
        arm: [task.accuracy("test", one["test"]) for one in scores]
        for arm, scores in task.scores.items()
    }
    found["masked loss"] = [encoders.masked_loss(more["encoder"], validation)]
    found["masked loss, int8"] = [encoders.masked_loss(rounded, validation)]
    found["masked loss, counted"] = [encoders.counted_loss(train, validation, V)]
    return {
        name: values * (seeds if len(values) == 1 else 1)
        for name, values in found.items()
    }


def write(name: str, task: Task, options: argparse.Namespace, more: dict) -> None:
    """The record, and the small weights."""
    command = f"python -m benchmarks.sentiment --data {name}"
    command += f" --seeds {options.seeds} --record"
    metrics, files = metrics_of(task, options.seeds, more), REGISTRY[DATA[name]].files
    ledger.record(
        f"sentiment/{name}",
        task="two classes of sentiment",
        command=command,
        configuration=configuration(task, more),
        seeds=range(options.seeds),
        metrics=metrics,
        data={f"{DATA[name]}/{file.name}": file.sha256 for file in files},
        versions={"torch": torch.__version__},
        sources=ledger.sources_of(__file__),
        wall_seconds=more["seconds"],
        test={"labels": "".join(map(str, task.labels["test"])), **_lines(task.about)},
        validation={"labels": "".join(map(str, task.labels["validation"]))},
        log_odds={
            arm: {part: [packed(one[part]) for one in scores] for part in scores[0]}
            for arm, scores in task.scores.items()
            if not arm[-1].isdigit()  # of the learning curve accuracies are enough
        },
        losses={part: np.round(x, 4).tolist() for part, x in more["losses"].items()},
        minilm=find_model("minilm").name,
        probes=sentiment_probes.about(),
    )
    if name == "opinions":
        facts = {"command": command, "sentences": len(task.texts["train"])}
        facts["masked_loss"] = metrics["masked loss, int8"][0]
        small = more["small"]
        sentiment_weights.publish(more["encoder"], small.tokenizer, facts, None)


def configuration(task: Task, more: dict) -> dict[str, Any]:
    """What the record says of how it was made."""
    return {
        "arms": list(task.scores),
        "chosen": task.chosen,
        "sizes": encoders.SIZES,
        "vocab_size": more["small"].V,
        "masked": MASKED,
        "rates": RATES,
        "penalties": PENALTIES,
        "shares": SHARES,
        "sentences": {part: len(task.texts[part]) for part in PARTS},
        "parameters": more["encoder"].n_parameters(),
    }


def _lines(about: dict[str, list]) -> dict[str, str]:
    return {name: " ".join(map(str, values)) for name, values in about.items()}


def main(
    arguments: list[str] | None = None, read: Callable[[str], Task] = read
) -> dict[str, Any]:
    """Run all arms; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", choices=DATA, default="opinions")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    start, task = time.perf_counter(), read(options.data)
    more = compare(task, options.seeds, curve=options.data == "opinions")
    more["seconds"] = time.perf_counter() - start
    if options.record:
        write(options.data, task, options, more)
    return more


if __name__ == "__main__":
    main()
