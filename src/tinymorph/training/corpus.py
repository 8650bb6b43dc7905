"""From folders of books and rewriting pairs to clean text, split by work and author."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from tinymorph.training.pairs import make_pairs, read_pairs, with_styles, write_pairs
from tinymorph.training.prose import SPLITS, read_prose, read_works, write_prose
from tinymorph.training.recipe import Recipe
from tinymorph.training.stages import is_done, mark_done


def build_corpus(recipe: Recipe, data: Path, folder: Path) -> None:
    """Write `prose.{train,heldout}.tsv` and `pairs.{train,heldout}.jsonl`, and count by source."""
    fingerprint = recipe.fingerprint("corpus")
    if is_done(folder, fingerprint):
        return
    rng = random.Random(recipe.seed)
    works = read_works(data)
    prose, counts = read_prose(recipe.corpus, data, works, rng)
    pairs, dropped = read_pairs(recipe.corpus, data / "pairs", works, rng)
    made = make_pairs(recipe.corpus, prose, rng)
    for split in SPLITS:
        pairs[split] = [with_styles(pair) for pair in pairs[split] + made[split]]
        rng.shuffle(pairs[split])
        write_prose(folder / f"prose.{split}.tsv", prose[split])
        write_pairs(folder / f"pairs.{split}.jsonl", pairs[split])
    report = {
        "prose_characters": {
            split: sum(len(item.text) for item in prose[split]) for split in SPLITS
        },
        "pairs_by_task": dict(Counter(pair.task for pair in pairs["train"])),
        "pairs_by_origin": dict(Counter(pair.origin for pair in pairs["train"])),
        "counts": dict(sorted((counts + dropped).items())),
    }
    mark_done(folder, fingerprint, report)
