"""What an answer makes of gradients is recorded, and what it must not touch too."""

import torch

from coursekit.kernel.clipping import clipped

VALUES = [torch.ones(2), torch.zeros(()), torch.ones(1, 3)]
GRADIENTS = [torch.full((2,), 4.0), None, torch.ones(1, 3)]


def halves(parameters, limit):
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.grad.mul_(limit)
    return limit


def test_gradients_changed_in_place_are_recorded():
    found = clipped(halves, VALUES, GRADIENTS, 0.5)
    assert found["value"] == 0.5 and found["kept"] == [True] * 3
    assert torch.equal(found["after"][0], torch.full((2,), 2.0))
    assert found["after"][1] is None and found["list"] and not found["moved"]
    assert torch.equal(GRADIENTS[0], torch.full((2,), 4.0))


def test_a_new_tensor_a_moved_parameter_and_a_changed_list_are_recorded():
    def spoils(parameters, limit):
        parameters[0].grad = parameters[0].grad * 1
        parameters[2].data.mul_(3)
        parameters.pop(1)

    found = clipped(spoils, VALUES, GRADIENTS, 0.5)
    assert found["kept"] == [False, True, True]
    assert found["moved"] and not found["list"]
