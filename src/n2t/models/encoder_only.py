"""The encoder alone: classification, and the masked language model that prepares it.

First a model learns to fill in hidden words, from text without labels; then a copy of
it with a new head learns the classes (Devlin et al., 2019, BERT):

>>> import torch
>>> model = EncoderOnly(EncoderOnlyConfig(50, d_model=16, n_head=4, n_layer=2, d_ff=32))
>>> ids = torch.randint(5, 50, (2, 10))
>>> inputs, hidden = mask_tokens(ids, mask_id=4, vocab_size=50)
>>> model(inputs).shape                          # (B, T, V): what was hidden?
torch.Size([2, 10, 50])
>>> classifier = model.with_classes(3)
>>> classifier(ids).shape                        # (B, n_class)
torch.Size([2, 3])

Without a head it gives one vector a row, for what is told apart by angles (Reimers and
Gurevych, 2019):

>>> bare = EncoderOnly(model.config.replace(head=False, normalize=True))
>>> bare(ids).shape                              # (B, d_model), each of length 1
torch.Size([2, 16])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Annotated, Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from n2t._checks import check_ids
from n2t._fields import Count, OneOf, Size
from n2t._special_ids import PAD
from n2t.blocks import ACTIVATIONS
from n2t.masks import padding_mask
from n2t.models.configuration import LATER, StackConfig, check_special_ids
from n2t.models.counting import linear_flops, self_attention_flops
from n2t.models.recording import ShowsAttention
from n2t.models.saving import Pretrained
from n2t.models.transformer import Encoder

POOLINGS = ("mean", "first")


@dataclass(frozen=True)
class EncoderOnlyConfig(StackConfig):
    """An `EncoderOnly`'s sizes.

    vocab_size: how many ids. n_class: how many classes; None fills in hidden ids.
    pooling: what a class is read from, the "mean" over the real tokens or the "first".
    pad_id pads on the right. The other fields are `StackConfig`'s.

    BERT's embedding (see `n2t.models.embedding.Embedding`): n_token_type kinds of
    token, such as first and second sentence; None has no such vectors.
    scale_embedding: what is looked up times √d_model. norm_embedding: a norm follows.

    head: False has none, and gives the pooled vector itself; normalize: at length 1.
    """

    vocab_size: Size
    _: KW_ONLY
    n_class: Size | None = None
    pooling: Annotated[str, OneOf(POOLINGS)] = "mean"
    norm_first: bool = True
    activation: Annotated[str, OneOf(ACTIVATIONS)] = "gelu"
    pad_id: Count = PAD
    n_token_type: Size | None = field(default=None, metadata=LATER)
    scale_embedding: bool = field(default=True, metadata=LATER)
    norm_embedding: bool = field(default=False, metadata=LATER)
    head: bool = field(default=True, metadata=LATER)
    normalize: bool = field(default=False, metadata=LATER)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_special_ids(self, "pad_id", self.vocab_size)
        if self.n_class is not None and not self.head:
            raise ValueError(
                f"n_class ({self.n_class}) needs a head, and head is False"
            )

    def embedding_options(self) -> dict[str, Any]:
        """Arguments for `Embedding`."""
        return {
            "scaled": self.scale_embedding,
            "norm": self.norm_embedding,
            "n_token_type": self.n_token_type,
        }


class EncoderOnly(Pretrained, ShowsAttention, nn.Module):
    """Ids to class logits; without classes to the logits of every token; and without a
    head to one vector a row.

    Every token sees all others, both ways; padding is hidden. The logits of a token
    are read out with the embedding table.
    """

    config_class = EncoderOnlyConfig

    def __init__(self, config: EncoderOnlyConfig):
        super().__init__()
        if not isinstance(config, EncoderOnlyConfig):
            raise TypeError(f"config must be an EncoderOnlyConfig, got {config!r}")
        self.config = config
        options = config.embedding_options()
        self.encoder = Encoder(config, config.vocab_size, **options)
        self.output: nn.Linear | None = None
        if not config.head:
            return
        if config.n_class is None:
            self.output = nn.Linear(config.d_model, config.vocab_size)
            self.output.weight = self.encoder.embedding.table.weight
        else:
            self.output = nn.Linear(config.d_model, config.n_class)
            nn.init.normal_(self.output.weight, std=0.02)
        nn.init.zeros_(self.output.bias)

    def forward(
        self,
        ids: Int[Tensor, "batch length"],
        token_types: Int[Tensor, "batch length"] | None = None,
    ) -> Float[Tensor, "batch ..."]:
        """Class logits (B, n_class), token logits (B, T, V), or vectors (B, d_model).

        `token_types` (B, T) are all 0 by default. Raises ValueError for an empty batch,
        ids outside the vocabulary (where looking is cheap: on a CPU), or a length over
        max_length.
        """
        x = self.features(ids, token_types)
        if self.output is None:
            return self.pool(x, ids)
        return self.output(x if self.config.n_class is None else self.pool(x, ids))

    def features(
        self,
        ids: Int[Tensor, "batch length"],
        token_types: Int[Tensor, "batch length"] | None = None,
    ) -> Float[Tensor, "batch length d_model"]:
        """The encoder's output, (B, T, d_model)."""
        check_ids("ids", ids, self.config.vocab_size)
        return self.encoder(ids, padding_mask(ids, self.config.pad_id), token_types)

    def embedding_weights(self) -> list[nn.Parameter]:
        """The matrix that reads out hidden tokens: a row for each. Classes are none."""
        reads_tokens = self.output is not None and self.config.n_class is None
        return [self.output.weight] if reads_tokens else []

    def pool(
        self,
        x: Float[Tensor, "batch length d_model"],
        ids: Int[Tensor, "batch length"],
    ) -> Float[Tensor, "batch d_model"]:
        """One vector a row: the mean over real tokens (zeros if none), or the first.

        With the configuration's `normalize`, divided by its length.
        """
        if self.config.pooling == "first":
            pooled = x[:, 0]
        else:
            real = (ids != self.config.pad_id)[..., None]  # (B, T, 1)
            pooled = (x * real).sum(1) / real.sum(1).clamp(min=1)
        return F.normalize(pooled, dim=-1) if self.config.normalize else pooled

    def forward_flops(self, batch_size: int, T: int) -> int:
        """Operations of a forward pass (see `n2t.models.counting`)."""
        layers = self_attention_flops(self.encoder.layers, batch_size, T)
        if self.output is None:
            return layers
        read = batch_size * T if self.config.n_class is None else batch_size
        return layers + linear_flops(self.output, read)

    def with_classes(self, n_class: int) -> EncoderOnly:
        """A classifier that starts from a copy of this encoder, with a new head."""
        new = EncoderOnly(self.config.replace(n_class=n_class, head=True))
        new.encoder.load_state_dict(self.encoder.state_dict())
        return new.to(self.encoder.embedding.table.weight)


def mask_tokens(
    ids: Int[Tensor, "batch length"],
    *,
    mask_id: int,
    vocab_size: int,
    special_ids: Sequence[int] = (PAD,),
    rate: float = 0.15,
    generator: torch.Generator | None = None,
) -> tuple[Int[Tensor, "batch length"], Bool[Tensor, "batch length"]]:
    """Hide tokens for a masked language model, by BERT's recipe.

    A share `rate` of the tokens is chosen, never one of `special_ids`. Of these, 80%
    become `mask_id`, 10% a random id, 10% stay. Returns the inputs (B, T) and the
    choice (B, T), True where the loss is counted against `ids`.
    """
    check_ids("ids", ids, vocab_size)
    if not 0 < rate <= 1:
        raise ValueError(f"rate ({rate}) must be above 0 and at most 1")
    if not 0 <= mask_id < vocab_size:
        raise ValueError(f"mask_id ({mask_id}) must be below vocab_size ({vocab_size})")
    options = {"generator": generator, "device": ids.device}
    allowed = torch.ones_like(ids, dtype=torch.bool)
    for special in special_ids:
        allowed &= ids != special
    chosen = allowed & (torch.rand(ids.shape, **options) < rate)
    fate = torch.rand(ids.shape, **options)
    random_ids = torch.randint(vocab_size, ids.shape, dtype=ids.dtype, **options)
    inputs = ids.masked_fill(chosen & (fate < 0.8), mask_id)
    inputs = torch.where(chosen & (fate >= 0.9), random_ids, inputs)
    return inputs, chosen
