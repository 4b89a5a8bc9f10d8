"""Training: one loop, from a laptop's CPU to many GPUs, that never loses work."""

from n2t.training.checkpoints import CheckpointError
from n2t.training.config import FitConfig
from n2t.training.history import History
from n2t.training.loop import fit
from n2t.training.losses import (
    classification_loss,
    cross_entropy,
    language_model_loss,
    translation_loss,
)
from n2t.training.safety import DivergedError, Interrupted, TooLittleMemoryError

__all__ = [
    "CheckpointError",
    "DivergedError",
    "FitConfig",
    "History",
    "Interrupted",
    "TooLittleMemoryError",
    "classification_loss",
    "cross_entropy",
    "fit",
    "language_model_loss",
    "translation_loss",
]
