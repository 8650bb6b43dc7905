"""From folders of books and rewriting pairs to clean text, split by work."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.progress import track

from tinymorph.engine.prompt import plain
from tinymorph.training.recipe import CorpusRecipe, Recipe
from tinymorph.training.repair import damage
from tinymorph.training.stages import is_done, mark_done, write_whole

_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Pair:
    """One rewriting example."""

    task: str
    source: str
    target: str
    origin: str
    """The file it came from, or how it was made."""


def build_corpus(recipe: Recipe, data: Path, folder: Path) -> None:
    """Write `prose.{train,heldout}.txt` (a paragraph a line) and `pairs.{...}.jsonl`."""
    fingerprint = recipe.fingerprint("corpus")
    if is_done(folder, fingerprint):
        return
    rng = random.Random(recipe.seed)
    prose = _read_prose(recipe.corpus, data / "prose", rng)
    pairs = _read_pairs(recipe.corpus, data / "pairs", rng)
    for split in ("train", "heldout"):
        pairs[split] += _make_repairs(recipe.corpus, prose[split], rng, split)
        rng.shuffle(pairs[split])
        _write_lines(folder / f"prose.{split}.txt", prose[split])
        lines = [json.dumps(asdict(pair), ensure_ascii=False) for pair in pairs[split]]
        _write_lines(folder / f"pairs.{split}.jsonl", lines)
    report = {
        "prose_characters": {split: sum(map(len, prose[split])) for split in prose},
        "pairs_by_task": dict(Counter(pair.task for pair in pairs["train"])),
        "pairs_by_origin": dict(Counter(pair.origin for pair in pairs["train"])),
    }
    mark_done(folder, fingerprint, report)


def read_pairs(path: Path) -> Iterator[Pair]:
    """Read the pairs that `build_corpus` wrote."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield Pair(**json.loads(line))


def is_heldout(work: str, share: float) -> bool:
    """Decide by its name alone whether a work is held out, so that it is so in every stage."""
    digest = hashlib.sha256(work.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 < share


def clean(text: str) -> str:
    """Straighten quotes and collapse white space: the form in which the model reads text."""
    return _SPACES.sub(" ", plain(text)).strip()


def _read_prose(recipe: CorpusRecipe, folder: Path, rng: random.Random) -> dict[str, list[str]]:
    """Take an even share of every work, in runs of consecutive paragraphs."""
    prose: dict[str, list[str]] = {"train": [], "heldout": []}
    for path in track(sorted(folder.glob("*.txt")), description="prose"):
        split = "heldout" if is_heldout(path.name, recipe.heldout_share) else "train"
        paragraphs = [clean(part) for part in path.read_text(encoding="utf-8").split("\n\n")]
        usable = [part for part in paragraphs if _is_prose(part, recipe)]
        prose[split] += _sample_runs(usable, recipe.prose_bytes_per_work, rng)
    return prose


def _is_prose(text: str, recipe: CorpusRecipe) -> bool:
    if not recipe.min_paragraph_chars <= len(text) <= recipe.max_paragraph_chars:
        return False
    letters = sum(char.isalpha() or char == " " for char in text)
    return letters / len(text) > 0.9 and text[-1] in ".!?\"'"


def _sample_runs(paragraphs: list[str], size: int, rng: random.Random) -> list[str]:
    """Return runs of 20 paragraphs from random places until `size` characters are reached."""
    run = 20
    starts = list(range(0, len(paragraphs), run))
    rng.shuffle(starts)
    chosen: list[str] = []
    for start in starts:
        if size <= 0:
            break
        part = paragraphs[start : start + run]
        chosen += part
        size -= sum(map(len, part))
    return chosen


def _read_pairs(recipe: CorpusRecipe, folder: Path, rng: random.Random) -> dict[str, list[Pair]]:
    pairs: dict[str, list[Pair]] = {"train": [], "heldout": []}
    for stem, count in track(recipe.pairs.items(), description="pairs"):
        with (folder / f"{stem}.jsonl").open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        rng.shuffle(rows)
        taken = 0
        for row in rows:
            pair = Pair(row["task"], clean(row["source"]), clean(row["target"]), stem)
            if taken == count:
                break
            if not _is_sound(pair, recipe):
                continue
            taken += 1
            work = str(row.get("work") or row.get("ref") or row["source"])
            split = "heldout" if is_heldout(work, recipe.heldout_share) else "train"
            pairs[split].append(pair)
    for split, found in pairs.items():
        pairs[split] = found + _derived(recipe, found, rng)
    return pairs


def _is_sound(pair: Pair, recipe: CorpusRecipe) -> bool:
    """Turn away pairs that are too long, unchanged, or lose most of the text."""
    longest = max(len(pair.source), len(pair.target))
    shortest = min(len(pair.source), len(pair.target))
    return (
        pair.source != pair.target
        and longest <= recipe.max_pair_chars
        and shortest >= 12
        and shortest / longest > 0.25
    )


def _derived(recipe: CorpusRecipe, pairs: list[Pair], rng: random.Random) -> list[Pair]:
    """Return the reversed tasks and the second lives as paraphrases."""
    made = [
        Pair(task, pair.target, pair.source, f"{pair.origin} reversed")
        for task, turned in recipe.reversed.items()
        for pair in pairs
        if pair.task == turned.of and rng.random() < turned.share
    ]
    made += [
        Pair("paraphrase", pair.source, pair.target, f"{pair.origin} as paraphrase")
        for pair in pairs
        if rng.random() < recipe.also.get(pair.task, 0) and "bible" not in pair.origin
    ]
    return made


def _make_repairs(
    recipe: CorpusRecipe, prose: list[str], rng: random.Random, split: str
) -> list[Pair]:
    share = 1.0 if split == "train" else recipe.heldout_share
    fitting = [part for part in prose if len(part) <= recipe.max_pair_chars]
    count = min(int(recipe.repair_pairs * share), len(fitting))
    chosen = rng.sample(fitting, count)
    return [Pair("repair", damage(part, rng), part, "repair") for part in chosen]


def _write_lines(path: Path, lines: list[str]) -> None:
    text = "\n".join(lines) + "\n"
    write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))
