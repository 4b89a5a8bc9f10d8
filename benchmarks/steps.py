"""One training step, ours beside its peers': forward, backward, optimizer.

    python -m benchmarks.steps translation
    python -m benchmarks.steps language --precision bfloat16 --rounds 20
    python -m benchmarks.steps --record

Sizes are in `benchmarks.peers`. Each model runs as its own documentation has it: ours
as `n2t train` does, with a fused AdamW, the translator's loss in chunks, and dropout
everywhere but on attention weights; nn.Transformer, GPT-2 and their like with dropout
there too. `--fused` gives the fused optimizer to all, `--dropout 0` switches the
language models' dropout off. `--record` writes `bench/steps`, for README's table.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import torch
from torch import nn

from benchmarks import peers, products, profiles, recording
from benchmarks.compare import interleaved, rows, show
from benchmarks.recording import Row, ratio
from n2t.data.batches import Batch
from n2t.training.losses import language_model_loss, translation_loss

Step = Callable[[], None]
CHUNK = 512  # the translation presets' own
PRODUCTS = "The matrix products alone take {%s_products:.2f}"
LOWER = PRODUCTS + (
    ", on a processor that multiplies square matrices at {bfloat16_gflops:.0f} GFLOP/s "
    "in bfloat16 and {float32_gflops:.0f} in float32"
)
ROWS = {
    "translation_float32": Row(
        "encoder-decoder step, float32", "`nn.Transformer`, float32", 0.72,
        PRODUCTS % "translation_float32",
    ),
    "translation_bfloat16": Row(
        "encoder-decoder step, bfloat16", "`nn.Transformer`, float32", 0.32,
        LOWER % "translation_bfloat16",
    ),
    "language_float32": Row(
        "GPT step, float32", "`nn.TransformerEncoder`, float32", 0.71,
        PRODUCTS % "language_float32",
    ),
    "language_bfloat16": Row(
        "GPT step, bfloat16", "`nn.TransformerEncoder`, bfloat16", 0.60,
        LOWER % "language_bfloat16",
    ),
}  # fmt: skip

OPERATIONS = {
    "products": ("aten::mm", "aten::addmm"),
    "attention": (
        "aten::_scaled_dot_product_flash_attention_for_cpu",
        "aten::_scaled_dot_product_flash_attention_for_cpu_backward",
    ),
    "casts": ("aten::_to_copy",),
    "norms": ("aten::native_layer_norm", "aten::native_layer_norm_backward"),
    "optimizer": ("aten::_fused_adamw_",),
}
"""What a profiler calls them; none of these runs inside another."""
SAID = (
    "by the profiler, of our own time products have {products:.0%}, attention "
    "{attention:.0%}, casts between precisions {casts:.0%}, norms "
    "{norms:.1%}, the optimizer {optimizer:.1%}, and all else (the loss, dropout, "
    "activations, sums) {rest:.0%}"
)
BESIDE = {row: SAID.replace("{", f"{{{row}_share_") for row in ROWS}
"""Of a row: what is said below the table, met or missed."""


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
        batch = Batch(source, inputs, outputs, torch.arange(len(source)))
        total, count = translation_loss(chunk=CHUNK)(model, batch)
        return total / count

    return {
        "n2t": (peers.our_translator, own),
        "nn.Transformer": (peers.TorchTranslator, plain),
        "Hugging Face Marian": (peers.marian, marian),
        "x-transformers": (peers.x_translator, x),
    }


def language_models() -> dict[str, tuple]:
    """As `translation_models`; the source is not used."""

    def plain(model, _, inputs, outputs):
        return peers.mean_loss(model(inputs), outputs)

    def gpt2(model, _, inputs, outputs):
        return peers.mean_loss(model(inputs).logits, outputs)

    def own(model, _, inputs, outputs):
        total, count = language_model_loss(model, (inputs, outputs))
        return total / count

    return {
        "n2t": (peers.our_language_model, own),
        "nn.TransformerEncoder": (peers.TorchLanguageModel, plain),
        "Hugging Face GPT-2": (peers.gpt2, gpt2),
        "x-transformers": (peers.x_language_model, plain),
    }


TASKS = {
    "translation": (translation_models, peers.TRANSLATION, "nn.Transformer"),
    "language": (language_models, peers.LANGUAGE, "nn.TransformerEncoder"),
}


def make_step(
    task: str,
    name: str,
    *,
    precision: str = "float32",
    dropout: float = 0.1,
    fused: bool = False,
) -> Step:
    """A function that trains that model by one step, on one fixed random batch."""
    models, sizes, _ = TASKS[task]
    make, forward = models()[name]
    torch.manual_seed(0)
    model: nn.Module = make(**sizes, dropout=dropout).train()
    fused = fused or name == "n2t"
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=fused)
    batch = torch.randint(3, sizes["V"], (3, sizes["B"], sizes["T"])).unbind()
    lower = precision == "bfloat16"

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=lower):
            loss = forward(model, *batch)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def matrix_products(task: str, dtype: torch.dtype = torch.float32) -> Step:
    """The matrix products of our step, and nothing else."""
    models, sizes, _ = TASKS[task]
    model = models()["n2t"][0](**sizes, dropout=0.0)
    ids = torch.randint(3, sizes["V"], (sizes["B"], sizes["T"]))
    inputs = (ids, ids) if task == "translation" else (ids,)
    with torch.no_grad():
        calls = products.linear_calls(model, lambda: model(*inputs))
    return products.training_products(calls, dtype)


def recorded(options: argparse.Namespace) -> dict[str, float]:
    """The table's ratios: both tasks, each in one interleaved run, then the rates."""
    found = {}
    for task, (_, _, reference) in TASKS.items():
        runs = {
            "own": make_step(task, "n2t"),
            "own, bfloat16": make_step(task, "n2t", precision="bfloat16"),
            "peer": make_step(task, reference),
            "products": matrix_products(task),
            "products, bfloat16": matrix_products(task, torch.bfloat16),
        }
        lower = "peer"
        if task == "language":
            runs |= {
                "peer, bfloat16": make_step(task, reference, precision="bfloat16"),
                "own, no dropout": make_step(task, "n2t", dropout=0.0),
                "peer, no dropout": make_step(task, reference, dropout=0.0),
            }
            lower = "peer, bfloat16"
        times = interleaved(runs, options.rounds, options.clock)
        pairs = {"float32": ("own", "peer"), "bfloat16": ("own, bfloat16", lower)}
        pairs["float32_products"] = ("products", "peer")
        pairs["bfloat16_products"] = ("products, bfloat16", lower)
        if task == "language":
            pairs["float32_no_dropout"] = ("own, no dropout", "peer, no dropout")
        for row, (own, peer) in pairs.items():
            found |= ratio(f"{task}_{row}", times[own], times[peer])
        for row, own in (("float32", "own"), ("bfloat16", "own, bfloat16")):
            parts = profiles.shares(runs[own], OPERATIONS, rounds=3)
            found |= {f"{task}_{row}_share_{k}": v for k, v in parts.items()}
    return found | products.rates(options.clock)


def main() -> None:
    """Read the command line; print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=TASKS, nargs="?", default="translation")
    parser.add_argument(
        "--precision", choices=("float32", "bfloat16"), default="float32"
    )
    recording.add_options(parser)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--fused", action="store_true")
    parser.add_argument("--json", action="store_true")
    options, start = parser.parse_args(), time.perf_counter()
    warnings.filterwarnings("ignore", category=UserWarning)
    recording.use_threads(options.threads)
    if options.record:
        metrics = recorded(options)
        recording.write(
            "steps", ROWS, metrics, options, start=start, program=__file__,
            beside=BESIDE,
        )  # fmt: skip
        return
    models, _, reference = TASKS[options.task]
    how = {key: getattr(options, key) for key in ("precision", "dropout", "fused")}
    steps = {name: make_step(options.task, name, **how) for name in models()}
    times = interleaved(steps, options.rounds, options.clock)
    title = f"{options.task} step, {options.precision}"
    show(title, rows(times, reference), reference, options.json)


if __name__ == "__main__":
    main()
