"""What stops a run early, without losing work: signals, NaN, too little memory."""

import contextlib
import math
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from n2t.training import checkpoints

OUT_OF_MEMORY = ("out of memory", "not enough memory", "allocate memory")  # torch's


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
    """Inside this context SIGINT and SIGTERM are noted, to be acted on in peace.

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
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _: FrameType | None) -> None:
        if self.received and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.received = number


def check_loss(
    loss: float, norm: float, first: float, explosion: float | None
) -> str | None:
    """Why this loss or gradient norm must stop the run; None if all is well."""
    if not math.isfinite(loss):
        return f"the loss is {loss}"
    if not math.isfinite(norm):
        return f"the loss is {loss:.4g}, but the gradient's norm is {norm}"
    if explosion is not None and abs(loss) > explosion * max(abs(first), 1e-6):
        return f"the loss is {loss:.4g}, more than {explosion:g} times the first"
    return None


def diverged(
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
