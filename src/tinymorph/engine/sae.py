"""Sparse autoencoders as sae-lens saves them, read without importing sae-lens.

Encoding follows sae-lens 6: `feature_acts = activation((x - b_dec) @ W_enc + b_enc)`, where
`b_dec` is subtracted only if `apply_b_dec_to_input` says so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from tinymorph.engine.bundle import FEATURE_STATS, SAE_WEIGHTS
from tinymorph.errors import BundleError
from tinymorph.schema.feature import HookPoint

_ARCHITECTURES = {"standard", "jumprelu", "topk"}
_FOLDED_NORMS = {"none", "expected_average_only_in"}


@dataclass(frozen=True, slots=True, eq=False)
class FeatureStats:
    """What was measured of every feature over the reference corpus."""

    max_activation: Float[Tensor, " d_sae"]
    activation_density: Float[Tensor, " d_sae"]
    token_ids: Int[Tensor, "d_sae k"]
    """Tokens on which it was most active, strongest first; -1 where there are no more."""


@dataclass(frozen=True, slots=True, eq=False)
class Sae:
    """The weights of one SAE, in fp32, and where in the model it reads."""

    sae_id: str
    hook_point: HookPoint
    architecture: str
    k: int
    W_enc: Float[Tensor, "d_model d_sae"]
    W_dec: Float[Tensor, "d_sae d_model"]
    b_enc: Float[Tensor, " d_sae"]
    b_dec: Float[Tensor, " d_model"]
    threshold: Float[Tensor, " d_sae"]
    subtracts_b_dec: bool
    stats: FeatureStats | None

    @property
    def d_sae(self) -> int:
        """Return the number of features."""
        return self.W_dec.shape[0]


def load_sae(sae_id: str, folder: Path) -> Sae:
    """Read `cfg.json` and the weights; BundleError if it is of a kind not supported."""
    try:
        config = json.loads((folder / "cfg.json").read_text(encoding="utf-8"))
        weights = {name: w.float() for name, w in load_file(folder / SAE_WEIGHTS).items()}
    except (OSError, json.JSONDecodeError, SafetensorError) as error:
        raise BundleError(f"The SAE in {folder} cannot be read.", detail=str(error)) from error
    architecture = str(config.get("architecture", "standard"))
    norm = str(config.get("normalize_activations", "none"))
    rescales = architecture == "topk" and bool(config.get("rescale_acts_by_decoder_norm"))
    if architecture not in _ARCHITECTURES or norm not in _FOLDED_NORMS or rescales:
        raise BundleError(
            f"The SAE in {folder} is of a kind that is not supported ({architecture}, {norm}).",
            hint=f"Supported: {', '.join(sorted(_ARCHITECTURES))}, without norms at run time.",
        )
    missing = {"W_enc", "W_dec", "b_enc", "b_dec"} - weights.keys()
    if missing:
        raise BundleError(f"The SAE in {folder} lacks {', '.join(sorted(missing))}.")
    return Sae(
        sae_id=sae_id,
        hook_point=_hook_point(config, folder),
        architecture=architecture,
        k=int(config.get("k") or 0),
        W_enc=weights["W_enc"],
        W_dec=weights["W_dec"],
        b_enc=weights["b_enc"],
        b_dec=weights["b_dec"],
        threshold=weights.get("threshold", torch.zeros_like(weights["b_enc"])),
        subtracts_b_dec=bool(config.get("apply_b_dec_to_input", True)),
        stats=_load_stats(folder),
    )


def encode(sae: Sae, resid: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_sae"]:
    """Return the feature activations of residual-stream vectors."""
    centred = resid.float() - sae.b_dec if sae.subtracts_b_dec else resid.float()
    hidden_pre = centred @ sae.W_enc + sae.b_enc
    if sae.architecture == "topk":
        largest = hidden_pre.topk(sae.k, dim=-1)
        kept = torch.zeros_like(hidden_pre).scatter_(-1, largest.indices, largest.values)
        return kept.relu()
    acts = hidden_pre.relu()
    return acts * (hidden_pre > sae.threshold) if sae.architecture == "jumprelu" else acts


def decode(sae: Sae, acts: Float[Tensor, "*batch d_sae"]) -> Float[Tensor, "*batch d_model"]:
    """Return the reconstruction of the residual stream."""
    return acts @ sae.W_dec + sae.b_dec


def save_stats(stats: FeatureStats, folder: Path) -> None:
    """Write what was measured beside the SAE's weights; from then on it is calibrated."""
    tensors = {
        "max_activation": stats.max_activation,
        "activation_density": stats.activation_density,
        "token_ids": stats.token_ids,
    }
    temporary = folder / f"{FEATURE_STATS}.part"
    save_file(tensors, temporary)
    temporary.replace(folder / FEATURE_STATS)


def explained_variance(
    sae: Sae, resid: Float[Tensor, "pos d_model"], acts: Float[Tensor, "pos d_sae"]
) -> float:
    """Return 1 - squared error / variance, over positions and dimensions together."""
    error = (resid - decode(sae, acts)).square().sum()
    variance = (resid - resid.mean(0)).square().sum()
    return float(1 - error / variance) if variance > 0 else 1.0


def _hook_point(config: dict[str, Any], folder: Path) -> HookPoint:
    name = (config.get("metadata") or {}).get("hook_name") or config.get("hook_name") or ""
    try:
        return HookPoint.parse(str(name))
    except ValueError as error:
        raise BundleError(
            f"The SAE in {folder} reads {name!r}, which is not a residual-stream hook point.",
            hint="Only resid_pre and resid_post SAEs can steer.",
        ) from error


def _load_stats(folder: Path) -> FeatureStats | None:
    path = folder / FEATURE_STATS
    if not path.exists():
        return None
    tensors = load_file(path)
    return FeatureStats(
        tensors["max_activation"].float(),
        tensors["activation_density"].float(),
        tensors["token_ids"],
    )
