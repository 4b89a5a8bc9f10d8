"""Models: the Transformer in its three shapes, and what came before it.

`Transformer` (encoder and decoder) translates, `DecoderOnly` continues a text,
`EncoderOnly` classifies or fills in hidden words, `VisionTransformer` classifies
pictures, `AudioTransformer` reads sound, `PointerTransformer` writes or copies,
`RecurrentSeq2Seq` translates without a Transformer. Each is made from a frozen
configuration.

Public weights: `load_smollm2` and `load_minilm` read models that arrive with pip
(`find_model` says where they lie), `load_gpt2` a checkpoint directory.
"""

from n2t.data.sources.gguf import GGUF, read_gguf
from n2t.data.sources.public import MissingModelError, find_model
from n2t.models.audio import (
    AudioTransformer,
    AudioTransformerConfig,
    frames,
    log_mel,
    mel_filters,
)
from n2t.models.bert import load_minilm
from n2t.models.configuration import Configuration
from n2t.models.decoder_only import DecoderOnly, DecoderOnlyConfig
from n2t.models.encoder_only import EncoderOnly, EncoderOnlyConfig, mask_tokens
from n2t.models.llama import load_smollm2
from n2t.models.pointer import PointerConfig, PointerTransformer
from n2t.models.public import load_gpt2
from n2t.models.recurrent import RecurrentConfig, RecurrentSeq2Seq
from n2t.models.transformer import Transformer, TransformerConfig
from n2t.models.vision import VisionTransformer, VisionTransformerConfig, patches

__all__ = [
    "GGUF",
    "AudioTransformer",
    "AudioTransformerConfig",
    "Configuration",
    "DecoderOnly",
    "DecoderOnlyConfig",
    "EncoderOnly",
    "EncoderOnlyConfig",
    "MissingModelError",
    "PointerConfig",
    "PointerTransformer",
    "RecurrentConfig",
    "RecurrentSeq2Seq",
    "Transformer",
    "TransformerConfig",
    "VisionTransformer",
    "VisionTransformerConfig",
    "find_model",
    "frames",
    "load_gpt2",
    "load_minilm",
    "load_smollm2",
    "log_mel",
    "mask_tokens",
    "mel_filters",
    "patches",
    "read_gguf",
]
