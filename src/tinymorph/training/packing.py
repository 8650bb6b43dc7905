"""Examples of every kind packed into rows of one length, each seeing only itself."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import torch
from jaxtyping import Bool, Int
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from tinymorph.training.batches import IGNORED, PairBatches, ProseBatches, Row

Packed = tuple[Int[Tensor, " pos"], Int[Tensor, " pos"], Int[Tensor, " pos"]]
"""Token ids, labels, and the number of the example that each position belongs to; 0 is padding."""

_OPEN_ROWS = 16
"""Rows that are filled at the same time: an example goes into the first with room for it."""


class PackedRows(IterableDataset[Packed]):
    """An endless stream of packed rows; every worker has a stream of its own."""

    def __init__(
        self,
        prose: ProseBatches,
        pairs: PairBatches,
        length: int,
        prose_share: float,
        seed: str,
    ) -> None:
        self._prose, self._pairs, self._length = prose, pairs, length
        self._prose_share, self._seed = prose_share, seed

    def __iter__(self) -> Iterator[Packed]:
        worker = get_worker_info()
        rng = Random(f"{self._seed} {0 if worker is None else worker.id}")
        opened: list[list[Row]] = []
        tokens = {"prose": 0, "pairs": 0}
        while True:
            all_tokens = max(1, sum(tokens.values()))
            kind = "prose" if tokens["prose"] <= self._prose_share * all_tokens else "pairs"
            row = self._prose.draw(rng) if kind == "prose" else self._pairs.draw(rng)
            tokens[kind] += len(row[0])
            if len(row[0]) > self._length:
                continue
            place = _first_with_room(opened, len(row[0]), self._length)
            if place is None:
                opened.append([row])
            else:
                opened[place].append(row)
            if len(opened) > _OPEN_ROWS:
                fullest = max(range(len(opened)), key=lambda index: _size(opened[index]))
                yield pack(opened.pop(fullest), self._length, self._prose.words.pad)


def pack(rows: list[Row], length: int, pad: int) -> Packed:
    """Put examples one after the other; the first token of each is predicted by nobody."""
    ids = torch.full((length,), pad)
    labels = torch.full((length,), IGNORED)
    examples = torch.zeros(length, dtype=torch.long)
    at = 0
    for number, (tokens, wanted) in enumerate(rows, start=1):
        end = at + len(tokens)
        ids[at:end] = torch.tensor(tokens)
        labels[at:end] = torch.tensor([IGNORED, *wanted[1:]])
        examples[at:end] = number
        at = end
    return ids, labels, examples


def attention_mask(examples: Int[Tensor, "batch pos"]) -> Bool[Tensor, "batch 1 pos pos"]:
    """Let a position see itself and what comes before it in the same example."""
    same = examples[:, :, None] == examples[:, None, :]
    return same.tril()[:, None]


def _first_with_room(opened: list[list[Row]], size: int, length: int) -> int | None:
    for place, rows in enumerate(opened):
        if _size(rows) + size <= length:
            return place
    return None


def _size(rows: list[Row]) -> int:
    return sum(len(tokens) for tokens, _ in rows)
