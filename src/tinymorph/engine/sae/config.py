"""What an SAE's cfg.json says: as sae-lens 6 writes it, or flat as earlier versions did."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn, cast, get_args

from tinymorph.errors import BundleError
from tinymorph.schema.feature import HookPoint

Architecture = Literal["standard", "jumprelu", "topk", "gated"]
Norm = Literal["none", "expected_average_only_in", "layer_norm", "constant_norm_rescale"]
"""`expected_average_only_in` is folded into the weights when an SAE is saved."""

_OLD_NAMES = {
    "hook_point": "hook_name",
    "hook_point_head_index": "hook_head_index",
    "activation_fn_str": "activation_fn",
}
_TRANSCODER = "it reads one place of the model and writes another"
_REASONS = {
    "temporal": "it attends to earlier tokens",
    "matching_pursuit": "it encodes in several rounds",
    "abstopk": "its activations can be negative",
    "transcoder": _TRANSCODER,
    "skip_transcoder": _TRANSCODER,
    "jumprelu_transcoder": _TRANSCODER,
    "jumprelu_skip_transcoder": _TRANSCODER,
    "batchtopk": "it is still in its training format",
    "matryoshka_batchtopk": "it is still in its training format",
}
_LAYER_NORM_MODELS = ("gpt2", "pythia", "gpt-neo", "gpt-j", "opt-")


@dataclass(frozen=True, slots=True)
class SaeConfig:
    """What must be known of an SAE beside its weights."""

    architecture: Architecture
    norm: Norm
    hook_point: HookPoint
    k: int
    rescales: bool
    """A top-k SAE that ranks features by what they write: activation times decoder norm."""
    subtracts_b_dec: bool
    centres: bool
    model_name: str
    shape: tuple[int | None, int | None]
    """`d_sae` and `d_model`, where they are given."""


def read_config(folder: Path) -> SaeConfig:
    """Read `cfg.json`; BundleError names what is not supported."""
    said = _said(folder)
    architecture = _architecture(said, folder)
    norm = _norm(said, folder)
    if said.get("reshape_activations") not in {None, "none"}:
        _refuse(folder, f"reshapes its input ({said['reshape_activations']})")
    return SaeConfig(
        architecture=architecture,
        norm=norm,
        hook_point=_hook_point(said, folder),
        k=_k(said, folder) if architecture == "topk" else 0,
        rescales=architecture == "topk" and bool(said.get("rescale_acts_by_decoder_norm")),
        subtracts_b_dec=bool(said.get("apply_b_dec_to_input", True)),
        centres=_centres(said, norm, folder),
        model_name=str(said.get("model_name") or ""),
        shape=(_whole(said.get("d_sae")), _whole(said.get("d_in"))),
    )


def _said(folder: Path) -> dict[str, Any]:
    """Return everything that cfg.json says, on one level and by today's names."""
    try:
        config = json.loads((folder / "cfg.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(f"The SAE in {folder} cannot be read.", detail=str(error)) from error
    if not isinstance(config, dict):
        raise BundleError(f"The SAE in {folder} cannot be read: cfg.json holds no settings.")
    config = cast("dict[str, Any]", config)
    metadata = config.get("metadata")
    config["is_flat"] = not isinstance(metadata, dict)
    named = {_OLD_NAMES.get(name, name): value for name, value in config.items()}
    return named if named["is_flat"] else named | cast("dict[str, Any]", metadata)


def _architecture(said: dict[str, Any], folder: Path) -> Architecture:
    """Return the architecture; flat configs name a top-k SAE by its activation function."""
    found = str(said.get("architecture") or "standard")
    activation = said.get("activation_fn") or "relu"
    if said["is_flat"] and activation == "topk":
        found = "topk"
    elif said["is_flat"] and activation != "relu":
        _refuse(folder, f"has the activation function {activation}")
    if found not in get_args(Architecture):
        reason = f": {_REASONS[found]}" if found in _REASONS else ""
        _refuse(folder, f"has the architecture {found}", reason)
    return cast("Architecture", found)


def _norm(said: dict[str, Any], folder: Path) -> Norm:
    found = said.get("normalize_activations")
    if found is None or isinstance(found, bool):  # before sae-lens had more than one
        return "expected_average_only_in" if found else "none"
    if found not in get_args(Norm):
        _refuse(folder, f"normalises its input by {found}")
    return cast("Norm", found)


def _hook_point(said: dict[str, Any], folder: Path) -> HookPoint:
    name = str(said.get("hook_name") or "")
    written = said.get("hook_name_out")
    if written not in {None, "", name}:
        _refuse(folder, f"reads {name} and writes {written}", f": {_TRANSCODER}")
    try:
        return HookPoint.parse(name)
    except ValueError as error:
        raise BundleError(
            f"The SAE in {folder} reads {name!r}, which is not a residual-stream hook point.",
            hint="Only resid_pre and resid_post SAEs can steer.",
        ) from error


def _k(said: dict[str, Any], folder: Path) -> int:
    options = said.get("activation_fn_kwargs")
    found = options.get("k") if isinstance(options, dict) else None
    k = _whole(said.get("k")) or _whole(found)
    d_sae = _whole(said.get("d_sae"))
    if k is None or k < 1 or (d_sae is not None and k > d_sae):
        raise BundleError(f"The SAE in {folder} is a topk SAE without a usable k ({k}).")
    return k


def _centres(said: dict[str, Any], norm: Norm, folder: Path) -> bool:
    """Say whether the model's stream was mean-centred, as TransformerLens does on request.

    Before sae-lens wrote the request down, TransformerLens centred by default; sae-lens knows the
    SAEs concerned by their release. A layer norm takes the mean off by itself.
    """
    options = said.get("model_from_pretrained_kwargs")
    if isinstance(options, dict):
        return bool(options.get("center_writing_weights"))
    model = str(said.get("model_name") or "").rpartition("/")[2].lower()
    if said["is_flat"] and norm != "layer_norm" and model.startswith(_LAYER_NORM_MODELS):
        raise BundleError(
            f"The SAE in {folder} does not say whether {model}'s stream was mean-centred for it.",
            hint=(
                'Add "model_from_pretrained_kwargs": {"center_writing_weights": true} to its '
                "cfg.json (true for the res-jb SAEs), or false."
            ),
        )
    return False


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _refuse(folder: Path, what: str, reason: str = "") -> NoReturn:
    raise BundleError(
        f"The SAE in {folder} {what}, which is not supported{reason}.",
        hint=(
            f"Supported are {', '.join(get_args(Architecture))} SAEs of the residual stream, "
            f"with the norms {', '.join(get_args(Norm))}."
        ),
    )
