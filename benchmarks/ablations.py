"""Chapter 17's translator with one part of its recipe taken away, several seeds each.

    python -m benchmarks.ablations [ARM ...] [--seeds 5] [--record]

The model, the pairs, the batches and the number of updates are the chapter's. An arm
changes what its name says: no label smoothing; no warm-up; and AdamW alone, where the
warm-up should matter most, at the chapter's learning rate and at a fifth of it, with
the norms first ("pre") or last ("post") and a warm-up of so many updates. A seed
changes the first weights and the order of the batches, never the pairs. Exact
match and plain loss (without smoothing) are of the validation pairs. `--record` writes
each arm to the ledger as `translator/ablations/ARM`, which the chapter draws.
About 20 s a seed and arm on one thread.
"""

import argparse
import time
from typing import Any

import torch

from n2t import ledger
from n2t.data.batches import TokenBatches, pad
from n2t.data.sets.dates import date_pairs
from n2t.data.sets.numbers import number_pairs
from n2t.data.text import FastBytePairTokenizer
from n2t.decoding import decode
from n2t.metrics import exact_match
from n2t.models import Transformer, TransformerConfig
from n2t.training import FitConfig, fit, translation_loss

NAME = "translator/ablations"
DATA = {"size": 4000, "held_out": 300, "styles": ("numeric", "medium", "long")}
MODEL = {
    "d_model": 64,
    "n_head": 4,
    "n_layer": 2,
    "d_ff": 128,
    "dropout": 0.0,
    "max_length": 96,
    "norm_first": True,
    "position": "rotary",
    "tie_embeddings": "all",
}
FIT = {"max_steps": 500, "warmup": 50, "learning_rate": 5e-3, "optimizer": "muon"}
TRAINING = {"max_tokens": 512, "label_smoothing": 0.1}
VOCABULARY = 400
ARMS: dict[str, dict[str, Any]] = {
    "chapter": {},
    "no_smoothing": {"label_smoothing": 0.0},
    "no_warmup": {"warmup": 0},
} | {
    f"adamw_{norm}_{size}_{warmup}": {
        "optimizer": "adamw",
        "norm_first": norm == "pre",
        "learning_rate": rate,
        "warmup": warmup,
    }
    for size, rate in (("high", FIT["learning_rate"]), ("low", 1e-3))
    for norm in ("post", "pre")
    for warmup in (FIT["warmup"], 0)
}

Pairs = list[tuple[str, str]]


def pairs() -> tuple[Pairs, Pairs]:
    """Training and validation pairs of all three tasks, each source with its tag."""
    sizes = {key: DATA[key] for key in ("size", "held_out")}
    german = number_pairs("de", even_lengths=True, **sizes)
    chinese = number_pairs("zh", even_lengths=True, **sizes)
    days = date_pairs("en", "zh", styles=DATA["styles"], **sizes)
    train, validation, _ = (
        [
            (f"{tag}: {x}", y)
            for tag, part in zip(("de", "zh", "zh"), parts, strict=True)
            for x, y in part
        ]
        for parts in zip(german, chinese, days, strict=True)
    )
    return train, validation


def configuration(arm: str, vocab_size: int) -> dict[str, Any]:
    """Everything that one arm is given, as the ledger keeps it."""
    changes = ARMS[arm]

    def changed(part: dict[str, Any]) -> dict[str, Any]:
        return part | {key: value for key, value in changes.items() if key in part}

    model = TransformerConfig(vocab_size, vocab_size, **changed(MODEL))
    recipe = {"model": model.to_dict(), "fit": changed(FIT)}
    return {"data": DATA} | recipe | changed(TRAINING)


def encode(some: Pairs, tokenizer: FastBytePairTokenizer) -> list:
    """Pairs of ids; the source ends with an end mark."""
    return [(tokenizer.encode(x, eos=True), tokenizer.encode(y)) for x, y in some]


def train(settings: dict[str, Any], ids: list, seed: int) -> Transformer:
    """A model trained on pairs of ids."""
    torch.manual_seed(seed)
    model = Transformer(TransformerConfig(**settings["model"]))
    batches = TokenBatches(ids, max_tokens=settings["max_tokens"], seed=seed)
    loss = translation_loss(settings["label_smoothing"])
    fit(model, batches, loss, config=FitConfig(seed=seed, **settings["fit"]))
    return model.eval()


@torch.no_grad()
def score(
    model: Transformer, tokenizer: FastBytePairTokenizer, some: Pairs
) -> dict[str, float]:
    """Share of exact answers, and plain loss a token under teacher forcing, in nats."""
    sources, wanted = zip(*some, strict=True)
    found = decode(
        model, pad(tokenizer.encode_batch(sources, eos=True)), max_new_tokens=60
    )
    answers = [tokenizer.decode(ids) for ids in found.lists()]
    plain = translation_loss()
    sums = [plain(model, batch) for batch in TokenBatches(encode(some, tokenizer))]
    nats, count = (float(sum(column)) for column in zip(*sums, strict=True))
    return {"exact_match": float(exact_match(answers, wanted)), "loss": nats / count}


def main(arguments: list[str] | None = None) -> None:
    """Train and score the arms; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("arms", nargs="*", metavar="ARM", help=", ".join(ARMS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    unknown = set(options.arms) - set(ARMS)
    if unknown:
        parser.error(f"ARM ({', '.join(sorted(unknown))}): there are {', '.join(ARMS)}")
    torch.set_num_threads(1)
    practice, held_out = pairs()
    texts = [text for pair in practice for text in pair]
    tokenizer = FastBytePairTokenizer.train(texts, VOCABULARY, cut="bounded")
    for arm in options.arms or ARMS:
        start, found = time.perf_counter(), []
        settings = configuration(arm, tokenizer.vocab_size)
        for seed in range(options.seeds):
            model = train(settings, encode(practice, tokenizer), seed)
            found.append(score(model, tokenizer, held_out))
            print(arm, seed, *(f"{v:.4f}" for v in found[-1].values()), flush=True)
        if options.record:
            write(arm, settings, found, time.perf_counter() - start)


def write(
    arm: str, settings: dict[str, Any], found: list[dict], wall_seconds: float
) -> None:
    """Put one arm into the ledger."""
    ledger.record(
        f"{NAME}/{arm}",
        task="translation",
        command=f"python -m benchmarks.ablations {arm} --seeds {len(found)} --record",
        configuration=settings,
        seeds=range(len(found)),
        metrics={key: [scores[key] for scores in found] for key in found[0]},
        versions={"torch": torch.__version__},
        sources=ledger.sources_of(__file__),
        wall_seconds=wall_seconds,
    )


if __name__ == "__main__":
    main()
