"""One translator, many decoders: quality, length and time on validation captions.

    N2T_DATA=... python -m benchmarks.decoders [--captions 300] [--record]

The course's own translator (English to German) translates the first captions of the
validation split: greedily, by beams of several sizes with and without length
normalization, and by sampling with three seeds. `--record` writes
`translator/decoders` to the ledger, which chapter 18 draws. About 6 minutes.
"""

import argparse
import time

import torch

from n2t import ledger, metrics
from n2t.data.batches import pad
from n2t.decoding import Beam, Greedy, Sample, Strategy, decode
from n2t.runs import corpora, folders

NAME = "translator/decoders"
WEIGHTS = "multi30k_en_de"
BATCH, LIMIT = 20, 60
SUMS, NORMALIZED = (2, 5, 10, 20, 50, 100), (2, 5, 10, 20)
SAMPLES = {
    "sample_1": Sample(),
    "sample_half": Sample(temperature=0.5),
    "top_k_10": Sample(top_k=10),
    "top_p_80": Sample(top_p=0.8),
}
SEEDS = (0, 1, 2)


def arms() -> dict[str, Strategy]:
    """Every decoder, by the name that its metrics end with."""
    sums = {f"sum_{k}": Beam(k, length_penalty=0.0) for k in SUMS}
    means = {f"normalized_{k}": Beam(k, length_penalty=1.0) for k in NORMALIZED}
    return {"greedy": Greedy()} | sums | means | SAMPLES


class Captions:
    """Sources, references, and the model that translates them."""

    def __init__(self, n: int):
        self.model, self.words, _ = folders.load_model(ledger.weights(WEIGHTS))
        self.splits = corpora.load("multi30k")
        pairs = self.splits.validation[:n]
        self.wanted = [target for _, target in pairs]
        self.rows = self.words.encode_batch([source for source, _ in pairs], eos=True)
        self.order = sorted(range(n), key=lambda i: len(self.rows[i]))

    def batches(self) -> list[list[int]]:
        """Captions of like length together."""
        n = len(self.order)
        return [self.order[i : i + BATCH] for i in range(0, n, BATCH)]

    def translate(self, strategy: Strategy, seed: int) -> tuple[list[str], list[float]]:
        """Answers and their scores, in the order of the captions."""
        texts, scores = [""] * len(self.rows), [0.0] * len(self.rows)
        generator = torch.Generator().manual_seed(seed)
        for batch in self.batches():
            found = decode(
                self.model,
                pad([self.rows[i] for i in batch]),
                max_new_tokens=LIMIT,
                strategy=strategy,
                generator=generator,
            )
            for i, ids, score in zip(
                batch, found.lists(), found.scores.tolist(), strict=True
            ):
                texts[i], scores[i] = self.words.decode(ids), score
        return texts, scores

    @torch.no_grad()
    def log_probabilities(self, texts: list[str]) -> list[float]:
        """Of whole sentences, their end mark included."""
        config, found = self.model.config, [0.0] * len(texts)
        for batch in self.batches():
            ids = [self.words.encode(texts[i]) for i in batch]
            given = pad([[config.bos_id, *row] for row in ids])
            wanted = pad([[*row, config.eos_id] for row in ids])
            log_p = self.model(pad([self.rows[i] for i in batch]), given)
            log_p = log_p.log_softmax(-1).gather(-1, wanted[..., None])[..., 0]
            sums = (log_p * (wanted != config.pad_id)).sum(1).tolist()
            for i, value in zip(batch, sums, strict=True):
                found[i] = value
        return found


def words_in(texts: list[str]) -> int:
    """How many words, parted by blanks, all texts have together."""
    return sum(len(text.split()) for text in texts)


def measure(captions: Captions) -> dict[str, list[float]]:
    """BLEU, ratio of lengths and processor seconds of every arm, one value a seed."""
    found: dict[str, list[float]] = {}
    counts = {}
    human = captions.log_probabilities(captions.wanted)
    for name, strategy in arms().items():
        for seed in SEEDS if name in SAMPLES else SEEDS[:1]:
            started = time.process_time()
            texts, scores = captions.translate(strategy, seed)
            seconds = time.process_time() - started
            bleu = float(metrics.bleu(texts, captions.wanted))
            ratio = words_in(texts) / words_in(captions.wanted)
            for what, value in (
                ("bleu", bleu), ("length_ratio", ratio), ("seconds", seconds)
            ):  # fmt: skip
                found.setdefault(f"{what}_{name}", []).append(value)
            print(f"{name:14} {bleu:5.1f} {ratio:.3f} {seconds:6.1f} s", flush=True)
        counts[name] = metrics.bleu_statistics(texts, captions.wanted)
        if name == "greedy" or name.startswith("sum_"):
            more = [a > b for a, b in zip(scores, human, strict=True)]
            found[f"above_human_{name}"] = [sum(more) / len(more)]
            found[f"log_probability_{name}"] = [sum(scores) / len(scores)]
    found["log_probability_human"] = [sum(human) / len(human)]
    nothing = captions.log_probabilities([""] * len(human))
    found["log_probability_empty"] = [sum(nothing) / len(nothing)]
    for name, other in (("human", human), ("sum_5", scores_of(captions))):
        more = [a > b for a, b in zip(nothing, other, strict=True)]
        found[f"empty_above_{name}"] = [sum(more) / len(more)]
    for one, other in (("greedy", "normalized_5"), ("sum_5", "sum_100")):
        gap = metrics.paired_bootstrap(
            counts[one], counts[other], metrics.bleu_of_statistics
        )
        for end in ("low", "high"):
            found[f"{other}_minus_{one}_{end}"] = [float(getattr(gap, end))]
    return found


def scores_of(captions: Captions) -> list[float]:
    """Log-probabilities of what a beam of five finds."""
    return captions.translate(Beam(5, length_penalty=0.0), 0)[1]


def sources() -> list[str]:
    """The files that the numbers depend on; which model, the weights' folder says."""
    return ledger.sources_of(__file__, "n2t.models.Transformer")


def each_seed(values: list[float]) -> list[float]:
    """One value a seed: what draws nothing has the same for all."""
    return values * len(SEEDS) if len(values) == 1 else values


def main(arguments: list[str] | None = None) -> None:
    """Translate with every decoder; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--captions", type=int, default=300)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    started, used = time.perf_counter(), time.process_time()
    captions = Captions(options.captions)
    found = measure(captions)
    for name, values in found.items():
        print(f"{name:28}", *(f"{value:.3f}" for value in values))
    if not options.record:
        return
    ledger.record(
        NAME,
        task="translation",
        command=f"python -m benchmarks.decoders --captions {options.captions} --record",
        configuration={
            "weights": WEIGHTS,
            "captions": f"the first {options.captions} of the validation split",
            "batch": BATCH,
            "max_new_tokens": LIMIT,
            "arms": {name: repr(strategy) for name, strategy in arms().items()},
        },
        seeds=list(SEEDS),
        metrics={key: each_seed(values) for key, values in found.items()},
        signatures={"bleu_greedy": metrics.bleu([" "], ["a"]).signature},
        device=f"cpu: {folders.processor()}, {torch.get_num_threads()} threads",
        wall_seconds=time.perf_counter() - started,
        processor_seconds=time.process_time() - used,
        versions=folders.versions(),
        data=corpora.hashes("multi30k", captions.splits),
        sources=sources(),
        note="The processor did other work at the same time. What draws nothing has "
        "the same value for every seed.",
    )


if __name__ == "__main__":
    main()
