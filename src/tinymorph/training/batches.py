"""The batches that a number decides: prose, prose with a gap to fill, and rewriting pairs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from numpy.typing import NDArray
from torch import Tensor

from tinymorph.training.infilling import Gap, find_gap

IGNORED = -100
"""The label of positions that the loss does not count (torch's convention)."""
_WIDTH_STEP = 16
"""Widths of pair batches are multiples of this, so that few different shapes occur."""
_STRETCH = 2000
"""Pairs that are sorted by length together."""
_MOST_STYLES = 3

Row = tuple[list[int], list[int]]
Batch = tuple[Int[Tensor, "batch pos"], Int[Tensor, "batch pos"]]


@dataclass(frozen=True, slots=True)
class Words:
    """What batches know of the vocabulary."""

    bos: int
    eos: int
    pad: int
    target: int
    prefix: int
    suffix: int
    middle: int
    like: int
    comma: tuple[int, ...]
    styles: tuple[tuple[int, ...], ...]

    @classmethod
    def read(cls, shards: Path) -> Words:
        """Read `words.json` of the shards."""
        stored: dict[str, Any] = json.loads((shards / "words.json").read_text(encoding="utf-8"))
        stored["comma"] = tuple(stored["comma"])
        stored["styles"] = tuple(map(tuple, stored["styles"]))
        return cls(**stored)

    def request(self, mask: int, rng: Random) -> list[int]:
        """Return `like` and some of the styles of a mask, in random order; empty without any."""
        held = [place for place in range(len(self.styles)) if mask >> place & 1]
        if not held:
            return []
        chosen = rng.sample(held, min(len(held), rng.randint(1, _MOST_STYLES)))
        tokens = [self.like, *self.styles[chosen[0]]]
        for place in chosen[1:]:
            tokens += [*self.comma, *self.styles[place]]
        return tokens


class Shard:
    """Tokens of one kind and split, mapped from disk."""

    def __init__(self, folder: Path, name: str) -> None:
        self.tokens: NDArray[np.uint16] = np.load(folder / f"{name}.tokens.npy", mmap_mode="r")
        self.index: NDArray[np.int64] = np.load(folder / f"{name}.index.npy")

    def piece(self, start: int, end: int) -> list[int]:
        """Return tokens as a list."""
        return self.tokens[start:end].tolist()


@dataclass(frozen=True, slots=True)
class Mixture:
    """How often prose has a gap to fill, and how often a style is asked for in words."""

    infill_share: float = 0.0
    like_share: float = 0.0


class ProseBatches:
    """Windows of running prose from the start of a paragraph, or with a gap and its middle last."""

    def __init__(
        self, shards: Path, split: str, length: int, rows: int, seed: int, mixture: Mixture
    ) -> None:
        self.words = Words.read(shards)
        self._shard = Shard(shards, f"prose.{split}")
        self._classes: NDArray[np.uint8] = np.load(shards / "classes.npy")
        self._length, self._rows, self._seed, self._mixture = length, rows, seed, mixture
        index = self._shard.index
        last = np.flatnonzero(np.append(index[1:, 2] != index[:-1, 2], True))
        ends = index[last, 1]
        self._run_end = ends[np.searchsorted(last, np.arange(len(index)))]

    def batch(self, number: int) -> Batch:
        """Return tokens and labels of one batch; the same number is always the same batch."""
        seeds = (f"{self._seed} {number} {row}" for row in range(self._rows))
        rows = [self.draw(Random(seed)) for seed in seeds]
        return _padded(rows, self.words.pad, self._length)

    def draw(self, rng: Random) -> Row:
        """Return one example from anywhere."""
        return self._row(rng.randrange(len(self._shard.index)), rng)

    def _row(self, place: int, rng: Random) -> Row:
        start, _, _, like = self._shard.index[place].tolist()
        end = int(self._run_end[place])
        asked = self.words.request(like, rng) if rng.random() < self._mixture.like_share else []
        if rng.random() < self._mixture.infill_share:
            room = self._length - len(asked) - 5
            window = self._shard.piece(start, min(end, start + room))
            gap = find_gap(window, self._classes, rng)
            if gap is not None:
                return _with_gap(window, gap, asked, self.words)
        head = [self.words.bos, *asked, *([self.words.target] if asked else [])]
        window = self._shard.piece(start, min(end, start + self._length - len(head)))
        return [*head, *window], [*([IGNORED] * len(head)), *window]


class PairBatches:
    """Rewriting pairs of like length together; the target has labels, and the source may."""

    def __init__(
        self,
        shards: Path,
        split: str,
        tokens: int,
        seed: int,
        *,
        like_share: float = 0.0,
        are_sources_learnt: bool = False,
    ) -> None:
        self.words = Words.read(shards)
        self._shard = Shard(shards, f"pairs.{split}")
        self._tokens, self._seed, self._like_share = tokens, seed, like_share
        self._are_sources_learnt = are_sources_learnt
        self._epoch = -1
        self._batches: list[NDArray[np.int64]] = []
        self._per_epoch = len(self._plan(0))

    def batch(self, number: int) -> Batch:
        """Return tokens and labels of one batch; the same number is always the same batch."""
        epoch, place = divmod(number, self._per_epoch)
        if epoch != self._epoch:
            self._epoch, self._batches = epoch, self._plan(epoch)
        rng = Random(f"{self._seed} {number}")
        chosen = self._batches[place % len(self._batches)]
        rows = [self._row(row, rng) for row in self._shard.index[chosen].tolist()]
        longest = max(len(ids) for ids, _ in rows)
        width = -(-longest // _WIDTH_STEP) * _WIDTH_STEP
        return _padded(rows, self.words.pad, width)

    def draw(self, rng: Random) -> Row:
        """Return one pair from anywhere."""
        return self._row(self._shard.index[rng.randrange(len(self._shard.index))].tolist(), rng)

    def _row(self, index: list[int], rng: Random) -> Row:
        start, target, end, like, is_source_sound = index
        asked = self.words.request(like, rng) if rng.random() < self._like_share else []
        source = self._shard.piece(start, target - 1)
        written = self._shard.piece(target, end)
        ids = [*source, *asked, self.words.target, *written]
        is_learnt = self._are_sources_learnt and bool(is_source_sound)
        labels = [IGNORED, IGNORED, *source[2:]] if is_learnt else [IGNORED] * len(source)
        return ids, [*labels, *([IGNORED] * (len(asked) + 1)), *written]

    def _plan(self, epoch: int) -> list[NDArray[np.int64]]:
        """Shuffle, sort by length within stretches, cut at the token budget, shuffle."""
        rng = np.random.default_rng((self._seed, epoch))
        lengths = self._shard.index[:, 2] - self._shard.index[:, 0]
        order = rng.permutation(len(lengths))
        batches: list[NDArray[np.int64]] = []
        for start in range(0, len(order), _STRETCH):
            stretch = order[start : start + _STRETCH]
            stretch = stretch[np.argsort(lengths[stretch], kind="stable")]
            batches += _cut(stretch, lengths, self._tokens)
        Random(f"{self._seed} {epoch}").shuffle(batches)
        return batches


def _with_gap(window: list[int], gap: Gap, asked: list[int], words: Words) -> Row:
    """Put the middle last: `bos prefix ... suffix ... [like ...] middle ... eos`."""
    before, middle, after = window[: gap.start], window[gap.start : gap.end], window[gap.end :]
    ids = [words.bos, words.prefix, *before, words.suffix, *after, *asked, words.middle]
    hidden = [IGNORED] * (len(asked) + 1)
    labels = [IGNORED, IGNORED, *before, IGNORED, *after, *hidden]
    return [*ids, *middle, words.eos], [*labels, *middle, words.eos]


def _padded(rows: list[Row], pad: int, width: int) -> Batch:
    ids = torch.full((len(rows), width), pad)
    labels = torch.full((len(rows), width), IGNORED)
    for place, (tokens, wanted) in enumerate(rows):
        kept = min(len(tokens), width)
        ids[place, :kept] = torch.tensor(tokens[:kept])
        labels[place, :kept] = torch.tensor(wanted[:kept])
    return ids, labels


def _cut(
    order: NDArray[np.int64], lengths: NDArray[np.int64], budget: int
) -> list[NDArray[np.int64]]:
    """Cut rows, sorted by length, where the padded size would pass the budget."""
    batches: list[NDArray[np.int64]] = []
    begin = 0
    for at in range(1, len(order) + 1):
        is_end = at == len(order)
        if is_end or int(lengths[order[at]]) * (at - begin + 1) > budget:
            batches.append(order[begin:at])
            begin = at
    return batches
