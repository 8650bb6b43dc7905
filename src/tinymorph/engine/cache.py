"""Prompts that were read before: nothing is computed twice while a slider moves.

One cache belongs to one loaded model, so model, revision and precision are the same for all it
holds; an entry is found by its exact token ids. Only unsteered prompts are kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from tinymorph.engine.backends.base import Backend, Context, Depth, Streams

CHUNK = 64
"""Tokens read in one go; between chunks the work can be stopped."""
BUDGET_BYTES = 256 * 2**20
_LEAST_SHARED = 8
"""A shorter beginning is not worth a copy."""


@dataclass(slots=True, eq=False)
class Prefix:
    """A prompt that was read: its context, of one row, and what comes next."""

    token_ids: tuple[int, ...]
    context: Context
    logits: Float[Tensor, " d_vocab"]
    streams: Streams
    """At the depths that the cache keeps: from there a plan that steers the prompt goes on."""

    @property
    def n_bytes(self) -> int:
        """Return the memory that it holds."""
        streams = sum(stream.nbytes for stream in self.streams.values())
        return self.context.n_bytes + self.logits.nbytes + streams


class PrefixCache:
    """Keep the prompts read last, within a budget of memory; the oldest go first."""

    def __init__(
        self,
        backend: Backend,
        budget_bytes: int = BUDGET_BYTES,
        depths: Collection[Depth] = (),
    ) -> None:
        self._backend, self._budget = backend, budget_bytes
        self.depths = frozenset(depths) if backend.abilities.enters_at_depth else frozenset[Depth]()
        """Where plans may steer: the streams there are kept too, if the backend can enter there."""
        self._prefixes: dict[tuple[int, ...], Prefix] = {}
        """In the order of their last use."""

    @property
    def n_bytes(self) -> int:
        """Return the memory that the prefixes hold."""
        return sum(prefix.n_bytes for prefix in self._prefixes.values())

    def read(self, token_ids: Sequence[int]) -> Iterator[Prefix | None]:
        """Read a prompt from its first token that is not known; the last value is the prefix.

        Between chunks None is yielded. What is stopped there leaves the cache as it was.
        """
        ids = tuple(token_ids)
        known = self._prefixes.pop(ids, None)
        if known is not None:
            self._prefixes[ids] = known
            yield known
            return
        context, parts = self._beginning(ids)
        try:
            while len(ids) - context.lengths[0] > CHUNK:
                at = context.lengths[0]
                chunk = ids[at : at + CHUNK]
                parts.append(context.extend([chunk], reads=self.depths, logits="none").streams)
                yield None
            passed = context.extend([ids[context.lengths[0] :]], reads=self.depths)
        except BaseException:
            context.close()
            raise
        parts.append(passed.streams)
        streams = {depth: torch.cat([part[depth] for part in parts]) for depth in self.depths}
        prefix = Prefix(ids, context, passed.logits[0], streams)
        self._keep(prefix)
        yield prefix

    def clear(self) -> None:
        """Forget everything."""
        for prefix in self._prefixes.values():
            prefix.context.close()
        self._prefixes.clear()

    def _beginning(self, ids: tuple[int, ...]) -> tuple[Context, list[Streams]]:
        """Return a context that holds the longest beginning known of a prompt, and its streams."""
        shared, best = 0, None
        for prefix in self._prefixes.values():
            length = min(_shared(prefix.token_ids, ids), len(ids) - 1)
            is_usable = length == len(prefix.token_ids) or self._backend.abilities.has_ragged_rows
            if is_usable and length > shared:
                shared, best = length, prefix
        if best is None or shared < _LEAST_SHARED:
            return self._backend.begin(1), []
        context = best.context.fork(1)
        if shared < len(best.token_ids):
            context.crop([shared])
        return context, [{depth: best.streams[depth][:shared] for depth in self.depths}]

    def _keep(self, prefix: Prefix) -> None:
        """Take a prefix in; it stays as long as it is the newest, whatever its size."""
        self._prefixes[prefix.token_ids] = prefix
        while self.n_bytes > self._budget and len(self._prefixes) > 1:
            oldest = next(iter(self._prefixes))
            self._prefixes.pop(oldest).context.close()


def _shared(first: Sequence[int], second: Sequence[int]) -> int:
    """Return how many tokens two prompts have in common at their beginning."""
    pairs = zip(first, second, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))
