"""The recorder of modules: parameters, outputs, gradients, and what is shared."""

import torch
from torch import nn

from coursekit.kernel import modules

VALUES = {"weight": torch.ones(3, 2), "bias": torch.zeros(3)}
RUNS = [
    (torch.ones(4, 2), torch.ones(4, 3), True),
    (torch.ones(2).double(), torch.ones(3).double(), False),
]


def test_the_parameters_of_a_module_come_with_their_values():
    found = modules.built(nn.Linear, 2, 3)
    assert found["module"] and set(found["held"]) == {"weight", "bias"}


def test_what_is_no_module_is_said_to_be_none():
    found = modules.built(lambda inputs, outputs: 7, 2, 3)
    assert not found["module"] and found["made"] == 7


def test_outputs_and_gradients_are_those_of_the_given_values():
    found = modules.computed(nn.Linear, 2, 3, [VALUES] * 2, RUNS)
    first, second = found["runs"]
    assert (first["y"] == 2).all() and second["y"].dtype == torch.float64
    assert (first["gradients"]["weight"] == 4).all()
    assert (first["gradients"]["x"] == 3).all()
    assert torch.equal(found["loaded"], second["y"])
    before, after, _ = found["others"]
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_shared_parameter_shows_in_the_others():
    shared = nn.Linear(2, 3)
    found = modules.computed(lambda inputs, outputs: shared, 2, 3, [VALUES] * 2, RUNS)
    before, after, _ = found["others"]
    assert not torch.equal(before["weight"], after["weight"])


def test_what_is_raised_there_and_back_and_what_changes_is_recorded():
    class Spoils(nn.Linear):
        def forward(self, x):
            if x.dim() == 1:
                raise IndexError("one axis")
            self.weight.data += 1
            self.kept = getattr(self, "kept", super().forward(torch.zeros(2)).sum())
            return super().forward(x) + self.kept

    runs = [RUNS[0], RUNS[0], (torch.ones(2), torch.ones(3), False)]
    found = modules.computed(Spoils, 2, 3, [VALUES] * 3, runs)["runs"]
    assert found[0]["changed"] == ["weight"] and not found[0]["raised"]
    assert found[1]["stuck"].startswith("RuntimeError")
    assert found[2]["raised"] == "IndexError: one axis"


def test_frozen_parameters_are_named():
    found = modules.built(lambda *sizes: nn.Linear(*sizes).requires_grad_(False), 2, 3)
    assert found["frozen"] == ["weight", "bias"]


def test_an_input_of_three_axes_is_not_contiguous():
    x = torch.arange(24.0).reshape(3, 4, 2)
    seen = []

    class Sees(nn.Linear):
        def forward(self, x):
            seen.append(x.is_contiguous())
            return super().forward(x)

    run = (x, torch.ones(3, 4, 3), True)
    found = modules.computed(Sees, 2, 3, [VALUES], [run])
    assert seen[0] is False
    assert torch.equal(found["runs"][0]["y"][..., 0], x.sum(-1))
