"""What can be read only once, such as a generator, gives what a list of it gives."""

import importlib
import inspect
import io
import pkgutil
import tarfile

import matplotlib
import numpy as np
import pytest
import tokenizers
import torch
from tokenizers import models

import n2t.data
import n2t.metrics
import n2t.plots
from n2t import metrics, plots
from n2t.data import batches, text
from n2t.data.sets import (
    dates,
    docstrings,
    fsdd,
    library_text,
    python_text,
    splits,
    vader,
)
from n2t.data.text import byte_pair, chat, specials
from n2t.metrics import calibration, edits

matplotlib.use("agg")

TEXTS = ["the cat", "a dog's hat", "the hat", "two cats", "one dog", "no dog"]
PAIRS = [(text, text.upper()) for text in TEXTS]
IDS = [([5, 6], [7]), ([8], [9, 9])]
SQUARE, ROWS = np.eye(2), [[0.0, 1.0], [1.0, 0.0]]
DOCUMENT = docstrings.Docstring("numpy.a", "numpy.a.f", "word " * 30)
ASKED = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "H"}]
SOUND = np.zeros(4, np.float32)
SPOKEN = [fsdd.Recording(SOUND, i % 10, "abc"[i % 3], i) for i in range(9)]
HALF = {"validation": 0.3, "test": 0.3}

#: name → what it gives for an iterable that ``once`` makes of a list
CASES = {
    "BytePairTokenizer.__init__": lambda once: text.BytePairTokenizer(once([(4, 5)])),
    "BytePairTokenizer.train": lambda once: text.BytePairTokenizer.train(
        once(TEXTS), 265
    ),
    "CharacterTokenizer.__init__": lambda once: text.CharacterTokenizer(once("abc")),
    "CharacterTokenizer.train": lambda once: text.CharacterTokenizer.train(once(TEXTS)),
    "FastBytePairTokenizer.__init__": lambda once: text.FastBytePairTokenizer(
        once([(4, 5)])
    ),
    "LabeledBatches.__init__": lambda once: batches.LabeledBatches(
        once([(once([5, 6]), 0), (once([7]), 1)])
    ),
    "LanguageModelBatches.__init__": lambda once: batches.LanguageModelBatches(
        once(range(4, 90)), 2, 5
    ),
    "LibraryTokenizer.chat": lambda once: text.LibraryTokenizer(
        tokenizers.Tokenizer(models.BPE(vocab={"H": 2, "i": 3}, merges=[])),
        {chat.BEGIN: 0, chat.END: 1},
        {},
        chat.CHATML,
    ).chat(once(ASKED)),
    "conversation": lambda once: list(chat.conversation(chat.CHATML, once(ASKED))),
    "MergeDropout.__init__": lambda once: text.MergeDropout(
        text.BytePairTokenizer([(4, 5)]), once(TEXTS)
    ).draw(np.random.default_rng(0)),
    "ResampledBatches.__init__": lambda once: batches.ResampledBatches(
        once(PAIRS), text.BytePairTokenizer([])
    ),
    "Splits.__init__": lambda once: twice(
        splits.Splits(*map(once, (TEXTS, [], PAIRS)))
    ),
    "TokenBatches.__init__": lambda once: batches.TokenBatches(
        once([(once(source), once(target)) for source, target in IDS])
    ),
    "Table.__init__": lambda once: repr(
        plots.Table(once("ab"), once([once("xy"), once("zw")]), best=once(()))
    ),
    "Tokenizer.decode": lambda once: text.BytePairTokenizer([]).decode(once([68, 69])),
    "Tokenizer.encode": lambda once: text.BytePairTokenizer([]).encode(
        "a<eos>", allowed_special=once(["<eos>"])
    ),
    "Tokenizer.encode_batch": lambda once: text.CharacterTokenizer("abc").encode_batch(
        once(["ab<eos>", "<eos>"]), allowed_special=once(["<eos>"])
    ),
    "Tokenizer.encode_iterable": lambda once: list(
        text.CharacterTokenizer("abc").encode_iterable(
            once(["ab<eos>", "<eos>"]), allowed_special=once(["<eos>"])
        )
    ),
    "WordTokenizer.__init__": lambda once: text.WordTokenizer(once(["a", "b"])),
    "WordTokenizer.train": lambda once: text.WordTokenizer.train(once(TEXTS)),
    "attention_maps": lambda once: plots.attention_maps(
        once([SQUARE, SQUARE]), rows=once("ab"), columns=once("cd"), titles=once("ef")
    ),
    "bleu": lambda once: metrics.bleu(once(TEXTS), once([once([t]) for t in TEXTS])),
    "bleu_statistics": lambda once: metrics.bleu_statistics(once(TEXTS), once(TEXTS)),
    "bootstrap": lambda once: metrics.bootstrap(once([1.0, 2.0])),
    "by_module": lambda once: docstrings.by_module(
        once([(t, (t, t)) for t in TEXTS]), **HALF
    ),
    "chain": lambda once: plots.chain(plots.canvas(), (0, 0), once("ab")),
    "chrf": lambda once: metrics.chrf(once(TEXTS), once(TEXTS)),
    "code": lambda once: python_text.code(once(["numpy"]), **HALF),
    "count_pieces": lambda once: byte_pair.count_pieces(once(TEXTS)),
    "date_pairs": lambda once: dates.date_pairs(
        styles=once(["long", "medium"]), size=9, held_out=2
    ),
    "distinct": lambda once: splits.distinct(once(PAIRS + PAIRS)),
    "docstring_pairs": lambda once: docstrings.docstring_pairs(once(["numpy"]), **HALF),
    "chips": lambda once: (
        plots.chips(ax := plots.canvas(), (0, 1), once("ab"), role=once(["key", None])),
        ax,
    ),
    "links": lambda once: (
        ax := plots.canvas(),
        plots.links(ax, once([(0, 0), (1, 0)]), once([(0, 1)]), once([[1.0], [0.5]])),
        [line.get_xydata() for line in ax.lines],
    )[1:],
    "draw_mask": lambda once: plots.draw_mask(
        once([[True, False]]), rows=once("a"), columns=once("bc")
    ),
    "exact_match": lambda once: metrics.exact_match(once(TEXTS), once(TEXTS)),
    "heatmap": lambda once: plots.heatmap(
        once(ROWS), rows=once("ab"), columns=once("cd")
    ),
    "in_order": lambda once: specials.in_order({"<x>": 1}, once("ab")),
    "kept": lambda once: splits.kept(once(TEXTS)),
    "pack": lambda once: batches.pack(once([once([5]), once([6])])),
    "pad": lambda once: batches.pad(once([once([5]), once([6, 7])])),
    "paired_bootstrap": lambda once: metrics.paired_bootstrap(
        once([1.0, 2]), once([2, 2])
    ),
    "prose": lambda once: python_text.prose(once(["numpy"]), **HALF),
    "published": lambda once: twice(
        splits.published(*map(once, (PAIRS, PAIRS[:2], PAIRS[1:3])))
    ),
    "rouge": lambda once: metrics.rouge(once(TEXTS), once(TEXTS)),
    "split": lambda once: splits.split(once(PAIRS), validation=1, test=1),
    "transformer_diagram": lambda once: plots.transformer_diagram(once(["encoder"])),
    "vader": lambda once: vader.vader(once(["tweets", "news"]), validation=1, test=1),
    "without_leaks": lambda once: splits.without_leaks(once(PAIRS), once(PAIRS[:2])),
    "accuracy": lambda once: metrics.accuracy(once([1, 2]), once([1, 3])),
    "curves": lambda once: plots.curves({"a": (once([1, 2]), once([3.0, 4.0]))}),
    "decision_boundary": lambda once: plots.decision_boundary(
        lambda p: p[:, 0] - 0.5, once([[0, 0], [1, 1]]), once([0, 1])
    ),
    "at_random": lambda once: fsdd.at_random(once(SPOKEN), **HALF),
    "by_speaker": lambda once: fsdd.by_speaker(once(SPOKEN), "a", "b"),
    "character_error_rate": lambda once: edits.character_error_rate(
        once(TEXTS), once([text[1:] for text in TEXTS])
    ),
    "library_text": lambda once: library_text.library_text(once(["numpy"]), **HALF),
    "rouge_rows": lambda once: metrics.rouge_rows(
        once(TEXTS), once([once([t, "cat"]) for t in TEXTS])
    ),
    "target_ids": lambda once: text.target_ids(
        text.WordTokenizer(["a"]), "a b c", once(["c", "b"])
    ),
    "words_of": lambda once: text.words_of(
        text.WordTokenizer(["a"]), once([4, 6, 5]), ["c", "b"]
    ),
    "reliability": lambda once: (
        calibration.reliability(once([0.2, 0.7]), once([0, 1])).error
    ),
    "best_temperature": lambda once: calibration.best_temperature(
        once([1.0, -2.0, 0.5]), once([1, 0, 0])
    ),
    "pack_file": None,  # tests/data/batches/test_pack_file.py
    "with_taught": None,  # tests/data/sets/test_taught.py
}
#: One example, not many, or a check that hands on what it is given.
OTHERS = {"sides", "first_side", "longest_common_subsequence", "edit_distance"}


def twice(parts):
    """Sets that are looked at once before they are given back."""
    assert [list(part) for part in parts] == [list(part) for part in parts]
    return parts


def takers():
    """Public functions and methods that take a sequence or an iterable, by name."""
    modules = [n2t.data, n2t.metrics, n2t.plots]
    names = (
        found.name
        for package in list(modules)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    )
    modules += [importlib.import_module(n) for n in names if not n.endswith("__main__")]
    for module in modules:
        for name, value in vars(module).items():
            if name.startswith(("_", "check_")) or value.__class__.__name__ == "module":
                continue
            if getattr(value, "__module__", None) == module.__name__:
                yield from (found for found in methods(name, value) if found)


def methods(name, value):
    """A function that takes iterables, or those of a class that do."""
    if not inspect.isclass(value):
        yield name if inspect.isfunction(value) and takes(value) else ""
        return
    for own, method in inspect.getmembers(value, inspect.isroutine):
        public = own == "__init__" or not own.startswith("_")
        if public and getattr(method, "__module__", "") == value.__module__:
            yield f"{name}.{own}" if takes(method) else ""


def takes(function):
    parameters = inspect.signature(function).parameters.values()
    words = ("Sequence", "Iterable", "References")
    return any(word in str(p.annotation) for p in parameters for word in words)


def plain(value):
    """What a result holds, so that two of them can be compared."""
    if isinstance(value, text.Tokenizer):
        return [value.vocabulary, value.encode("the cats")]
    if isinstance(value, batches.Epochs):
        return [plain(batch) for batch in value]
    if isinstance(value, batches.Batch):
        return [plain(getattr(value, n)) for n in ("source", "target_out", "index")]
    if isinstance(value, torch.Tensor | np.ndarray):
        return value.tolist()
    if hasattr(value, "findobj"):  # a figure or axes
        return [t.get_text() for t in value.findobj(matplotlib.text.Text)]
    if isinstance(value, splits.Splits | list | tuple):
        return [plain(part) for part in value]
    return value


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Packages and archives small enough for a test."""
    for module in (docstrings, python_text):
        monkeypatch.setattr(module, "docstrings", lambda name: (DOCUMENT,))
    file = tmp_path / "a.py"
    file.write_text("x = 1\n")
    monkeypatch.setattr(python_text, "source_files", lambda name: [(file, "numpy.a")])
    with tarfile.open(tmp_path / "hutto_ICWSM_2014.tar.gz", "w:gz") as archive:
        for name in vader.VADER_SOURCES.values():
            data = "".join(f"{i}\t0.5\t{name} {i}\n" for i in range(9)).encode()
            info = tarfile.TarInfo(f"hutto_ICWSM_2014/{name}_GroundTruth.txt")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    monkeypatch.setattr(vader, "fetch", lambda name: tmp_path)


def test_everything_that_takes_many_things_is_looked_at_here():
    assert set(takers()) - set(CASES) - OTHERS == set()


@pytest.mark.usefixtures("own_checks_only", "small")
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case])
def test_a_generator_gives_what_a_list_gives(name):
    from matplotlib import pyplot

    wanted = plain(CASES[name](list))
    assert plain(CASES[name](iter)) == wanted
    pyplot.close("all")


def test_a_broken_line_of_vader_is_named():
    with pytest.raises(ValueError, match="tweets, line 3 must be a number, a rating"):
        vader._snippet("1\tgood", "tweets, line 3")
