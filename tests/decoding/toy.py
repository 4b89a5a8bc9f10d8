"""Models whose logits follow from the whole history, and from nothing else."""

import torch
from torch import nn

EOS = 2


class Config:
    pad_id, bos_id, eos_id = 9, 1, EOS  # padding is no word of the toy's


class History:
    """A state that keeps every id: (rows, t)."""

    def __init__(self, rows):
        self.ids = torch.zeros(rows, 0, dtype=torch.long)
        self.reorders = 0

    def reorder(self, rows):
        self.ids = self.ids[rows]
        self.reorders += 1


class ToyModel(nn.Module):
    """Random logits that depend on the whole history, and on nothing else."""

    config = Config()

    def __init__(self, vocab_size, seed=0, spread=1.5):
        super().__init__()
        self.vocab_size, self.seed, self.spread = vocab_size, seed, spread
        self.weight = nn.Parameter(torch.zeros(1))
        self.rows_fed = []

    def start(self, source, batch_size, max_length):
        self.max_length = max_length
        return History(batch_size)

    def step(self, ids, state):
        state.ids = torch.cat([state.ids, ids], 1)
        assert state.ids.shape[1] <= self.max_length
        self.rows_fed.append(len(ids))
        return torch.stack([self.logits(row) for row in state.ids.tolist()])

    def logits(self, history):
        number = hash((self.seed, *history)) % 2**31
        generator = torch.Generator().manual_seed(number)
        values = torch.randn(self.vocab_size, generator=generator, dtype=torch.float64)
        return values * self.spread


class Fixed(ToyModel):
    """The same probabilities at every step."""

    def __init__(self, probabilities):
        super().__init__(len(probabilities))
        self.log_p = torch.tensor(probabilities, dtype=torch.float64).log()

    def logits(self, history):
        return self.log_p


PROMPT = torch.tensor([[1, 3], [1, 0], [3, 1]])
