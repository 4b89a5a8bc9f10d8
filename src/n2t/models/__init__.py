"""Models: the Transformer in its three shapes, and what came before it.

`Transformer` (encoder and decoder) translates, `DecoderOnly` continues a text,
`EncoderOnly` classifies or fills in hidden words, `RecurrentSeq2Seq` translates without
a Transformer. Each is made from a frozen configuration.
"""

from n2t.models.configuration import Configuration
from n2t.models.decoder_only import DecoderOnly, DecoderOnlyConfig
from n2t.models.encoder_only import EncoderOnly, EncoderOnlyConfig, mask_tokens
from n2t.models.recurrent import RecurrentConfig, RecurrentSeq2Seq
from n2t.models.transformer import Transformer, TransformerConfig

__all__ = [
    "Configuration",
    "DecoderOnly",
    "DecoderOnlyConfig",
    "EncoderOnly",
    "EncoderOnlyConfig",
    "RecurrentConfig",
    "RecurrentSeq2Seq",
    "Transformer",
    "TransformerConfig",
    "mask_tokens",
]
