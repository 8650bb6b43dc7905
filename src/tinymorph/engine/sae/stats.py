"""What was measured of an SAE's features, kept beside its weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jaxtyping import Float, Int
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from tinymorph.engine.bundle import FEATURE_STATS
from tinymorph.errors import BundleError


@dataclass(frozen=True, slots=True, eq=False)
class FeatureStats:
    """What was measured of every feature over the reference corpus."""

    max_activation: Float[Tensor, " d_sae"]
    activation_density: Float[Tensor, " d_sae"]
    token_ids: Int[Tensor, "d_sae k"]
    """Tokens on which it was most active, strongest first; -1 where there are no more."""


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


def load_stats(folder: Path, d_sae: int) -> FeatureStats | None:
    """Return what was measured, or None where nothing was; BundleError if it is damaged."""
    path = folder / FEATURE_STATS
    if not path.exists():
        return None
    hint = "Delete it, then run `tinymorph features --index FOLDER` with some text."
    try:
        tensors = load_file(path)
        found = FeatureStats(
            tensors["max_activation"].float(),
            tensors["activation_density"].float(),
            tensors["token_ids"],
        )
    except (OSError, SafetensorError, KeyError) as error:
        raise BundleError(f"{path} is damaged.", hint=hint, detail=str(error)) from error
    measured = {
        len(found.max_activation),
        len(found.activation_density),
        len(found.token_ids),
    }
    if measured != {d_sae}:
        raise BundleError(f"{path} was measured of another SAE than the one beside it.", hint=hint)
    return found
