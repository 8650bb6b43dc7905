"""From the residual stream to feature activations and back, as sae-lens 6 computes them.

    x = normed(resid) - b_dec                          (b_dec only if apply_b_dec_to_input)
    hidden_pre = x @ W_enc + b_enc
    standard    relu(hidden_pre)
    jumprelu    relu(hidden_pre) where hidden_pre > threshold
    topk        relu of the k largest
    gated       relu(x @ W_enc * exp(r_mag) + b_mag) where hidden_pre > 0
    decode(f) = scale * (f @ W_dec + b_dec) + mean

`mean` and `scale` are what the norm took from each token. All of it is in fp32, whatever the
model computes in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tinymorph.engine.sae.autoencoder import Magnitude, Sae
from tinymorph.errors import FeatureError

_EPSILON = 1e-5
"""What sae-lens adds to the standard deviation before it divides, and does not give back."""
_SMALLEST_LENGTH = 1e-30
"""So that a vector of zeros stays one under `constant_norm_rescale`."""


@dataclass(frozen=True, slots=True, eq=False)
class TokenNorm:
    """What was taken from each token before encoding, for `decode` to give back."""

    mean: Float[Tensor, "*batch 1"]
    scale: Float[Tensor, "*batch 1"]


@dataclass(frozen=True, slots=True, eq=False)
class FeatureColumns:
    """The part of an SAE that reads a few features, cut out once to be used often."""

    sae: Sae
    places: Int[Tensor, " feature"] | None
    """Where the features stand in `sae`; None if it has no others."""

    def encode(self, resid: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch feature"]:
        """Return the activations of the features, in the order in which they were asked for."""
        acts = encode(self.sae, resid)
        return acts if self.places is None else acts[..., self.places]


def encode(sae: Sae, resid: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_sae"]:
    """Return the feature activations of residual-stream vectors."""
    return encode_with_norm(sae, resid)[0]


def encode_with_norm(
    sae: Sae, resid: Float[Tensor, "*batch d_model"]
) -> tuple[Float[Tensor, "*batch d_sae"], TokenNorm | None]:
    """Return the feature activations, and what `decode` needs; None if the SAE has no norm."""
    normed, norm = _normed(sae, resid.float())
    product = (normed - sae.b_dec if sae.subtracts_b_dec else normed) @ sae.W_enc
    return _activated(sae, product), norm


def decode(
    sae: Sae, acts: Float[Tensor, "*batch d_sae"], norm: TokenNorm | None = None
) -> Float[Tensor, "*batch d_model"]:
    """Return the reconstruction of the residual stream.

    ValueError if the SAE has a norm and what it took from these tokens is not given.
    """
    rebuilt = acts @ sae.W_dec + sae.b_dec
    if norm is not None:
        return rebuilt * norm.scale + norm.mean
    if sae.scales_per_token or sae.centres:
        msg = f"SAE {sae.sae_id} cannot decode without the norm from encode_with_norm"
        raise ValueError(msg)
    return rebuilt


def reconstruct(
    sae: Sae, resid: Float[Tensor, "*batch d_model"]
) -> Float[Tensor, "*batch d_model"]:
    """Return what the SAE keeps of the stream; the rest, `resid` minus this, is the error term."""
    return decode(sae, *encode_with_norm(sae, resid))


def token_norm(sae: Sae, resid: Float[Tensor, "*batch d_model"]) -> TokenNorm | None:
    """Return what the SAE's norm takes from each token; None if it has none."""
    return _normed(sae, resid.float())[1]


def cut_columns(sae: Sae, feature_indexes: Sequence[int]) -> FeatureColumns:
    """Cut out what reads these features: their own columns, but of a top-k SAE all of it.

    Whether a feature is among the k largest depends on all others.
    """
    wrong = [index for index in feature_indexes if not 0 <= index < sae.d_sae]
    if wrong:
        raise FeatureError(
            f"There is no feature {sae.sae_id}:{wrong[0]}: the SAE has {sae.d_sae} features."
        )
    places = torch.tensor(list(feature_indexes), dtype=torch.long, device=sae.W_enc.device)
    if sae.architecture == "topk":
        return FeatureColumns(sae, places)
    magnitude = sae.magnitude and Magnitude(sae.magnitude.scale[places], sae.magnitude.bias[places])
    columns = replace(
        sae,
        W_enc=sae.W_enc[:, places],
        W_dec=sae.W_dec[places],
        b_enc=sae.b_enc[places],
        threshold=sae.threshold[places],
        magnitude=magnitude,
        stats=None,
    )
    return FeatureColumns(columns, None)


def encode_features(
    sae: Sae, resid: Float[Tensor, "*batch d_model"], feature_indexes: Sequence[int]
) -> Float[Tensor, "*batch feature"]:
    """Return the activations of a few features; `cut_columns` once is faster for many calls."""
    return cut_columns(sae, feature_indexes).encode(resid)


def explained_variance(
    sae: Sae, resid: Float[Tensor, "pos d_model"], acts: Float[Tensor, "pos d_sae"]
) -> float:
    """Return 1 - squared error / variance, over positions and dimensions together."""
    resid, acts = resid.to(sae.W_dec.device), acts.to(sae.W_dec.device)
    error = (resid - decode(sae, acts, token_norm(sae, resid))).square().sum()
    variance = (resid - resid.mean(0)).square().sum()
    return float(1 - error / variance) if variance > 0 else 1.0


def _normed(sae: Sae, resid: Tensor) -> tuple[Tensor, TokenNorm | None]:
    """Return the stream as the SAE expects it, and what that took from each token."""
    if not (sae.scales_per_token or sae.centres):
        return resid, None
    mean = torch.zeros_like(resid[..., :1])
    if sae.centres or sae.norm == "layer_norm":
        mean = resid.mean(-1, keepdim=True)
        resid = resid - mean
    match sae.norm:
        case "layer_norm":
            deviation = resid.std(-1, keepdim=True)
            return resid / (deviation + _EPSILON), TokenNorm(mean, deviation)
        case "constant_norm_rescale":
            length = resid.norm(dim=-1, keepdim=True).clamp(min=_SMALLEST_LENGTH)
            coefficient = resid.shape[-1] ** 0.5 / length
            return resid * coefficient, TokenNorm(mean, 1 / coefficient)
        case _:
            return resid, TokenNorm(mean, torch.ones_like(mean))


def _activated(sae: Sae, product: Tensor) -> Tensor:
    """Return the activations from `x @ W_enc`."""
    hidden_pre = product + sae.b_enc
    if sae.magnitude is not None:
        strength = (product * sae.magnitude.scale + sae.magnitude.bias).relu()
        return strength * (hidden_pre > 0)
    match sae.architecture:
        case "topk":
            largest = hidden_pre.topk(sae.k, dim=-1, sorted=False)
            acts = torch.zeros_like(hidden_pre)
            return acts.scatter_(-1, largest.indices, largest.values.relu())
        case "jumprelu":
            return hidden_pre.relu() * (hidden_pre > sae.threshold)
        case _:
            return hidden_pre.relu()
