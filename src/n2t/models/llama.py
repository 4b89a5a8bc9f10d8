"""Llama-shaped models (Touvron et al., 2023) from GGUF files, in a `DecoderOnly`.

`load_smollm2` reads SmolLM2-135M-Instruct. Every entry of the file that shapes the
model and every tensor is used, or refused by its name. The file is read one tensor at
a time, and its matrices may stay packed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from n2t._checks import check_choice
from n2t.data.sources.gguf import GGUF, GGUFTensor, read_gguf
from n2t.data.sources.public import find_model
from n2t.models.decoder_only import DecoderOnly, DecoderOnlyConfig
from n2t.models.empty import check_fits, compute_the_rest, fill, make_empty, put
from n2t.models.packed import BLOCK_BYTES, Blocks, Int8Rows, replace_by_packed

#: our part of a layer → theirs; the gate of "swiglu" is what `FeedForward` expands
PARTS = {
    "norm_attention": "attn_norm",
    "self_attention.project_query": "attn_q",
    "self_attention.project_key": "attn_k",
    "self_attention.project_value": "attn_v",
    "self_attention.project_output": "attn_output",
    "norm_feed_forward": "ffn_norm",
    "feed_forward.expand": "ffn_gate",
    "feed_forward.gate": "ffn_up",
    "feed_forward.contract": "ffn_down",
}
TURNED = ("attn_q", "attn_k")  # whose rows are in the order of neighbors
#: entries "llama.NAME" that are used here
NEEDED = (
    *("block_count", "context_length", "embedding_length", "feed_forward_length"),
    *("attention.head_count", "attention.layer_norm_rms_epsilon"),
)
KNOWN = (
    *NEEDED,
    *("attention.head_count_kv", "vocab_size"),
    *("rope.freq_base", "rope.dimension_count"),
)


WEIGHTS = ("float32", "int8", "file")


def load_smollm2(
    path: str | os.PathLike | None = None, *, weights: str = "float32"
) -> DecoderOnly:
    """SmolLM2-135M-Instruct (Allal et al., 2025), in eval mode.

    `path` is by default what `n2t.models.find_model("smollm2")` finds; another file
    may hold any model of Llama's shape. `weights` says how matrices are kept while the
    model is used: "float32", 540 MB; "int8", rows of bytes; or "file", the file's own
    blocks (see `n2t.models.packed`: less memory, slower, not to be trained or saved).

    Raises MissingModelError where it is not installed, with the command that installs
    it; otherwise as `load_llama`.
    """
    found = find_model("smollm2") if path is None else path
    return load_llama(found, weights=weights)


def load_llama(path: str | os.PathLike, *, weights: str = "float32") -> DecoderOnly:
    """The model of a GGUF file whose architecture is "llama", in eval mode.

    Raises FileNotFoundError, and ValueError for a file that `read_gguf` refuses, a
    model of another kind, or tensors that do not fit.
    """
    check_choice("weights", weights, WEIGHTS)
    file = read_gguf(path)
    model = make_empty(DecoderOnly, llama_config(file))
    try:
        if weights == "float32":
            fill(model, _renamed(file, model.config))
        else:
            _fill_packed(model, file, weights)
    except RuntimeError as error:
        raise ValueError(f"the weights in {path} do not fit: {error}") from None
    return model.eval()


def llama_config(file: GGUF) -> DecoderOnlyConfig:
    """The `DecoderOnlyConfig` of a GGUF file.

    Raises ValueError for another architecture, and for what `DecoderOnly` does not
    have, by name: an entry "llama.…" that is not known here may change the model.
    """
    kind = file.metadata.get("general.architecture")
    if kind != "llama":
        raise ValueError(f"{file.path} holds a {kind!r}; only 'llama' can be loaded")
    theirs = _entries(file)
    n_head, d_model = theirs["attention.head_count"], theirs["embedding_length"]
    if not isinstance(n_head, int) or n_head < 1 or d_model % n_head:
        raise ValueError(f"{file.path}: {n_head!r} heads do not divide {d_model}")
    turned = theirs.get("rope.dimension_count", d_model // n_head)
    if turned != d_model // n_head:
        raise ValueError(
            f"{file.path}: llama.rope.dimension_count is {turned}; only whole heads "
            f"({d_model // n_head}) can be turned"
        )
    special = "tokenizer.ggml.{}_token_id".format
    return DecoderOnlyConfig(
        theirs.get("vocab_size") or len(file.metadata["tokenizer.ggml.tokens"]),
        d_model=d_model,
        n_head=n_head,
        n_kv_head=theirs.get("attention.head_count_kv", n_head),
        n_layer=theirs["block_count"],
        d_ff=theirs["feed_forward_length"],
        max_length=theirs["context_length"],
        dropout=0.0,
        position="rotary",
        rotary_base=_decimal(theirs.get("rope.freq_base", 10_000.0)),
        norm="rms",
        norm_epsilon=_decimal(theirs["attention.layer_norm_rms_epsilon"]),
        activation="swiglu",
        bias=False,
        tie_embeddings="output.weight" not in file.tensors,
        pad_id=file.metadata.get(special("padding"), 0),
        bos_id=file.metadata.get(special("bos")),
        eos_id=file.metadata.get(special("eos")),
    )


def _entries(file: GGUF) -> dict[str, Any]:
    """The entries "llama.…" of a file, without that word."""
    found = {
        name.removeprefix("llama."): value
        for name, value in file.metadata.items()
        if name.startswith("llama.")
    }
    unknown = sorted(found.keys() - set(KNOWN))
    if unknown:
        raise ValueError(
            f"{file.path}: llama.{', llama.'.join(unknown)} is not known here, and may "
            "change the model"
        )
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise ValueError(f"{file.path} has no llama.{', llama.'.join(missing)}")
    return found


def _decimal(value: float) -> float:
    """A float32 of a file as the shortest decimal that means it: 1e-05, not 9.99…e-06.

    In float32 both are one number.
    """
    return float(str(np.float32(value)))


def _fill_packed(model: DecoderOnly, file: GGUF, weights: str) -> None:
    """Give a model without memory its vectors, and its matrices packed."""
    own, ours = model.state_dict(keep_vars=True), _names(file, model.config)
    empty = {
        ours[name]: torch.empty(tensor.shape, device="meta")
        for name, tensor in file.tensors.items()
    }
    both = ["embedding.weight", "output.weight"] if model.config.tie_embeddings else []
    check_fits(own, empty, {name: both for name in both})
    stores = {  # made before anything is read, so that what is read leaves no holes
        name: _store(tensor, weights)
        for name, tensor in file.tensors.items()
        if len(tensor.shape) == 2
    }
    for name, tensor in file.tensors.items():
        if name not in stores:
            put(model, ours[name], nn.Parameter(torch.from_numpy(tensor.read())))
            continue
        if isinstance(stores[name], Blocks):
            rows = tensor.read_blocks().reshape(tensor.shape[0], -1)
        else:
            rows = tensor.read()
        stores[name].pack(torch.from_numpy(_in_our_order(name, rows, model.config)))
        for other in both if ours[name] in both else [ours[name]]:
            replace_by_packed(model, other, stores[name])
    compute_the_rest(model)


def _store(tensor: GGUFTensor, weights: str) -> Int8Rows | Blocks:
    """Room for a matrix in bytes; what is no block in the file is int8 either way."""
    if weights == "file" and tensor.kind in BLOCK_BYTES:
        return Blocks(*tensor.shape, tensor.kind)
    return Int8Rows(*tensor.shape)


def _renamed(file: GGUF, config: DecoderOnlyConfig) -> Iterator[tuple[str, Tensor]]:
    """Our names and tensors."""
    ours = _names(file, config)
    for name, tensor in file.tensors.items():
        weight = _in_our_order(name, tensor.read(), config)
        yield ours[name], torch.from_numpy(weight)


def _names(file: GGUF, config: DecoderOnlyConfig) -> dict[str, str]:
    """The file's names of tensors → ours; what is not known here keeps its own."""
    ours = {"token_embd": "embedding", "output_norm": "norm", "output": "output"}
    for i in range(config.n_layer):
        for own, theirs in PARTS.items():
            ours[f"blk.{i}.{theirs}"] = f"layers.{i}.{own}"
    ends = {f"{theirs}.weight": f"{own}.weight" for theirs, own in ours.items()}
    return {name: ends.get(name, name) for name in file.tensors}


def _in_our_order(name: str, rows: np.ndarray, config: DecoderOnlyConfig) -> np.ndarray:
    """Rows of a matrix, those of queries and keys as `halves` puts them."""
    d_k = config.d_model // config.n_head
    turned = name.removesuffix(".weight").endswith(TURNED)
    fits = rows.ndim == 2 and rows.shape[0] % d_k == 0  # else it is refused by name
    return halves(rows, d_k) if turned and fits else rows


def halves(weight: np.ndarray, d_k: int) -> np.ndarray:
    """Rows of a query or key projection, each head's features in the order of halves.

    Rotary positions turn features in pairs. llama.cpp pairs neighbors, (0, 1), (2, 3),
    and its files hold rows in that order; `n2t.positions.Rotary` pairs i with
    i + d_k/2. The rows of each head are therefore 0, 2, 4, ..., then 1, 3, 5, ...

    >>> halves(np.arange(8)[:, None], d_k=4).T
    array([[0, 2, 1, 3, 4, 6, 5, 7]])
    """
    rows, columns = weight.shape
    pairs = weight.reshape(rows // d_k, d_k // 2, 2, columns)
    return np.ascontiguousarray(pairs.swapaxes(1, 2)).reshape(rows, columns)
