"""Muon: momentum made orthogonal, for the matrices inside a transformer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.optim.optimizer import Optimizer

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic that drives singular values towards one (K. Jordan's)."""
_ITERATIONS = 5
_RMS = 0.2
"""Root mean square of an update before the learning rate: about AdamW's, so rates compare."""


class Muon(Optimizer):
    """Matrices of one shape are made orthogonal together, which keeps small ones busy."""

    def __init__(
        self,
        weights: Iterable[Tensor],
        *,
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(list(weights), defaults)

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] -- the base is typed for optimizers with a closure
        """Take one step; matrices without a gradient stay."""
        if closure is not None:
            raise ValueError("Muon takes no closure.")
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for weight in group["params"]:
                if weight.grad is not None:
                    by_shape[weight.shape].append(weight)
            for weights in by_shape.values():
                self._step_together(weights, group)

    def _step_together(self, weights: list[Tensor], group: dict[str, Any]) -> None:
        updates = [
            self._with_momentum(weight, weight.grad, group["momentum"])
            for weight in weights
            if weight.grad is not None
        ]
        made = orthogonal(torch.stack(updates))
        scale = _RMS * max(weights[0].shape) ** 0.5
        for weight, update in zip(weights, made, strict=True):
            weight.mul_(1 - group["lr"] * group["weight_decay"])
            weight.add_(update, alpha=-group["lr"] * scale)

    def _with_momentum(self, weight: Tensor, grad: Tensor, momentum: float) -> Tensor:
        """Return Nesterov's mean of gradients."""
        state = self.state[weight]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(weight)
        buffer: Tensor = state["momentum_buffer"]
        buffer.lerp_(grad, 1 - momentum)
        return grad.lerp(buffer, momentum)


def orthogonal(matrices: Float[Tensor, "n rows columns"]) -> Float[Tensor, "n rows columns"]:
    """Return matrices with nearly the same singular vectors and singular values near one."""
    first, second, third = _COEFFICIENTS
    is_tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if is_tall else matrices
    if x.is_cuda:
        x = x.bfloat16()
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(_ITERATIONS):
        square = x @ x.mT
        x = first * x + (second * square + third * square @ square) @ x
    return (x.mT if is_tall else x).to(matrices.dtype)
