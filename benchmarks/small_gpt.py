"""The small GPT beside counts: what it costs, what it copies, and what it learns when.

    n2t train language-model --preset small_gpt
    n2t export runs/language-model-small_gpt-0 results/weights/small_gpt
    python -m benchmarks.small_gpt [--record]

Chapter 21's numbers: scores of the published weights and of Kneser-Ney, on tokens and
on bytes, with every choice made on validation; the longest stretches of training text
in what each writes, and in held-out text; loss by position on segments that come
twice; and samples along the checkpoints of the run. About three minutes of one core.
"""

import argparse
import lzma
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import library_copies as copies
from n2t import ledger, metrics
from n2t.models import DecoderOnly
from n2t.runs import corpora, folders
from n2t.scratch.n_grams import KneserNey
from n2t.training import checkpoints
from n2t.training.state import set_weights

NAME, CORPUS, WEIGHTS = "library/small_gpt", "library_text", "small_gpt"
RUN = Path("runs/language-model-small_gpt-0")
WINDOW, STRIDE, END_BYTE = 256, 128, 256
ORDERS = {"token": (2, 3, 4, 6, 8, 10, 14), "byte": (8, 12, 16, 20)}
STEPS = (25, 50, 100, 200, 300, 400, 500, 600, 800, 1000, 1250, 1500, 1750, 2000)
SHOWN, WRITTEN, SOME = "def ", 48, 30_000  # prompt, tokens; ids that checkpoints read
SPLITS = ("train", "validation", "test")


class Corpus:
    """The texts as lines of ids, of tokens or of bytes, in which each document ends."""

    def __init__(self, tokenizer):
        self.tokenizer, self.splits = tokenizer, corpora.load(CORPUS)
        self.eos = tokenizer.special_ids["<eos>"]
        self.texts = {name: getattr(self.splits, name) for name in SPLITS}
        self.rows = {
            name: [np.array([*row, self.eos]) for row in tokenizer.encode_batch(texts)]
            for name, texts in self.texts.items()
        }
        self.byte_rows = {
            name: [np.array([*text.encode(), END_BYTE]) for text in texts]
            for name, texts in self.texts.items()
        }
        self.sizes = {
            name: np.array([len(text.encode()) for text in texts])
            for name, texts in self.texts.items()
        }

    def line(self, split: str, kind: str = "token") -> np.ndarray:
        """All documents of a split end to end."""
        return np.concatenate((self.rows if kind == "token" else self.byte_rows)[split])

    def rows_of(self, split: str, nats: np.ndarray, kind: str = "token") -> np.ndarray:
        """(nats, bytes) of each document, from the nats of a line's ids."""
        rows = (self.rows if kind == "token" else self.byte_rows)[split]
        cuts = np.cumsum([len(row) for row in rows])[:-1]
        sums = [part.sum() for part in np.split(nats, cuts)]
        return np.stack([sums, self.sizes[split]], 1)


def rate(rows: np.ndarray) -> float:
    """Bits a byte from rows of (nats, bytes)."""
    return float(rows[:, 0].sum() / math.log(2) / rows[:, 1].sum())


@torch.no_grad()
def gpt_nats(
    model: DecoderOnly, line: np.ndarray, start: int, stride: int
) -> np.ndarray:
    """Nats of each id of a line: windows move on by ``stride``, each id counts once."""
    ids = torch.from_numpy(np.concatenate([[start], line]))
    nats, done = np.zeros(len(line)), 0
    for first in range(0, len(line), stride):
        window = ids[first : first + WINDOW + 1]
        log_p = model(window[None, :-1])[0].log_softmax(-1)
        costs = -log_p.gather(-1, window[1:, None])[:, 0].numpy()
        nats[done : first + len(costs)] = costs[done - first :]
        done = first + len(costs)
        if done == len(line):
            break
    return nats


def best_counts(corpus: Corpus, kind: str, say: Callable) -> tuple[KneserNey, dict]:
    """Kneser-Ney with the n that validation chooses, and bits a byte of every n."""
    train, held = corpus.line("train", kind), corpus.line("validation", kind)
    V = corpus.tokenizer.vocab_size if kind == "token" else END_BYTE + 1
    tried, best = {}, None
    for n in ORDERS[kind]:
        model = KneserNey(train, n, V)
        tried[n] = rate(corpus.rows_of("validation", -model.log_p(held), kind))
        say(f"{kind}s, n = {n}: {tried[n]:.4f} bits a byte")
        best = model if tried[n] == min(tried.values()) else best
    return best, tried


def compressed(corpus: Corpus) -> float:
    """Bits a byte of test by which an archive of the training text grows."""
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 24}]

    def size(text: bytes) -> int:
        return len(lzma.compress(text, lzma.FORMAT_RAW, filters=filters))

    known, new = ("".join(corpus.texts[name]).encode() for name in ("train", "test"))
    return 8 * (size(known + new) - size(known)) / len(new)


def mixed(one: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    """Nats of a weighted mean of two models' probabilities."""
    return -np.log(share * np.exp(-one) + (1 - share) * np.exp(-other))


class Study:
    """The published weights, the run they come from, the corpus, and what is found."""

    def __init__(self, run: Path, say: Callable):
        self.run, self.say = run, say
        weights = ledger.weights(WEIGHTS)
        self.model, self.tokenizer, self.facts = folders.load_model(weights)
        self.model.eval()
        self.corpus = Corpus(self.tokenizer)
        self.found: dict[str, float] = {}
        self.kept: dict[str, Any] = {}

    def score(self) -> None:
        """Bits a byte on test of every model, with what validation chose."""
        corpus, found = self.corpus, self.found
        self.counts, tried = best_counts(corpus, "token", self.say)
        by_bytes, tried_bytes = best_counts(corpus, "byte", self.say)
        self.kept["tried"] = {"token": tried, "byte": tried_bytes}
        found["n_token"], found["n_byte"] = self.counts.n, by_bytes.n
        found["runs_counted"] = sum(len(order.keys) for order in self.counts.orders)
        one = KneserNey(corpus.line("train"), 1, self.counts.V)
        held = self._nats("validation", one)
        shares = np.linspace(0.1, 0.9, 17).tolist()
        share = min(shares, key=lambda s: mixed(held["gpt"], held["counts"], s).mean())
        test = self._nats("test", one)
        test["mix"] = mixed(test["gpt"], test["counts"], share)
        rows = {name: corpus.rows_of("test", nats) for name, nats in test.items()}
        nats = -by_bytes.log_p(corpus.line("test", "byte"))
        rows["counts_bytes"] = corpus.rows_of("test", nats, "byte")
        for name, some in rows.items():
            score = metrics.bootstrap(some, rate)
            found |= {f"bits_{name}": float(score), f"bits_{name}_low": score.low}
            found[f"bits_{name}_high"] = score.high
            if name in test:
                found[f"nats_{name}"] = float(test[name].mean())
        for first, second in (("counts", "gpt"), ("gpt", "mix"), ("gpt_cut", "gpt")):
            gap = metrics.paired_bootstrap(rows[first], rows[second], rate)
            for part in ("difference", "low", "high"):
                found[f"{second}_minus_{first}_{part}"] = float(getattr(gap, part))
        found["share_of_gpt"], found["bits_compressed"] = share, compressed(corpus)
        found["bits_gpt_validation"] = rate(corpus.rows_of("validation", held["gpt"]))
        self._sizes()

    def _nats(self, split: str, one: KneserNey) -> dict[str, np.ndarray]:
        line = self.corpus.line(split)
        return {
            "unigram": -one.log_p(line),
            "counts": -self.counts.log_p(line),
            "gpt": gpt_nats(self.model, line, self.corpus.eos, STRIDE),
            "gpt_cut": gpt_nats(self.model, line, self.corpus.eos, WINDOW),
        }

    def _sizes(self) -> None:
        for name in SPLITS:
            self.found[f"documents_{name}"] = len(self.corpus.texts[name])
            self.found[f"bytes_{name}"] = int(self.corpus.sizes[name].sum())
            self.found[f"tokens_{name}"] = len(self.corpus.line(name))

    def copy(self) -> None:
        """The longest stretch of training text in what is written after prompts."""
        self.index = copies.Index(self.corpus.line("train"), self.tokenizer.vocab_size)
        given, real = copies.prompts(self.corpus.line("validation"), self.corpus.eos)
        rows = {
            "real": list(real),
            "gpt": copies.written_by_gpt(self.model, given),
            "gpt_half": copies.written_by_gpt(self.model, given, temperature=0.5),
            "counts": copies.written_by_counts(self.counts, given),
        }
        lengths = {
            k: copies.copied(self.index, self.tokenizer, v) for k, v in rows.items()
        }
        for name, some in lengths.items():
            score = metrics.bootstrap(np.array(some, dtype=float))
            self.found[f"copied_{name}"] = float(score)
            self.found[f"copied_{name}_low"] = score.low
            self.found[f"copied_{name}_high"] = score.high
            self.found[f"copied_{name}_most"] = max(some)
        self.kept["copied"] = lengths
        self.say({name: np.mean(some) for name, some in lengths.items()})

    def repeat(self) -> None:
        """Loss by position on segments that come twice, of both models; heads."""
        line, V = self.corpus.line("validation"), self.tokenizer.vocab_size
        self.kept["curves"] = {}
        for kind in ("random", "text"):
            runs = copies.segments(line, V, kind)
            curve = copies.by_position(self.model, runs)
            twice = np.concatenate([runs, runs], 1)
            counted = np.mean([-self.counts.log_p(row)[1:] for row in twice], 0)
            self.kept["curves"][kind] = {
                "gpt": curve.round(4).tolist(),
                "counts": counted.round(4).tolist(),
            }
            self.found[f"gain_{kind}"] = copies.gain(curve)
            self.found[f"gain_{kind}_counts"] = copies.gain(counted)
        runs = copies.segments(line, V, "random", 16)
        self.kept["heads"] = copies.head_scores(self.model, runs)
        self.found["best_head"] = max(map(max, self.kept["heads"]))
        self.say(self.found["gain_random"], self.found["gain_text"], self.kept["heads"])

    def along(self) -> None:
        """Loss, samples, repeats and heads at the checkpoints of the run."""
        model = DecoderOnly(self.model.config).eval()
        line, V = self.corpus.line("validation"), self.tokenizer.vocab_size
        part, runs = line[:SOME], copies.segments(line, V, "random", 16)
        prompt = np.array([[self.corpus.eos, *self.tokenizer.encode(SHOWN)]])
        self.kept["along"] = []
        for step in STEPS:
            folder = self.run / f"step-{step:08}"
            set_weights(model, checkpoints.load(folder)[0])
            model.eval()
            ids = copies.written_by_gpt(model, prompt)[0][:WRITTEN].tolist()
            nats = float(gpt_nats(model, part, self.corpus.eos, WINDOW).mean())
            saved = copies.gain(copies.by_position(model, runs))
            head = max(map(max, copies.head_scores(model, runs)))
            seen = {"step": step, "nats": nats, "gain": saved, "head": head}
            self.kept["along"].append(seen | {"text": self.tokenizer.decode(ids)})
            self.say(self.kept["along"][-1])


def main(arguments: list[str] | None = None) -> None:
    """Measure everything; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=Path, default=RUN)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    started, used = time.perf_counter(), time.process_time()
    study = Study(options.run, lambda *words: print(*words, flush=True))
    study.score()
    study.copy()
    study.repeat()
    study.along()
    for name, value in study.found.items():
        print(f"{name:28} {value:.4f}")
    if options.record:
        record(study, started, used)


def record(study: Study, started: float, used: float) -> None:
    """Write what was found into the ledger."""
    chosen = {"window": WINDOW, "stride": STRIDE, "orders": ORDERS, "steps": STEPS}
    chosen |= {"prompt": copies.PROMPT, "new": copies.NEW, "draws": copies.DRAWS}
    chosen |= {"segment": copies.SEGMENT, "shown": SHOWN}
    ledger.record(
        NAME,
        task="language-model",
        command=f"{study.facts['command']} && python -m benchmarks.small_gpt --record",
        configuration={"run": study.facts["configuration"], **chosen},
        seeds=[study.facts["seed"]],
        metrics={key: [float(value)] for key, value in study.found.items()},
        device=f"cpu: {folders.processor()}, {torch.get_num_threads()} threads",
        wall_seconds=time.perf_counter() - started,
        processor_seconds=time.process_time() - used,
        versions=folders.versions(),
        data=study.facts["data"],
        sources=ledger.sources_of(__file__),
        note="One seed. Intervals are over documents (bits) and prompts (copies).",
        **study.kept,
    )


if __name__ == "__main__":
    main()
