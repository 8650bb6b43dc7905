"""One SAE: its weights in fp32, and how they are meant to be used."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from tinymorph.engine.sae.config import Architecture, Norm
from tinymorph.engine.sae.stats import FeatureStats
from tinymorph.schema.feature import HookPoint


@dataclass(frozen=True, slots=True, eq=False)
class Magnitude:
    """The second half of a gated encoder: how strong a feature is where its gate is open."""

    scale: Float[Tensor, " d_sae"]
    """`exp(r_mag)`: the columns are those of the gate, scaled."""
    bias: Float[Tensor, " d_sae"]


@dataclass(frozen=True, slots=True, eq=False)
class Sae:
    """The weights of one SAE, and where in the model it reads."""

    sae_id: str
    hook_point: HookPoint
    architecture: Architecture
    norm: Norm
    k: int
    """How many features a top-k SAE keeps; 0 for the others."""
    W_enc: Float[Tensor, "d_model d_sae"]
    W_dec: Float[Tensor, "d_sae d_model"]
    b_enc: Float[Tensor, " d_sae"]
    """In a gated SAE the bias of the gate."""
    b_dec: Float[Tensor, " d_model"]
    threshold: Float[Tensor, " d_sae"]
    """Of a jumprelu SAE; 0 for the others."""
    magnitude: Magnitude | None
    """Of a gated SAE."""
    subtracts_b_dec: bool
    centres: bool
    """It expects a stream whose mean over `d_model` was taken off (GPT-2 `res-jb`)."""
    model_name: str
    """The model that it was trained on, as far as its files say."""
    stats: FeatureStats | None

    @property
    def d_sae(self) -> int:
        """Return the number of features."""
        return self.W_dec.shape[0]

    @property
    def d_model(self) -> int:
        """Return the width of the residual stream that it reads."""
        return self.W_dec.shape[1]

    @property
    def scales_per_token(self) -> bool:
        """Say whether one unit of a feature is a different length in the stream of each token."""
        return self.norm in {"layer_norm", "constant_norm_rescale"}

    def to(self, device: torch.device | str) -> Sae:
        """Return it with its weights on a device; the stats, read by feature, stay where they are.

        Weights remain in fp32: bf16 flips features near their threshold.
        """
        magnitude = self.magnitude and Magnitude(
            self.magnitude.scale.to(device), self.magnitude.bias.to(device)
        )
        return replace(
            self,
            W_enc=self.W_enc.to(device),
            W_dec=self.W_dec.to(device),
            b_enc=self.b_enc.to(device),
            b_dec=self.b_dec.to(device),
            threshold=self.threshold.to(device),
            magnitude=magnitude,
        )
