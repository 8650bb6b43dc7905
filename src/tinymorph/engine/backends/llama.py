"""The fast one: a GGUF in llama.cpp, read and steered while its graph is computed.

Rows are sequences of one shared memory, so a fork copies nothing, candidates share their row's
past, and rows may differ in length. Steering happens in llama.cpp's eval callback, in place.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tinymorph.engine.backends.base import (
    Abilities,
    Backend,
    Context,
    Depth,
    Pass,
    StreamEdit,
    Wanted,
)
from tinymorph.engine.backends.llama_check import check_model
from tinymorph.engine.backends.llama_graph import Watch
from tinymorph.engine.backends.llama_library import load_library
from tinymorph.engine.backends.llama_memory import LlamaMemory, LlamaModel, Parkable, Token
from tinymorph.errors import UnableError


class LlamaBackend(Backend):
    """A GGUF of a family whose residual stream llama.cpp shows."""

    name = "llama.cpp"

    def __init__(self, path: Path, *, threads: int | None = None, gpu_layers: int = 0) -> None:
        """Load and check a model; BundleError or UnableError says why it cannot be used.

        One core is left to the page. `gpu_layers` go to a GPU, if llama.cpp was built for one.
        """
        model = LlamaModel(load_library(), path, gpu_layers)
        self._model = model
        try:
            self.memory = LlamaMemory(model, threads or max(1, (os.cpu_count() or 2) - 1))
        except BaseException:
            model.close()
            raise
        try:
            check_model(self.memory, path)
        except BaseException:
            self.close()
            raise
        self.shape = model.shape
        self.abilities = Abilities(
            has_ragged_rows=True, tries_candidates=True, enters_at_depth=False
        )

    @property
    def computes_on(self) -> str:
        """Return `gpu` if llama.cpp has put layers on one."""
        return "gpu" if self._model.gpu_layers else "cpu"

    @property
    def precision(self) -> str:
        """Return how the weights are quantised, as `Q8_0`."""
        return self._model.precision

    def begin(self, rows: int, *, depth: Depth | None = None) -> LlamaContext:
        """Return a context of rows that have read nothing yet."""
        return LlamaContext(self.memory, rows, depth)

    @torch.inference_mode()
    def read(
        self, rows: Sequence[Sequence[int]], depths: Collection[Depth]
    ) -> list[dict[Depth, Float[Tensor, "pos d_model"]]]:
        """Run whole texts, no deeper than is asked, as many at a time as llama.cpp can keep."""
        result: list[dict[Depth, Tensor]] = []
        for row in rows:
            context = self.begin(1, depth=max(depths))
            try:
                streams = context.extend([row], reads=depths, logits="none").streams
            finally:
                context.close()
            result.append({depth: streams[depth] for depth in depths})
        return result

    def unembedding(self) -> tuple[Float[Tensor, " d_model"], Float[Tensor, "d_vocab d_model"]]:
        """Return the scale of the final norm, and the matrix from stream to logits."""
        from tinymorph.engine.gguf_file import read_unembedding  # noqa: PLC0415 -- an extra

        return read_unembedding(self._model.path)

    def close(self) -> None:
        """Give the model's memory back."""
        self.memory.close()
        self._model.close()


class LlamaContext(Parkable, Context):
    """Rows, each a sequence of the shared memory."""

    def __init__(self, memory: LlamaMemory, rows: int, depth: Depth | None) -> None:
        self._memory, self._depth = memory, depth
        memory.make_way()
        self._sequences = memory.take(rows)
        self._parked: list[Any] | None = None
        self._lengths = [0] * rows
        self._candidates: list[list[int]] = []
        self._tried: list[int] = []
        """The sequences of the candidates tried, row after row; none if not all could be kept."""
        self._finalizer = weakref.finalize(self, _abandon, memory, self._sequences, self._tried)
        self._finalizer.atexit = False
        memory.touch(self)

    @property
    def lengths(self) -> tuple[int, ...]:
        """Return how many tokens each row has."""
        return tuple(self._lengths)

    @property
    def n_bytes(self) -> int:
        """Return the memory that it would hold alone; what begins alike is held once."""
        return sum(self._lengths) * self._memory.bytes_per_token

    @torch.inference_mode()
    def extend(
        self,
        tokens: Sequence[Sequence[int]],
        *,
        edit: StreamEdit | None = None,
        reads: Collection[Depth] = (),
        logits: Wanted = "last",
    ) -> Pass:
        """Read at least one more token in each row; after an error nothing has been read."""
        self._use()
        before, wanted = self._lengths, "none" if self._depth is not None else logits
        is_deep = self._memory.shape.n_layers in reads
        batch = [
            Token(token_id, row, self._sequences[row], before[row] + at, is_asked=False)
            for row, ids in enumerate(tokens)
            for at, token_id in enumerate(ids)
        ]
        ends = [end - 1 for end in accumulate(map(len, tokens))]
        asked = range(len(batch)) if is_deep or wanted == "all" else ends
        if is_deep or wanted != "none":
            for at in asked:
                batch[at] = batch[at]._replace(is_asked=True)
        try:
            found, streams = self._run(batch, edit, reads)
        except BaseException:
            self.crop(before)
            raise
        if is_deep and wanted == "last":
            found = found[ends]
        elif wanted == "none":
            found = found[:0]
        self._check(found)
        self._lengths = [n + len(ids) for n, ids in zip(before, tokens, strict=True)]
        return Pass(found, streams)

    @torch.inference_mode()
    def try_next(
        self, candidates: Int[Tensor, "row k"], reads: Collection[Depth]
    ) -> Mapping[Depth, Float[Tensor, "row k d_model"]]:
        """Run tokens that would all come next, each in a sequence of its own for the time.

        If there are too few sequences, they are run group by group, and the one taken is run again.
        """
        self._use()
        self._candidates = candidates.tolist()
        places = [(row, token_id) for row, ids in enumerate(self._candidates) for token_id in ids]
        share = max(1, min(len(places), self._memory.n_free))
        parts: list[Mapping[Depth, Tensor]] = []
        for start in range(0, len(places), share):
            self._forget_tried()
            parts.append(self._try(places[start : start + share], reads))
        if share < len(places):
            self._forget_tried()
        shape = (*candidates.shape, -1)
        return {depth: torch.cat([part[depth] for part in parts]).view(shape) for depth in reads}

    @torch.inference_mode()
    def take_tried(self, choices: Sequence[int]) -> None:
        """Go on with one of the candidates just tried in each row."""
        if not self._candidates:
            return
        if not self._tried:
            taken = [[ids[at]] for ids, at in zip(self._candidates, choices, strict=True)]
            self.extend(taken, logits="none")
            return
        width = len(self._candidates[0])
        for row, choice in enumerate(choices):
            at = row * width + choice
            self._sequences[row], self._tried[at] = self._tried[at], self._sequences[row]
        self._lengths = [length + 1 for length in self._lengths]
        self._drop_tried()

    def crop(self, lengths: Sequence[int]) -> None:
        """Forget the tokens of each row from a length on."""
        self._use()
        for sequence, length in zip(self._sequences, lengths, strict=True):
            self._memory.crop(sequence, length)
        pairs = zip(self._lengths, lengths, strict=True)
        self._lengths = [min(old, new) for old, new in pairs]

    def select(self, rows: Sequence[int]) -> None:
        """Keep these rows, in this order; a row that is named twice is copied."""
        self._use()
        old, kept = list(self._sequences), list[int]()
        for row in rows:
            kept.append(self._copy(old[row]) if old[row] in kept else old[row])
        self._memory.give([sequence for sequence in old if sequence not in kept])
        self._sequences[:] = kept
        self._lengths = [self._lengths[row] for row in rows]

    def fork(self, rows: int) -> LlamaContext:
        """Return a context of so many copies of this one's only row; they share its cells."""
        self._use()
        result = LlamaContext(self._memory, rows, self._depth)
        for sequence in result._sequences:
            self._memory.copy(self._sequences[0], sequence)
        result._lengths = self._lengths * rows
        return result

    def close(self) -> None:
        """Give the memory back."""
        self._forget_tried()
        self._memory.give(self._sequences)
        self._sequences.clear()
        self._lengths, self._parked = [], None
        self._finalizer.detach()

    def park(self) -> None:
        """Take everything out of the cells; doing so twice is harmless."""
        if self._parked is None and self._sequences:
            self._forget_tried()
            self._parked = self._memory.take_out(self._sequences)
            self._sequences.clear()

    def _use(self) -> None:
        """Be in the cells, and forget what was tried."""
        self._drop_tried()
        self._memory.touch(self)
        if self._parked is not None:
            self._memory.make_way()
            self._sequences[:] = self._memory.put_in(self._parked, self._lengths)
            self._parked = None

    def _run(
        self, batch: Sequence[Token], edit: StreamEdit | None, reads: Collection[Depth]
    ) -> tuple[Float[Tensor, "asked d_vocab"], dict[Depth, Tensor]]:
        """Run a batch, in as few pieces as llama.cpp takes; logits are those that were asked."""
        logits: list[Tensor] = []
        parts: list[dict[Depth, Tensor]] = []
        size = self._memory.most_tokens
        for start in range(0, len(batch), size):
            piece = batch[start : start + size]
            watch = Watch(
                places=[(token.row, token.position) for token in piece],
                is_asked=[token.is_asked for token in piece],
                edit=edit,
                reads=reads,
                stop=self._depth,
            )
            logits.append(self._memory.run(piece, watch))
            parts.append(watch.streams)
        if len(parts) == 1:
            return logits[0], parts[0]
        return torch.cat(logits), {
            depth: torch.cat([part[depth] for part in parts]) for depth in reads
        }

    def _try(
        self, places: Sequence[tuple[int, int]], reads: Collection[Depth]
    ) -> Mapping[Depth, Tensor]:
        is_deep = self._memory.shape.n_layers in reads
        for row, _ in places:
            self._tried.append(self._copy(self._sequences[row]))
        batch = [
            Token(token_id, row, sequence, self._lengths[row], is_deep)
            for (row, token_id), sequence in zip(places, self._tried, strict=True)
        ]
        return self._run(batch, None, reads)[1]

    def _copy(self, sequence: int) -> int:
        (result,) = self._memory.take(1)
        self._memory.copy(sequence, result)
        return result

    def _forget_tried(self) -> None:
        self._memory.give(self._tried)
        self._tried.clear()

    def _drop_tried(self) -> None:
        self._forget_tried()
        self._candidates = []

    def _check(self, logits: Float[Tensor, "asked d_vocab"]) -> None:
        """Raise UnableError if a number is none; then all rows are emptied, lest it spread."""
        if logits.sum().isfinite():  # one NaN or infinity is in the sum, too
            return
        self.crop([0] * len(self._sequences))
        self._memory.purge()
        raise UnableError("llama.cpp computed numbers that are none.")


def _abandon(memory: LlamaMemory, sequences: list[int], tried: list[int]) -> None:
    memory.abandon([*sequences, *tried])
