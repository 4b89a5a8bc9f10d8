"""Every layout of a matrix gives the product that `nn.Linear` gives."""

import pytest
import torch
import torch.nn.functional as F

from n2t.models.prepared import products
from n2t.models.prepared.layers import neighbors


@pytest.mark.parametrize("lay_out", [products.for_one_row, products.for_rows])
@pytest.mark.parametrize("shape", [(24, 8), (8, 24), (8, 8)])
@pytest.mark.parametrize("rows", [(1,), (3,), (2, 5), (1, 1)])
@pytest.mark.parametrize("bias", [True, False])
def test_a_product_is_linear(lay_out, shape, rows, bias):
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(*shape, generator=generator)
    b = torch.randn(shape[0], generator=generator) if bias else None
    x = torch.randn(*rows, shape[1], generator=generator)
    found = lay_out(weight, b)(x)
    torch.testing.assert_close(found, F.linear(x, weight, b), rtol=1e-5, atol=1e-5)


def test_one_row_takes_no_copy_of_a_matrix_with_more_inputs():
    weight = torch.randn(8, 24)
    product = products.for_one_row(weight, None)
    weight.zero_()
    assert not product(torch.ones(1, 24)).any()


@pytest.mark.skipif(not products.has_bytes(), reason="torch has no products of bytes")
def test_bytes_are_near():
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(32, 48, generator=generator)
    bias, x = torch.randn(32), torch.randn(3, 48, generator=generator)
    exact = F.linear(x, weight, bias)
    gap = products.in_bytes(weight, bias)(x) - exact
    assert 0 < gap.abs().max() < 0.03 * exact.abs().max()


def test_neighbors_turn_together():
    rows = torch.arange(10.0)[:, None]
    assert neighbors(rows, 8, 4)[:, 0].int().tolist() == [0, 2, 1, 3, 4, 6, 5, 7, 8, 9]
