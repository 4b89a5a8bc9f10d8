"""A step's profile names operations that the step has, and leaves no kind out."""

import pytest

from benchmarks import peers, profiles, steps

SMALL = {
    "translation": peers.TRANSLATION | {"V": 90, "D": 32, "F": 48, "B": 3, "T": 9},
    "language": peers.LANGUAGE | {"D": 48, "L": 2, "F": 64, "B": 3, "T": 20},
}


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("task", steps.TASKS)
def test_every_kind_of_operation_is_found_in_a_step(task, precision, monkeypatch):
    models, _, reference = steps.TASKS[task]
    monkeypatch.setitem(steps.TASKS, task, (models, SMALL[task], reference))
    run = steps.make_step(task, "n2t", precision=precision)
    found = profiles.shares(run, steps.OPERATIONS, rounds=2)
    assert set(found) == {*steps.OPERATIONS, "rest"}
    cast = precision == "bfloat16"  # in one precision there is nothing to cast
    assert all(0 < v < 1 for kind, v in found.items() if cast or kind != "casts")
    assert sum(found.values()) == pytest.approx(1)
    row = f"{task}_{precision}"
    said = steps.BESIDE[row].format(
        **{f"{row}_share_{kind}": share for kind, share in found.items()}
    )
    assert f"products have {found['products']:.0%}" in said
