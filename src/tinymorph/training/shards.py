"""Text as tokens on disk, and the batches that a step number decides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import numpy as np
import torch
from jaxtyping import Int
from numpy.typing import NDArray
from rich.progress import track
from torch import Tensor
from transformers import AutoTokenizer

from tinymorph.engine.prompt import TARGET, task_token
from tinymorph.training.corpus import Pair, read_pairs
from tinymorph.training.recipe import Recipe
from tinymorph.training.stages import is_done, mark_done, write_array

Item = TypeVar("Item")

IGNORED = -100
"""The label of positions that the loss does not count (torch's convention)."""


def build_shards(recipe: Recipe, corpus: Path, tokenizer_folder: Path, folder: Path) -> None:
    """Write `{prose,pairs}.{train,heldout}.tokens.npy` (uint16) and their `.index.npy`.

    A prose index row is (start, end) of a paragraph; a pairs row (start, target start, end).
    """
    fingerprint = recipe.fingerprint("corpus", "tokenizer")
    if is_done(folder, fingerprint):
        return
    tokenizer: Any = AutoTokenizer.from_pretrained(tokenizer_folder)
    report: dict[str, int] = {}
    for split in ("train", "heldout"):
        with (corpus / f"prose.{split}.txt").open(encoding="utf-8") as lines:
            report[f"prose.{split}"] = _write_prose(tokenizer, lines, folder, split)
        pairs = read_pairs(corpus / f"pairs.{split}.jsonl")
        report[f"pairs.{split}"] = _write_pairs(tokenizer, pairs, folder, split, recipe)
    mark_done(folder, fingerprint, report)


def _write_prose(tokenizer: Any, paragraphs: Iterator[str], folder: Path, split: str) -> int:
    """Write paragraphs one after the other, each with its line feed."""
    pieces: list[list[int]] = []
    for chunk in _chunks(paragraphs, f"prose {split}"):
        pieces += tokenizer(chunk, add_special_tokens=False)["input_ids"]
    ends = np.cumsum([len(piece) for piece in pieces])
    index = np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=1)
    _save(folder, f"prose.{split}", pieces, index)
    return int(ends[-1])


def _write_pairs(
    tokenizer: Any,
    pairs: Iterator[Pair],
    folder: Path,
    split: str,
    recipe: Recipe,
) -> int:
    """Write `bos task source target ... eos`; those longer than the context are left out."""
    pieces: list[list[int]] = []
    rows: list[tuple[int, int, int]] = []
    position = 0
    bos, eos = tokenizer.bos_token_id, tokenizer.eos_token_id
    target_id = tokenizer.convert_tokens_to_ids(TARGET)
    for chunk in _chunks(pairs, f"pairs {split}"):
        sources = tokenizer([pair.source for pair in chunk], add_special_tokens=False)["input_ids"]
        targets = tokenizer([pair.target for pair in chunk], add_special_tokens=False)["input_ids"]
        for pair, source, target in zip(chunk, sources, targets, strict=True):
            task = tokenizer.convert_tokens_to_ids(task_token(pair.task))
            head = [bos, task, *source, target_id]
            piece = [*head, *target, eos]
            if len(piece) > recipe.model.n_ctx:
                continue
            pieces.append(piece)
            rows.append((position, position + len(head), position + len(piece)))
            position += len(piece)
    _save(folder, f"pairs.{split}", pieces, np.asarray(rows))
    return position


def _chunks(items: Iterator[Item], what: str) -> Iterator[list[Item]]:
    chunks = iter(lambda: list(islice(items, 1000)), [])
    yield from track(chunks, description=f"tokens: {what}", total=None)


def _save(folder: Path, name: str, pieces: list[list[int]], index: NDArray[np.int64]) -> None:
    tokens = np.fromiter((token for piece in pieces for token in piece), dtype=np.uint16)
    for suffix, array in (("tokens", tokens), ("index", index.astype(np.int64))):
        write_array(folder / f"{name}.{suffix}.npy", array)


class Shard:
    """Tokens of one kind and split, mapped from disk."""

    def __init__(self, folder: Path, name: str) -> None:
        self.tokens: NDArray[np.uint16] = np.load(folder / f"{name}.tokens.npy", mmap_mode="r")
        self.index: NDArray[np.int64] = np.load(folder / f"{name}.index.npy")


class ProseBatches:
    """Windows of running prose, each beginning with BOS at the start of a paragraph."""

    def __init__(self, shard: Shard, bos: int, length: int, rows: int, seed: int) -> None:
        self._shard, self._bos, self._length, self._rows = shard, bos, length, rows
        last = len(shard.tokens) - length
        starts = shard.index[:, 0]
        self._starts = starts[starts < last]
        self._seed = seed

    def batch(self, number: int) -> tuple[Int[Tensor, "batch pos"], Int[Tensor, "batch pos"]]:
        """Return tokens and labels of one batch; the same number is always the same batch."""
        rng = np.random.default_rng((self._seed, number))
        starts = rng.choice(self._starts, self._rows)
        rows = [self._shard.tokens[start : start + self._length - 1] for start in starts]
        tokens = np.pad(
            np.stack(rows).astype(np.int64), ((0, 0), (1, 0)), constant_values=self._bos
        )
        ids = torch.from_numpy(tokens)
        labels = ids.clone()
        labels[:, 0] = IGNORED
        return ids, labels


class PairBatches:
    """Rewriting pairs of like length together; only the target has labels."""

    def __init__(self, shard: Shard, pad: int, tokens: int, seed: int) -> None:
        self._shard, self._pad, self._tokens, self._seed = shard, pad, tokens, seed
        self._epoch = -1
        self._batches: list[NDArray[np.int64]] = []
        self._per_epoch = len(self._plan(0))

    def batch(self, number: int) -> tuple[Int[Tensor, "batch pos"], Int[Tensor, "batch pos"]]:
        """Return tokens and labels of one batch; the same number is always the same batch."""
        epoch, place = divmod(number, self._per_epoch)
        if epoch != self._epoch:
            self._epoch, self._batches = epoch, self._plan(epoch)
        rows = self._shard.index[self._batches[place % len(self._batches)]]
        longest = int((rows[:, 2] - rows[:, 0]).max())
        ids = torch.full((len(rows), longest), self._pad)
        labels = torch.full((len(rows), longest), IGNORED)
        for row, (start, target, end) in enumerate(rows):
            piece = torch.from_numpy(self._shard.tokens[start:end].astype(np.int64))
            ids[row, : end - start] = piece
            labels[row, target - start : end - start] = piece[target - start :]
        return ids, labels

    def _plan(self, epoch: int) -> list[NDArray[np.int64]]:
        """Shuffle, sort by length within stretches of 2000, cut at the token budget, shuffle."""
        rng = np.random.default_rng((self._seed, epoch))
        lengths = self._shard.index[:, 2] - self._shard.index[:, 0]
        order = rng.permutation(len(lengths))
        batches: list[NDArray[np.int64]] = []
        for start in range(0, len(order), 2000):
            stretch = order[start : start + 2000]
            stretch = stretch[np.argsort(lengths[stretch], kind="stable")]
            batches += _cut(stretch, lengths, self._tokens)
        Random(f"{self._seed} {epoch}").shuffle(batches)
        return batches


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


def describe(folder: Path) -> str:
    """Return the token counts of the shards as text."""
    report = json.loads((folder / "done.json").read_text(encoding="utf-8"))["report"]
    return ", ".join(f"{name} {count:,}" for name, count in report.items())
