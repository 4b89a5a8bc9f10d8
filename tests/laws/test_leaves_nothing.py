"""A law looks, and leaves what it looked at as it was."""

import pytest
import torch
from torch import nn

from n2t import laws


def small():
    return nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))


def test_modes_stay_after_a_law_that_holds_and_one_that_does_not():
    module, x = small(), torch.randn(2, 3, 4)
    module[0].eval()
    laws.eval_is_deterministic(module, module, x)
    assert [part.training for part in module.modules()] == [True, False, True]
    with pytest.raises(laws.BrokenLaw, match="not deterministic"):
        laws.eval_is_deterministic(module, torch.rand_like, x)
    assert [part.training for part in module.modules()] == [True, False, True]


def test_gradients_stay_that_were_there():
    module, x = small(), torch.randn(2, 3, 4)
    module(x).sum().backward()
    before = [p.grad.clone() for p in module.parameters()]
    laws.every_gradient_is_finite(module, module, x)
    assert all(map(torch.equal, before, (p.grad for p in module.parameters())))
    with pytest.raises(laws.BrokenLaw, match="NaN or infinite"):
        laws.every_gradient_is_finite(module, lambda x: module(x) / 0, x)


def test_a_dtype_without_a_tolerance_is_named():
    x = torch.randn(2, 3, 4).half()
    with pytest.raises(TypeError, match="for torch.float16; run in torch.float64"):
        laws.batch_does_not_matter(lambda x: x, x)
