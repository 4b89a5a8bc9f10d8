"""What ``fit`` may be told: one frozen, validated configuration."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Annotated, Any

from n2t._fields import (
    Count,
    NotNegative,
    OneOf,
    Positive,
    Rate,
    Seed,
    Share,
    Size,
    check_fields,
)
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

    Each field is checked by its annotation when the object is made.

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

    max_steps: Size
    learning_rate: Positive = 1e-3
    schedule: Annotated[str, OneOf(tuple(SCHEDULES))] = "cosine"
    warmup: Count = 0
    final_share: Share = 0.0
    optimizer: Annotated[str, OneOf(OPTIMIZERS)] = "adamw"
    muon_learning_rate: Positive = 0.02
    weight_decay: NotNegative = 0.0
    betas: tuple[Rate, Rate] = (0.9, 0.98)
    epsilon: Positive = 1e-9
    gradient_accumulation: Size = 1
    clip_norm: Positive | None = 1.0
    precision: Annotated[str, OneOf(PRECISIONS)] = "float32"
    compile: bool = False
    activation_checkpointing: bool = False
    sharding: Annotated[str, OneOf(SHARDINGS)] = "replicate"
    validate_every: Size | None = None
    patience: Size | None = None
    average_last: Count = 0
    average_every: Size = 1
    explosion: Positive | None = 20.0
    checkpoint_every: Size | None = None
    keep_last: Size = 3
    log_every: Size = 10
    seed: Seed = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be, naming the field, what came and what was wanted."""
        if isinstance(self.betas, list):  # JSON has no tuples
            object.__setattr__(self, "betas", tuple(self.betas))
        check_fields(self)
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
