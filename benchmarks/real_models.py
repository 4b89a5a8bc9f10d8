"""What the Hugging Face library computes with the public models, kept for comparison.

    python -m benchmarks.real_models [--record]

SmolLM2: for a few prompts the ten largest logits at some places, and forty greedy
tokens. MiniLM: the beginning of a few sentences' vectors. The library reads a GGUF
file only with two packages more, ``pip install --no-deps gguf accelerate``, and takes a
minute; pages and tests compare with what was recorded. The ids are from n2t's
tokenizers, whose equality is tested elsewhere; nothing else here is n2t's.
"""

from __future__ import annotations

import argparse
import time
from importlib.metadata import version
from typing import Any

import torch
import transformers
from torch import Tensor

from n2t import ledger
from n2t.data.sources.public import MODELS, find_model
from n2t.data.text import load_tokenizer

TEXTS = [
    "The capital of France is",
    "Once upon a time, there was a little",
    "def fibonacci(n):\n",
]
QUESTIONS = [
    "What is the capital of France?",
    "What is 17 + 25?",
    "法国的首都是哪里？",
]
SENTENCES = [
    "A man is eating food.",
    "Someone has a meal.",
    "The girl carries a baby.",
    "六点",
]
TOP, NEW, BEGINNING = 10, 40, 10
SETTINGS = {
    "top": TOP,
    "new_tokens": NEW,
    "texts": TEXTS,
    "questions": QUESTIONS,
    "sentences": SENTENCES,
    "files": {name: dict(model.files) for name, model in MODELS.items()},
}


@torch.no_grad()
def smollm2() -> list[dict[str, Any]]:
    """One entry a prompt: its ids, the largest logits at some places, what follows."""
    path, tokenizer = find_model("smollm2"), load_tokenizer("smollm2")
    theirs = transformers.AutoModelForCausalLM.from_pretrained(
        str(path.parent), gguf_file=path.name, dtype=torch.float32
    ).eval()
    rows = [(text, tokenizer.encode(text)) for text in TEXTS]
    for question in QUESTIONS:
        message = {"role": "user", "content": question}
        rows.append((question, tokenizer.chat([message])))
    found = []
    for text, ids in rows:
        one = torch.tensor([ids])
        logits = theirs(one).logits[0]  # (T, V)
        places = sorted({len(ids) // 2, len(ids) - 1})
        found.append(
            {
                "text": text,
                "chat": text in QUESTIONS,
                "ids": ids,
                "places": [place(logits, at) for at in places],
            }
            | greedy(theirs, one, tokenizer)
        )
    return found


def place(logits: Tensor, at: int) -> dict[str, Any]:
    """The largest logits after the id that stands ``at`` there, and their ids."""
    largest = logits[at].topk(TOP)
    return {
        "at": at,
        "top_ids": largest.indices.tolist(),
        "top_logits": [round(value, 6) for value in largest.values.tolist()],
    }


def greedy(theirs: Any, ids: Tensor, tokenizer: Any) -> dict[str, Any]:
    """Forty tokens, stops and all, and how near the second choice ever came."""
    out = theirs.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=NEW, do_sample=False,
        eos_token_id=None, output_logits=True, return_dict_in_generate=True,
    )  # fmt: skip
    new = out.sequences[0, ids.shape[1] :].tolist()
    best = torch.cat(out.logits).topk(2).values  # (NEW, 2)
    return {
        "greedy_ids": new,
        "greedy_text": tokenizer.decode(new, show_special=True),
        "least_lead": round(float((best[:, 0] - best[:, 1]).min()), 6),
    }


@torch.no_grad()
def minilm() -> list[dict[str, Any]]:
    """One entry a sentence: its ids, and the beginning of its vector of length 1."""
    tokenizer = load_tokenizer("minilm")
    theirs = transformers.BertModel.from_pretrained(find_model("minilm")).eval()
    found, vectors = [], []
    for sentence in SENTENCES:
        ids = tokenizer.encode(sentence, bos=True, eos=True)
        vector = theirs(torch.tensor([ids])).last_hidden_state[0].mean(0)
        vectors.append(vector / vector.norm())
        found.append({"text": sentence, "ids": ids})
    for entry, vector in zip(found, vectors, strict=True):
        likeness = (torch.stack(vectors) @ vector).tolist()
        entry["vector"] = [round(value, 6) for value in vector[:BEGINNING].tolist()]
        entry["likeness"] = [round(value, 6) for value in likeness]
    return found


def main(arguments: list[str] | None = None) -> None:
    """Compute, print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    prompts, sentences = smollm2(), minilm()
    for prompt in prompts:
        print(prompt["least_lead"], repr(prompt["text"] + prompt["greedy_text"]))
    for sentence in sentences:
        print(sentence["likeness"], sentence["text"])
    if options.record:
        write(prompts, sentences, time.perf_counter() - start)


def write(prompts: list, sentences: list, wall_seconds: float) -> None:
    """Put all of it into the ledger, as ``real/models``."""
    ledger.record(
        "real/models",
        task="real",
        command="python -m benchmarks.real_models --record",
        configuration=SETTINGS,
        seeds=[0],
        metrics={"least_lead": [min(prompt["least_lead"] for prompt in prompts)]},
        versions={name: version(name) for name in ("torch", "transformers", "gguf")},
        sources=ledger.sources_of(__file__),
        wall_seconds=wall_seconds,
        prompts=prompts,
        sentences=sentences,
    )


if __name__ == "__main__":
    main()
