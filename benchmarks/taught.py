"""What a trained translator answers to its own training captions, as a file of pairs.

    N2T_DATA=... python -m benchmarks.taught RUN taught.tsv [--backward]
    N2T_DATA=... n2t train translation --preset PRESET --set batches.taught=taught.tsv

A line for each training pair, in their order, by a beam of five: the source and the
answer, more to learn from (`n2t.data.sets.taught`). With `--n-best 3` there are three
lines a pair, the best answer first. With `--nearest` the answer is that of the five
best which is nearest to the given translation, by BLEU of the sentence: "sequence-level
interpolation" of Kim and Rush (2016), section 3.3. With `--backward` the answer comes
first: RUN translates the other way, and what it read is a given translation. Six
minutes on two cores, seventeen with `--nearest`.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from sacrebleu.metrics import BLEU
from torch import nn
from tqdm import tqdm

from n2t.data.text.vocabulary import Tokenizer
from n2t.decoding import Beam, decode
from n2t.files import write_text
from n2t.modes import evaluating
from n2t.runs import corpora, folders

BEAM, LIMIT, ROWS = 5, 100, 64


@torch.inference_mode()
def answers(
    model: nn.Module,
    words: Tokenizer,
    sources: Sequence[str],
    *,
    n_best: int = 1,
    length_penalty: float = 1.0,
) -> Iterator[tuple[int, list[str]]]:
    """The number of each source and its `n_best` answers, the best of them first."""
    search = Beam(BEAM, length_penalty=length_penalty, n_best=n_best)
    rows = words.encode_batch(list(sources), eos=True)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    for start in tqdm(range(0, len(order), ROWS), desc="translating", disable=None):
        some = order[start : start + ROWS]
        source = nn.utils.rnn.pad_sequence(
            [torch.tensor(rows[i]) for i in some],
            batch_first=True,
            padding_value=model.config.pad_id,
        )
        found = decode(model, source, max_new_tokens=LIMIT, strategy=search).ids
        every = found.reshape(len(some), n_best, -1).tolist()
        for i, best in zip(some, every, strict=True):
            yield i, [" ".join(words.decode(ids).split()) for ids in best]


def nearest(candidates: Sequence[str], reference: str, score: BLEU) -> str:
    """Of some answers the one that shares most with the reference; else the first."""
    marks = [score.sentence_score(text, [reference]).score for text in candidates]
    return candidates[marks.index(max(marks))]


def taught(
    model,
    words,
    pairs,
    *,
    length_penalty: float,
    n_best: int = 1,
    near: bool = False,
    backward: bool = False,
) -> list[str]:
    """`n_best` lines for each pair, in their order: a source, a tab, a target."""
    score, lines = BLEU(lowercase=True, effective_order=True), [[]] * len(pairs)
    search = dict(n_best=BEAM if near else n_best, length_penalty=length_penalty)
    for i, best in answers(model, words, [source for source, _ in pairs], **search):
        read = " ".join(pairs[i][0].split())
        kept = [nearest(best, pairs[i][1], score)] if near else best
        sides = [(answer, read) if backward else (read, answer) for answer in kept]
        lines[i] = ["\t".join(side) for side in sides]
    return [line for some in lines for line in some]


def main() -> None:
    """Read the command line; translate; write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--n-best", type=int, default=1, choices=range(1, BEAM + 1))
    parser.add_argument("--nearest", action="store_true")
    parser.add_argument("--backward", action="store_true")
    parser.add_argument("--length-penalty", type=float, help="the run's by default")
    options = parser.parse_args()
    model, words, facts = folders.load_model(options.run, "cpu")
    data = dict(facts["configuration"]["data"])
    pairs = corpora.load(data.pop("name"), **data).train
    how = dict(near=options.nearest, backward=options.backward, n_best=options.n_best)
    penalty = options.length_penalty
    if penalty is None:
        penalty = facts["configuration"]["decode"]["length_penalty"]
    with evaluating(model):
        lines = taught(model, words, pairs, length_penalty=penalty, **how)
    write_text(options.file, "\n".join(lines) + "\n")
    print(f"{len(lines):,} lines in {options.file}")


if __name__ == "__main__":
    main()
