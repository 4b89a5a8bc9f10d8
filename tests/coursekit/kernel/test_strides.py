"""A tensor can lie in memory otherwise than its axes say."""

import torch

from coursekit.kernel.strides import stored_swapped


def test_values_and_shape_stay_and_the_tensor_is_not_contiguous():
    x = torch.arange(24.0).reshape(2, 3, 4)
    seen = stored_swapped(lambda given: given, x, 0, 2)
    assert torch.equal(seen, x)
    assert not seen.is_contiguous()
