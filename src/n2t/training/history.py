"""What a run leaves behind: the curves, as an object and as JSON lines."""

import dataclasses
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from n2t.files import write_text

METRICS_FILE = "metrics.jsonl"


@dataclass
class History:
    """The curves of a run; losses are means over tokens, in nats.

    Attributes:
        steps: the updates at which a point of the training curve was taken.
        train_loss: the loss since the point before.
        learning_rate: the share of the peak times the peak, at that step.
        validation_steps, validation_loss: one entry a validation.
        best_step, best_loss: the least validation loss, and when.
        final_loss: validation loss of the weights that the model ends with.
        stopped: why the run ended before ``max_steps``, or None.
        weights: in words, which weights the model ends with.
        precision: the one that was used, also where "auto" picked it.
        tokens: target tokens seen.
        seconds, processor_seconds: spent on updates, all resumptions together: by the
            clock, and by the processor cores of all processes.
    """

    steps: list[int] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    validation_steps: list[int] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    best_step: int | None = None
    best_loss: float | None = None
    final_loss: float | None = None
    stopped: str | None = None
    weights: str | None = None
    precision: str | None = None
    tokens: int = 0
    seconds: float = field(default=0.0, compare=False, repr=False)
    processor_seconds: float = field(default=0.0, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The fields, for a checkpoint."""
        return dataclasses.asdict(self)

    def add_point(self, step: int, loss: float, rate: float, tokens: int = 0) -> None:
        """Note the mean loss of ``tokens`` tokens since the point before."""
        self.steps.append(step)
        self.train_loss.append(loss)
        self.learning_rate.append(rate)
        self.tokens += tokens

    def add_validation(self, step: int, loss: float) -> bool:
        """Note a validation loss; True if it is the least so far."""
        self.validation_steps.append(step)
        self.validation_loss.append(loss)
        if self.best_loss is not None and loss >= self.best_loss:
            return False
        self.best_step, self.best_loss = step, loss
        return True

    def validations_since_best(self) -> int:
        """How many validations have passed without a better one."""
        if self.best_step is None:
            return 0
        return sum(step > self.best_step for step in self.validation_steps)


def read(run_dir: Path | str) -> History:
    """The curves of a run from its ``metrics.jsonl``, finished or not."""
    history = History()
    for row in read_rows(Path(run_dir) / METRICS_FILE):
        if "loss" in row:
            history.add_point(row["step"], row["loss"], row["learning_rate"])
        if "validation_loss" in row:
            history.add_validation(row["step"], row["validation_loss"])
    return history


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSON-lines file; a last line cut off by a crash is left out."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return rows


def last_point(run_dir: Path | str) -> dict[str, Any]:
    """The last point of a run's training curve, as in its ``metrics.jsonl``.

    Raises:
        LookupError: the file is missing, or holds no point.
    """
    path = Path(run_dir) / METRICS_FILE
    rows = read_rows(path) if path.is_file() else []
    points = [row for row in rows if "tokens" in row]
    if not points:
        raise LookupError(
            f"{path} is missing, or holds no point of a training curve: train the run "
            "to its end first (n2t train)"
        )
    return max(points, key=lambda row: row["step"])


class Reporter:
    """Says how the run goes: a bar on a terminal, JSON lines beside the run.

    Args:
        max_steps: the length of the bar.
        run_dir: where ``metrics.jsonl`` goes; None for nowhere.
        verbose: None shows the bar on a terminal only, so notebooks stay quiet.
        writer: False in all but one of several processes, which say nothing.
    """

    def __init__(
        self,
        max_steps: int,
        run_dir: Path | None,
        verbose: bool | None = None,
        writer: bool = True,
    ) -> None:
        shown = sys.stderr.isatty() if verbose is None else verbose
        self.shown = shown and writer
        self.path = run_dir / METRICS_FILE if run_dir and writer else None
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        self.mfu_scale: float | None = None  # MFU = tokens/s times this
        self.before = (0, 0.0)  # tokens and seconds at the point before
        self.bar = tqdm(total=max_steps, disable=not self.shown, unit="step")

    def say(self, text: str) -> None:
        """One line, where the bar is shown."""
        if self.shown:
            self.bar.write(text, file=sys.stderr)

    def progress(self, **row: float | int) -> None:
        """Write a point of the training curve, and move the bar there."""
        tokens, seconds = (
            row["tokens"] - self.before[0],
            row["seconds"] - self.before[1],
        )
        self.before = (row["tokens"], row["seconds"])
        speed = tokens / max(seconds, 1e-9)
        shown = {
            "loss": f"{row['loss']:.3f}",
            "lr": f"{row['learning_rate']:.1e}",
            "tokens/s": f"{speed:,.0f}",
        }
        row["tokens_per_second"] = speed
        if self.mfu_scale is not None:
            row["mfu"] = speed * self.mfu_scale
            shown["MFU"] = f"{row['mfu']:.1%}"
        self.write(row)
        self.bar.set_postfix(shown, refresh=False)
        self.bar.update(row["step"] - self.bar.n)

    def write(self, row: dict[str, Any]) -> None:
        """Append one row to the metrics."""
        if self.path is not None:
            with self.path.open("a", encoding="utf-8", newline="\n") as file:
                file.write(json.dumps(row) + "\n")

    def rewind(self, step: int) -> None:
        """Drop what was written after ``step``: the run goes on from there."""
        self.bar.update(step - self.bar.n)
        if self.path is None or not self.path.exists():
            return
        rows = [row for row in read_rows(self.path) if row["step"] <= step]
        write_text(self.path, "".join(json.dumps(row) + "\n" for row in rows))

    def close(self) -> None:
        """Leave the bar as it is."""
        self.bar.close()
