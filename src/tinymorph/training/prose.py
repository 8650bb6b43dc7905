"""Read books: clean paragraphs in runs, whole works and whole authors held out."""

from __future__ import annotations

import csv
import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.progress import track

from tinymorph.training.cleaning import (
    clean,
    is_play,
    is_prose,
    modern_spelling,
    uses_single_quotes,
    with_double_quotes,
)
from tinymorph.training.recipe import CorpusRecipe
from tinymorph.training.stages import write_whole
from tinymorph.training.style import mask_of, styles_of
from tinymorph.training.words import SLURS

Split = Literal["train", "heldout"]
SPLITS: tuple[Split, ...] = ("train", "heldout")

_RUN = 20
"""Paragraphs that follow each other in a book and stay together."""


@dataclass(frozen=True, slots=True)
class Work:
    """A book, as the manifest knows it."""

    name: str
    author: str
    year: int | None
    collection: str
    """Where it was collected: the part of its file name before the two underscores."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A cleaned paragraph; those of one run follow each other in a book."""

    run: int
    like: int
    """Bit mask of its styles."""
    text: str


def read_works(data: Path) -> dict[str, Work]:
    """Return the works of `data/prose` by file name; a file the manifest omits is its own author."""
    rows: dict[str, dict[str, str]] = {}
    manifest = data / "prose_manifest.tsv"
    if manifest.exists():
        with manifest.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                rows[Path(row["file"]).name] = row
    works: dict[str, Work] = {}
    for path in sorted((data / "prose").glob("*.txt")):
        row = rows.get(path.name, {})
        year = row.get("year", "")
        works[path.name] = Work(
            name=path.name,
            author=row.get("author") or path.name,
            year=int(year) if year.isdigit() else None,
            collection=path.name.partition("__")[0],
        )
    return works


def split_of(work: Work, share: float) -> Split:
    """Hold a work out by its own name or by its author's, the same in every stage."""
    is_out = is_heldout(work.name, share) or is_heldout(f"author {work.author}", share)
    return "heldout" if is_out else "train"


def is_heldout(name: str, share: float) -> bool:
    """Decide by a name alone whether it is held out."""
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 < share


def has_slur(text: str) -> bool:
    """Say whether a text has a word that no text of ours may teach."""
    words = text.lower().replace("-", " ").replace("—", " ").split()
    return any(word.strip("\"'(),.;:!?") in SLURS for word in words)


def read_prose(
    recipe: CorpusRecipe, data: Path, works: dict[str, Work], rng: random.Random
) -> tuple[dict[Split, list[Paragraph]], Counter[str]]:
    """Take an even share of every work; count what went in, by collection, and what did not."""
    prose: dict[Split, list[Paragraph]] = {"train": [], "heldout": []}
    counts: Counter[str] = Counter()
    run = 0
    for work in track(works.values(), description="prose"):
        split = split_of(work, recipe.heldout_share)
        text = (data / "prose" / work.name).read_text(encoding="utf-8")
        runs = _chosen_runs(text, recipe, rng, counts)
        if not runs:
            continue
        for part in runs:
            run += 1
            for paragraph in part:
                like = mask_of(styles_of(paragraph, work.year))
                prose[split].append(Paragraph(run, like, paragraph))
                counts[f"{split} characters, {work.collection}"] += len(paragraph)
        counts[f"{split} works"] += 1
    return prose, counts


def write_prose(path: Path, paragraphs: list[Paragraph]) -> None:
    """Write one paragraph a line: run, styles and text, with tabs between."""
    lines = [f"{item.run}\t{item.like}\t{item.text}\n" for item in paragraphs]
    write_whole(path, lambda part: part.write_text("".join(lines), encoding="utf-8"))


def stored_prose(path: Path) -> Iterator[Paragraph]:
    """Read what `write_prose` wrote."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            run, like, text = line.rstrip("\n").split("\t")
            yield Paragraph(int(run), int(like), text)


def _chosen_runs(
    text: str, recipe: CorpusRecipe, rng: random.Random, counts: Counter[str]
) -> list[list[str]]:
    """Return runs of usable paragraphs from random places until a work's share is reached."""
    paragraphs = [clean(part) for part in text.split("\n\n")]
    paragraphs = [part for part in paragraphs if part]
    if is_play(paragraphs):
        counts["dropped works, plays"] += 1
        return []
    is_single = uses_single_quotes(paragraphs)
    shortest, longest = recipe.min_paragraph_chars, recipe.max_paragraph_chars
    fitting = [part for part in paragraphs if shortest <= len(part) <= longest]
    starts = list(range(0, len(fitting), _RUN))
    rng.shuffle(starts)
    chosen: list[list[str]] = []
    size = recipe.prose_bytes_per_work
    for start in starts:
        if size <= 0:
            break
        run = _usable(fitting[start : start + _RUN], counts, is_single=is_single)
        if run:
            chosen.append(run)
            size -= sum(map(len, run))
    return chosen


def _usable(paragraphs: list[str], counts: Counter[str], *, is_single: bool) -> list[str]:
    usable: list[str] = []
    for paragraph in paragraphs:
        turned = with_double_quotes(paragraph) if is_single else paragraph
        if turned is None:
            counts["dropped paragraphs, unclear quotes"] += 1
        elif not is_prose(turned):
            counts["dropped paragraphs, not prose"] += 1
        elif has_slur(turned):
            counts["dropped paragraphs, slurs"] += 1
        else:
            usable.append(modern_spelling(turned))
    return usable
