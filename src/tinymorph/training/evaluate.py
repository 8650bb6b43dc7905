"""Measure the language model on works and pairs it never saw."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from rich.progress import track
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoTokenizer

from tinymorph.engine.backends.hooked import HookedBackend
from tinymorph.engine.cache import PrefixCache
from tinymorph.engine.flaws import find_flaw
from tinymorph.engine.generate import Prompt, Row, sample_tokens
from tinymorph.engine.prompt import encode_prompt
from tinymorph.errors import PromptTooLongError
from tinymorph.schema.request import Sampling
from tinymorph.schema.steering import SteeringPlan
from tinymorph.training.pairs import Pair, stored_pairs
from tinymorph.training.prose import stored_prose
from tinymorph.training.recipe import Recipe
from tinymorph.training.stages import is_done, mark_done

_PARAGRAPHS = 300
PAIRS_PER_TASK = 12


def evaluate(recipe: Recipe, model_folder: Path, corpus: Path, folder: Path) -> None:
    """Write bits per byte on held-out prose, and how rewrites of held-out pairs come out."""
    fingerprint = recipe.fingerprint("corpus", "tokenizer", "model", "training")
    if is_done(folder, fingerprint):
        return
    model: Any = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32).eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(model_folder)
    lines = [item.text for item in stored_prose(corpus / "prose.heldout.tsv")]
    random.Random(recipe.seed).shuffle(lines)
    report = {
        "parameters": model.num_parameters(),
        "bits_per_byte": round(bits_per_byte(model, tokenizer, lines[:_PARAGRAPHS]), 3),
        "rewrites": measure_rewrites(
            model, tokenizer, list(stored_pairs(corpus / "pairs.heldout.jsonl"))
        ),
    }
    mark_done(folder, fingerprint, report)


@torch.inference_mode()
def bits_per_byte(model: Any, tokenizer: Any, paragraphs: list[str]) -> float:
    """Return the mean code length, in bits per byte of UTF-8, each paragraph after a BOS."""
    nats, size = 0.0, 0
    for paragraph in track(paragraphs, description="prose"):
        ids = tokenizer(paragraph, add_special_tokens=False)["input_ids"]
        row = torch.tensor([[tokenizer.bos_token_id, *ids]])
        logits = model(input_ids=row).logits[0, :-1]
        nats += float(functional.cross_entropy(logits, row[0, 1:], reduction="sum"))
        size += len(paragraph.encode())
    return nats / math.log(2) / size


def measure_rewrites(model: Any, tokenizer: Any, pairs: list[Pair]) -> dict[str, dict[str, float]]:
    """Return, by task, the share without a flaw, of words kept, and the ratio of lengths."""
    by_task: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        if len(by_task[pair.task]) < PAIRS_PER_TASK:
            by_task[pair.task].append(pair)
    report: dict[str, dict[str, float]] = {}
    for task, found in track(by_task.items(), description="rewrites"):
        rows = [row for pair in found if (row := _measure(model, tokenizer, pair)) is not None]
        columns = {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
        report[task] = {
            name: round(sum(values) / len(values), 3) for name, values in columns.items()
        }
    return report


def _measure(model: Any, tokenizer: Any, pair: Pair) -> dict[str, float] | None:
    try:
        prompt = encode_prompt(
            tokenizer, pair.source, pair.task, model.config.max_position_embeddings
        )
    except PromptTooLongError:
        return None
    sampling = Sampling(temperature=0.7, max_new_tokens=prompt.n_source * 3 // 2 + 16)
    backend = HookedBackend(model)
    rows = [Row(SteeringPlan(), 0, sampling)]
    asked = Prompt.of(prompt.token_ids)
    tokens = [
        token
        for step in sample_tokens(backend, {}, asked, rows, PrefixCache(backend))
        for token in step
    ]
    text = tokenizer.decode([token.token_id for token in tokens], skip_special_tokens=True)
    words, source = set(text.lower().split()), set(pair.source.lower().split())
    is_cut = not tokens[-1].is_end
    return {
        "usable": float(find_flaw(text, pair.source, is_cut=is_cut) is None),
        "source_words_kept": len(words & source) / max(1, len(source)),
        "length_ratio": len(text) / max(1, len(pair.source)),
    }
