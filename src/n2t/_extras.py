"""Optional packages, imported where they are used, with an error that helps."""

from __future__ import annotations

import importlib
from types import ModuleType


def optional(
    module: str, *, package: str | None = None, extra: str = "data"
) -> ModuleType:
    """Import ``module``, or say which extra of n2t brings it.

    Args:
        module: the import name, dots allowed (``"sklearn.datasets"``).
        package: the name to install it by, where it is not the import name.
        extra: the extra of ``n2t`` that installs it.

    Raises:
        ImportError: the package is not installed; the message names the command.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        top = module.partition(".")[0]
        if error.name != top:
            raise  # the package is there, and something inside it is not
        raise ImportError(
            f"this needs the package {package or top!r}: "
            f'pip install "n2t[{extra}]" brings it',
            name=top,
        ) from None
