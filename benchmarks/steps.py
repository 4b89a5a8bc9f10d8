"""One training step, ours beside its peers': forward, backward, optimizer.

    python -m benchmarks.steps translation
    python -m benchmarks.steps language --precision bfloat16 --rounds 20
    python -m benchmarks.steps translation --memory

Sizes are in `benchmarks.peers`. Each model runs as its own documentation has it (ours
with a fused AdamW and without dropout on attention weights); `--fused` gives the fused
optimizer to all, `--dropout 0` switches the language models' dropout off.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import warnings
from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmarks import peers
from benchmarks.compare import CLOCKS, interleaved, rows, show
from n2t.training.losses import cross_entropy

Step = Callable[[], None]


def our_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """The library's cross-entropy, as its training loop calls it."""
    total, count = cross_entropy(logits, targets, ignore_id=0)
    return total / count


def translation_models() -> dict[str, tuple]:
    """name: (make, forward(model, source, target_in, target_out) to a loss)."""

    def plain(model, source, inputs, outputs):
        return peers.mean_loss(model(source, inputs), outputs)

    def marian(model, source, inputs, outputs):
        result = model(source, attention_mask=source != 0, decoder_input_ids=inputs)
        return peers.mean_loss(result.logits, outputs)

    def x(model, source, inputs, outputs):
        whole = torch.cat([inputs, outputs[:, -1:]], dim=1)
        return model(source, whole, mask=source != 0)

    def own(model, source, inputs, outputs):
        return our_loss(model(source, inputs), outputs)

    return {
        "n2t": (peers.our_translator, own),
        "nn.Transformer": (peers.TorchTranslator, plain),
        "Hugging Face Marian": (peers.marian, marian),
        "x-transformers": (peers.x_translator, x),
    }


def language_models() -> dict[str, tuple]:
    """As `translation_models`; the source is not used."""
    return {
        "n2t": (
            peers.our_language_model,
            lambda model, _, inputs, outputs: our_loss(model(inputs), outputs),
        ),
        "nn.TransformerEncoder": (
            peers.TorchLanguageModel,
            lambda model, _, inputs, outputs: peers.mean_loss(model(inputs), outputs),
        ),
        "Hugging Face GPT-2": (
            peers.gpt2,
            lambda model, _, inputs, outputs: peers.mean_loss(
                model(inputs).logits, outputs
            ),
        ),
        "x-transformers": (
            peers.x_language_model,
            lambda model, _, inputs, outputs: peers.mean_loss(model(inputs), outputs),
        ),
    }


TASKS = {
    "translation": (translation_models, peers.TRANSLATION, "nn.Transformer"),
    "language": (language_models, peers.LANGUAGE, "nn.TransformerEncoder"),
}


def make_step(task: str, name: str, options: argparse.Namespace) -> Step:
    """A function that trains that model by one step, on one fixed random batch."""
    models, sizes, _ = TASKS[task]
    make, forward = models()[name]
    torch.manual_seed(0)
    model: nn.Module = make(**sizes, dropout=options.dropout).train()
    fused = options.fused or name == "n2t"
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=fused)
    batch = torch.randint(3, sizes["V"], (3, sizes["B"], sizes["T"])).unbind()
    lower = options.precision == "bfloat16"

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=lower):
            loss = forward(model, *batch)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def peak_memory(task: str, name: str, options: argparse.Namespace) -> float:
    """MB that three steps take above the imports, in a process of their own."""
    command = [sys.executable, "-m", "benchmarks.steps", task, "--only", name]
    command += ["--precision", options.precision, "--dropout", str(options.dropout)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(result.stdout.split()[-1])


def measure_memory(task: str, name: str, options: argparse.Namespace) -> None:
    """Print the peak, in MB, of three steps above what was there before the model."""
    import transformers  # noqa: F401  every process pays for the same imports
    import x_transformers  # noqa: F401

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    before = peak()
    step = make_step(task, name, options)
    for _ in range(3):
        step()
    print(peak() - before)


def main() -> None:
    """Read the command line; print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=TASKS)
    parser.add_argument(
        "--precision", choices=("float32", "bfloat16"), default="float32"
    )
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--fused", action="store_true")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)
    models, _, reference = TASKS[options.task]
    if options.only:
        measure_memory(options.task, options.only, options)
    elif options.memory:
        for name in models():
            print(f"{name:30} {peak_memory(options.task, name, options):8.0f} MB")
    else:
        steps = {name: make_step(options.task, name, options) for name in models()}
        times = interleaved(steps, options.rounds, options.clock)
        title = f"{options.task} step, {options.precision}"
        show(title, rows(times, reference), reference, options.json)


if __name__ == "__main__":
    main()
