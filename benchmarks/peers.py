"""Our models and their peers, of the same sizes, each called in its own way."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from n2t.models import DecoderOnly, DecoderOnlyConfig, Transformer, TransformerConfig

#: Encoder-decoder: 3+3 layers of 256; language model: 6 layers of 384.
TRANSLATION = {"V": 8000, "D": 256, "H": 4, "L": 3, "F": 1024, "B": 64, "T": 32}
LANGUAGE = {"V": 65, "D": 384, "H": 6, "L": 6, "F": 1536, "B": 12, "T": 256}
BOS, EOS = 1, 2


class TorchTranslator(nn.Module):
    """`nn.Transformer` between embeddings and a linear map, as its tutorial has it."""

    def __init__(self, V: int, D: int, H: int, L: int, F: int, T: int, **_):
        super().__init__()
        self.source, self.target = nn.Embedding(V, D), nn.Embedding(V, D)
        self.positions = nn.Parameter(0.02 * torch.randn(T, D))
        self.body = nn.Transformer(D, H, L, L, F, 0.1, batch_first=True)
        self.output = nn.Linear(D, V)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        Tt = target.shape[1]
        causal = nn.Transformer.generate_square_subsequent_mask(Tt)
        x = self.body(
            self.source(source) + self.positions[: source.shape[1]],
            self.target(target) + self.positions[:Tt],
            tgt_mask=causal, tgt_is_causal=True,
            src_key_padding_mask=source == 0, memory_key_padding_mask=source == 0,
        )  # fmt: skip
        return self.output(x)


class TorchLanguageModel(nn.Module):
    """`nn.TransformerEncoder` with a causal mask."""

    def __init__(
        self, V: int, D: int, H: int, L: int, F: int, T: int, dropout: float, **_
    ):
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.positions = nn.Parameter(0.02 * torch.randn(T, D))
        layer = nn.TransformerEncoderLayer(
            D, H, F, dropout, "gelu", batch_first=True, norm_first=True
        )
        self.body = nn.TransformerEncoder(
            layer, L, nn.LayerNorm(D), enable_nested_tensor=False
        )
        self.output = nn.Linear(D, V, bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        causal = nn.Transformer.generate_square_subsequent_mask(ids.shape[1])
        x = self.embedding(ids) + self.positions[: ids.shape[1]]
        return self.output(self.body(x, mask=causal, is_causal=True))


def our_translator(V: int, D: int, H: int, L: int, F: int, T: int, **_) -> Transformer:
    """Ours; room for 8 more places than T."""
    sizes = {"d_model": D, "n_head": H, "n_layer": L, "d_ff": F}
    return Transformer(TransformerConfig(V, V, max_length=T + 8, **sizes))


def our_language_model(
    V: int, D: int, H: int, L: int, F: int, T: int, dropout: float, **_
) -> DecoderOnly:
    """Ours, with `dropout` where GPT-2 has it outside attention."""
    config = DecoderOnlyConfig(
        V, d_model=D, n_head=H, n_layer=L, d_ff=F, max_length=T, dropout=dropout
    )
    return DecoderOnly(config)


def _seq2seq_sizes(V: int, D: int, H: int, L: int, F: int, T: int, **_) -> dict:
    return {
        "vocab_size": V, "d_model": D, "encoder_layers": L, "decoder_layers": L,
        "encoder_attention_heads": H, "decoder_attention_heads": H,
        "encoder_ffn_dim": F, "decoder_ffn_dim": F, "max_position_embeddings": T + 8,
        "pad_token_id": 0, "bos_token_id": BOS, "eos_token_id": EOS,
        "decoder_start_token_id": BOS, "forced_eos_token_id": None,
    }  # fmt: skip


def marian(**sizes) -> nn.Module:
    """Hugging Face's Marian (Vaswani's architecture)."""
    from transformers import MarianConfig, MarianMTModel

    return MarianMTModel(MarianConfig(**_seq2seq_sizes(**sizes), dropout=0.1))


def bart(**sizes) -> nn.Module:
    """Hugging Face's BART."""
    from transformers import BartConfig, BartForConditionalGeneration

    return BartForConditionalGeneration(BartConfig(**_seq2seq_sizes(**sizes)))


def gpt2(
    V: int, D: int, H: int, L: int, F: int, T: int, dropout: float, **_
) -> nn.Module:
    """Hugging Face's GPT-2; `dropout` everywhere it has some."""
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=V, n_embd=D, n_head=H, n_layer=L, n_inner=F, n_positions=T,
        resid_pdrop=dropout, embd_pdrop=dropout, attn_pdrop=dropout,
        bos_token_id=BOS, eos_token_id=EOS, pad_token_id=0,
    )  # fmt: skip
    return GPT2LMHeadModel(config)


def x_translator(V: int, D: int, H: int, L: int, T: int, **_) -> nn.Module:
    """x-transformers' encoder-decoder, flash attention on."""
    from x_transformers import XTransformer

    sides = {
        f"{side}_{name}": value
        for side in ("enc", "dec")
        for name, value in {
            "num_tokens": V, "depth": L, "heads": H, "max_seq_len": T + 8,
            "attn_flash": True, "layer_dropout": 0.0, "ff_dropout": 0.1,
            "attn_dim_head": D // H,
        }.items()
    }  # fmt: skip
    return XTransformer(dim=D, tie_token_emb=False, **sides)


def x_language_model(V: int, D: int, H: int, L: int, T: int, **_) -> nn.Module:
    """x-transformers' decoder, flash attention on."""
    from x_transformers import Decoder, TransformerWrapper

    layers = Decoder(
        dim=D, depth=L, heads=H, attn_flash=True, attn_dim_head=D // H, ff_mult=4
    )
    return TransformerWrapper(num_tokens=V, max_seq_len=T, attn_layers=layers)


def mean_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy as a peer's user would write it."""
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())
