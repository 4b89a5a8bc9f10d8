"""Every layout of a matrix gives the product that `nn.Linear` gives."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F

from n2t.models.prepared import products
from n2t.models.prepared.layers import neighbors


@pytest.mark.parametrize("lay_out", [products.for_one_row, products.for_rows])
@pytest.mark.parametrize("shape", [(24, 8), (8, 24), (8, 8)])
@pytest.mark.parametrize("rows", [(1,), (3,), (2, 5), (1, 1), (2, products.MANY)])
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


def test_many_rows_lay_nothing_out(monkeypatch):
    """A prompt's products read the matrix that one row reads, and make no other."""
    made = [products.for_one_row(torch.randn(*s), None) for s in ((8, 24), (24, 8))]
    monkeypatch.setattr(products, "for_rows", None)
    monkeypatch.setattr(torch.Tensor, "contiguous", None)
    for product, width in zip(made, (24, 8), strict=True):
        product(torch.ones(products.MANY, width))


def test_many_rows_of_a_slice_are_read_from_a_copy_without_gaps():
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(6, 48, generator=generator)[:, :24]
    x = torch.randn(5, 24, generator=generator)
    found = products.for_many(weight, None)
    torch.testing.assert_close(found(x), F.linear(x, weight), rtol=1e-5, atol=1e-5)
    if products.has_blocks():  # what the copy was made of may go
        weight.zero_()
        assert found(x).any()


@pytest.mark.parametrize("capability", ["AVX2", "AVX512", "DEFAULT"])
def test_a_turned_matrix_is_not_onednns_where_there_is_no_avx_512(
    capability, monkeypatch
):
    def get_capability() -> str:
        return capability

    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", get_capability)
    weight = torch.randn(24, 8, generator=torch.Generator().manual_seed(0))
    turned = weight.t().contiguous().t()
    lies, turns = (products.for_many(w, None) for w in (weight, turned))
    onednns = products.has_blocks()
    assert isinstance(lies, partial) is not onednns
    assert isinstance(turns, partial) is (not onednns or capability == "AVX2")
    x = torch.ones(products.MANY, 8)
    torch.testing.assert_close(turns(x), F.linear(x, weight), rtol=1e-5, atol=1e-5)


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
