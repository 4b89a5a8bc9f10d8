"""Everything in n2t that the laws of attention bind, and how each is run.

A new attention, layer or model is added to one of the lists at the end; the test
`test_registration.py` fails until it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from n2t.attention import (
    AdditiveAttention,
    MultiHeadAttention,
    scaled_dot_product_attention,
)
from n2t.blocks import (
    ACTIVATIONS,
    NORMS,
    DecoderLayer,
    EncoderLayer,
    FeedForward,
    LayerNorm,
    RMSNorm,
)
from n2t.cache import KeyValueCache
from n2t.decoding import Beam, Greedy, Sample
from n2t.masks import causal_mask
from n2t.models import (
    DecoderOnly,
    DecoderOnlyConfig,
    EncoderOnly,
    EncoderOnlyConfig,
    PointerConfig,
    PointerTransformer,
    RecurrentConfig,
    RecurrentSeq2Seq,
    Transformer,
    TransformerConfig,
)
from n2t.models.cells import CELLS
from n2t.models.recurrent import ATTENTIONS
from n2t.positions import KINDS, make_positions

D, HEADS, VOCABULARY, PAD = 8, 4, 11, 0


def shaken(module: nn.Module, dtype: torch.dtype, seed: int = 0) -> nn.Module:
    """The module in eval mode, every parameter random and of a size that matters.

    Fresh weights hide mistakes: biases of 0, norms of 1, maps close to 0.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() > 1:
                tables = "embed" in name or "table" in name
                parameter.copy_(noise if tables else noise * parameter.shape[1] ** -0.5)
            else:
                is_scale = name.endswith("weight")
                parameter.copy_(0.2 * noise + is_scale)
    return module.eval().to(dtype)


@dataclass(frozen=True)
class Subject:
    """A variant: its name in the tests, and how to make it."""

    name: str
    make: Callable[[], nn.Module]

    def __str__(self) -> str:
        return self.name


# Attention: query, key, value and mask to output


class Function(nn.Module):
    """A function in a module's clothes."""

    def __init__(self, **options):
        super().__init__()
        self.options = options

    def forward(self, query, key, value, mask=None, causal=False):
        result = scaled_dot_product_attention(
            query, key, value, mask, causal=causal, **self.options
        )
        return result[0] if isinstance(result, tuple) else result


@dataclass(frozen=True)
class AttentionSubject(Subject):
    """An attention that gets its three inputs, (B, T, D) each, from outside.

    heads: it wants a mask with an axis for them. projects: zeros leave it as W 0 + b.
    scaled: it takes dot products of the very vectors it is given.
    causally: whether it has a causal flag.
    """

    heads: bool = False
    projects: bool = False
    scaled: bool = False
    causally: bool = True
    options: dict = field(default_factory=dict)

    def attend(self, module: nn.Module) -> Callable[..., Tensor]:
        def run(query, key, value, mask):
            mask = mask[:, None] if self.heads else mask
            result = module(query, key, value, mask, **self.options)
            return result[0] if isinstance(result, tuple) else result

        return run

    def attend_causally(self, module: nn.Module) -> Callable[..., Tensor]:
        """By its own flag, or by the mask that `causal_mask` makes."""

        def run(query, key, value):
            Tq, Tk = query.shape[1], key.shape[1]
            if not self.causally:
                mask = causal_mask(Tq, Tk).expand(len(query), -1, -1)
                return self.attend(module)(query, key, value, mask)
            result = module(query, key, value, causal=True, **self.options)
            return result[0] if isinstance(result, tuple) else result

        return run

    def zero(self, module: nn.Module) -> Tensor | float:
        """What zeros become on the way out."""
        if not self.projects:
            return 0.0
        bias = module.project_output.bias
        return 0.0 if bias is None else bias.detach()


def many_heads(name: str, options: dict | None = None, **sizes) -> AttentionSubject:
    return AttentionSubject(
        f"MultiHeadAttention, {name}",
        lambda: MultiHeadAttention(D, HEADS, **sizes),
        heads=True,
        projects=True,
        options=options or {},
    )


ATTENTION = [
    AttentionSubject("scaled dot product, fused", Function, scaled=True),
    AttentionSubject(
        "scaled dot product, plain", lambda: Function(return_weights=True), scaled=True
    ),
    AttentionSubject(
        "AdditiveAttention", lambda: AdditiveAttention(D, D, 6), causally=False
    ),
    AttentionSubject(
        "AdditiveAttention, with weights",
        lambda: AdditiveAttention(D, D, 6),
        causally=False,
        options={"return_weights": True},
    ),
    many_heads("fused"),
    many_heads("plain", {"return_weights": True}),
    many_heads("d_k and d_v of their own", d_k=5, d_v=3),
    many_heads("grouped keys", n_kv_head=2),
    many_heads("grouped keys, plain", {"return_weights": True}, n_kv_head=2),
    many_heads("one key head", n_kv_head=1),
    many_heads("no bias", bias=False),
    many_heads("normalized", normalize_query_key=True),
]


# Sequences: (B, T, D) to (B, T, D)


@dataclass(frozen=True)
class SequenceSubject(Subject):
    """A layer that keeps the length.

    run(module, x, mask): mask (B, 1, 1, T) hides padding, where the layer can see it.
    begin(module, x): a `step` that is fed one piece of x after another.
    causal: it sees no later token. masked: it takes the mask.
    """

    run: Callable[..., Tensor] = lambda module, x, mask=None: module(x)
    begin: Callable[..., Callable] | None = None
    causal: bool = True
    masked: bool = False


def cached_attention(module, x):
    cache = KeyValueCache(x.shape[1])
    positions = getattr(module, "positions", None)
    return lambda piece: module(piece, causal=True, positions=positions, cache=cache)


def cached_decoder_layer(module, x):
    cache = KeyValueCache(x.shape[1]), KeyValueCache(MEMORY_LENGTH)
    return lambda piece: module(piece, memory(piece), memory_mask(piece), cache=cache)


def offset_positions(module, x):
    seen = 0

    def step(piece):
        nonlocal seen
        seen += piece.shape[1]
        return module.embed(piece, offset=seen - piece.shape[1])

    return step


def carried_state(module, x):
    state = None

    def step(piece):
        nonlocal state
        output, state = module(piece, state)
        return output

    return step


MEMORY_LENGTH = 6


def memory(x: Tensor) -> Tensor:
    """A source's memory (B, 6, D), the same for a row whatever the batch."""
    generator = torch.Generator().manual_seed(5)
    one = torch.randn(1, MEMORY_LENGTH, D, generator=generator)
    return one.to(x.dtype).expand(len(x), -1, -1)


def memory_mask(x: Tensor) -> Tensor:
    real = torch.tensor([True] * 4 + [False] * 2)
    return real.expand(len(x), 1, 1, -1)


def self_attention(kind: str, **sizes) -> SequenceSubject:
    def make():
        module = MultiHeadAttention(D, HEADS, **sizes)
        d_k = sizes.get("d_k", D // HEADS)
        module.positions = make_positions(kind, D, HEADS, d_k, max_length=16)
        return module

    return SequenceSubject(
        f"self-attention, {kind} positions, {sizes or 'plain'}",
        make,
        run=lambda m, x, mask=None: m(x, mask=mask, causal=True, positions=m.positions),
        begin=cached_attention,
    )


def encoder_layer(causal: bool, **options) -> SequenceSubject:
    return SequenceSubject(
        f"EncoderLayer, causal={causal}, {options}",
        lambda: EncoderLayer(D, HEADS, 12, **options),
        run=lambda m, x, mask=None: m(x, mask, causal=causal),
        begin=cached_attention if causal else None,
        causal=causal,
        masked=True,
    )


def recurrent(cell: str, **options) -> SequenceSubject:
    return SequenceSubject(
        f"{CELLS[cell].__name__}, {options}",
        lambda: CELLS[cell](D, D, 2, **options),
        run=lambda m, x, mask=None: m(
            x, lengths=None if mask is None else mask[:, 0, 0].sum(-1)
        )[0],
        begin=None if "bidirectional" in options else carried_state,
        causal="bidirectional" not in options,
        masked=True,
    )


SEQUENCES = [
    SequenceSubject("LayerNorm", lambda: LayerNorm(D)),
    SequenceSubject("RMSNorm", lambda: RMSNorm(D)),
    *(
        SequenceSubject(f"FeedForward, {a}", lambda a=a: FeedForward(D, 12, a, 0.5))
        for a in ACTIVATIONS
    ),
    *(
        SequenceSubject(
            f"{kind} positions",
            lambda kind=kind: make_positions(kind, D, HEADS, D // HEADS, 16),
            run=lambda m, x, mask=None: m.embed(x),
            begin=offset_positions,
        )
        for kind in KINDS
    ),
    *(self_attention(kind) for kind in KINDS),
    self_attention("rotary", d_k=6, d_v=3, n_kv_head=2),
    self_attention("alibi", n_kv_head=1, dropout=0.5),
    *(
        encoder_layer(causal, norm_first=first, norm=norm, dropout=0.5)
        for causal in (True, False)
        for first in (True, False)
        for norm in NORMS
    ),
    *(
        SequenceSubject(
            f"DecoderLayer, norm_first={first}",
            lambda first=first: DecoderLayer(
                D, HEADS, 12, norm_first=first, dropout=0.5
            ),
            run=lambda m, x, mask=None: m(x, memory(x), memory_mask(x)),
            begin=cached_decoder_layer,
        )
        for first in (True, False)
    ),
    *(recurrent(cell, dropout=0.5) for cell in CELLS),
    *(recurrent(cell, fused=False) for cell in CELLS),
    *(recurrent(cell, bidirectional=True) for cell in CELLS),
]


# Models: ids to logits


@dataclass(frozen=True)
class ModelSubject(Subject):
    """A model; `config` says which variant. source: it reads one. causal: over ids."""

    source: bool = False
    causal: bool = True

    def run(self, module: nn.Module, source: Tensor | None) -> Callable:
        """Logits as a function of the ids that are written."""
        if not self.source:
            return module
        return lambda ids: module(source[: len(ids)], ids)


SMALL = {"d_model": D, "n_head": HEADS, "n_layer": 2, "d_ff": 12, "max_length": 24}


def transformer(**options) -> ModelSubject:
    sizes = SMALL | options
    return ModelSubject(
        f"Transformer, {options}",
        lambda: Transformer(TransformerConfig(VOCABULARY, VOCABULARY, **sizes)),
        source=True,
    )


def pointer(**options) -> ModelSubject:
    config = PointerConfig(VOCABULARY, VOCABULARY, **SMALL | options)

    def make():
        model = PointerTransformer(config)
        model.known = lambda ids: ids  # all are known; the laws look for these very ids
        return model

    return ModelSubject(f"PointerTransformer, {options}", make, source=True)


def decoder_only(**options) -> ModelSubject:
    sizes = SMALL | options
    return ModelSubject(
        f"DecoderOnly, {options}",
        lambda: DecoderOnly(DecoderOnlyConfig(VOCABULARY, **sizes)),
    )


def encoder_only(**options) -> ModelSubject:
    sizes = SMALL | options
    return ModelSubject(
        f"EncoderOnly, {options}",
        lambda: EncoderOnly(EncoderOnlyConfig(VOCABULARY, **sizes)),
        causal=False,
    )


def seq2seq(**options) -> ModelSubject:
    sizes = {"d_model": D, "d_hidden": D, "n_layer": 2} | options
    return ModelSubject(
        f"RecurrentSeq2Seq, {options}",
        lambda: RecurrentSeq2Seq(RecurrentConfig(VOCABULARY, VOCABULARY, **sizes)),
        source=True,
    )


MODELS = [
    transformer(),
    transformer(
        norm_first=True, tie_embeddings="all", n_kv_head=2, activation="swiglu"
    ),
    transformer(tie_embeddings="target", norm="rms", d_k=4, d_v=3, n_decoder_layer=1),
    *(transformer(position=kind, norm_first=True) for kind in KINDS),
    pointer(),
    pointer(norm_first=True, tie_embeddings="all"),
    decoder_only(),
    decoder_only(tie_embeddings=False, norm_first=False, attention_dropout=0.5),
    decoder_only(norm="rms", activation="relu2", n_kv_head=1, normalize_query_key=True),
    *(decoder_only(position=kind) for kind in KINDS),
    encoder_only(),
    encoder_only(n_class=3, activation="gelu_tanh"),
    encoder_only(n_class=3, pooling="first", position="rotary"),
    *(seq2seq(cell=cell, attention=kind) for cell in CELLS for kind in ATTENTIONS),
    seq2seq(attention="additive", bidirectional=True),
]

STRATEGIES = [Greedy(), Sample(top_k=1), Beam(3, n_best=2)]
GENERATORS = [subject for subject in MODELS if subject.causal]
ALL = [*ATTENTION, *SEQUENCES, *MODELS]
