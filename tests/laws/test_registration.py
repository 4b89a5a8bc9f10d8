"""No variant escapes the laws: what is public and not registered fails here."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import torch
from laws.subjects import ALL, GENERATORS, MODELS, STRATEGIES
from torch import nn

import n2t.models
from n2t import laws
from n2t.blocks import ACTIVATIONS, NORMS, Layer
from n2t.decoding import Strategy
from n2t.models.audio import AudioTransformer
from n2t.models.cells import CELLS, RecurrentNetwork
from n2t.models.encoder_only import POOLINGS
from n2t.models.packed import Blocks, Int8Rows, PackedEmbedding, PackedLinear
from n2t.models.pooling import AttentionPooling, PooledClassifier
from n2t.models.prepared import Prepared
from n2t.models.prepared.decoders import (
    Decoder,
    PreparedDecoderOnly,
    PreparedTransformer,
)
from n2t.models.recurrent import ATTENTIONS
from n2t.models.transformer import TIES
from n2t.models.vision import Grid, VisionTransformer
from n2t.positions import KINDS

ROOMS = ["n2t.attention", "n2t.positions", "n2t.blocks", "n2t.models"]
ABSTRACT = {Layer, RecurrentNetwork}
#: float32 and without gradients: their laws are test_a_packed_model_obeys_the_laws
PACKED = {Blocks, Int8Rows, PackedEmbedding, PackedLinear}
#: read no ids: their laws, of order and of batches, are in tests/models/test_vision.py
PICTURES = {VisionTransformer, Grid}
#: heads upon an encoder: their laws, of padding and batches, are in
#: tests/models/test_pooling.py
POOLED = {AttentionPooling, PooledClassifier}
#: reads sound: its laws, of padding and of later letters, are in test_audio.py there
SOUNDS = {AudioTransformer}
#: forms of models for decoding: that they do as the models do, cached in any pieces, is
#: in tests/models/prepared
PREPARED = {Prepared, Decoder, PreparedDecoderOnly, PreparedTransformer}


def public_modules() -> set[type]:
    """Every public nn.Module class that is defined in the rooms and their folders."""
    inside = pkgutil.walk_packages(n2t.models.__path__, "n2t.models.")
    modules = [importlib.import_module(name) for name in ROOMS]
    modules += [importlib.import_module(info.name) for info in inside]
    return {
        value
        for module in modules
        for name, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, nn.Module)
        if value.__module__ == module.__name__ and not name.startswith("_")
    }


def unregistered(classes: set[type]) -> set[type]:
    """Those that no subject is made of."""
    made = {type(part) for subject in ALL for part in subject.make().modules()}
    apart = ABSTRACT | PACKED | PICTURES | POOLED | SOUNDS | PREPARED
    return classes - made - apart


def test_every_module_is_registered():
    assert len(public_modules()) > 15
    assert not unregistered(public_modules()), "add a subject to tests/laws/subjects.py"


def test_a_new_module_would_be_noticed():
    class Invented(nn.Module):
        pass

    assert unregistered({Invented}) == {Invented}


def test_every_choice_of_a_configuration_is_registered():
    configs = [subject.make().config for subject in MODELS]
    choices = {
        "position": KINDS,
        "norm": NORMS,
        "norm_first": (True, False),
        "activation": ACTIVATIONS,
        "tie_embeddings": (*TIES, True, False),
        "pooling": POOLINGS,
        "cell": tuple(CELLS),
        "attention": ATTENTIONS,
        "bidirectional": (True, False),
        "normalize_query_key": (True, False),
    }
    for name, values in choices.items():
        used = {getattr(config, name, None) for config in configs}
        assert set(values) <= used, f"{name}: {set(values) - used} obey no law"


def test_every_model_that_generates_is_decoded():
    able = {
        cls
        for cls in public_modules()
        if hasattr(cls, "step") and hasattr(cls, "start")
    } - PREPARED
    assert able == {type(subject.make()) for subject in GENERATORS}


def test_every_strategy_is_registered():
    assert {type(strategy) for strategy in STRATEGIES} == set(Strategy.__subclasses__())


def test_every_law_is_run():
    tests = Path(__file__).parent.glob("test_*_laws.py")
    text = "\n".join(path.read_text("utf-8") for path in tests)
    idle = [law.__name__ for law in laws.LAWS if f"laws.{law.__name__}" not in text]
    assert not idle


def test_every_dtype_has_a_stated_bound():
    assert laws.TOLERANCE[torch.float64] == 1e-10
    assert laws.TOLERANCE[torch.float32] == 1e-5
