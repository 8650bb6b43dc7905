"""Build the feature catalogue of a bundle: numbers, logits, example windows, labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tinymorph.engine.backends.hooked import HookedBackend
from tinymorph.engine.index import describe_features, measure_features
from tinymorph.engine.sae import load_sae, save_stats
from tinymorph.features.catalogue import write_catalogue
from tinymorph.features.labels import with_automatic_label
from tinymorph.schema.feature import FeatureCard
from tinymorph.training.recipe import Recipe
from tinymorph.training.reference import heldout_batches, written_batches
from tinymorph.training.stages import is_done, mark_done, write_whole


def build_catalogue(
    recipe: Recipe, model_folder: Path, saes: Path, shards: Path, folder: Path
) -> None:
    """Write `catalogue.sqlite`, and each SAE's feature stats beside its weights.

    Numbers are measured on held-out text; windows come from what the model itself writes, so
    that no sentence of the corpus is published.
    """
    sections = ("corpus", "tokenizer", "model", "training", "sae", "catalogue")
    fingerprint = recipe.fingerprint(*sections)
    if is_done(folder, fingerprint):
        return
    model: Any = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32).eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(model_folder)
    written = list(written_batches(recipe.catalogue, model, tokenizer, folder / "written"))
    backend = HookedBackend(model)
    cards: list[FeatureCard] = []
    for layer in recipe.sae.layers:
        sae = load_sae(str(layer), saes / str(layer))
        stats = measure_features(backend, sae, heldout_batches(recipe, tokenizer, shards))
        save_stats(stats, saes / str(layer))
        described = describe_features(
            backend,
            tokenizer,
            sae,
            stats,
            written,
            examples=recipe.catalogue.examples,
            window=recipe.catalogue.window,
        )
        cards += [with_automatic_label(card) for card in described]
    write_whole(folder / "catalogue.sqlite", lambda path: write_catalogue(path, cards))
    alive = sum(card.max_activation > 0 for card in cards)
    mark_done(folder, fingerprint, {"features": len(cards), "alive": alive})
