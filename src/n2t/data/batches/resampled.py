"""Batches of texts that are cut otherwise in every epoch, by BPE-dropout."""

from collections.abc import Sequence

import numpy as np

from n2t.data.batches.pairs import TokenBatches
from n2t.data.text.merge_dropout import MergeDropout
from n2t.data.text.vocabulary import Tokenizer


class ResampledBatches(TokenBatches):
    """``TokenBatches`` of texts that are cut anew, and bucketed anew, each epoch.

    Args:
        pairs: pairs of texts, (source, target).
        tokenizer, dropout, ways: as in ``MergeDropout``.
        max_tokens, seed, shuffle: as in ``TokenBatches``.

    Raises:
        ValueError: as ``TokenBatches``; a pair that some draw makes longer than
            ``max_tokens`` is refused here and not in a later epoch.
    """

    def __init__(
        self,
        pairs: Sequence[tuple[str, str]],
        tokenizer: Tokenizer,
        *,
        dropout: float = 0.1,
        ways: int = 16,
        max_tokens: int = 4096,
        **order,
    ) -> None:
        texts = [text for pair in pairs for text in pair]
        options = dict(dropout=dropout, ways=ways, seed=order.get("seed", 0))
        self._texts = MergeDropout(tokenizer, texts, **options)
        longest = self._texts.longest() + 1  # and an end
        if len(longest) and longest.max() > max_tokens:
            raise ValueError(
                f"max_tokens ({max_tokens}) must be at least {longest.max()}: so long "
                f"can pairs[{longest.argmax() // 2}] be cut"
            )
        special = ("pad_id", "bos_id", "eos_id")
        self._order = order | {name: getattr(tokenizer, name) for name in special}
        self.eos_id = tokenizer.eos_id
        pairs = self._draw(0, options["seed"])
        super().__init__(pairs, max_tokens=max_tokens, **self._order)
        self._cut_for = 0

    def _draw(self, epoch: int, seed: int) -> list[tuple[list[int], list[int]]]:
        """The pairs of an epoch; the third number keeps them from the order's."""
        rows = self._texts.draw(np.random.default_rng([seed, epoch, 1]))
        sources = [[*row, self.eos_id] for row in rows[::2]]
        return list(zip(sources, rows[1::2], strict=True))

    def _epoch_plan(self, epoch: int) -> list[np.ndarray]:
        if epoch != self._cut_for:
            place = self._epoch, self._position, self._resumed
            pairs = self._draw(epoch, self.seed)
            super().__init__(pairs, max_tokens=self.max_tokens, **self._order)
            self._epoch, self._position, self._resumed = place
            self._cut_for = epoch
        return super()._epoch_plan(epoch)

    def _identity(self) -> dict[str, int]:
        dropout = round(1e6 * self._texts.dropout)
        own = {"dropout_per_million": dropout, "ways": self._texts.ways}
        return super()._identity() | own
