"""The bundled model's own path: plain Llama layers as a few fused products, without modules.

Imports torch, safetensors and nothing of transformers. Query, key and value come from one
product, gate and up from another; each norm's scale is folded into the matrix behind it. Equal to
the reference but for the rounding of float32. The stream travels flat, row after row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional

from tinymorph.engine.backends.base import (
    Abilities,
    Backend,
    Context,
    Depth,
    ModelShape,
    Pass,
    StreamEdit,
    Tokens,
    Wanted,
)
from tinymorph.engine.backends.lean_weights import LeanWeights

_ROOM = 128
"""Positions that a context has room for at least beyond what it holds, when it must grow."""


class LeanBackend(Backend):
    """A plain Llama in float32 on the CPU."""

    name = "lean"

    def __init__(self, weights: LeanWeights) -> None:
        self.weights = weights
        self.shape: ModelShape = weights.shape
        self.abilities = Abilities(
            has_ragged_rows=True, tries_candidates=True, enters_at_depth=True
        )

    def begin(self, rows: int, *, depth: Depth | None = None) -> LeanContext:
        """Return a context of rows that have read nothing yet."""
        return LeanContext(self.weights, rows, depth)

    @torch.inference_mode()
    def read(
        self, rows: Sequence[Sequence[int]], depths: Collection[Depth]
    ) -> list[dict[Depth, Float[Tensor, "pos d_model"]]]:
        """Run whole texts as one batch, no deeper than is asked."""
        context = LeanContext(self.weights, len(rows), max(depths))
        streams = context.extend(rows, reads=depths, logits="none").streams
        parts = {
            depth: stream.split([len(row) for row in rows]) for depth, stream in streams.items()
        }
        return [{depth: parts[depth][row] for depth in depths} for row in range(len(rows))]

    def unembedding(self) -> tuple[Float[Tensor, " d_model"], Float[Tensor, "d_vocab d_model"]]:
        """Return the scale of the final norm, and the matrix from stream to logits."""
        return self.weights.norm_scale, self.weights.unembedding

    def close(self) -> None:
        """Let go of the weights; their memory is free once nothing else holds them."""
        vars(self).pop("weights", None)


@dataclass(frozen=True, slots=True, eq=False)
class _Where:
    """Where the tokens of a pass stand, and what they see."""

    positions: Int[Tensor, "row new"]
    end: int
    """One past the last position of the batch after the pass."""
    mask: Bool[Tensor, "#row 1 new slot"] | None
    """What each token sees, unless rows are even and each token sees all before it."""
    is_causal: bool
    start: int | None
    """Where all rows go on, if it is at the same position."""


class LeanContext(Context):
    """Keys and values of a batch of rows, each at its own absolute position."""

    def __init__(self, weights: LeanWeights, rows: int, depth: Depth | None) -> None:
        self._weights = weights
        self._n_layers = weights.shape.n_layers if depth is None else depth
        self._is_whole = depth is None
        self._lengths = [0] * rows
        self._held = self._empty(rows, 0)
        """Keys, then values; the slot of a token is its position."""
        self._tried: list[Float[Tensor, "row k 2 kv d_head"]] = []
        """Keys and values of the candidates that were tried, by layer."""

    @property
    def lengths(self) -> tuple[int, ...]:
        """Return how many tokens each row has."""
        return tuple(self._lengths)

    @property
    def n_bytes(self) -> int:
        """Return the memory that keys and values hold."""
        return self._held.nbytes

    @torch.inference_mode()
    def extend(
        self,
        tokens: Sequence[Sequence[int]],
        *,
        edit: StreamEdit | None = None,
        reads: Collection[Depth] = (),
        logits: Wanted = "last",
    ) -> Pass:
        """Read at least one more token in each row."""
        counts = [len(row) for row in tokens]
        width = max(counts)
        where = self._where(counts, width)
        ids = torch.tensor([[*row, *[0] * (width - len(row))] for row in tokens]).view(-1)
        streams = dict[Depth, Tensor]()
        stream = self._run(self._weights.embedding[ids], where, edit, reads, streams)
        self._lengths = [n + count for n, count in zip(self._lengths, counts, strict=True)]
        if min(counts) < width:
            is_new = (torch.arange(width) < torch.tensor(counts)[:, None]).view(-1)
            streams = {depth: found[is_new] for depth, found in streams.items()}
            stream = stream[is_new]
        if logits == "none" or not self._is_whole:
            return Pass(torch.empty(0, self._weights.shape.d_vocab), streams)
        if logits == "last" and width > 1:
            stream = stream[torch.tensor(counts).cumsum(0) - 1]
        return Pass(self._weights.logits(stream), streams)

    @torch.inference_mode()
    def rerun_above(
        self, depth: Depth, stream: Float[Tensor, "token d_model"], edit: StreamEdit
    ) -> Pass:
        """Run all tokens of rows that hold the same ones again, but for the layers below."""
        rows, length = len(self._lengths), self._lengths[0]
        positions = torch.arange(length).expand(rows, -1)
        where = _Where(positions, length, None, length > 1, 0)
        result = self._run(stream.repeat(rows, 1), where, edit, (), {}, depth)
        return Pass(self._weights.logits(result[length - 1 :: length]))

    @torch.inference_mode()
    def try_next(
        self, candidates: Int[Tensor, "row k"], reads: Collection[Depth]
    ) -> Mapping[Depth, Float[Tensor, "row k d_model"]]:
        """Run tokens that would all come next, none of which sees another; keep none."""
        weights, end = self._weights, max(self._lengths)
        lengths = torch.tensor(self._lengths)
        turns = weights.turns(lengths.repeat_interleave(candidates.shape[1]))
        is_seen = None
        if min(self._lengths) < end:
            is_seen = (torch.arange(end) < lengths[:, None])[:, None, None]
        stream, streams = weights.embedding[candidates.reshape(-1)], dict[Depth, Tensor]()
        self._tried = []
        for layer in range(self._n_layers):
            if layer in reads:
                streams[layer] = stream
            heads = weights.attention_inputs(layer, stream, turns)
            query, both = self._split(heads.unflatten(0, candidates.shape))
            key, value = both.permute(2, 0, 3, 1, 4)
            past = self._held[layer, :, :, :, :end]
            mixed = _attend_past_and_self(query, key, value, past, is_seen)
            stream = weights.layer_output(layer, stream, _gathered(mixed))
            self._tried.append(both)
        if self._n_layers in reads:
            streams[self._n_layers] = stream
        return {depth: found.unflatten(0, candidates.shape) for depth, found in streams.items()}

    @torch.inference_mode()
    def take_tried(self, choices: Sequence[int]) -> None:
        """Go on with one of the candidates just tried in each row."""
        if not self._tried:
            return
        self._make_room(max(self._lengths) + 1)
        rows, chosen = torch.arange(len(choices)), torch.tensor(list(choices))
        places = torch.tensor(self._lengths)
        for held, both in zip(self._held, self._tried, strict=True):
            held[:, rows, :, places] = both[rows, chosen]
        self._lengths = [length + 1 for length in self._lengths]
        self._tried = []

    def crop(self, lengths: Sequence[int]) -> None:
        """Forget the tokens of each row from a length on."""
        pairs = zip(self._lengths, lengths, strict=True)
        self._lengths = [min(old, new) for old, new in pairs]

    @torch.inference_mode()
    def select(self, rows: Sequence[int]) -> None:
        """Keep these rows, in this order."""
        index, end = torch.tensor(list(rows)), max(self._lengths)
        kept = self._held[:, :, index, :, :end]
        self._held = _with_room(kept, min(_ROOM, self._room_left(end)))
        self._lengths = [self._lengths[row] for row in rows]

    @torch.inference_mode()
    def fork(self, rows: int) -> LeanContext:
        """Return a context of so many copies of this one's only row."""
        result = LeanContext(self._weights, 0, None if self._is_whole else self._n_layers)
        end = self._lengths[0]
        room = min(max(_ROOM, end), self._room_left(end))
        copies = self._held[:, :, :, :, :end].expand(-1, -1, rows, -1, -1, -1)
        result._held = _with_room(copies, room)
        result._lengths = self._lengths * rows
        return result

    def close(self) -> None:
        """Give the memory back."""
        self._held = self._empty(0, 0)
        self._tried = []

    def _run(
        self,
        stream: Float[Tensor, "token d_model"],
        where: _Where,
        edit: StreamEdit | None,
        reads: Collection[Depth],
        streams: dict[Depth, Tensor],
        first: Depth = 0,
    ) -> Float[Tensor, "token d_model"]:
        """Run the layers from `first` on; keys and values are kept, streams read where asked."""
        weights, shape = self._weights, where.positions.shape
        self._make_room(where.end)
        turns = weights.turns(where.positions.reshape(-1))
        edited = frozenset[Depth]() if edit is None else edit.depths
        tokens = _tokens(where.positions) if edited else None
        for depth in range(first, self._n_layers + 1):
            if edit is not None and tokens is not None and depth in edited:
                stream = edit.changed(depth, stream, tokens)
            if depth in reads:
                streams[depth] = stream
            if depth == self._n_layers:
                break
            heads = weights.attention_inputs(depth, stream, turns)
            query, both = self._split(heads.view(*shape, *heads.shape[1:]))
            keys, values = self._kept(depth, where, both)
            mixed = functional.scaled_dot_product_attention(
                query,
                keys,
                values,
                where.mask,
                is_causal=where.is_causal,
                enable_gqa=weights.is_grouped,
            )
            stream = weights.layer_output(depth, stream, _gathered(mixed))
        return stream

    def _split(
        self, heads: Float[Tensor, "row new every_head d_head"]
    ) -> tuple[Float[Tensor, "row heads new d_head"], Float[Tensor, "row new 2 kv d_head"]]:
        """Return queries, and keys and values together."""
        count = self._weights.n_heads
        both = heads[:, :, count:].unflatten(2, (2, -1))
        return heads[:, :, :count].transpose(1, 2), both

    def _kept(
        self, layer: int, where: _Where, both: Float[Tensor, "row new 2 kv d_head"]
    ) -> Float[Tensor, "2 row kv slot d_head"]:
        """Keep new keys and values, and return all that a layer's tokens may look at."""
        held = self._held[layer]
        if where.start is not None:
            held[:, :, :, where.start : where.end] = both.permute(2, 0, 3, 1, 4)
        else:
            held[:, torch.arange(len(both))[:, None], :, where.positions] = both
        return held[:, :, :, : where.end]

    def _where(self, counts: Sequence[int], width: int) -> _Where:
        start, end = self._lengths[0], max(self._lengths) + width
        steps = torch.arange(width)
        if len(set(self._lengths)) == 1:
            positions = (start + steps).expand(len(counts), -1)
            if width == 1:
                return _Where(positions, end, None, is_causal=False, start=start)
            if start == 0:
                return _Where(positions, end, None, is_causal=True, start=0)
            mask = torch.arange(end) <= positions[0, :, None]
            return _Where(positions, end, mask[None, None], is_causal=False, start=start)
        positions = torch.tensor(self._lengths)[:, None] + steps
        mask = torch.arange(end) <= positions[:, None, :, None]
        return _Where(positions, end, mask, is_causal=False, start=None)

    def _make_room(self, end: int) -> None:
        if end <= self._held.shape[4]:
            return
        used = max(self._lengths)
        room = end - used + min(_ROOM, self._room_left(end))
        self._held = _with_room(self._held[:, :, :, :, :used], room)

    def _room_left(self, end: int) -> int:
        return max(0, self._weights.shape.n_ctx - end)

    def _empty(self, rows: int, room: int) -> Float[Tensor, "layer 2 row kv slot d_head"]:
        weights = self._weights
        return torch.zeros(self._n_layers, 2, rows, weights.n_kv_heads, room, weights.d_head)


def _attend_past_and_self(
    query: Float[Tensor, "row heads k d_head"],
    key: Float[Tensor, "row kv k d_head"],
    value: Float[Tensor, "row kv k d_head"],
    past: Float[Tensor, "2 row kv slot d_head"],
    is_seen: Bool[Tensor, "row 1 1 slot"] | None,
) -> Float[Tensor, "row heads k d_head"]:
    """Return what each candidate draws from the past and itself."""
    groups = query.shape[1] // key.shape[1]
    key, value, keys, values = (
        held if groups == 1 else held.repeat_interleave(groups, 1) for held in (key, value, *past)
    )
    scale = query.shape[-1] ** -0.5
    before = query @ keys.transpose(2, 3) * scale
    if is_seen is not None:
        before = before.masked_fill(~is_seen, -torch.inf)
    itself = (query * key).sum(-1, keepdim=True) * scale
    weights = torch.cat([before, itself], -1).softmax(-1)
    return weights[..., :-1] @ values + weights[..., -1:] * value


def _gathered(mixed: Float[Tensor, "row heads new d_head"]) -> Float[Tensor, "token d_attention"]:
    rows, heads, new, d_head = mixed.shape
    return mixed.transpose(1, 2).reshape(rows * new, heads * d_head)


def _tokens(positions: Int[Tensor, "row new"]) -> Tokens:
    rows = torch.arange(len(positions))[:, None].expand_as(positions)
    return Tokens(rows.reshape(-1), positions.reshape(-1))


def _with_room(
    held: Float[Tensor, "layer 2 row kv slot d_head"], room: int
) -> Float[Tensor, "layer 2 row kv grown d_head"]:
    """Return a copy with room for more positions."""
    *outer, slots, d_head = held.shape
    grown = held.new_zeros(*outer, slots + room, d_head)
    grown[..., :slots, :] = held
    return grown
