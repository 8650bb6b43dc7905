"""The two texts that a catalogue is made from: held-out writing, and what the model writes.

Numbers (max activation, density) are measured on held-out text; the windows that are shown come
from text that the bundled model wrote itself, so that no sentence of the corpus is published.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from rich.progress import track
from torch import Tensor
from transformers import DynamicCache

from tinymorph.engine.index import Batch, pad_rows
from tinymorph.training.batches import Shard
from tinymorph.training.recipe import CatalogueRecipe, Recipe
from tinymorph.training.stages import write_array

_TEMPERATURE = 0.9
_KEEP = 200
"""Of the likeliest tokens, so many may be drawn."""


def heldout_batches(
    recipe: Recipe, tokenizer: Any, shards: Path, rows: int = 32
) -> Iterator[Batch]:
    """Yield held-out paragraphs and rewriting targets, each alone after a BOS."""
    prose, pairs = Shard(shards, "prose.heldout"), Shard(shards, "pairs.heldout")
    pieces = [prose.tokens[start : end - 1] for start, end, *_ in prose.index]
    pieces += [pairs.tokens[target : end - 1] for _, target, end, *_ in pairs.index]
    longest = recipe.model.n_ctx - 1
    pieces = sorted((piece[:longest] for piece in pieces), key=len)
    for start in range(0, len(pieces), rows):
        chosen = [piece.tolist() for piece in pieces[start : start + rows]]
        yield pad_rows(chosen, tokenizer.bos_token_id, tokenizer.pad_token_id)


def written_batches(
    recipe: CatalogueRecipe, model: Any, tokenizer: Any, folder: Path
) -> Iterator[Batch]:
    """Yield what the model writes after a bare BOS; batches already written are read back."""
    count = -(-recipe.text_tokens // (recipe.text_batch * recipe.text_length))
    for number in track(range(count), description="writing"):
        path = folder / f"{number:04}.npy"
        if not path.exists():
            tokens = _write(recipe, model, tokenizer, number)
            write_array(path, tokens)
        rows = [row[row != tokenizer.pad_token_id].tolist() for row in np.load(path)]
        yield pad_rows(rows, tokenizer.bos_token_id, tokenizer.pad_token_id)


@torch.inference_mode()
def _write(
    recipe: CatalogueRecipe, model: Any, tokenizer: Any, number: int
) -> np.ndarray[Any, Any]:
    """Sample one batch from the model; pad after EOS."""
    generator = torch.Generator().manual_seed(number)
    cache = DynamicCache(config=model.config)
    ids = torch.full((recipe.text_batch, 1), tokenizer.bos_token_id)
    written: list[Tensor] = []
    is_over = torch.zeros(recipe.text_batch, dtype=torch.bool)
    for _ in range(recipe.text_length):
        logits = model(input_ids=ids, past_key_values=cache).logits[:, -1]
        ids = _draw(logits, generator)
        is_over |= (ids == tokenizer.eos_token_id)[:, 0]
        written.append(ids.masked_fill(is_over[:, None], tokenizer.pad_token_id))
    return torch.cat(written, dim=1).numpy().astype(np.uint16)


def _draw(
    logits: Float[Tensor, "batch d_vocab"], generator: torch.Generator
) -> Int[Tensor, "batch 1"]:
    best = (logits / _TEMPERATURE).topk(_KEEP, dim=-1)
    places = torch.multinomial(best.values.softmax(-1), 1, generator=generator)
    return best.indices.gather(-1, places)
