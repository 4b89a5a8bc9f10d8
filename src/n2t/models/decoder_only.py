"""The decoder alone: a language model (GPT).

>>> import torch
>>> model = DecoderOnly(DecoderOnlyConfig(65, d_model=16, n_head=4, n_layer=2, d_ff=64))
>>> model(torch.randint(65, (2, 10))).shape      # (B, T, V)
torch.Size([2, 10, 65])
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Annotated

from jaxtyping import Float, Int
from torch import Tensor, nn

from n2t._checks import check_ids
from n2t._fields import Count, OneOf, Size
from n2t._special_ids import PAD
from n2t.blocks import ACTIVATIONS, Dropout, EncoderLayer, make_norm
from n2t.cache import KeyValueCache
from n2t.models.configuration import StackConfig, check_special_ids
from n2t.models.counting import linear_flops, self_attention_flops
from n2t.models.prepared import PreparedDecoderOnly, prepared, remember
from n2t.models.recording import ShowsAttention
from n2t.models.saving import Pretrained
from n2t.models.state import TransformerState, check_start
from n2t.positions import KINDS, make_positions


@dataclass(frozen=True)
class DecoderOnlyConfig(StackConfig):
    """A `DecoderOnly`'s sizes; by default GPT-2's shape (Radford et al., 2019).

    vocab_size: how many ids. tie_embeddings: the embedding table reads out the logits.
    pad_id fills finished rows when decoding; bos_id and eos_id, where there are such
    ids, begin and end a text. The other fields are `StackConfig`'s.
    """

    vocab_size: Size
    _: KW_ONLY
    d_model: Size = 768
    n_head: Size = 12
    n_layer: Size = 12
    d_ff: Size = 3072
    max_length: Size = 1024
    position: Annotated[str, OneOf(KINDS)] = "learned"
    norm_first: bool = True
    activation: Annotated[str, OneOf(ACTIVATIONS)] = "gelu"
    tie_embeddings: bool = True
    pad_id: Count = PAD
    bos_id: Count | None = None
    eos_id: Count | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_special_ids(self, "pad_id bos_id eos_id", self.vocab_size)


class DecoderOnly(Pretrained, ShowsAttention, nn.Module):
    """Ids to the logits of the next ids, each from the past alone.

    There is no encoder to look up, so that a layer is an `EncoderLayer` with a causal
    mask. Padding, where there is any, stands on the right: causality hides it.
    Weights start as GPT-2's: normal with deviation 0.02, and 1/√(2 · n_layer) of that
    on the maps that write into the residual stream. Sinusoids have entries of size 1,
    beside which such tokens would be lost: there the table starts at 1/√d_model, and
    what is looked up is multiplied by √d_model (Vaswani et al. 2017, section 3.4).
    """

    config_class = DecoderOnlyConfig

    def __init__(self, config: DecoderOnlyConfig):
        super().__init__()
        if not isinstance(config, DecoderOnlyConfig):
            raise TypeError(f"config must be a DecoderOnlyConfig, got {config!r}")
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.scale = config.d_model**0.5 if config.position == "sinusoidal" else 1.0
        self.positions = make_positions(**config.position_options())
        self.dropout = Dropout(config.dropout)
        options = config.layer_options()
        self.layers = nn.ModuleList(
            EncoderLayer(**options) for _ in range(config.n_layer)
        )
        final = make_norm(config.norm, config.d_model, config.norm_epsilon)
        self.norm = final if config.norm_first else nn.Identity()
        self.output = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self._initialize()
        if config.tie_embeddings:
            self.output.weight = self.embedding.weight

    def _initialize(self) -> None:
        for name, module in self.named_modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                into_stream = name.endswith(("project_output", "contract"))
                shrink = (2 * self.config.n_layer) ** -0.5 if into_stream else 1.0
                nn.init.normal_(module.weight, std=0.02 * shrink)
                if getattr(module, "bias", None) is not None:
                    nn.init.zeros_(module.bias)
        if self.scale != 1.0:
            nn.init.normal_(self.embedding.weight, std=1 / self.scale)

    def forward(
        self, ids: Int[Tensor, "batch length"]
    ) -> Float[Tensor, "batch length vocabulary"]:
        """Logits (B, T, V) for `ids` (B, T).

        Raises ValueError for an empty batch, ids outside the vocabulary (where looking
        is cheap: on a CPU), or a length over max_length.
        """
        return self.output(self.features(ids))

    def features(
        self, ids: Int[Tensor, "batch length"], state: TransformerState | None = None
    ) -> Float[Tensor, "batch length d_model"]:
        """What the logits are read from; goes on from `state` if given."""
        check_ids("ids", ids, self.config.vocab_size)
        offset = 0 if state is None else state.length
        self.positions.check(ids.shape[1], offset)
        x = self.embedding(ids)
        x = x if self.scale == 1.0 else x * self.scale
        x = self.dropout(self.positions.embed(x, offset))
        positions = self.positions.for_one_pass()
        for i, layer in enumerate(self.layers):
            cache = None if state is None else state.own[i]
            x = layer(x, causal=True, positions=positions, cache=cache)
        return self.norm(x)

    def prepare(self, n_row: int = 1, *, weights: str = "own") -> nn.Module:
        """This model in a form for decoding `n_row` rows, or itself where it cannot be:
        see `n2t.models.prepared`. weights="int8" is fast and inexact."""
        return prepared(self, PreparedDecoderOnly, n_row, weights)

    def embedding_weights(self) -> list[nn.Parameter]:
        """The matrix that reads out the logits: a row for each token."""
        return [self.output.weight]

    def forward_flops(self, batch_size: int, T: int) -> int:
        """Operations of a forward pass (see `n2t.models.counting`)."""
        layers = self_attention_flops(self.layers, batch_size, T)
        return layers + linear_flops(self.output, batch_size * T)

    def start(
        self,
        source: None = None,
        batch_size: int | None = 1,
        max_length: int | None = None,
    ) -> TransformerState:
        """An empty state for `batch_size` rows of up to `max_length` ids."""
        if source is not None:
            raise ValueError("source must be None: this model only continues a prompt")
        max_length = self.config.max_length if max_length is None else max_length
        check_start(None, batch_size, max_length)
        return TransformerState(
            [KeyValueCache(max_length) for _ in self.layers], cross=[]
        )

    def step(
        self, ids: Int[Tensor, "batch new"], state: TransformerState
    ) -> Float[Tensor, "batch vocabulary"]:
        """Logits (B, V) after the last of `ids` (B, t), which go on from `state`."""
        return self.output(self.features(ids, state)[:, -1])


remember(DecoderOnly, TransformerState)
