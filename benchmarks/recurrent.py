"""What recurrent cells learn to remember: marks in noise, and a text.

    python -m benchmarks.recurrent recall [--seeds 2] [--record]
    python -m benchmarks.recurrent text [--seeds 2] [--record]

Recall: a mark comes first, noise after it, and the mark is asked for some steps later;
four arms (plain, GRU, LSTM, LSTM whose forget gates start with a bias of 3) at three
distances. Text: the number lines of chapters 7 and 8. The cells read them in
pieces, the state carried; beside them stand the two models of chapter 7, Kneser-Ney
counts and the neural n-gram. Each arm, at each distance, gets its own learning rate (or
discount and n), the one with the best mean over seeds on held-out data for that choice,
and is then tested on other data. `--record` writes `recurrent/recall` or
`recurrent/text` to the ledger, for chapter 8. Three to five minutes each.
"""

import argparse
import math
import time
from collections import Counter, defaultdict

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from n2t import ledger
from n2t.data.sets.numbers import number_pairs
from n2t.models.cells import CELLS

RECALL = {
    "distances": [10, 30, 100],
    "d_hidden": 32,
    "batch": 64,
    "max_steps": 300,
    "forget_bias": 3.0,
    "clip_norm": 1.0,
}
TEXT = {
    "d_model": 16,
    "d_hidden": 64,
    "rows": 32,
    "piece": 64,
    "epochs": 20,
    "clip_norm": 1.0,
    "n_gram_steps": 1200,
    "n_gram_batch": 256,
}
RECALL_ARMS = ("rnn", "gru", "lstm", "lstm_bias")
RECALL_RATES = (1e-3, 3e-3, 1e-2)
TEXT_RATES = (3e-3, 1e-2, 3e-2)
COUNTED_N, DISCOUNTS = (5, 8, 12), (0.5, 0.7, 0.9)
NEURAL_N = (13, 25)
VALIDATION, TEST = 98, 99
"""Seeds of the marks that a rate is chosen on, and of those it is tested on."""


class Recaller(nn.Module):
    """A cell, and a score from its last state."""

    def __init__(self, arm: str):
        super().__init__()
        H = RECALL["d_hidden"]
        self.cell = CELLS[arm.split("_")[0]](2, H)
        self.output = nn.Linear(H, 1)
        with torch.no_grad():
            if arm.endswith("bias"):
                self.cell.bias_hh_l0[H : 2 * H] += RECALL["forget_bias"]

    def forward(self, x: Tensor) -> Tensor:
        """Scores (B,) of x (B, T, 2)."""
        return self.output(self.cell(x)[0][:, -1])[:, 0]


def marked(B: int, distance: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """x (B, distance + 1, 2): a mark of 1 or -1 first, noise beside; targets (B,)."""
    target = torch.randint(2, (B,), generator=generator)
    x = torch.zeros(B, distance + 1, 2)
    x[:, 0, 0] = 2.0 * target - 1
    x[:, :, 1] = torch.randn(B, distance + 1, generator=generator) / 2
    return x, target


def step(model: nn.Module, optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    """One clipped update."""
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), RECALL["clip_norm"])
    optimizer.step()


def train_recall(arm: str, distance: int, seed: int, rate: float) -> Recaller:
    """A model trained on batches drawn as it goes."""
    torch.manual_seed(seed)
    model, generator = Recaller(arm), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for _ in range(RECALL["max_steps"]):
        x, target = marked(RECALL["batch"], distance, generator)
        loss = F.binary_cross_entropy_with_logits(model(x), target.float())
        step(model, optimizer, loss)
    return model


@torch.no_grad()
def recalled(model: Recaller, distance: int, seed: int, n: int = 1000) -> float:
    """Share of n marks that the model gets right."""
    x, target = marked(n, distance, torch.Generator().manual_seed(seed))
    return ((model(x) > 0) == target).double().mean().item()


class Reader(nn.Module):
    """Characters to scores of the next one, with a state that is carried."""

    def __init__(self, V: int, cell: str):
        super().__init__()
        D, H = TEXT["d_model"], TEXT["d_hidden"]
        self.embed = nn.Embedding(V, D)
        self.cell = CELLS[cell](D, H)
        self.output = nn.Linear(H, V)

    def forward(self, ids: Tensor, state: tuple | None = None) -> tuple[Tensor, tuple]:
        """Logits (B, T, V) and the last state."""
        h, state = self.cell(self.embed(ids), state)
        return self.output(h), state


def text() -> tuple[list[Tensor], int]:
    """Train, validation and test as ids, newlines around each line; and V."""
    pairs = number_pairs("en", source="digits", size=2000, held_out=500, limit=10_000)
    parts = [[f"{digits}: {words}" for digits, words in part] for part in pairs]
    alphabet = sorted(set("\n" + "".join(parts[0])))
    number_of = {c: i for i, c in enumerate(alphabet)}
    whole = ["\n" + "".join(line + "\n" for line in part) for part in parts]
    return [torch.tensor([number_of[c] for c in each]) for each in whole], len(alphabet)


def train_text(cell: str, ids: Tensor, V: int, seed: int, rate: float) -> Reader:
    """A model trained in pieces; the rate falls along a cosine to 0."""
    torch.manual_seed(seed)
    model, B, T = Reader(V, cell), TEXT["rows"], TEXT["piece"]
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    width = (len(ids) - 1) // B
    read, wanted = ids[: B * width].view(B, -1), ids[1 : B * width + 1].view(B, -1)
    total, done = TEXT["epochs"] * -(-width // T), 0
    for _ in range(TEXT["epochs"]):
        state = None
        for at in range(0, width, T):
            fall = (1 + math.cos(math.pi * done / total)) / 2
            optimizer.param_groups[0]["lr"] = rate * fall
            logits, state = model(read[:, at : at + T], state)
            target = wanted[:, at : at + T].flatten()
            step(model, optimizer, F.cross_entropy(logits.flatten(0, 1), target))
            state = tuple(part.detach() for part in state)
            done += 1
    return model


@torch.no_grad()
def bits(model: Reader, ids: Tensor) -> float:
    """Bits a character, newlines counted, the state carried from line to line."""
    logits, _ = model(ids[None, :-1])
    return F.cross_entropy(logits[0], ids[1:]).item() / math.log(2)


class KneserNey:
    """Counts, less d; what is taken goes to the shorter contexts (chapter 7)."""

    def __init__(self, rows: list[list[int]], n: int, V: int):
        self.n, self.d, self.V = n, 0.5, V
        longest = self.count(rows, n)
        self.tables = [longest]
        for m in range(n, 1, -1):
            shorter: dict = defaultdict(Counter)
            for h, row in self.count(rows, m).items():
                for c in row:
                    shorter[h[1:]][c] += 1
            self.tables.insert(0, shorter)

    @staticmethod
    def count(rows: list[list[int]], n: int) -> dict:
        """How often each character followed each context of n - 1, in lines."""
        table: dict = defaultdict(Counter)
        for row in rows:
            for h, c in places(row, n):
                table[h][c] += 1
        return table

    def bits(self, rows: list[list[int]]) -> float:
        """Bits a character."""
        costs = [
            -math.log2(self.p(h, c)) for row in rows for h, c in places(row, self.n)
        ]
        return math.fsum(costs) / len(costs)

    def p(self, h: tuple, c: int) -> float:
        """The probability of c after h."""
        p = 1 / self.V
        for m, table in enumerate(self.tables):
            row = table.get(h[len(h) - m :])
            if row is None:
                break
            number = sum(row.values())
            left = max(row.get(c, 0) - self.d, 0) / number
            p = left + self.d * len(row) / number * p
        return p


def places(row: list[int], n: int) -> list[tuple[tuple, int]]:
    """(context of n - 1, next) at every place of a line; newlines (0) before it."""
    whole = [0] * (n - 1) + row
    return [(tuple(whole[t : t + n - 1]), c) for t, c in enumerate(row)]


def rows_of(ids: Tensor) -> list[list[int]]:
    """Lines as ids, each with its closing newline."""
    rows: list[list[int]] = [[]]
    for c in ids[1:].tolist():
        rows[-1].append(c)
        if c == 0:
            rows.append([])
    return rows[:-1]


class NeuralNgram(nn.Module):
    """Logits of the next character from n - 1 characters (chapter 7)."""

    def __init__(self, n: int, V: int, D: int = 12, width: int = 128):
        super().__init__()
        self.n = n
        self.embed = nn.Embedding(V, D)
        self.hidden = nn.Linear((n - 1) * D, width)
        self.output = nn.Linear(width, V)

    def forward(self, context: Tensor) -> Tensor:
        """(B, n - 1) ids to (B, V)."""
        return self.output(self.hidden(self.embed(context).flatten(1)).tanh())


def windows(rows: list[list[int]], n: int) -> tuple[Tensor, Tensor]:
    """All contexts (N, n - 1) and next characters (N,)."""
    found = [place for row in rows for place in places(row, n)]
    contexts, following = zip(*found, strict=True)
    return torch.tensor(contexts), torch.tensor(following)


def train_neural(data: tuple, n: int, V: int, seed: int, rate: float) -> NeuralNgram:
    """A neural n-gram; the rate falls along a line to 0."""
    torch.manual_seed(seed)
    model, (contexts, following) = NeuralNgram(n, V), data
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)
    steps = TEXT["n_gram_steps"]
    for done in range(steps):
        optimizer.param_groups[0]["lr"] = rate * (1 - done / steps)
        drawn = torch.randint(len(contexts), (TEXT["n_gram_batch"],))
        loss = F.cross_entropy(model(contexts[drawn]), following[drawn])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


@torch.no_grad()
def neural_bits(model: NeuralNgram, data: tuple) -> float:
    """Bits a character."""
    contexts, following = data
    return F.cross_entropy(model(contexts), following).item() / math.log(2)


def choose(make, score, rates, seeds: int, better=max) -> tuple[float, list]:
    """The rate with the best mean score, and its models."""
    models = {rate: [make(s, rate) for s in range(seeds)] for rate in rates}
    found = {r: float(np.mean([score(m) for m in some])) for r, some in models.items()}
    print("  ", *(f"{rate:g}: {value:.3f}" for rate, value in found.items()))
    best = better(found, key=found.__getitem__)
    return best, models[best]


def recall(seeds: int) -> tuple[dict, dict]:
    """Rates and shares recalled, of every arm at every distance."""
    rates, metrics = {}, {}
    for distance in RECALL["distances"]:
        for arm in RECALL_ARMS:
            name = f"{arm}_{distance}"
            rates[name], models = choose(
                lambda s, r, a=arm, k=distance: train_recall(a, k, s, r),
                lambda m, k=distance: recalled(m, k, VALIDATION),
                RECALL_RATES, seeds,
            )  # fmt: skip
            metrics[name] = [recalled(m, distance, TEST) for m in models]
            print(name, rates[name], metrics[name], flush=True)
    return rates, metrics


def read_text(seeds: int) -> tuple[dict, dict]:
    """Rates (or n and discount) and bits a character of every arm."""
    rates, metrics = {}, {}
    parts, V = text()
    train, validation, test = parts
    rows = [rows_of(part) for part in parts]
    counted = {}
    for n in COUNTED_N:
        model = KneserNey(rows[0], n, V)
        for model.d in DISCOUNTS:
            counted[n, model.d] = model.bits(rows[1])
    n, d = min(counted, key=counted.__getitem__)
    model = KneserNey(rows[0], n, V)
    model.d = d
    rates["kneser_ney"], metrics["kneser_ney"] = [n, d], [model.bits(rows[2])] * seeds
    print("kneser_ney", n, d, metrics["kneser_ney"][0], flush=True)
    for n in NEURAL_N:
        data = [windows(part, n) for part in rows]
        arm = f"neural_{n}"
        rates[arm], models = choose(
            lambda s, r, n=n, d=data[0]: train_neural(d, n, V, s, r),
            lambda m, d=data[1]: neural_bits(m, d),
            TEXT_RATES, seeds, min,
        )  # fmt: skip
        metrics[arm] = [neural_bits(m, data[2]) for m in models]
        print(arm, rates[arm], metrics[arm], flush=True)
    for arm in CELLS:
        rates[arm], models = choose(
            lambda s, r, a=arm: train_text(a, train, V, s, r),
            lambda m: bits(m, validation),
            TEXT_RATES, seeds, min,
        )  # fmt: skip
        metrics[arm] = [bits(m, test) for m in models]
        print(arm, rates[arm], metrics[arm], flush=True)
    return rates, metrics


def main(arguments: list[str] | None = None) -> None:
    """Train and test every arm with every seed; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("recall", "text"))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    run, settings = (recall, RECALL) if options.what == "recall" else (read_text, TEXT)
    rates, metrics = run(options.seeds)
    print(f"{time.perf_counter() - start:.0f} s")
    if options.record:
        ledger.record(
            f"recurrent/{options.what}",
            task=options.what,
            command=f"python -m benchmarks.recurrent {options.what} "
            f"--seeds {options.seeds} --record",
            configuration=settings | {"learning_rate": rates},
            seeds=range(options.seeds),
            metrics=metrics,
            versions={"torch": torch.__version__},
            sources=ledger.sources_of(__file__),
            wall_seconds=time.perf_counter() - start,
        )


if __name__ == "__main__":
    main()
