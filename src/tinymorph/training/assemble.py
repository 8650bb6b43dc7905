"""Put a bundle together: model, SAEs, catalogue, manifest and card."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tinymorph.training.card import write_card
from tinymorph.training.recipe import Recipe
from tinymorph.training.stages import report_of
from tinymorph.training.style import STYLES

_MODEL_FILES = ("config.json", "generation_config.json", "model.safetensors")
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
_SAE_FILES = ("cfg.json", "sae_weights.safetensors", "feature_stats.safetensors")


def assemble_bundle(recipe: Recipe, work: Path, target: Path) -> None:
    """Copy the finished parts to `target`, replacing what an earlier version left there."""
    shutil.rmtree(target, ignore_errors=True)
    _copy(work / "language_model" / "model", target / "model", _MODEL_FILES + _TOKENIZER_FILES)
    _say_what_was_taught(recipe, target / "model" / "tokenizer_config.json")
    for layer in recipe.sae.layers:
        _copy(work / "saes" / str(layer), target / "saes" / str(layer), _SAE_FILES)
    _copy(work / "catalogue", target, ("catalogue.sqlite",))
    manifest = {"name": recipe.name, "recipe": recipe.fingerprint(*_sections())}
    (target / "bundle.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    (target / "README.md").write_text(write_card(recipe, _reports(recipe, work)), encoding="utf-8")


def _say_what_was_taught(recipe: Recipe, path: Path) -> None:
    """Name the styles, and whether gaps are filled: that there are tokens for them proves nothing."""
    said = json.loads(path.read_text(encoding="utf-8"))
    taught: dict[str, Any] = {}
    if recipe.training.like_share > 0:
        taught["styles"] = list(STYLES)
    if recipe.training.infill_share > 0:
        taught["fill"] = True
    whole = said | ({"taught": taught} if taught else {})
    path.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")


def _copy(source: Path, target: Path, names: tuple[str, ...]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copyfile(source / name, target / name)


def _sections() -> tuple[str, ...]:
    return ("corpus", "tokenizer", "model", "training", "sae", "catalogue")


def _reports(recipe: Recipe, work: Path) -> dict[str, Any]:
    reports = {
        "corpus": report_of(work / "corpus"),
        "shards": report_of(work / "shards"),
        "training": report_of(work / "language_model" / "model"),
        "catalogue": report_of(work / "catalogue"),
        "evaluation": report_of(work / "evaluation"),
    }
    return reports | {
        f"sae {layer}": report_of(work / "saes" / str(layer)) for layer in recipe.sae.layers
    }
