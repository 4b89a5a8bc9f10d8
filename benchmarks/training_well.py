"""What each part of a training recipe is for: taken away once each, on the digits.

    python -m benchmarks.training_well [--seeds 5] [--record]

The recipe of chapter 4, in NumPy and the course's own engine, reads the digits of
scikit-learn. Each arm lacks one part, or has another in its place, and gets its own
learning rate: the one with the lowest mean validation loss over the seeds. `--record`
writes `digits/training_well` to the ledger, which chapter 4 draws: the share of the
held-out third that is misread. About two minutes a seed.
"""

import argparse
import time
from dataclasses import asdict, dataclass, replace

import numpy as np
import sklearn

from n2t import ledger
from n2t.data.sets.digits import digits
from n2t.scratch import SGD
from n2t.scratch.autograd import Tensor, cross_entropy

NAME = "digits/training_well"
SIZES = (64, 128, 128, 10)
BETAS, TINY, MOMENTUM = (0.9, 0.999), 1e-8, 0.9
RATES = {
    "adamw": (3e-3, 1e-2, 3e-2),
    "momentum": (0.03, 0.1, 0.3),
    "sgd": (0.3, 1.0, 3.0),
    "large batches": (1e-2, 3e-2, 1e-1),
    "no fall": (1e-3, 3e-3, 1e-2),
}
"""Peak learning rates: of an arm that wants others, or of its optimizer."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; the defaults are the whole recipe."""

    optimizer: str = "adamw"
    start: float = 2.0  # variance of a starting weight times its layer's inputs
    batch: int = 32
    epochs: int = 40
    warmup: int = 40
    falls: bool = True
    clip: float = 1.0
    dropout: float = 0.2
    decay: float = 0.1
    shifts: float = 0.5


WHOLE = Recipe()
ARMS = {
    "whole": WHOLE,
    "momentum": replace(WHOLE, optimizer="momentum"),
    "plain SGD": replace(WHOLE, optimizer="sgd"),
    "small start": replace(WHOLE, start=0.02),
    "large batches": replace(WHOLE, batch=256),
    "no warm-up": replace(WHOLE, warmup=0),
    "no fall": replace(WHOLE, falls=False),
    "no clipping": replace(WHOLE, clip=np.inf),
    "no dropout": replace(WHOLE, dropout=0.0),
    "no decay": replace(WHOLE, decay=0.0),
    "no shifts": replace(WHOLE, shifts=0.0),
}


class AdamW:
    """Adam with weight decay beside it, in place; one count for all weights."""

    def __init__(self, parameters: list[np.ndarray], rate: float, decay: float):
        self.parameters, self.learning_rate, self.decay = parameters, rate, decay
        self.means = [np.zeros_like(w) for w in parameters]
        self.squares = [np.zeros_like(w) for w in parameters]
        self.count = 0

    def step(self, gradients: list[np.ndarray]) -> None:
        """Move every parameter once."""
        self.count += 1
        first, second = BETAS
        rows = zip(self.parameters, self.means, self.squares, gradients, strict=True)
        for w, mean, square, dw in rows:
            w *= 1 - self.learning_rate * self.decay
            mean += (1 - first) * (dw - mean)
            square += (1 - second) * (dw**2 - square)
            typical = np.sqrt(square / (1 - second**self.count)) + TINY
            w -= self.learning_rate * mean / (1 - first**self.count) / typical


def images() -> list[tuple[np.ndarray, np.ndarray]]:
    """Training, validation and test: rows of 64 pixels, and labels; a third is test."""
    splits = digits(validation=180, test=599)
    return [(x.reshape(-1, 64).astype(float), t) for x, t in splits]


def start(variance: float, rng: np.random.Generator) -> list[Tensor]:
    """Weights of variance `variance` / inputs, and biases of 0, layer by layer."""
    weights = []
    for inputs, outputs in zip(SIZES[:-1], SIZES[1:], strict=True):
        W = rng.normal(size=(inputs, outputs)) * np.sqrt(variance / inputs)
        weights += [Tensor(W), Tensor(np.zeros(outputs))]
    return weights


def logits(weights: list[Tensor], x: np.ndarray, dropout=0.0, rng=None) -> Tensor:
    """Ten scores an image, (B, 10); with an `rng`, hidden units are dropped."""
    h = Tensor(x, requires_grad=False)
    for place in range(0, len(weights), 2):
        h = h @ weights[place] + weights[place + 1]
        if place < len(weights) - 2:
            h = h.relu()
            if rng is not None and dropout:
                h = h * ((rng.random(h.shape) >= dropout) / (1 - dropout))
    return h


def shifted(x: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """A share of the images moved by one pixel: up, down, left or right."""
    if not share:
        return x
    padded = np.pad(x.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    moved = x.copy()
    for n in np.flatnonzero(rng.random(len(x)) < share):
        down, right = ((0, 1), (2, 1), (1, 0), (1, 2))[rng.integers(4)]
        moved[n] = padded[n, down : down + 8, right : right + 8].ravel()
    return moved


def share_of_peak(step: int, steps: int, recipe: Recipe) -> float:
    """A straight rise over the warm-up, then half a cosine down to 0."""
    if step < recipe.warmup:
        return step / recipe.warmup
    done = (step - recipe.warmup) / (steps - recipe.warmup)
    return 0.5 + 0.5 * np.cos(np.pi * done) if recipe.falls else 1.0


def make_optimizer(recipe: Recipe, weights: list[Tensor], rate: float):
    """The recipe's optimizer; the two without averages of squares do not decay."""
    arrays = [weight.data for weight in weights]
    if recipe.optimizer == "adamw":
        return AdamW(arrays, rate, recipe.decay)
    return SGD(arrays, rate, MOMENTUM if recipe.optimizer == "momentum" else 0.0)


def train(recipe: Recipe, seed: int, rate: float, x, t) -> list[Tensor]:
    """The weights after all epochs."""
    rng = np.random.default_rng(seed)
    weights = start(recipe.start, rng)
    optimizer = make_optimizer(recipe, weights, rate)
    batches = len(x) // recipe.batch
    steps, step = recipe.epochs * batches, 0
    for _ in range(recipe.epochs):
        for rows in np.array_split(rng.permutation(len(x)), batches):
            step += 1
            inputs = shifted(x[rows], recipe.shifts, rng)
            z = logits(weights, inputs, recipe.dropout, rng)
            for weight in weights:
                weight.grad = None
            cross_entropy(z, t[rows]).backward()
            slopes = [weight.grad for weight in weights]
            length = np.sqrt(sum((slope**2).sum() for slope in slopes))
            if length > recipe.clip:
                slopes = [slope * (recipe.clip / length) for slope in slopes]
            optimizer.learning_rate = rate * share_of_peak(step, steps, recipe)
            optimizer.step(slopes)
    return weights


def loss_and_errors(weights: list[Tensor], x, t) -> tuple[float, float]:
    """Mean cross-entropy, and the share that is misread."""
    z = logits(weights, x)
    loss = cross_entropy(z, t).item()
    wrong = float((z.data.argmax(axis=1) != t).mean())
    return (loss if np.isfinite(loss) else np.inf), wrong


def compare(arm: str, seeds: int, data) -> tuple[float, list[float]]:
    """The best rate of an arm, and each seed's share of misread test images with it."""
    training, validation, test = data
    found, recipe = {}, ARMS[arm]
    for rate in RATES.get(arm, RATES[recipe.optimizer]):
        with np.errstate(all="ignore"):
            made = [train(recipe, seed, rate, *training) for seed in range(seeds)]
        losses = [loss_and_errors(weights, *validation)[0] for weights in made]
        found[rate] = float(np.mean(losses)), made
        print(f"    rate {rate:g}: validation loss {found[rate][0]:.4f}", flush=True)
    best = min(found, key=lambda rate: found[rate][0])
    return best, [loss_and_errors(weights, *test)[1] for weights in found[best][1]]


def main(arguments: list[str] | None = None) -> None:
    """Train and test every arm with every seed; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    began, data, metrics, rates = time.perf_counter(), images(), {}, {}
    for arm in ARMS:
        name = arm.lower().replace(" ", "_").replace("-", "_")
        rates[name], metrics[name] = compare(arm, options.seeds, data)
        shown = " ".join(f"{100 * share:.2f}" for share in metrics[name])
        print(f"{arm}: rate {rates[name]:g}, % misread {shown}", flush=True)
    if options.record:
        settings = {k: v for k, v in asdict(WHOLE).items() if k != "optimizer"}
        ledger.record(
            NAME,
            task="digits",
            command=f"python -m benchmarks.training_well --seeds {options.seeds}"
            " --record",
            configuration=settings
            | {"sizes": list(SIZES), "rates": {k: list(v) for k, v in RATES.items()}}
            | {"learning_rate": rates},
            seeds=range(options.seeds),
            metrics=metrics,
            versions={"numpy": np.__version__, "scikit-learn": sklearn.__version__},
            sources=ledger.sources_of(__file__),
            wall_seconds=time.perf_counter() - began,
        )


if __name__ == "__main__":
    main()
