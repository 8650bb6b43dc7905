"""Take a training to a borrowed GPU and bring the weights back, in files small enough to carry."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from tinymorph.training.gpu import GpuPlan
from tinymorph.training.language_model import MODEL_SECTIONS, save_model
from tinymorph.training.parts import group_parts, join_files, split_file
from tinymorph.training.recipe import GpuRecipe, Recipe
from tinymorph.training.run import model_config
from tinymorph.training.stages import mark_done

_PLAN = "plan.json"
_GROUP_BYTES = 24_000_000
"""What a call can carry beside the checkout: 64 MiB together."""


def write_carried(recipe: Recipe, shards: Path, folder: Path) -> list[int]:
    """Write the plan and the shards, packed and in parts, to numbered folders; return their sizes.

    Each folder fits into one call beside a checkout; the GPU's machine wants them all in one place.
    """
    settings = _gpu_of(recipe)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    plan_path = folder / _PLAN
    plan_of(recipe, settings, len(np.load(shards / "classes.npy"))).write(plan_path)
    split_file(plan_path, folder)
    plan_path.unlink()
    for path in [*sorted(shards.glob("*.npy")), shards / "words.json"]:
        split_file(path, folder, is_packed=True)
    groups = group_parts(folder, _GROUP_BYTES)
    return [sum(part.stat().st_size for part in group.iterdir()) for group in groups]


def plan_of(recipe: Recipe, settings: GpuRecipe, vocab_size: int) -> GpuPlan:
    """Return the recipe's plan for a GPU."""
    training = recipe.training
    return GpuPlan(
        **recipe.model.model_dump(),
        vocab_size=vocab_size,
        seed=recipe.seed,
        prose_share=training.prose_share,
        infill_share=training.infill_share,
        like_share=training.like_share,
        **settings.model_dump(),
    )


def bring_back(recipe: Recipe, parts: Path, tokenizer: Path, shards: Path, folder: Path) -> None:
    """Put the weights in `parts` together as `folder/model`, as `AutoModelForCausalLM` loads it."""
    (weights_path,) = join_files(parts, folder / "brought")
    weights: dict[str, Any] = torch.load(weights_path, weights_only=True)
    vocab_size = len(AutoTokenizer.from_pretrained(tokenizer))
    model: Any = LlamaForCausalLM(model_config(recipe, vocab_size, shards))
    missing, unexpected = model.load_state_dict(weights, strict=False)
    if unexpected or set(missing) - {"lm_head.weight"}:
        raise ValueError(f"The weights in {parts} are of another shape than the recipe's.")
    save_model(model, tokenizer, folder / "model")
    log = (parts / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    last = json.loads(log[-1])
    last |= {"minutes": last["seconds"] / 60, "heldout_infill": float("nan")}
    mark_done(folder / "model", recipe.fingerprint(*MODEL_SECTIONS), last)


def _gpu_of(recipe: Recipe) -> GpuRecipe:
    if recipe.gpu is None:
        raise ValueError("The recipe has no [gpu] section.")
    return recipe.gpu
