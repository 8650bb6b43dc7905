"""A matrix laid out for products with a few rows, which is what decoding consists of.

Measured, not reasoned (docs/notebook.md): one row is fastest through the transposed matrix, two to
sixteen rows through oneDNN's own order where the matrix is large, many rows either way.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

_FEWEST, _MOST = 2, 16
"""Rows for which oneDNN's order pays."""
_LEAST_WORK = 1_400_000
"""Weights times rows below which its overhead is more than it saves."""
_LEAST_WEIGHTS = 300_000
"""A smaller matrix is held once only."""


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """A matrix that rows are multiplied with."""

    matrix: Float[Tensor, "d_in d_out"]
    packed: Tensor | None
    """The same numbers in oneDNN's order, of a large matrix where there is oneDNN."""

    def of(self, rows: Float[Tensor, "token d_in"]) -> Float[Tensor, "token d_out"]:
        """Return `rows @ matrix`."""
        if self.packed is not None and self._is_better_packed(len(rows)):
            return _packed_product(rows, self.packed)
        return torch.mm(rows, self.matrix)

    def added_to(
        self, base: Float[Tensor, "token d_out"], rows: Float[Tensor, "token d_in"]
    ) -> Float[Tensor, "token d_out"]:
        """Return `base + rows @ matrix`."""
        if self.packed is not None and self._is_better_packed(len(rows)):
            return base + _packed_product(rows, self.packed)
        return torch.addmm(base, rows, self.matrix)

    def _is_better_packed(self, count: int) -> bool:
        return _FEWEST <= count <= _MOST and count * self.matrix.numel() >= _LEAST_WORK


def product_with(weight: Float[Tensor, "d_out d_in"]) -> Product:
    """Lay out a weight as models store it, one row for each output."""
    packed = None
    if weight.numel() >= _LEAST_WEIGHTS and torch.backends.mkldnn.is_available():
        packed = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), _MOST)  # noqa: SLF001 -- the only way to oneDNN's packed products
    return Product(weight.T.contiguous(), packed)


def _packed_product(rows: Float[Tensor, "token d_in"], packed: Tensor) -> Tensor:
    return torch.ops.mkldnn._linear_pointwise(rows, packed, None, "none", [], "")  # noqa: SLF001 -- the same
