"""Try a model just loaded: what is read is the stream, and what is written is what goes on.

Two texts of one token each are run side by side. Where the second one's stream is written over the
first one's, at any depth, both must end in the same logits: nothing else can bring that about than
rows in our order, nodes that hold the whole stream, and memory that is really theirs.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from tinymorph.engine.backends.base import Depth, StreamEdit, Tokens
from tinymorph.engine.backends.llama_graph import Watch
from tinymorph.engine.backends.llama_memory import LlamaMemory, Token
from tinymorph.errors import BundleError, UnableError

_CLOSE = 1e-3
"""Of the logits' own size; rows of one batch differ by rounding."""


def check_model(memory: LlamaMemory, path: Path) -> None:
    """Raise UnableError if the stream cannot be read and steered, BundleError if it is NaN."""
    n_layers = memory.shape.n_layers
    empty = memory.state_size()
    plain, streams = _run(memory, None, range(n_layers + 1))
    memory.bytes_per_token = -(-(memory.state_size() - empty) // 2)
    everything = [plain, *streams.values()]
    if not all(part.isfinite().all() for part in everything):
        raise BundleError(f"The model {path.name} computes numbers that are none.")
    if any(stream.shape != (2, memory.shape.d_model) for stream in streams.values()):
        raise _unreadable(path)
    _give_back(memory)
    scale = plain.abs().max() * _CLOSE
    for depth in sorted({0, n_layers // 2, n_layers}):
        steered, seen = _run(memory, _SecondOverFirst(depth), [depth])
        _give_back(memory)
        kept = (steered[1] - plain[1]).abs().max() <= scale
        moved = (steered[0] - steered[1]).abs().max() <= scale
        if not kept or not moved or not torch.equal(seen[depth][0], seen[depth][1]):
            raise _unreadable(path)


class _SecondOverFirst(StreamEdit):
    """Let the first row go on with the second one's stream."""

    def __init__(self, depth: Depth) -> None:
        self.depths = frozenset({depth})

    def changed(self, depth: Depth, stream: Tensor, tokens: Tokens) -> Tensor:
        """Return the second row, twice."""
        del depth, tokens
        return stream[1:].expand(2, -1).clone()


_ROWS = (0, 1)


def _run(
    memory: LlamaMemory, edit: StreamEdit | None, reads: range | list[int]
) -> tuple[Tensor, dict[Depth, Tensor]]:
    """Run the two texts; they take the first two sequences, which nobody has yet."""
    last = memory.shape.d_vocab - 1
    batch = [Token((last // 3, last // 2)[row], row, row, 0, is_asked=True) for row in _ROWS]
    watch = Watch(((0, 0), (1, 0)), (True, True), edit, reads)
    return memory.run(batch, watch), watch.streams


def _give_back(memory: LlamaMemory) -> None:
    for row in _ROWS:
        memory.crop(row, 0)


def _unreadable(path: Path) -> UnableError:
    return UnableError(
        f"The residual stream of {path.name} cannot be read and steered in this llama.cpp.",
        hint="Choose the transformers backend, which runs every kind.",
    )
