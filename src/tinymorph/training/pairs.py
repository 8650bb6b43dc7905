"""Rewriting pairs: read, judged by source, cut to what changes, turned around, made by rule."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.progress import track

from tinymorph.training.cleaning import clean, sentences
from tinymorph.training.prose import SPLITS, Paragraph, Split, Work, has_slur, is_heldout, split_of
from tinymorph.training.recipe import CorpusRecipe
from tinymorph.training.repair import damage
from tinymorph.training.rules import rule_pairs
from tinymorph.training.stages import write_whole
from tinymorph.training.style import mask_of, styles_of
from tinymorph.training.words import ARCHAIC

_BROKEN = re.compile(
    r"\(\s*\)|''|-LRB-|\s,|\(born\)|\b(\w+) \1\b|\[FN|\bfrom from\b"
    r"|\bover there (?!is\b|are\b|was\b|were\b|by\b|in\b|on\b|with\b|and\b|at\b)\w"
)
_OLD = re.compile(r"\b(?:thou|thee|thy|hath|doth|unto|\w+eth|shalt|wilt)\b", re.IGNORECASE)
_NOT_OLD = {"teeth", "beneath", "elizabeth", "death", "seth", "eth", "tenth"}
_ARTICLES = {"The", "A", "An"}
_WORD = re.compile(r"[a-z]{4,}")
_MODERN_YEAR = 2000
_MODERN_ORIGINS = ("wiki", "onestop", "minwiki", "tatoeba")


@dataclass(frozen=True, slots=True)
class Pair:
    """One rewriting example."""

    task: str
    source: str
    target: str
    origin: str
    """The file it came from, or how it was made."""
    like: int = 0
    """Bit mask of the target's styles."""
    is_source_sound: bool = True
    """Whether the source, too, is English worth learning."""


def read_pairs(
    recipe: CorpusRecipe, folder: Path, works: dict[str, Work], rng: random.Random
) -> tuple[dict[Split, list[Pair]], Counter[str]]:
    """Take so many of every source as the recipe says, of those that are sound."""
    pairs: dict[Split, list[Pair]] = {"train": [], "heldout": []}
    dropped: Counter[str] = Counter()
    for stem, count in track(recipe.pairs.items(), description="pairs"):
        with (folder / f"{stem}.jsonl").open(encoding="utf-8") as lines:
            rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
        rng.shuffle(rows)
        taken = 0
        for row in rows:
            if taken == count:
                break
            pair = _focused(_pair_of(row, stem), rng, recipe.focused_share)
            flaw = flaw_of(pair, recipe)
            if flaw:
                dropped[f"dropped pairs, {flaw}, {stem}"] += 1
                continue
            taken += 1
            pairs[_split_of_row(row, works, recipe)].append(pair)
    for found in pairs.values():
        found.extend(_derived(recipe, found, rng))
    return pairs, dropped


def make_pairs(
    recipe: CorpusRecipe, prose: dict[Split, list[Paragraph]], rng: random.Random
) -> dict[Split, list[Pair]]:
    """Return the pairs that are made from the prose: by rule, and damaged text to repair."""
    made: dict[Split, list[Pair]] = {"train": [], "heldout": []}
    for split in SPLITS:
        share = 1.0 if split == "train" else recipe.heldout_share
        texts = [item.text for item in prose[split]]
        made[split] += _by_rule(int(recipe.rule_pairs * share), texts, rng)
        made[split] += _repairs(int(recipe.repair_pairs * share), texts, recipe, rng)
    return made


def with_styles(pair: Pair) -> Pair:
    """Return the pair with the styles of its target."""
    is_modern = any(part in pair.origin for part in _MODERN_ORIGINS)
    styles = styles_of(pair.target, _MODERN_YEAR if is_modern else None)
    return replace(pair, like=mask_of(styles))


def write_pairs(path: Path, pairs: Sequence[Pair]) -> None:
    """Write one pair a line."""
    lines = "".join(json.dumps(asdict(pair), ensure_ascii=False) + "\n" for pair in pairs)
    write_whole(path, lambda part: part.write_text(lines, encoding="utf-8"))


def stored_pairs(path: Path) -> Iterator[Pair]:
    """Read what `write_pairs` wrote."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield Pair(**json.loads(line))


def flaw_of(pair: Pair, recipe: CorpusRecipe) -> str:
    """Name what makes a pair unfit to learn from; empty if nothing does."""
    source, target = pair.source, pair.target
    longest, shortest = max(len(source), len(target)), min(len(source), len(target))
    if source == target:
        return "unchanged"
    if longest > recipe.max_pair_chars or shortest < 12 or shortest / longest <= 0.25:
        return "length"
    if has_slur(source) or has_slur(target):
        return "slurs"
    if _BROKEN.search(target):
        return "broken"
    return _flaw_of_task(pair) or _flaw_of_meaning(pair, recipe)


def _flaw_of_task(pair: Pair) -> str:
    source, target = pair.source, pair.target
    if pair.task in {"modernize", "simplify"} and _is_old(target):
        return "target is old"
    if pair.task == "archaize" and not ARCHAIC & set(target.lower().split()):
        return "target is not old"
    if pair.task == "shorten" and len(target) > 0.95 * len(source):
        return "not shorter"
    if pair.task == "split":
        parts = sentences(target)
        if len(parts) <= len(sentences(source)):
            return "not split"
        if "rule" not in pair.origin and _subject(parts[0]) == _subject(parts[1]):
            return "subject repeated"
    return ""


def _flaw_of_meaning(pair: Pair, recipe: CorpusRecipe) -> str:
    least = recipe.least_overlap.get(pair.origin, 0.0)
    source, target = (set(_WORD.findall(text.lower())) for text in (pair.source, pair.target))
    shared = len(source & target)
    if shared < least * max(1, len(target)) or shared < least * max(1, len(source)):
        return "meaning"
    return ""


def _subject(sentence: str) -> tuple[str, ...]:
    """Return what a sentence begins with: its first word, or two after an article."""
    words = sentence.split()
    return tuple(words[: 2 if words[0] in _ARTICLES else 1])


def _is_old(text: str) -> bool:
    return any(match.lower() not in _NOT_OLD for match in _OLD.findall(text))


def _pair_of(row: dict[str, Any], stem: str) -> Pair:
    return Pair(row["task"], clean(row["source"]), clean(row["target"]), stem)


def _split_of_row(row: dict[str, Any], works: dict[str, Work], recipe: CorpusRecipe) -> Split:
    work = works.get(str(row.get("work", "")))
    if work is not None:
        return split_of(work, recipe.heldout_share)
    name = str(row.get("work") or row.get("ref") or row["source"])
    return "heldout" if is_heldout(name, recipe.heldout_share) else "train"


def _focused(pair: Pair, rng: random.Random, share: float) -> Pair:
    """Leave out most of the sentences before and after the change, in a share of long pairs."""
    if "rule" not in pair.origin or rng.random() >= share:
        return pair
    source, target = sentences(pair.source), sentences(pair.target)
    before = _common(source, target)
    after = _common(source[before:][::-1], target[before:][::-1])
    start = max(0, before - rng.randrange(2))
    spared = max(0, after - rng.randrange(2))
    source, target = source[start : len(source) - spared], target[start : len(target) - spared]
    if not source or not target:
        return pair
    return replace(pair, source=" ".join(source), target=" ".join(target))


def _common(first: list[str], second: list[str]) -> int:
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count


def _derived(recipe: CorpusRecipe, pairs: list[Pair], rng: random.Random) -> list[Pair]:
    """Return the reversed tasks and the second lives as paraphrases."""
    made = [
        Pair(task, pair.target, pair.source, f"{pair.origin} reversed")
        for task, turned in recipe.reversed.items()
        for pair in pairs
        if pair.task == turned.of and rng.random() < turned.share
    ]
    made += [
        replace(pair, task="paraphrase", origin=f"{pair.origin} as paraphrase")
        for pair in pairs
        if rng.random() < recipe.also.get(pair.task, 0) and "bible" not in pair.origin
    ]
    return made


def _by_rule(count: int, texts: list[str], rng: random.Random) -> list[Pair]:
    """Go through paragraphs in random order until each rule's share is full."""
    order = list(range(len(texts)))
    rng.shuffle(order)
    room: Counter[str] = Counter()
    most = count // 4
    made: list[Pair] = []
    for place in order:
        if len(made) >= count:
            break
        for sentence in sentences(texts[place]):
            if not 30 <= len(sentence) <= 300:
                continue
            for task, source, target in rule_pairs(sentence, rng):
                if room[task] < most:
                    room[task] += 1
                    made.append(Pair(task, source, target, f"made: {task}"))
    return made[:count]


def _repairs(count: int, texts: list[str], recipe: CorpusRecipe, rng: random.Random) -> list[Pair]:
    """Damage runs of one to five sentences."""
    made: list[Pair] = []
    for text in rng.choices(texts, k=count) if texts else []:
        parts = sentences(text)
        start = rng.randrange(len(parts))
        target = " ".join(parts[start : start + rng.randint(1, 5)])[: recipe.max_pair_chars]
        source = damage(target, rng, rng.choice((0.05, 0.1, 0.15, 0.2)))
        if len(target) >= 12 and source != target:
            made.append(Pair("repair", source, target, "made: repair", is_source_sound=False))
    return made
