"""SmolLM2-135M at work, ours beside the transformers library's, with equal weights.

    python -m benchmarks.talking [--rounds 5]

A question of 37 ids is answered with 64 more, in float32 and with int8 weights (asked
for, and inexact); 2,048 ids are read; 32 ids follow 2,048 that the cache holds. The
library's model gets our weights, so that its own reader of GGUF files is not needed.
`benchmarks.decoding --record` records these rows among its own. Reading is timed beside
its floor, products and attention alone, and its operations are counted by a profiler.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks import profiles, reading_alone, recording
from benchmarks.compare import interleaved
from benchmarks.recording import Row, ratio
from n2t.data.text import load_tokenizer
from n2t.decoding import decode
from n2t.models import DecoderOnly, load_smollm2

QUESTION, NEW = "What is the capital of France?", 64
LONG, AFTER = 2048, 32
THEIRS = "transformers, cached"
MEMORY = "The cache of {long_cache_mb:.0f} MB is by its formula {long_formula_mb:.0f}"
ROWS = {
    "smollm2": Row(
        "SmolLM2-135M, batch 1, 64 new ids", THEIRS, 0.85,
        "Reading the question alone takes {smollm2_reading:.2f}",
    ),
    "smollm2_int8": Row(
        "the same, int8 weights", "`n2t`, float32", 0.99,
        "Reading the question alone takes {smollm2_int8_reading:.2f}",
    ),
    "long_prefill": Row(
        "SmolLM2-135M, reading 2,048 ids", THEIRS, 0.90,
        "Products and attention alone take {long_prefill_floor:.2f}",
    ),
    "long_decoding": Row(
        "SmolLM2-135M, 32 new ids after 2,048", THEIRS, 0.90, MEMORY,
    ),
}  # fmt: skip
BESIDE = {"long_prefill": reading_alone.SAID}
"""Of a row: what is said below the table, met or missed."""
NAMES = {
    "embedding.weight": "model.embed_tokens.weight",
    "norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
PARTS = {
    "norm_attention": "input_layernorm",
    "self_attention.project_query": "self_attn.q_proj",
    "self_attention.project_key": "self_attn.k_proj",
    "self_attention.project_value": "self_attn.v_proj",
    "self_attention.project_output": "self_attn.o_proj",
    "norm_feed_forward": "post_attention_layernorm",
    "feed_forward.expand": "mlp.gate_proj",
    "feed_forward.gate": "mlp.up_proj",
    "feed_forward.contract": "mlp.down_proj",
}


def twin(ours: DecoderOnly) -> nn.Module:
    """The transformers library's model with our weights."""
    from transformers import LlamaConfig, LlamaForCausalLM

    c = ours.config
    theirs = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=c.vocab_size, hidden_size=c.d_model, intermediate_size=c.d_ff,
            num_hidden_layers=c.n_layer, num_attention_heads=c.n_head,
            num_key_value_heads=c.n_kv_head, max_position_embeddings=c.max_length,
            rms_norm_eps=c.norm_epsilon, tie_word_embeddings=c.tie_embeddings,
            rope_parameters={"rope_theta": c.rotary_base, "rope_type": "default"},
            bos_token_id=c.bos_id, eos_token_id=c.eos_id, pad_token_id=c.pad_id,
        )
    )  # fmt: skip
    state = {}
    for name, weight in ours.state_dict().items():
        if name in NAMES:
            state[NAMES[name]] = weight
        else:
            _, layer, *part, end = name.split(".")
            state[f"model.layers.{layer}.{PARTS['.'.join(part)]}.{end}"] = weight
    theirs.load_state_dict(state)
    return theirs.eval()


def answers(ours: DecoderOnly, theirs: nn.Module) -> dict[str, Callable[[], Any]]:
    """Functions that answer the question, and that read it alone; ids equal to ours."""
    ids = load_tokenizer("smollm2").chat([{"role": "user", "content": QUESTION}])
    prompt = torch.tensor([ids])
    fixed = {"max_new_tokens": NEW, "do_sample": False, "eos_token_id": None}
    seen, small = torch.ones_like(prompt), ours.prepare(weights="int8")

    def of(model: nn.Module, n: int = NEW) -> Callable[[], Tensor]:
        return lambda: decode(model, prompt=prompt, max_new_tokens=n, stop_ids=[]).ids

    return {
        "own": of(ours),
        "int8": of(small),
        "peer": lambda: theirs.generate(prompt, attention_mask=seen, **fixed)[
            :, len(ids) :
        ],
        "reading": of(ours, 1),
        "int8 reading": of(small, 1),
    }


def reading(ours: DecoderOnly, theirs: nn.Module) -> dict[str, Callable[[], Tensor]]:
    """Functions that read a long text and give the logits after it."""
    ids = _text(ours)

    def own() -> Tensor:
        form = ours.prepare(1)
        return form.step(ids, form.start(None, 1, LONG + AFTER))

    return {"own": own, "peer": lambda: _theirs(theirs, ids)[0]}


def going_on(
    ours: DecoderOnly, theirs: nn.Module
) -> tuple[dict[str, Callable[[], Tensor]], int]:
    """Functions that write after a long text that was read; the bytes of our cache."""
    ids, form = _text(ours), ours.prepare(1)
    state = form.start(None, 1, LONG + AFTER)
    first = form.step(ids, state).argmax(-1, keepdim=True)
    _, cache = _theirs(theirs, ids)

    def own() -> Tensor:
        state.length = LONG
        return _greedy(lambda new: form.step(new, state), first)

    def peer() -> Tensor:
        if more := cache.get_seq_length() - LONG:
            cache.crop(-more)  # back to the long text alone
        return _greedy(lambda new: _theirs(theirs, new, cache)[0], first)

    return {"own": own, "peer": peer}, state.n_byte


def _text(ours: DecoderOnly) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(3, ours.config.vocab_size, (1, LONG), generator=generator)


def _theirs(theirs: nn.Module, ids: Tensor, cache: Any = None) -> tuple[Tensor, Any]:
    """Their logits after the last id, and their cache."""
    out = theirs(ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
    return out.logits[:, -1], out.past_key_values


def _greedy(step: Callable[[Tensor], Tensor], first: Tensor) -> Tensor:
    """The ids of `AFTER` steps, each the likeliest, after `first`."""
    found = [first]
    for _ in range(AFTER):
        found.append(step(found[-1]).argmax(-1, keepdim=True))
    return torch.cat(found, 1)


def formula(ours: DecoderOnly) -> int:
    """Bytes of keys and values: 2 · L · H_kv · d_k · T numbers of 4 bytes."""
    c = ours.config
    return 2 * c.n_layer * c.n_kv_head * (c.d_model // c.n_head) * (LONG + AFTER) * 4


def recorded(options: argparse.Namespace) -> dict[str, float]:
    """The rows' ratios, each from interleaved runs; the cache's size and formula.

    Raises RuntimeError where the two models do not say the same.
    """
    ours = load_smollm2()
    theirs = twin(ours)
    runs = answers(ours, theirs)
    if not torch.equal(runs["own"](), runs["peer"]()):
        raise RuntimeError("the two models answer differently")
    times = interleaved(runs, options.rounds, options.clock)
    found = ratio("smollm2", times["own"], times["peer"])
    found |= ratio("smollm2_int8", times["int8"], times["own"])
    found |= ratio("smollm2_reading", times["reading"], times["peer"])
    found |= ratio("smollm2_int8_reading", times["int8 reading"], times["own"])
    found |= read(ours, theirs, options)
    runs, n_byte = going_on(ours, theirs)
    if not torch.equal(runs["own"](), runs["peer"]()):
        raise RuntimeError("the two models go on differently")
    times = interleaved(runs, options.rounds, options.clock)
    found |= ratio("long_decoding", times["own"], times["peer"])
    return found | {
        "long_cache_mb": n_byte / 1e6,
        "long_formula_mb": formula(ours) / 1e6,
    }


def read(
    ours: DecoderOnly, theirs: nn.Module, options: argparse.Namespace
) -> dict[str, float]:
    """Reading a long text, its floor in the same rounds, and where its time goes."""
    runs = reading(ours, theirs)
    every = runs | reading_alone.alone(ours, LONG)
    times = interleaved(every, max(2, options.rounds // 2), options.clock)
    parts = [times["products"], times["attention"]]
    times["floor"] = [sum(both) for both in zip(*parts, strict=True)]
    found = ratio("long_prefill", times["own"], times["peer"])
    for part in ("products", "attention", "floor"):
        found |= ratio(f"long_prefill_{part}", times[part], times["peer"])
    shares = profiles.shares(runs["own"], reading_alone.OPERATIONS)
    return found | {f"long_prefill_share_{k}": v for k, v in shares.items()}


def main() -> None:
    """Read the command line; print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    recording.add_options(parser, rounds=5)
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)
    recording.use_threads(options.threads)
    with torch.inference_mode():
        found = recorded(options)
    print({name: round(value, 3) for name, value in found.items()})


if __name__ == "__main__":
    main()
