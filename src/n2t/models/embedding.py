"""What ids become before the first layer: a vector each, with its place."""

from __future__ import annotations

from jaxtyping import Float, Int
from torch import Tensor, nn

from n2t._checks import check_ids
from n2t.blocks import Dropout, make_norm
from n2t.models.configuration import StackConfig
from n2t.positions import make_positions


class Embedding(nn.Module):
    """Ids to vectors of variance 1, their positions added, then dropout (3.4, 3.5).

    The table starts with variance 1/d_model and is multiplied by √d_model on the way
    out, so that the same table can read out the logits. BERT's way (Devlin et al.,
    2019) is another: with `scaled=False` the table starts with deviation 0.02 and
    comes out as it is; `n_token_type` kinds of token have a vector each, which is
    added; and with `norm=True` a norm follows the sum.
    """

    def __init__(
        self,
        config: StackConfig,
        vocab_size: int,
        *,
        scaled: bool = True,
        norm: bool = False,
        n_token_type: int | None = None,
    ):
        super().__init__()
        D = config.d_model
        self.scale = D**0.5 if scaled else 1.0
        std = D**-0.5 if scaled else 0.02
        self.table = nn.Embedding(vocab_size, D)
        nn.init.normal_(self.table.weight, std=std)
        self.token_types = nn.Embedding(n_token_type, D) if n_token_type else None
        if n_token_type:
            nn.init.normal_(self.token_types.weight, std=std)
        self.positions = make_positions(**config.position_options())
        epsilon = config.norm_epsilon
        self.norm = make_norm(config.norm, D, epsilon) if norm else nn.Identity()
        self.dropout = Dropout(config.dropout)

    def forward(
        self,
        ids: Int[Tensor, "batch length"],
        offset: int = 0,
        token_types: Int[Tensor, "batch length"] | None = None,
    ) -> Float[Tensor, "batch length d_model"]:
        """(B, T) to (B, T, d_model); the first id stands at `offset`.

        `token_types` (B, T) are all 0 by default. Raises ValueError where they are
        given and the embedding has none, or have another shape than `ids`.
        """
        self.positions.check(ids.shape[1], offset)
        x = self.table(ids) * self.scale
        if token_types is not None or self.token_types is not None:
            x = x + self._types(ids, token_types) * self.scale
        return self.dropout(self.norm(self.positions.embed(x, offset)))

    def _types(self, ids: Tensor, token_types: Tensor | None) -> Tensor:
        """The vectors of the kinds of token, (B, T, d_model)."""
        if self.token_types is None:
            raise ValueError("token_types were given, and n_token_type is None")
        if token_types is None:
            return self.token_types.weight[0]
        check_ids("token_types", token_types, self.token_types.num_embeddings)
        if token_types.shape != ids.shape:
            raise ValueError(
                f"token_types must have the ids' shape {tuple(ids.shape)}, "
                f"got {tuple(token_types.shape)}"
            )
        return self.token_types(token_types)
