"""Train the language model: a stage at a constant rate that can be prolonged, then a decay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from tinymorph.training.recipe import Recipe
from tinymorph.training.run import Stage, TrainingRun
from tinymorph.training.stages import is_done, mark_done

MODEL_SECTIONS = ("corpus", "tokenizer", "model", "training")
"""What a trained model depends on."""


def train_language_model(recipe: Recipe, tokenizer: Path, shards: Path, folder: Path) -> None:
    """Train to the end of the stable stage, or go on from its checkpoint; then decay and save.

    With more `stable_tokens` in the recipe a finished run goes on where its stable stage stopped.
    """
    if is_done(folder / "model", recipe.fingerprint(*MODEL_SECTIONS)):
        return
    train_stable(recipe, tokenizer, shards, folder)
    decay(recipe, tokenizer, shards, folder)


def train_stable(recipe: Recipe, tokenizer: Path, shards: Path, folder: Path) -> None:
    """Train at the full rate until the recipe's `stable_tokens` are read."""
    run = TrainingRun(recipe, tokenizer, shards, folder)
    run.resume()
    if run.at.tokens < recipe.training.stable_tokens:
        run.train(Stage("stable", 0, recipe.training.stable_tokens, is_decay=False))


def decay(recipe: Recipe, tokenizer: Path, shards: Path, folder: Path) -> None:
    """Let the rate go down from wherever the stable stage stands, and save the model in bf16.

    The stable checkpoint stays as it is, so that its stage can go on afterwards.
    """
    run = TrainingRun(recipe, tokenizer, shards, folder, is_decay=True)
    stable = folder / "stable.pt"
    begun = int(torch.load(stable, weights_only=True, mmap=True)["at"][1])
    if not run.resume() or run.at.begin != begun:
        run.resume(stable)
        run.at.step, run.at.begin = 0, begun
    run.train(Stage("decay", begun, begun + recipe.training.decay_tokens, is_decay=True))
    save_model(run.model, tokenizer, folder / "model")
    report = run.evaluate() | {"tokens": run.at.tokens, "minutes": run.at.seconds / 60}
    mark_done(folder / "model", recipe.fingerprint(*MODEL_SECTIONS), report)


def save_model(model: Any, tokenizer_folder: Path, folder: Path) -> None:
    """Save weights in bf16, with the tokenizer, as `AutoModelForCausalLM` loads them."""
    rounded: Any = LlamaForCausalLM(model.config)
    rounded.to(torch.bfloat16)
    rounded.load_state_dict(model.state_dict())
    rounded.save_pretrained(folder)
    AutoTokenizer.from_pretrained(tokenizer_folder).save_pretrained(folder)
