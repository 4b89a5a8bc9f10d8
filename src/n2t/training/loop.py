"""One training loop for every model and task; it reads top to bottom.

``fit`` repeats: take batches, compute the loss and its gradients, clip them, move the
weights. Around that it validates, saves, resumes and says how it goes.
"""

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from n2t.training import devices, distributed, precision
from n2t.training.averaging import Average
from n2t.training.config import PRECISIONS, FitConfig
from n2t.training.history import History, Reporter
from n2t.training.losses import Loss, SummedLoss
from n2t.training.optimizers import make_optimizers
from n2t.training.resume import load_run, save_run, start_run
from n2t.training.safety import (
    Interrupted,
    Signals,
    check_loss,
    diverged,
    memory_advice,
)
from n2t.training.schedules import SCHEDULES
from n2t.training.state import load_weights, weights_of
from n2t.training.stream import Stream, describe, even_shares, to_device


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
        train: gives batches when iterated over, once an epoch.
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
        DivergedError, TooLittleMemoryError: with the step, and what to do.
        Interrupted: SIGTERM or SIGINT came; a checkpoint was saved first.
    """
    run = Run(model, train, loss, config, validation, run_dir, verbose)
    recomputing = devices.recomputing(model, config.activation_checkpointing)
    try:
        with run.precision.products(), recomputing, memory_advice():
            load_run(run, resume)
            return run.to_the_end()
    finally:
        run.report.close()


class Objective(nn.Module):
    """A model and its loss as one module: what is compiled and shared out."""

    def __init__(self, model: nn.Module, loss: Loss) -> None:
        super().__init__()
        self.model, self.loss = model, loss

    def forward(self, batch: Any) -> SummedLoss:
        """Summed loss and number of tokens of a batch."""
        return self.loss(self.model, batch)


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
        self.model, self.config, self.validation = model, config, validation
        self.run_dir = Path(run_dir) if run_dir else None
        self.world = distributed.join(devices.place_of(model))
        self.precision = self._precision()
        self.inner = Objective(model.to(self.world.device), loss)
        self.objective = distributed.wrap(self.inner, self.world, config.sharding)
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.optimizers = make_optimizers(model, config)
        self.stream = Stream(train, self.world.rank, self.world.size, config.seed)
        self.per_update = self.world.shares(config.gradient_accumulation)
        self.average, self.history = Average(config), History()
        again = getattr(validation, "state_dict", None)  # whoever read them before
        self.validation_start = {**again(), "position": 0} if again else None
        self.best: dict[str, Tensor] | None = None
        self.step, self.first_loss, self.used = 0, 0.0, 0.0
        self.prepared = False
        self.pending: list[tuple] = []  # updates whose loss was not looked at yet
        self.since_log = [0.0, 0.0]  # summed loss and tokens
        self.latest: tuple[float, Tensor] | None = None  # learning rate and norm
        self.report = Reporter(
            config.max_steps, self.run_dir, verbose, self.world.is_writer
        )
        start_run(self)

    def _precision(self) -> precision.Precision:
        """What the configuration asks for; the same in all processes."""
        own = precision.choose(self.config.precision, self.world.device)
        name = PRECISIONS[self.world.most(PRECISIONS.index(own.name))]
        return own if name == own.name else precision.choose(name, self.world.device)

    def to_the_end(self) -> History:
        """Update until ``max_steps``, until patience runs out, or until a signal."""
        with Signals(enabled=self.run_dir is not None) as signals:
            while self.step < self.config.max_steps and not self.history.stopped:
                self.update()
                if self.due(self.config.validate_every):
                    self.validate()
                if self.due(self.config.checkpoint_every):
                    save_run(self)
                self.heed(signals)
        return self.finish()

    def due(self, every: int | None) -> bool:
        """Whether something done ``every`` so many updates is to be done now."""
        return every is not None and self.step % every == 0

    def update(self) -> None:
        """Take batches, get their gradients, clip them, move the weights."""
        started, used = time.perf_counter(), time.process_time()
        self.step += 1
        rate = self.set_learning_rate()
        batches = self.stream.deal(self.per_update)
        self.objective.train()
        if not self.prepared:
            self.prepare(to_device(batches[0], self.world.device))
        sums = self.backward(batches)  # summed loss, tokens
        norm = self.clip(sums[1])
        self.pending.append((self.step, batches, sums, norm))
        if self.world.device.type == "cpu" or self.due(self.config.log_every):
            self.look()
        self.precision.step(self.optimizers)
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        self.average.update(self.model, self.step)
        self.latest = rate, norm
        self.history.seconds += time.perf_counter() - started
        self.used += time.process_time() - used
        if self.due(self.config.log_every) or self.step == self.config.max_steps:
            self.log(rate, norm)

    def prepare(self, batch: Any) -> None:
        """Before the first update: compile, and count operations where MFU is known."""
        if self.config.compile:
            with self.precision.autocast():
                devices.compile_where_possible(self.inner, batch, self.report.say)
        peak = devices.peak_flops(devices.device_name(self.world.device))
        sharded = self.world.size > 1 and self.config.sharding == "shard"
        if peak is not None and (self.report.shown or sharded):  # all, or it hangs
            flops = devices.flops_per_token(self.inner, batch)
            self.report.mfu_scale = flops / (peak * self.world.size)
        self.prepared = True

    def set_learning_rate(self) -> float:
        """Give every group its share of its peak; return the last group's rate."""
        config = self.config
        share = SCHEDULES[config.schedule](
            self.step,
            warmup=config.warmup,
            max_steps=config.max_steps,
            final_share=config.final_share,
        )
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * share
        return group["lr"]

    def backward(self, batches: list[Any]) -> Tensor:
        """Add up the gradients of the summed loss; return all losses and tokens."""
        sums = self.world.pair(0.0, 0)
        for number, batch in enumerate(batches, 1):
            sharing = distributed.sharing(self.objective, number == len(batches))
            with sharing:
                with self.precision.autocast():
                    loss, tokens = self.objective(to_device(batch, self.world.device))
                self.precision.backward(loss)
            sums += self.world.pair(loss, tokens)
        return self.world.sum(sums)

    def clip(self, tokens: Tensor) -> Tensor:
        """Turn summed gradients into those of the mean, no longer than ``clip_norm``.

        Processes have averaged their gradients, hence the factor ``size``.
        Returns the norm before clipping.
        """
        self.precision.unscale(self.optimizers)
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        scale = self.world.size / tokens.clamp(min=1).float()
        norm = distributed.whole(nn.utils.get_total_norm(gradients)) * scale
        if self.config.clip_norm is not None:
            scale = scale * (self.config.clip_norm / (norm + 1e-6)).clamp(max=1.0)
        torch._foreach_mul_([distributed.own_part(g) for g in gradients], scale)
        return norm

    def look(self) -> None:
        """Read the losses of the latest updates; stop at one that is not healthy.

        A read waits for the device, so on a GPU it happens once every ``log_every``.
        """
        for step, batches, sums, norm in self.pending:
            loss, tokens = sums.tolist()
            mean = loss / max(tokens, 1)
            self.first_loss = self.first_loss or mean
            scaled = self.precision.scaler is not None  # it skips infinite gradients
            problem = check_loss(
                mean,
                0.0 if scaled else norm.item(),
                self.first_loss,
                self.config.explosion,
            )
            if problem:
                where = describe(self.stream, batches)
                raise diverged(problem, step, where, self.run_dir)
            self.since_log[0] += loss
            self.since_log[1] += tokens
        self.pending.clear()

    def log(self, rate: float, norm: Tensor) -> None:
        """Add a point to the training curve."""
        self.look()
        self.count_seconds()
        loss, tokens = self.since_log
        self.since_log = [0.0, 0.0]
        history, mean = self.history, loss / max(tokens, 1)
        history.tokens += int(tokens)
        history.steps.append(self.step)
        history.train_loss.append(mean)
        history.learning_rate.append(rate)
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
        """Note the validation loss; remember the best weights; lose patience."""
        if self.validation is None:
            return
        self.look()
        loss = self.evaluate()
        better = self.history.add_validation(self.step, loss)
        self.report.write({"step": self.step, "validation_loss": loss})
        self.report.say(f"step {self.step}: validation loss {loss:.4f}")
        patience = self.config.patience
        if better:
            self.best = weights_of(self.model) if patience is not None else None
            save_run(self)
        elif patience and self.history.validations_since_best() >= patience:
            self.history.stopped = "patience"

    @torch.no_grad()
    def evaluate(self) -> float:
        """The mean loss over all tokens of the validation batches."""
        self.objective.eval()
        sums, rank, size = self.world.pair(0.0, 0), self.world.rank, self.world.size
        if self.validation_start is not None:  # the same batches as every time
            self.validation.load_state_dict(self.validation_start)
        for batch, counts in even_shares(self.validation, rank, size):
            with self.precision.autocast():
                loss, tokens = self.inner(to_device(batch, self.world.device))
            sums += self.world.pair(loss, tokens) * counts
        loss, tokens = self.world.sum(sums).tolist()
        if not tokens:
            raise ValueError("validation must give at least one token, got none")
        return loss / tokens

    def heed(self, signals: Signals) -> None:
        """After SIGINT or SIGTERM in any process: save, say where, and stop."""
        alone = self.world.size == 1
        if not alone and not self.due(self.config.log_every):
            return
        number = signals.received
        if not alone:
            number = self.world.most(number)
        if number:
            stop = Interrupted(number, save_run(self))
            if self.world.is_writer:
                print(stop, file=sys.stderr)
            raise stop

    def finish(self) -> History:
        """Save; give the model the weights that it is to end with."""
        history = self.history
        if self.latest is not None and self.since_log[1] + len(self.pending):
            self.log(*self.latest)  # patience ran out between two points
        if self.config.validate_every and self.step not in history.validation_steps:
            self.validate()
        save_run(self)
        history.precision = self.precision.name
        history.weights = f"the weights of update {self.step}"
        if self.average.apply(self.model):
            history.weights = f"the mean of {self.average.count} snapshots"
        elif self.best is not None:
            load_weights(self.model, self.best)
            history.weights = f"the weights of update {history.best_step}, the best"
        if self.validation is not None:
            history.final_loss = self.evaluate()
        self.model.eval()
        return history
