"""A product is the same in every layout, for one row and for many."""

from __future__ import annotations

import pytest
import torch

from tinymorph.engine.backends.lean_products import product_with


@pytest.mark.parametrize("rows", [1, 2, 3, 16, 17, 40])
@pytest.mark.parametrize("size", [(40, 12), (1408, 256), (2048, 768)])
def test_products_are_those_of_the_plain_matrix_however_it_is_laid_out(
    rows: int, size: tuple[int, int]
) -> None:
    torch.manual_seed(1)
    weight, stream = torch.randn(size) / 16, torch.randn(rows, size[1])
    base = torch.randn(rows, size[0])
    product = product_with(weight)
    assert torch.allclose(product.of(stream), stream @ weight.T, atol=1e-5)
    assert torch.allclose(product.added_to(base, stream), base + stream @ weight.T, atol=1e-5)


def test_a_machine_without_onednn_computes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    weight, stream = torch.randn(1408, 256), torch.randn(8, 256)
    expected = product_with(weight).of(stream)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    product = product_with(weight)
    assert product.packed is None
    assert torch.allclose(product.of(stream), expected, atol=1e-4)
