"""What stops a run early, without losing work: signals, NaN, too little memory."""

import contextlib
import math
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from torch import Tensor

from n2t.training import checkpoints

#: What torch says where there is too little memory, for sizes beyond all counting too.
OUT_OF_MEMORY = ("out of memory", "not enough memory", "allocate memory")
OUT_OF_MEMORY += ("size calculation overflowed",)


#: What asks a program to end: Ctrl-C, `kill`, and Ctrl-Break, which Windows has.
STOPS = ("SIGINT", "SIGTERM", "SIGBREAK")


class DivergedError(RuntimeError):
    """The loss is not a number, or has exploded."""


class TooLittleMemoryError(RuntimeError):
    """The device ran out of memory; the message says what to lower."""


class Interrupted(SystemExit):
    """SIGTERM or SIGINT came; everything is saved. Exits with 128 + the signal."""

    def __init__(self, number: int, saved: Path) -> None:
        super().__init__(128 + number)
        self.saved = saved

    def __str__(self) -> str:
        return f"interrupted; saved {self.saved}; the same command goes on from there"


class Signals:
    """Inside this context the signals of ``STOPS`` are noted, to be acted on in peace.

    The first of them sets ``received``; a second SIGINT interrupts at once, as ever.
    Outside the main thread, or when not ``enabled``, it does nothing.
    """

    def __init__(self, enabled: bool) -> None:
        main = threading.current_thread() is threading.main_thread()
        self.enabled = enabled and main
        self.received = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Signals":
        if self.enabled:
            names = [name for name in STOPS if hasattr(signal, name)]
            for number in (getattr(signal, name) for name in names):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _: FrameType | None) -> None:
        if self.received and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.received = number


class Watch:
    """Sees the loss of every update, and stops the run at one that is not healthy.

    Args:
        explosion: stop at a loss that is so many times the first (None: never).
        run_dir: where the last good checkpoint is.

    Attributes:
        first_loss: the mean loss of the run's first update.
        since_log: summed loss and tokens since they were last taken.
    """

    def __init__(self, explosion: float | None, run_dir: Path | None) -> None:
        self.explosion, self.run_dir = explosion, run_dir
        self.first_loss, self.since_log = 0.0, [0.0, 0.0]
        self._unseen: list[tuple] = []

    def note(
        self, step: int, sums: Tensor, norm: Tensor | None, where: Callable[[], str]
    ) -> None:
        """Keep an update's ``[summed loss, tokens]`` and norm until the next look.

        Nothing is read yet, which would wait for the device. A norm of None is not
        looked at; ``where`` says which batches they were.
        """
        self._unseen.append((step, sums, norm, where))

    def look(self) -> None:
        """Read what was noted.

        Raises:
            DivergedError: a loss or a norm is not a number, or a loss has exploded.
        """
        for step, sums, norm, where in self._unseen:
            loss, tokens = sums.tolist()
            mean = loss / max(tokens, 1)
            self.first_loss = self.first_loss or mean
            problem = self._problem(mean, 0.0 if norm is None else norm.item())
            if problem:
                raise _diverged(problem, step, where(), self.run_dir)
            self.since_log[0] += loss
            self.since_log[1] += tokens
        self._unseen.clear()

    def _problem(self, loss: float, norm: float) -> str | None:
        if not math.isfinite(loss):
            return f"the loss is {loss}"
        if not math.isfinite(norm):
            return f"the loss is {loss:.4g}, but the gradient's norm is {norm}"
        bound = self.explosion
        if bound is not None and abs(loss) > bound * max(abs(self.first_loss), 1e-6):
            return f"the loss is {loss:.4g}, more than {bound:g} times the first"
        return None

    def has_news(self) -> bool:
        """Whether there were updates since the losses were last taken."""
        return bool(self.since_log[1] or self._unseen)

    def take(self) -> tuple[float, float]:
        """Summed loss and tokens of the updates that were looked at since the last."""
        loss, tokens = self.since_log
        self.since_log = [0.0, 0.0]
        return loss, tokens


def _diverged(
    problem: str, step: int, where: str, run_dir: Path | None
) -> DivergedError:
    """The error that says at which update, on which batches, and what to go back to."""
    there = checkpoints.steps(run_dir) if run_dir else []
    last = there[-1] if there else "none"
    return DivergedError(
        f"step {step}: {problem}. Batches: {where}. Last good checkpoint: {last}. "
        "Try a lower learning_rate, a longer warmup or a smaller clip_norm"
    )


@contextlib.contextmanager
def memory_advice() -> Iterator[None]:
    """Turn the device's out-of-memory error into one that says what to lower."""
    try:
        yield
    except RuntimeError as error:
        text = str(error)
        if not any(words in text for words in OUT_OF_MEMORY):
            raise
        raise TooLittleMemoryError(
            f"out of memory ({text.splitlines()[0][:200]}). In this order: halve the "
            "batch and double gradient_accumulation; activation_checkpointing=True; "
            'precision="auto"; shorter sequences; sharding="shard" over several '
            "devices; a smaller model"
        ) from error
