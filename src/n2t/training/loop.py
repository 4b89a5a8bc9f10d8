"""One training loop for every model and task; it reads top to bottom.

``fit`` repeats what ``update.py`` does: batches, loss, gradients, clip, step. Around
that it sets the rate, validates, saves, resumes and says how it goes.
"""

import functools
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from n2t.training import devices, distributed, generators, precision
from n2t.training.averaging import Average
from n2t.training.claims import claimed
from n2t.training.config import FitConfig
from n2t.training.history import History, Reporter
from n2t.training.losses import Loss
from n2t.training.optimizers import make_optimizers, set_learning_rate
from n2t.training.resume import clear_the_way, configuration, find_state, save_state
from n2t.training.safety import Interrupted, Signals, Watch, memory_advice
from n2t.training.state import (
    optimizer_state,
    random_states,
    set_optimizer_state,
    set_own_random_state,
    set_weights,
    weights_of,
)
from n2t.training.stream import HeldOut, Stream, describe, to_device
from n2t.training.update import Objective, Updater


def fit(
    model: nn.Module,
    train: Iterable,
    loss: Loss,
    *,
    config: FitConfig,
    validation: Iterable | None = None,
    run_dir: Path | str | None = None,
    resume: bool | Path | str = True,
    verbose: bool | None = None,
) -> History:
    """Train ``model`` in place and return the curves.

    The same call under ``torchrun`` trains on all its processes. With a ``run_dir``
    the same call goes on where the last one stopped, whatever stopped it.

    Args:
        model: trained on the device that its weights are on.
        train: gives batches when iterated over, once an epoch. A ``DataLoader`` with
            workers or of an iterable data set, and any iterable without ``builders``,
            is read whole in every process; of others each builds its own batches.
        loss: ``loss(model, batch)`` gives a summed loss and the number of tokens.
        config: how to train.
        validation: batches to validate on, the same ones each time.
        run_dir: where checkpoints and ``metrics.jsonl`` go; None keeps nothing.
        resume: True goes on from the newest checkpoint; False refuses a ``run_dir``
            that has one; a path names the checkpoint to go on from.
        verbose: show a progress bar; None does so on a terminal only.

    Returns:
        The curves. The model holds the averaged weights if ``average_last`` asks for
        them (and a snapshot was due before the end), else the best ones if there is
        ``patience``, else the last ones.

    Raises:
        CheckpointError: a checkpoint is damaged, of another configuration, or cannot
            be written.
        InUseError: another run is at work in ``run_dir``.
        TypeError, ValueError: batches to read only once; a loss that is no sum.
        DivergedError, TooLittleMemoryError: with the step, and what to do.
        Interrupted: SIGTERM or SIGINT came; a checkpoint was saved first.
    """
    run = Run(model, train, loss, config, validation, run_dir, verbose)
    recomputing = devices.recomputing(model, config.activation_checkpointing)
    try:
        with claimed(run.run_dir, run.world), recomputing, memory_advice():
            run.go_on(resume)
            with run.updater.precision.products():
                return run.to_the_end()
    finally:
        run.report.close()


class Run:
    """Everything that is carried from one update to the next."""

    def __init__(
        self,
        model: nn.Module,
        train: Iterable,
        loss: Loss,
        config: FitConfig,
        validation: Iterable | None = None,
        run_dir: Path | str | None = None,
        verbose: bool | None = None,
    ) -> None:
        self.model, self.config = model, config
        self.run_dir = Path(run_dir) if run_dir else None
        self.world = distributed.join(devices.place_of(model))
        self.objective = Objective(model.to(self.world.device), loss)
        self.updater = self._updater()
        self.stream = Stream(train, self.world.rank, self.world.size, config.seed)
        self.validation = None
        if validation is not None:
            place = self.world.rank, self.world.size
            self.validation = HeldOut(validation, *place, beside=train)
        self.generators = generators.held_by(model, loss)
        self.per_update = self.world.shares(config.gradient_accumulation)
        self.average, self.history = Average(config), History()
        self.best: dict[str, Tensor] | None = None
        self.step, self.used = 0, 0.0
        self.prepared = False
        self.watch = Watch(config.explosion, self.run_dir)
        self.latest: tuple[float, Tensor] | None = None  # learning rate and norm
        self.report = Reporter(
            config.max_steps, self.run_dir, verbose, self.world.is_writer
        )
        torch.manual_seed(config.seed + self.world.rank)  # each draws its own dropout
        shares = f"{self.world.size} process(es), {self.per_update} batch(es) an update"
        fused = f"fused attention may use {', '.join(devices.attention_backends())}"
        self.report.say(f"{self.updater.precision}; {shares}; {fused}")

    def _updater(self) -> Updater:
        """What moves the weights, after the model was shared out, where it is."""
        shared = distributed.wrap(self.objective, self.world, self.config.sharding)
        return Updater(
            objective=shared,
            parameters=[p for p in self.model.parameters() if p.requires_grad],
            optimizers=make_optimizers(self.model, self.config),
            clip_norm=self.config.clip_norm,
            precision=precision.agree(self.config.precision, self.world),
            world=self.world,
        )

    def to_the_end(self) -> History:
        """Update until ``max_steps``, until patience runs out, or until a signal."""
        with Signals(enabled=self.run_dir is not None) as signals:
            while self.step < self.config.max_steps and not self.history.stopped:
                self.update()
                if self.due(self.config.validate_every):
                    self.validate()
                if self.due(self.config.checkpoint_every):
                    self.save()
                self.heed(signals)
        return self.finish()

    def due(self, every: int | None) -> bool:
        """Whether something done ``every`` so many updates is to be done now."""
        return every is not None and self.step % every == 0

    def update(self) -> None:
        """Take batches, move the weights, and note how it went."""
        started, used = time.perf_counter(), time.process_time()
        self.step += 1
        rate = set_learning_rate(self.updater.optimizers, self.config, self.step)
        batches = self.stream.deal(self.per_update)
        if not self.prepared:
            self.prepare(to_device(batches[0], self.world.device))
        norm = self.updater.update(batches, functools.partial(self.note, batches))
        self.average.update(self.model, self.step)
        self.latest = rate, norm
        self.history.seconds += time.perf_counter() - started
        self.used += time.process_time() - used
        if self.due(self.config.log_every) or self.step == self.config.max_steps:
            self.log(rate, norm)

    def prepare(self, batch: Any) -> None:
        """Before the first update: compile, and count operations where MFU is known."""
        self.updater.objective.train()
        if self.config.compile:
            with self.updater.precision.autocast():
                devices.compile_where_possible(self.objective, batch, self.report.say)
        sharded = self.world.size > 1 and self.config.sharding == "shard"
        if self.report.shown or sharded:  # all, or it hangs
            self.report.mfu_scale = devices.mfu_scale(self.objective, batch, self.world)
        self.prepared = True

    def note(self, batches: list[Any], sums: Tensor, norm: Tensor) -> None:
        """Have an update watched; on a CPU at once, before it reaches the weights.

        A look waits for the device: on a GPU there is one every ``log_every`` updates.
        """
        scaled = self.updater.precision.scaler is not None  # it skips sick gradients
        where = functools.partial(describe, self.stream, batches)
        self.watch.note(self.step, sums, None if scaled else norm, where)
        if self.world.device.type == "cpu" or self.due(self.config.log_every):
            self.watch.look()

    def log(self, rate: float, norm: Tensor) -> None:
        """Add a point to the training curve."""
        self.watch.look()
        self.count_seconds()
        loss, tokens = self.watch.take()
        history, mean = self.history, loss / max(tokens, 1)
        history.add_point(self.step, mean, rate, int(tokens))
        self.report.progress(
            step=self.step,
            loss=mean,
            learning_rate=rate,
            gradient_norm=norm.item(),
            tokens=history.tokens,
            seconds=history.seconds,
            processor_seconds=history.processor_seconds,
        )

    def count_seconds(self) -> None:
        """Add what all processes' processors have spent since this was last called."""
        spent = self.world.sum(self.world.pair(self.used, 0))[0]
        self.history.processor_seconds += float(spent)
        self.used = 0.0

    def validate(self) -> None:
        """Note the validation loss; if it is the best, save; else lose patience."""
        if self.validation is None:
            return
        self.watch.look()
        loss = self.evaluate()
        better = self.history.add_validation(self.step, loss)
        self.report.write({"step": self.step, "validation_loss": loss})
        self.report.say(f"step {self.step}: validation loss {loss:.4f}")
        patience = self.config.patience
        if better:
            self.best = weights_of(self.model) if patience is not None else None
            self.save()
        elif patience and self.history.validations_since_best() >= patience:
            self.history.stopped = "patience"

    @torch.no_grad()
    def evaluate(self) -> float:
        """The mean loss over all tokens of the validation batches."""
        self.updater.objective.eval()
        sums = self.world.pair(0.0, 0)
        for batch, counts in self.validation:
            with self.updater.precision.autocast():
                loss, tokens = self.objective(to_device(batch, self.world.device))
            sums += self.world.pair(loss, tokens) * counts
        loss, tokens = self.world.sum(sums).tolist()
        if not tokens:
            raise ValueError("validation must give at least one token, got none")
        return loss / tokens

    def heed(self, signals: Signals) -> None:
        """After SIGINT or SIGTERM in any process: save, say where, and stop."""
        if self.world.size > 1 and not self.due(self.config.log_every):
            return
        if number := self.world.most(signals.received):
            stop = Interrupted(number, self.save())
            if self.world.is_writer:
                print(stop, file=sys.stderr)
            raise stop

    def finish(self) -> History:
        """Save; give the model the weights that it is to end with."""
        history = self.history
        if self.latest is not None and self.watch.has_news():
            self.log(*self.latest)  # patience ran out between two points
        if self.config.validate_every and self.step not in history.validation_steps:
            self.validate()
        self.save()
        history.precision = self.updater.precision.name
        history.weights = f"the weights of update {self.step}"
        if self.average.apply(self.model):
            history.weights = f"the mean of {self.average.count} snapshots"
        elif self.best is not None:
            set_weights(self.model, self.best)
            history.weights = f"the weights of update {history.best_step}, the best"
        if self.validation is not None:
            history.final_loss = self.evaluate()
        self.model.eval()
        return history

    def save(self) -> Path | None:
        """Save everything that the next update depends on; None without a folder."""
        if self.run_dir is None:
            return None
        self.watch.look()  # a sick run is not saved
        self.count_seconds()
        keep = self.config.keep_last
        return save_state(self.run_dir, self.state_dict(), self.world, keep_last=keep)

    def go_on(self, resume: bool | Path | str) -> None:
        """Take the run up from a checkpoint, if there is one to take it up from."""
        configured = configuration(self.config, self.model)
        found = find_state(self.run_dir, resume, configured, self.world)
        if found is None:
            self.report.rewind(0)
            return
        path, state = found
        self.load_state_dict(state)
        for aside in clear_the_way(self.run_dir, self.step, self.world):
            self.report.say(f"a later checkpoint was moved aside, to {aside}")
        self.report.rewind(self.step)
        self.report.before = (self.history.tokens, self.history.seconds)
        self.report.say(f"going on from {path}")

    def state_dict(self) -> dict[str, Any]:
        """All that the next update depends on: nested dicts and lists of plain data.

        Every process must call this, for it gathers what is shared out. Tensors may
        be the run's own, which change with the next update.
        """
        scaler, latest = self.updater.precision.scaler, self.latest
        wanted, optimizers = self.world.is_writer, self.updater.optimizers
        return {
            "weights": weights_of(self.model, wanted=wanted, copy=False),
            "best": self.best,
            "step": self.step,
            "configuration": configuration(self.config, self.model),
            "precision": self.updater.precision.name,
            "scaler": scaler.state_dict() if scaler else None,
            "optimizers": optimizer_state(self.model, optimizers, wanted=wanted),
            "stream": self.stream.state_dict(),
            "validation": self.validation and self.validation.state_dict(),
            "draws": random_states(self.world, self.generators),
            "average": self.average.state_dict(wanted=wanted),
            "history": self.history.to_dict(),
            "since_log": list(self.watch.since_log),
            "latest": latest and [latest[0], float(latest[1])],
            "first_loss": self.watch.first_loss,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Become the run that ``state_dict`` was called on; the generators too."""
        set_weights(self.model, state["weights"])
        set_optimizer_state(self.model, self.updater.optimizers, state["optimizers"])
        self.best, self.step = state["best"], state["step"]
        self.watch.first_loss = state["first_loss"]
        self.watch.since_log = list(state["since_log"])
        if latest := state.get("latest"):
            self.latest = latest[0], torch.tensor(latest[1])
        self.history = History(**state["history"])
        self.average.load_state_dict(state["average"], self.model)
        if self.config.precision == "auto":  # a timing must not change a run half-way
            chosen = precision.choose(state["precision"], self.world.device)
            self.updater.precision = replace(chosen, reason="as before")
        scaler = self.updater.precision.scaler
        if scaler and state["scaler"]:
            scaler.load_state_dict(state["scaler"])
        self.stream.load_state_dict(state["stream"])
        if self.validation and state.get("validation"):
            self.validation.load_state_dict(state["validation"])
        set_own_random_state(state["draws"], self.world, self.generators)
