"""From one vector a token to one vector a text, by attention, and the class of it.

`EncoderOnly` pools by the mean or by the first token. Here a query that is learned asks
every token how much it has to say (the attention of Lin et al., 2017, with one head and
no inner layer), and the answer is the weighted mean:

>>> import torch
>>> pool = AttentionPooling(d_model=8)
>>> x, real = torch.randn(2, 5, 8), torch.ones(2, 5, dtype=torch.bool)
>>> pool(x, real).shape, pool.weights(x, real).sum(-1).allclose(torch.ones(2))
(torch.Size([2, 8]), True)
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from n2t._special_ids import PAD
from n2t.models.encoder_only import EncoderOnly

POOLINGS = ("mean", "first", "attention")


class AttentionPooling(nn.Module):
    """A weighted mean of a text's vectors; padding weighs nothing.

    The query starts at 0: at first all real tokens weigh the same, and attention
    begins as the mean.
    """

    def __init__(self, d_model: int):
        super().__init__()
        self.query = nn.Parameter(torch.zeros(d_model))

    def weights(
        self,
        x: Float[Tensor, "batch length d_model"],
        real: Bool[Tensor, "batch length"],
    ) -> Float[Tensor, "batch length"]:
        """How much each token weighs; a text without a real token has zeros."""
        scores = x @ self.query / x.shape[-1] ** 0.5  # (B, T)
        scores = scores.masked_fill(~real, torch.finfo(scores.dtype).min)
        return scores.softmax(-1) * real

    def forward(
        self,
        x: Float[Tensor, "batch length d_model"],
        real: Bool[Tensor, "batch length"],
    ) -> Float[Tensor, "batch d_model"]:
        """The weighted mean, (B, d_model)."""
        return (self.weights(x, real)[..., None] * x).sum(1)


class PooledClassifier(nn.Module):
    """An encoder, a way to one vector, and a linear map to class logits.

    encoder: its own head and pooling are not used. pooling: one of `POOLINGS`.

    Raises ValueError for another pooling.
    """

    def __init__(self, encoder: EncoderOnly, n_class: int, pooling: str = "mean"):
        super().__init__()
        if pooling not in POOLINGS:
            raise ValueError(
                f"pooling ({pooling!r}) must be one of {', '.join(POOLINGS)}"
            )
        D = encoder.config.d_model
        self.encoder, self.pooling = encoder, pooling
        self.attention = AttentionPooling(D) if pooling == "attention" else None
        self.output = nn.Linear(D, n_class)
        nn.init.normal_(self.output.weight, std=0.02)
        nn.init.zeros_(self.output.bias)

    def forward(
        self, ids: Int[Tensor, "batch length"]
    ) -> Float[Tensor, "batch n_class"]:
        """Class logits (B, n_class); `PAD` pads."""
        x, real = self.encoder.features(ids), ids != PAD
        if self.attention is not None:
            return self.output(self.attention(x, real))
        if self.pooling == "first":
            return self.output(x[:, 0])
        kept = real[..., None]
        return self.output((x * kept).sum(1) / kept.sum(1).clamp(min=1))
