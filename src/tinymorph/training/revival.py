"""Give dead SAE features a new start at what the living ones reconstruct worst."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

_BATCHES = 4
"""Read to find badly reconstructed activations."""


@torch.no_grad()
def revive_dead(trainer: Any, batches: Iterator[Float[Tensor, "batch d_in"]]) -> int:
    """Point dead features at reconstruction errors, drawn by their squares; return how many."""
    sae: Any = trainer.sae
    dead = trainer.dead_neurons.nonzero()[:, 0]
    acts = torch.cat([trainer.activation_scaler(next(batches)) for _ in range(_BATCHES)])
    dead = dead[: len(acts)]
    if not len(dead):
        return 0
    errors = acts - sae(acts)
    drawn = torch.multinomial(errors.square().sum(-1), len(dead))
    directions = functional.normalize(errors[drawn], dim=-1)
    is_alive = torch.ones(len(sae.W_dec), dtype=torch.bool)
    is_alive[dead] = False
    sae.W_dec[dead] = directions * _mean_norm(sae.W_dec[is_alive], -1)
    sae.W_enc[:, dead] = directions.T * _mean_norm(sae.W_enc[:, is_alive], 0)
    sae.b_enc[dead] = 0
    for weight, axis in ((sae.W_dec, 0), (sae.W_enc, 1), (sae.b_enc, 0)):
        for moment in trainer.optimizer.state[weight].values():
            if moment.shape == weight.shape:
                moment.index_fill_(axis, dead, 0)
    trainer.n_forward_passes_since_fired[dead] = 0
    return len(dead)


def _mean_norm(vectors: Tensor, axis: int) -> float:
    """Return the mean length of the living features' vectors, or one if none lives."""
    return float(vectors.norm(dim=axis).mean()) if vectors.numel() else 1.0
