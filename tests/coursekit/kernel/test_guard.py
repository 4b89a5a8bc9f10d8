"""The recorder is kept whole, and nothing with wanted values can be imported."""

import functools
import importlib
import subprocess
import sys

import pytest

from coursekit.kernel import calls, guard


@pytest.fixture(autouse=True)
def remembered(monkeypatch):
    monkeypatch.setattr(guard, "_known", {})
    guard.remember()


def part(name):
    """A part of the recorder as it is loaded now: other tests load it anew."""
    module, *inner = name.split(".")
    found = importlib.import_module(f"coursekit.kernel.{module}")
    return functools.reduce(getattr, inner, found)


@pytest.mark.parametrize(
    "shown",
    ["calls.call", "calls._backward", "wire.Channel.send", "watching.Watch.__exit__"],
)
def test_a_replaced_part_of_the_recorder_is_named(monkeypatch, shown):
    guard.check()
    owner, _, name = shown.rpartition(".")
    monkeypatch.setattr(part(owner), name, lambda *arguments, **keywords: None)
    with pytest.raises(AssertionError, match=rf"^coursekit\.kernel\.{shown} was"):
        guard.check()


def test_rewritten_code_is_noticed(monkeypatch):
    call = part("calls.call")
    monkeypatch.setattr(call, "__code__", (lambda *a, **k: {}).__code__)
    with pytest.raises(AssertionError, match=r"calls\.call was replaced"):
        guard.check()


def test_libraries_may_change_as_they_like(monkeypatch):
    import numpy as np
    import torch

    monkeypatch.setattr(np, "allclose", print)
    monkeypatch.setattr(torch, "manual_seed", torch.manual_seed)
    guard.check()


CLOSED = """
from coursekit.kernel import guard
import coursekit.checks.values
guard.close()
for name in ("checks.values", "checks", "classroom", "answers.mutants", "chapters"):
    try:
        __import__(f"coursekit.{name}")
        raise SystemExit(name)
    except ImportError as error:
        assert guard.CLOSED in str(error)
import coursekit.kernel.calls, n2t.masks
"""


def test_once_closed_only_the_recorder_can_be_imported():
    done = subprocess.run(
        [sys.executable, "-c", CLOSED], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_recorder_that_is_needed_later_is_read_anew(monkeypatch):
    monkeypatch.delitem(guard._known, "coursekit.kernel.watching")
    monkeypatch.setitem(sys.modules, "coursekit.kernel.watching", calls)
    assert guard.recorder("coursekit.kernel.watching").__name__.endswith("watching")
    with pytest.raises(ImportError, match="no module of the recorder"):
        guard.recorder("os")
