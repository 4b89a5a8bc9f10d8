"""What the course's own models say, for the engine of the pages to say too."""

import random
from dataclasses import dataclass
from functools import cache

import torch
from odd_strings import odd_strings

from coursekit import paths
from n2t.decoding import Beam, Sample, decode
from n2t.decoding.searches import SingleSearch
from n2t.runs.folders import load_model

GPT, TRANSLATOR = "small_gpt", "multi30k_en_de"
INPUTS = 20
WHO = ("A man", "Two women", "A little girl in a red dress", "A brown dog", "People")
DOES = ("runs", "is sitting", "are playing with a ball", "jumps", "sleeps")
WHERE = ("on the beach.", "in the street", "near a lake at night.", "through snow.")


@cache
def loaded(name):
    """Model, tokenizer and facts of shipped weights."""
    return load_model(paths.ROOT / "results" / "weights" / name)


@cache
def strings(name):
    """Odd strings, their ids, random ids, and what those stand for."""
    _, tokenizer, _ = loaded(name)
    draw, texts = random.Random(0), odd_strings(400)
    noise = [
        [draw.randrange(tokenizer.vocab_size) for _ in range(12)] for _ in range(200)
    ]
    return {
        "texts": texts,
        "ids": [tokenizer.encode(text) for text in texts],
        "noise": noise,
        "decoded": [tokenizer.decode(ids) for ids in noise],
    }


@dataclass(frozen=True)
class SharedDraws(Sample):
    """`Sample` from given numbers in [0, 1), likeliest tokens first: the page's way."""

    uniforms: tuple[float, ...] = ()

    def search(self, prompt, max_new_tokens, stops, pad_id, generator):
        """One number a step, at which a token is found."""
        numbers = iter(self.uniforms)

        def pick(logits):
            p, ids = self.probabilities(logits.double()).sort(
                descending=True, stable=True
            )
            at = (p.cumsum(-1) <= next(numbers)).sum(-1, keepdim=True)
            return ids.gather(-1, at)[:, 0]

        return SingleSearch(pick, prompt, max_new_tokens, stops, pad_id)


def flat(numbers):
    """Numbers of any shapes, one after another."""
    return torch.cat([each.reshape(-1).float() for each in numbers])


def steps(logits, maps):
    """Each step's logits, and where each head of each layer looks at that step."""
    own = [m[0] for name, m in maps.items() if "self" in name and "encoder" not in name]
    cross = [m[0] for name, m in maps.items() if "cross" in name]
    for t, row in enumerate(logits):
        yield row
        yield from (m[:, t, : t + 1] for m in own)
        yield from (m[:, t] for m in cross)


@cache
def random_texts():
    """Random ids for the GPT, and its numbers for them."""
    model, tokenizer, _ = loaded(GPT)
    draw, cases = random.Random(1), []
    for _ in range(INPUTS):
        count = draw.randint(1, 24)
        ids = [draw.randrange(tokenizer.vocab_size) for _ in range(count)]
        x = torch.tensor([ids])
        with torch.no_grad():
            logits = model(x)[0]
        numbers = flat(steps(logits, model.attention_maps(x)))
        cases.append({"ids": ids, "numbers": numbers})
    return cases


@cache
def sampled():
    """Prompts, settings and numbers, and the ids that they lead to."""
    model, tokenizer, _ = loaded(GPT)
    eos, draw, cases = model.config.eos_id, random.Random(2), []
    for text in ("import", "class ", "def f(x):\n    return", "The king"):
        for _ in range(INPUTS // 4):
            how = (round(draw.uniform(0.3, 1.5), 2), round(draw.uniform(0.3, 1.0), 2))
            numbers = tuple(draw.random() for _ in range(16))
            prompt = [eos, *tokenizer.encode(text)]
            ids = decode(
                model,
                prompt=torch.tensor([prompt]),
                max_new_tokens=len(numbers),
                strategy=SharedDraws(how[0], top_p=how[1], uniforms=numbers),
            ).ids[0]
            case = {"prompt": prompt, "temperature": how[0], "topP": how[1]}
            cases.append({**case, "uniforms": list(numbers), "wanted": ids.tolist()})
    return cases


def sentences():
    """Random captions."""
    draw = random.Random(3)
    return [
        " ".join(map(draw.choice, (WHO, DOES, WHERE)))
        for _ in range(INPUTS)
    ]  # fmt: skip


@cache
def translated():
    """Captions: ids by greedy and beam, scores; the greedy's logits and attention."""
    model, tokenizer, facts = loaded(TRANSLATOR)
    how = facts["configuration"]["decode"]
    beam = Beam(how["beam"], how["length_penalty"], n_best=how["beam"])
    cases = []
    for text in sentences():
        source = tokenizer.encode(text, eos=True)
        x, longest = torch.tensor([source]), how["max_new_tokens"]
        greedy = decode(model, x, max_new_tokens=longest).ids
        found = decode(model, x, max_new_tokens=longest, strategy=beam)
        rows = zip(found.ids[0].tolist(), found.lengths[0].tolist(), strict=True)
        target = torch.cat([torch.tensor([[model.config.bos_id]]), greedy[:, :-1]], 1)
        with torch.no_grad():
            logits = model(x, target)[0]
        maps = model.attention_maps(x, target)
        read = [m[0].transpose(0, 1) for n, m in maps.items() if "encoder" in n]
        case = {"source": source, "ids": target[0].tolist()}
        case["greedy"] = greedy[0].tolist()
        case["beam"] = [ids[:length] for ids, length in rows]
        case["scores"] = found.scores[0].tolist()
        case["numbers"] = flat([*read, *steps(logits, maps)])
        cases.append(case)
    return cases
