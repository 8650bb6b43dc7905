"""Which files make up a model: a bundle, or any folder with a causal LM and sae-lens SAEs.

bundle.json            name and the SAEs, in a bundle
model/                 transformers model and tokenizer (or the folder itself)
saes/<sae_id>/         cfg.json, sae_weights.safetensors, feature_stats.safetensors
catalogue.sqlite       what the features mean; read by `features`, not here
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from tinymorph.errors import BundleError

SAE_WEIGHTS = "sae_weights.safetensors"
FEATURE_STATS = "feature_stats.safetensors"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """Where the parts of one model lie."""

    name: str
    model: Path
    saes: dict[str, Path]
    """SAE id to its folder."""

    def sha256(self) -> str:
        """Return the hash of all weights, model first, then SAEs by id."""
        digest = hashlib.sha256()
        files = sorted(self.model.glob("*.safetensors"))
        files += [self.saes[sae_id] / SAE_WEIGHTS for sae_id in sorted(self.saes)]
        for path in files:
            digest.update(_digest(path))
        return digest.hexdigest()

    def sae_sha256(self, sae_id: str) -> str:
        """Return the hash of one SAE's weights."""
        return _digest(self.saes[sae_id] / SAE_WEIGHTS).hex()


def find_model(folder: Path) -> ModelFolder:
    """Find the parts of a model below `folder`; BundleError names what is missing."""
    if not folder.is_dir():
        raise BundleError(
            f"There is no model folder {folder}.",
            hint="Give a folder with a transformers model and a sae-lens SAE.",
        )
    model = folder / "model" if (folder / "model" / "config.json").exists() else folder
    if not (model / "config.json").exists():
        raise BundleError(f"{folder} holds no model: config.json is missing.")
    if not any(model.glob("*.safetensors")):
        raise BundleError(
            f"{model} holds no weights in safetensors format.",
            hint="Other formats can run code when opened and are never read; convert them first.",
        )
    saes = {path.parent.name: path.parent for path in sorted(folder.rglob(f"*/{SAE_WEIGHTS}"))}
    return ModelFolder(_name(folder), model, {_sae_id(path): path for path in saes.values()})


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _name(folder: Path) -> str:
    try:
        return str(json.loads((folder / "bundle.json").read_text(encoding="utf-8"))["name"])
    except FileNotFoundError:
        return folder.resolve().name
    except (json.JSONDecodeError, KeyError) as error:
        raise BundleError(f"{folder / 'bundle.json'} is damaged.", detail=str(error)) from error


def _sae_id(folder: Path) -> str:
    """Return the layer for a folder named by its number, else the folder's own name."""
    return folder.name.replace(":", "-")
