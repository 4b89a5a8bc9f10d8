"""The gradients of one result, apart from the others."""

import torch

from coursekit.kernel.calls import weights_like
from coursekit.kernel.slopes import slopes_of_part


def test_each_result_has_its_own_gradients():
    given = torch.ones(2), torch.ones(2)
    for place, factor in enumerate((3, 5)):
        slopes = slopes_of_part(
            lambda x, y: (3 * x, 5 * y), *given, place=place, inputs=(0, 1)
        )
        assert slopes[1 - place] is None
        assert torch.equal(slopes[place], factor * weights_like(given[0]))


def test_a_detached_result_has_none():
    one = (torch.ones(2),)
    assert slopes_of_part(lambda x: (x.detach(), x), *one, place=0, inputs=(0,)) == [
        None
    ]
