"""The recorder is kept whole, and nothing with wanted values can be imported."""

import subprocess
import sys

import pytest

from coursekit.kernel import calls, guard, watching, wire


@pytest.fixture(autouse=True)
def remembered(monkeypatch):
    monkeypatch.setattr(guard, "_known", {})
    guard.remember()


@pytest.mark.parametrize(
    ("owner", "name", "shown"),
    [
        (calls, "call", "calls.call"),
        (calls, "_backward", "calls._backward"),
        (wire.Channel, "send", "wire.Channel.send"),
        (watching.Watch, "__exit__", "watching.Watch.__exit__"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_a_replaced_part_of_the_recorder_is_named(monkeypatch, owner, name, shown):
    guard.check()
    monkeypatch.setattr(owner, name, lambda *arguments, **keywords: None)
    with pytest.raises(AssertionError, match=rf"^coursekit\.kernel\.{shown} was"):
        guard.check()


def test_rewritten_code_is_noticed(monkeypatch):
    monkeypatch.setattr(calls.call, "__code__", (lambda *a, **k: {}).__code__)
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
