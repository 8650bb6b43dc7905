"""Read an SAE's weights, and refuse those that would be misread."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from tinymorph.engine.bundle import SAE_WEIGHTS
from tinymorph.engine.sae.autoencoder import Magnitude, Sae
from tinymorph.engine.sae.config import Architecture, SaeConfig, read_config
from tinymorph.engine.sae.stats import load_stats
from tinymorph.errors import BundleError

_BIASES: dict[Architecture, frozenset[str]] = {
    "standard": frozenset({"b_enc"}),
    "topk": frozenset({"b_enc"}),
    "jumprelu": frozenset({"b_enc", "threshold"}),
    "gated": frozenset({"b_gate", "b_mag", "r_mag"}),
}
"""What an architecture has one number a feature of, beside `W_enc`, `W_dec` and `b_dec`."""
_SMALLEST_NORM = 1e-8
"""sae-lens's own, where it folds decoder norms."""


def load_sae(sae_id: str, folder: Path) -> Sae:
    """Read `cfg.json` and the weights; BundleError if it is of a kind not supported."""
    config = read_config(folder)
    weights = _read_weights(folder, config)
    W_enc, W_dec = weights["W_enc"], weights["W_dec"]
    b_enc = weights["b_gate" if config.architecture == "gated" else "b_enc"]
    if config.rescales:
        W_enc, W_dec, b_enc = _with_unit_rows(W_enc, W_dec, b_enc)
    magnitude = None
    if config.architecture == "gated":
        magnitude = Magnitude(weights["r_mag"].exp(), weights["b_mag"])
    return Sae(
        sae_id=sae_id,
        hook_point=config.hook_point,
        architecture=config.architecture,
        norm=config.norm,
        k=config.k,
        W_enc=W_enc,
        W_dec=W_dec,
        b_enc=b_enc,
        b_dec=weights["b_dec"],
        threshold=weights.get("threshold", torch.zeros_like(b_enc)),
        magnitude=magnitude,
        subtracts_b_dec=config.subtracts_b_dec,
        centres=config.centres,
        model_name=config.model_name,
        stats=load_stats(folder, len(W_dec)),
    )


def _read_weights(folder: Path, config: SaeConfig) -> dict[str, Tensor]:
    """Return the tensors in fp32, whatever they are in the file."""
    try:
        weights = {name: found.float() for name, found in load_file(folder / SAE_WEIGHTS).items()}
    except (OSError, SafetensorError) as error:
        raise BundleError(
            f"The SAE in {folder} cannot be read: {SAE_WEIGHTS} is missing or damaged.",
            hint="Copy or download it again.",
            detail=str(error),
        ) from error
    _check_scaling_factor(weights, folder)
    biases = _BIASES[config.architecture]
    wanted = {"W_enc", "W_dec", "b_dec"} | biases
    if missing := wanted - weights.keys():
        raise BundleError(f"The SAE in {folder} lacks {', '.join(sorted(missing))}.")
    if unknown := weights.keys() - wanted:
        raise BundleError(
            f"The SAE in {folder} holds {', '.join(sorted(unknown))}, "
            f"which a {config.architecture} SAE has no use for."
        )
    _check_shapes(weights, config, folder)
    for name, found in weights.items():
        if not found.sum().isfinite() and not found.isfinite().all():
            raise BundleError(f"The SAE in {folder} is broken: {name} holds NaN or infinity.")
    return weights


def _check_scaling_factor(weights: dict[str, Tensor], folder: Path) -> None:
    """Drop the factor of fine-tuning where it is 1; earlier versions always wrote one."""
    for name in ("scaling_factor", "finetuning_scaling_factor"):
        factor = weights.pop(name, None)
        if factor is not None and not torch.allclose(factor, torch.ones_like(factor)):
            raise BundleError(
                f"The SAE in {folder} was fine-tuned with a {name}, which is not supported."
            )


def _check_shapes(weights: dict[str, Tensor], config: SaeConfig, folder: Path) -> None:
    if weights["W_dec"].ndim != 2:
        raise BundleError(f"The SAE in {folder} is broken: W_dec is no matrix.")
    d_sae, d_model = weights["W_dec"].shape
    shapes = dict.fromkeys(_BIASES[config.architecture], (d_sae,))
    shapes |= {"W_enc": (d_model, d_sae), "b_dec": (d_model,)}
    for name, shape in shapes.items():
        if tuple(weights[name].shape) != shape:
            raise BundleError(
                f"The SAE in {folder} is broken: {name} has the shape "
                f"{tuple(weights[name].shape)}, W_dec asks for {shape}."
            )
    for name, said, found in zip(("d_sae", "d_in"), config.shape, (d_sae, d_model), strict=True):
        if said not in {None, found}:
            raise BundleError(
                f"The SAE in {folder} is broken: cfg.json says {name} {said}, "
                f"its weights have {found}."
            )
    if config.k > d_sae:
        raise BundleError(
            f"The SAE in {folder} is broken: it keeps {config.k} of {d_sae} features."
        )


def _with_unit_rows(W_enc: Tensor, W_dec: Tensor, b_enc: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Fold the decoder norms into the encoder.

    `rescale_acts_by_decoder_norm` multiplies activations by these norms and divides them again
    before decoding: folded, activations and reconstruction are the same.
    """
    norms = W_dec.norm(dim=-1).clamp(min=_SMALLEST_NORM)
    return W_enc * norms, W_dec / norms[:, None], b_enc * norms
