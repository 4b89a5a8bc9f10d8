"""What ``fit`` may be told: one frozen, validated configuration."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from n2t.training.schedules import SCHEDULES

OPTIMIZERS = ("adamw", "muon")
PRECISIONS = ("auto", "float32", "tf32", "bfloat16", "float16")
SHARDINGS = ("replicate", "shard")

# Fields that change what is reported or kept, and never what is learned: a run may
# be resumed with other values of these.
FREE = ("checkpoint_every", "keep_last", "log_every", "compile", "sharding")


@dataclass(frozen=True, kw_only=True)
class FitConfig:
    """How to train. Every ``..._every`` counts updates; None means never.

    Attributes:
        max_steps: updates of the weights.
        learning_rate: the peak, for AdamW and for what Muon leaves to AdamW.
        schedule: "constant", "noam", "cosine", "linear", "warmup_stable_decay".
        warmup: updates in which the learning rate rises from 0 to its peak.
        final_share: of the peak, where the schedule ends.
        optimizer: "adamw", or "muon" for the matrices inside the layers.
        muon_learning_rate: the peak for Muon's matrices.
        weight_decay: decoupled; on matrices, not on biases, norms and embeddings.
        betas, epsilon: Adam's.
        gradient_accumulation: batches an update, over all processes together.
        clip_norm: the gradient's largest norm (None: no bound).
        precision: "float32", "tf32", "bfloat16", "float16", or "auto".
        compile: use ``torch.compile`` where it works.
        activation_checkpointing: recompute activations, for less memory.
        sharding: between processes, "replicate" (DDP) or "shard" (FSDP2).
        validate_every: updates between validations; at the end too.
        patience: validations without a better loss before the run stops. The model
            then ends with the best weights, unless ``average_last`` asks for a mean.
        average_last: end with the mean of so many snapshots of the weights...
        average_every: ...taken so many updates apart, the last one at the end (with
            patience, at the last multiple of this number).
        explosion: stop when a loss is this many times the first (None: never).
        checkpoint_every, keep_last: with a ``run_dir``; at the end too.
        log_every: updates that a point of the training curve is the mean of.
        seed: of dropout and other draws while training.
    """

    max_steps: int
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    warmup: int = 0
    final_share: float = 0.0
    optimizer: str = "adamw"
    muon_learning_rate: float = 0.02
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.98)
    epsilon: float = 1e-9
    gradient_accumulation: int = 1
    clip_norm: float | None = 1.0
    precision: str = "float32"
    compile: bool = False
    activation_checkpointing: bool = False
    sharding: str = "replicate"
    validate_every: int | None = None
    patience: int | None = None
    average_last: int = 0
    average_every: int = 1
    explosion: float | None = 20.0
    checkpoint_every: int | None = None
    keep_last: int = 3
    log_every: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be, naming the field, what came and what was wanted."""
        for field in ("max_steps", "gradient_accumulation", "log_every", "keep_last"):
            _whole(field, getattr(self, field), least=1)
        for field in ("warmup", "average_last", "seed"):
            _whole(field, getattr(self, field), least=0)
        for field in ("validate_every", "patience", "checkpoint_every"):
            if getattr(self, field) is not None:
                _whole(field, getattr(self, field), least=1)
        _whole("average_every", self.average_every, least=1)
        for field in ("learning_rate", "muon_learning_rate", "epsilon"):
            _number(field, getattr(self, field), above=0.0)
        for field in ("clip_norm", "explosion"):
            if getattr(self, field) is not None:
                _number(field, getattr(self, field), above=0.0)
        self._check_choices()

    def _check_choices(self) -> None:
        choices = {
            "schedule": tuple(SCHEDULES),
            "optimizer": OPTIMIZERS,
            "precision": PRECISIONS,
            "sharding": SHARDINGS,
        }
        for field, allowed in choices.items():
            if getattr(self, field) not in allowed:
                raise ValueError(
                    f"{field} ({getattr(self, field)!r}) must be one of "
                    f"{', '.join(allowed)}"
                )
        if self.warmup > self.max_steps:
            raise ValueError(
                f"warmup ({self.warmup}) must be at most max_steps ({self.max_steps})"
            )
        if self.patience is not None and self.validate_every is None:
            raise ValueError("patience needs validate_every")

    def to_json(self) -> str:
        """The fields as a JSON object."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "FitConfig":
        """The configuration that ``to_json`` wrote; unknown fields raise TypeError."""
        fields = json.loads(text)
        if "betas" in fields:
            fields["betas"] = tuple(fields["betas"])
        return cls(**fields)

    def binding(self) -> dict[str, Any]:
        """The fields that must stay as they are when a run is resumed."""
        fields = json.loads(self.to_json())
        return {key: value for key, value in fields.items() if key not in FREE}


def _whole(field: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{field} ({value!r}) must be a whole number")
    if value < least:
        raise ValueError(f"{field} ({value}) must be at least {least}")


def _number(field: str, value: Any, above: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{field} ({value!r}) must be a number")
    if not above < value < float("inf"):
        raise ValueError(f"{field} ({value}) must be finite and above {above:g}")
