"""Eval mode for a while: what was in training mode is so again afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Lock
from weakref import WeakKeyDictionary

from torch import nn

_lock = Lock()
_users: WeakKeyDictionary[nn.Module, int] = WeakKeyDictionary()  # who evaluates it
_before: WeakKeyDictionary[nn.Module, bool] = WeakKeyDictionary()  # was it training?


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Eval mode inside; afterwards, and after an error, every module is as it was.

    Uses may overlap, as two open streams of one model do: each module is counted, and
    the last use to end gives it back the mode that the first one found.

    >>> model = nn.Sequential(nn.Dropout(0.5))
    >>> with evaluating(model):
    ...     model.training, model[0].training
    (False, False)
    >>> model.training, model[0].training
    (True, True)
    """
    modules = list(model.modules())
    with _lock:
        for module in modules:
            _begin(module)
    try:
        yield
    finally:
        with _lock:
            for module in modules:
                _end(module)


def in_eval_mode(function: Callable) -> Callable:
    """A function whose first argument is a model, run with the model in eval mode."""

    @wraps(function)
    def run(model: nn.Module, *arguments, **options):
        with evaluating(model):
            return function(model, *arguments, **options)

    return run


def _begin(module: nn.Module) -> None:
    _users[module] = _users.get(module, 0) + 1
    _before.setdefault(module, module.training)
    module.training = False


def _end(module: nn.Module) -> None:
    _users[module] -= 1
    if not _users[module]:
        del _users[module]
        module.training = _before.pop(module)
