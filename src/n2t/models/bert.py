"""BERT-shaped sentence encoders (Devlin et al., 2019) in an `EncoderOnly`.

`load_minilm` reads all-MiniLM-L6-v2: sentences whose vectors point the same way mean
the same (Reimers and Gurevych, 2019). A checkpoint directory holds `config.json` and
`model.safetensors`; every tensor is used, or refused by its name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from n2t.data.sources.public import find_model
from n2t.models.empty import fill, make_empty
from n2t.models.encoder_only import EncoderOnly, EncoderOnlyConfig
from n2t.models.saving import damaged

ACTIVATIONS = {"gelu": "gelu", "relu": "relu", "gelu_new": "gelu_tanh"}
EMBEDDINGS = {
    "word_embeddings.weight": "table.weight",
    "position_embeddings.weight": "positions.table",
    "token_type_embeddings.weight": "token_types.weight",
    "LayerNorm.weight": "norm.weight",
    "LayerNorm.bias": "norm.bias",
}
PARTS = {
    "attention.self.query": "self_attention.project_query",
    "attention.self.key": "self_attention.project_key",
    "attention.self.value": "self_attention.project_value",
    "attention.output.dense": "self_attention.project_output",
    "attention.output.LayerNorm": "norm_attention",
    "intermediate.dense": "feed_forward.expand",
    "output.dense": "feed_forward.contract",
    "output.LayerNorm": "norm_feed_forward",
}
#: BERT's own way to one vector, which sentence encoders do not take
LEFT_OUT = ("pooler.dense.weight", "pooler.dense.bias")
COUNTED = "embeddings.position_ids"  # 0, 1, 2, ...: no weights


def load_minilm(path: str | os.PathLike | None = None) -> EncoderOnly:
    """all-MiniLM-L6-v2 (Wang et al., 2020; Reimers and Gurevych, 2019), in eval mode.

    Called with ids (B, T), the model gives a vector a row, (B, 384): the mean over the
    real tokens, at length 1. `path` is by default the folder that
    `n2t.models.find_model("minilm")` finds.

    Raises MissingModelError where it is not installed, with the command that installs
    it; otherwise as `load_bert`.
    """
    return load_bert(find_model("minilm") if path is None else path)


def load_bert(folder: str | os.PathLike) -> EncoderOnly:
    """A Hugging Face BERT checkpoint directory as a sentence encoder, in eval mode.

    Raises FileNotFoundError when `config.json` or `model.safetensors` is missing,
    ValueError for a cut or damaged file, a model of another kind, or weights that do
    not fit.
    """
    folder = Path(folder)
    for name in ("config.json", "model.safetensors"):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"{folder} holds no {name}")
    path = folder / "config.json"
    try:
        config = bert_config(json.loads(path.read_text("utf-8")))
        path = folder / "model.safetensors"
        model = make_empty(EncoderOnly, config)
        fill(model, _renamed(path, config))
    except (json.JSONDecodeError, UnicodeDecodeError, SafetensorError) as error:
        raise damaged(path, error) from None
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no BERT's: {error!r}") from None
    except RuntimeError as error:
        raise ValueError(f"the weights in {folder} do not fit: {error}") from None
    return model.eval()


def bert_config(theirs: dict[str, Any]) -> EncoderOnlyConfig:
    """The `EncoderOnlyConfig` of a BERT `config.json`: no head, the mean at length 1.

    Raises ValueError for another `model_type`, and for variants of BERT that
    `EncoderOnly` does not have.
    """
    for name, wanted in {
        "model_type": "bert",
        "position_embedding_type": "absolute",
        "is_decoder": False,
        "add_cross_attention": False,
    }.items():
        if theirs.get(name, wanted) != wanted:
            raise ValueError(
                f"{name} is {theirs[name]!r}; only {wanted!r} can be loaded"
            )
    activation = theirs.get("hidden_act", "gelu")
    if activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ValueError(f"hidden_act is {activation!r}; known are {known}")
    return EncoderOnlyConfig(
        theirs["vocab_size"],
        d_model=theirs["hidden_size"],
        n_head=theirs["num_attention_heads"],
        n_layer=theirs["num_hidden_layers"],
        d_ff=theirs["intermediate_size"],
        max_length=theirs["max_position_embeddings"],
        dropout=theirs.get("hidden_dropout_prob", 0.1),
        attention_dropout=theirs.get("attention_probs_dropout_prob", 0.1),
        position="learned",
        norm_first=False,
        norm_epsilon=theirs.get("layer_norm_eps", 1e-12),
        activation=ACTIVATIONS[activation],
        pad_id=theirs.get("pad_token_id", 0),
        n_token_type=theirs["type_vocab_size"],
        scale_embedding=False,
        norm_embedding=True,
        head=False,
        normalize=True,
    )


def _renamed(path: Path, config: EncoderOnlyConfig) -> Iterator[tuple[str, Tensor]]:
    """Our names and tensors, those of the file that are not known under their own.

    The file is opened anew for each: what was read of it leaves memory when it is
    closed.
    """
    ours = {
        f"embeddings.{theirs}": f"encoder.embedding.{own}"
        for theirs, own in EMBEDDINGS.items()
    }
    for i in range(config.n_layer):
        for theirs, own in PARTS.items():
            for end in ("weight", "bias"):
                ours[f"encoder.layer.{i}.{theirs}.{end}"] = (
                    f"encoder.layers.{i}.{own}.{end}"
                )
    with safe_open(os.fspath(path), "pt") as file:
        names = list(file.keys())
    for name in names:
        plain = name.removeprefix("bert.")
        if plain in LEFT_OUT:
            continue
        with safe_open(os.fspath(path), "pt") as file:
            tensor = file.get_tensor(name)
        if plain == COUNTED:
            _check_counted(path, tensor)
        else:
            yield ours.get(plain, name), tensor


def _check_counted(path: Path, places: Tensor) -> None:
    """Raise ValueError unless places are counted 0, 1, 2, ..."""
    if not torch.equal(places.flatten(), torch.arange(places.numel())):
        raise ValueError(f"{path}: {COUNTED} does not count from 0")
