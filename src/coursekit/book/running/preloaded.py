"""Imported in the process that kernels are forks of: what takes a chapter seconds.

That is what `glue` imports, what the library's models and training import, and what
torch imports with a first optimizer. Triton comes with that, and looks once, when it
is imported, at how it is to run. Without a GPU it is to interpret, as chapter 25 has
it; with one, a chapter imports it with its own settings.
"""

import importlib
import os
from pathlib import Path

import myst_nb.ext.glue  # noqa: F401

import n2t.models  # noqa: F401
from coursekit.book.running.kernels import GPU

SETTING = "TRITON_INTERPRET"


def import_interpreted(names: tuple[str, ...]) -> None:
    """Import modules under the setting; the environment stays as it was."""
    before = os.environ.get(SETTING)
    os.environ[SETTING] = "1"
    try:
        for name in names:
            importlib.import_module(name)
    finally:
        del os.environ[SETTING]
        if before is not None:
            os.environ[SETTING] = before


if not any(Path(device).exists() for device in GPU):
    import_interpreted(("torch._dynamo", "n2t.training"))
