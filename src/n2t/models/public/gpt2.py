"""The public GPT-2 weights (Radford et al., 2019) in a `DecoderOnly`.

A checkpoint directory, as the Hugging Face library saves it, holds `config.json` and
`model.safetensors`; its tensors are renamed and turned here, and nothing of that
library is needed. The file is read one weight at a time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from n2t.models.decoder_only import DecoderOnly, DecoderOnlyConfig
from n2t.models.empty import fill, make_empty
from n2t.models.saving import damaged

ACTIVATIONS = {"gelu_new": "gelu_tanh", "gelu": "gelu", "relu": "relu"}


def load_gpt2(folder: str | os.PathLike) -> DecoderOnly:
    """The model of a Hugging Face GPT-2 checkpoint directory, in eval mode.

    Raises FileNotFoundError when `config.json` or `model.safetensors` is missing (a
    `pytorch_model.bin` is a pickle, which can run code, and is not read), ValueError
    for a cut or damaged file, a model of another kind or weights that do not fit.
    """
    folder = Path(folder)
    for name in ("config.json", "model.safetensors"):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"{folder} holds no {name}")
    path = folder / "config.json"
    try:
        model = make_empty(
            DecoderOnly, gpt2_config(json.loads(path.read_text("utf-8")))
        )
        path = folder / "model.safetensors"
        read = _reader(path)
    except (json.JSONDecodeError, UnicodeDecodeError, SafetensorError) as error:
        raise damaged(path, error) from None
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no GPT-2's: {error!r}") from None
    try:
        fill(model, _renamed(read, model.config))
    except (KeyError, RuntimeError) as error:
        raise ValueError(f"the weights in {folder} do not fit: {error}") from None
    return model.eval()


def gpt2_config(theirs: dict[str, Any]) -> DecoderOnlyConfig:
    """The `DecoderOnlyConfig` of a GPT-2 `config.json`.

    Raises ValueError for another `model_type`, and for variants of GPT-2 that
    `DecoderOnly` does not have.
    """
    for name, wanted in {
        "model_type": "gpt2",
        "scale_attn_weights": True,
        "scale_attn_by_inverse_layer_idx": False,
        "tie_word_embeddings": True,
        "add_cross_attention": False,
    }.items():
        if theirs.get(name, wanted) != wanted:
            raise ValueError(
                f"{name} is {theirs[name]!r}; only {wanted!r} can be loaded"
            )
    activation = theirs.get("activation_function", "gelu_new")
    if activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ValueError(f"activation_function is {activation!r}; known are {known}")
    return DecoderOnlyConfig(
        theirs["vocab_size"],
        d_model=theirs["n_embd"],
        n_head=theirs["n_head"],
        n_layer=theirs["n_layer"],
        d_ff=theirs.get("n_inner") or 4 * theirs["n_embd"],
        max_length=theirs["n_positions"],
        dropout=theirs.get("resid_pdrop", 0.1),
        attention_dropout=theirs.get("attn_pdrop", 0.1),
        activation=ACTIVATIONS[activation],
        norm_epsilon=theirs.get("layer_norm_epsilon", 1e-5),
        bos_id=theirs.get("bos_token_id"),
        eos_id=theirs.get("eos_token_id"),
    )


def _reader(path: Path) -> Callable[[str], Tensor]:
    """What gives a tensor of a file by its name, with "transformer." before it or not.

    The file is opened anew for each: what was read of it leaves memory when it is
    closed. The function raises KeyError for a name that is not there.
    """
    with safe_open(os.fspath(path), "pt") as file:
        names = list(file.keys())
    stored = {name.removeprefix("transformer."): name for name in names}

    def read(name: str) -> Tensor:
        with safe_open(os.fspath(path), "pt") as file:
            return file.get_tensor(stored[name])

    return read


def _renamed(
    read: Callable[[str], Tensor], config: DecoderOnlyConfig
) -> Iterator[tuple[str, Tensor]]:
    """Our names and tensors. Theirs are (in, out) and hold q, k, v side by side."""
    yield "embedding.weight", read("wte.weight")
    yield "positions.table", read("wpe.weight")
    for end in ("weight", "bias"):
        yield f"norm.{end}", read(f"ln_f.{end}")
    for i in range(config.n_layer):
        ours, theirs = f"layers.{i}", f"h.{i}"
        for end in ("weight", "bias"):
            together = read(f"{theirs}.attn.c_attn.{end}")
            parts = zip(("query", "key", "value"), together.chunk(3, -1), strict=True)
            for name, part in parts:
                yield f"{ours}.self_attention.project_{name}.{end}", part.t()
            for name, other in {
                "self_attention.project_output": "attn.c_proj",
                "feed_forward.expand": "mlp.c_fc",
                "feed_forward.contract": "mlp.c_proj",
                "norm_attention": "ln_1",
                "norm_feed_forward": "ln_2",
            }.items():
                yield f"{ours}.{name}.{end}", read(f"{theirs}.{other}.{end}").t()
