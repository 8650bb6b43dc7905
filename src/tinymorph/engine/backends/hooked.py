"""The reference: any causal LM of transformers, read and steered through plain forward hooks."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from transformers import DynamicCache

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
from tinymorph.engine.hooks import final_norm_scale, shape_of, watched
from tinymorph.errors import UnableError

_FORBIDDEN = -torch.inf


class HookedBackend(Backend):
    """A transformers model; exact for every family, and the measure of the other backends."""

    name = "transformers"

    def __init__(self, model: Any) -> None:
        self.model: Any = model
        self.shape: ModelShape = shape_of(model)
        sees_all = _sees_every_position(model)
        self.abilities = Abilities(
            has_ragged_rows=sees_all, tries_candidates=sees_all, enters_at_depth=False
        )

    def begin(self, rows: int, *, depth: Depth | None = None) -> HookedContext:
        """Return a context of rows that have read nothing yet."""
        return HookedContext(self, rows, depth)

    @torch.inference_mode()
    def read(
        self, rows: Sequence[Sequence[int]], depths: Collection[Depth]
    ) -> list[dict[Depth, Float[Tensor, "pos d_model"]]]:
        """Run whole texts as one batch, padded on the right, where causality hides the padding."""
        lengths = [len(row) for row in rows]
        ids = _padded(rows)
        streams: dict[Depth, Tensor] = {}
        with _reading(self.model, streams, depths):
            _run_below(self.model, max(depths), {"input_ids": ids, "use_cache": False})
        return [
            {depth: streams[depth][row, :length] for depth in depths}
            for row, length in enumerate(lengths)
        ]

    def unembedding(self) -> tuple[Float[Tensor, " d_model"], Float[Tensor, "d_vocab d_model"]]:
        """Return the scale of the final norm, and the matrix from stream to logits."""
        return final_norm_scale(self.model), self.model.get_output_embeddings().weight.float()

    def close(self) -> None:
        """Let go of the model; its memory is free once nothing else holds it."""
        self.model = None


class HookedContext(Context):
    """A batch of rows with a transformers cache.

    Rows share the cache's slots. A slot that a row does not use is hidden from it by the mask,
    so rows of different lengths need no second cache.
    """

    def __init__(self, backend: HookedBackend, rows: int, depth: Depth | None) -> None:
        self._backend, self._depth = backend, depth
        self._cache: Any = DynamicCache(config=backend.model.config)
        self._lengths = [0] * rows
        self._is_used = torch.zeros(rows, 0, dtype=torch.bool)
        """Which slots of the cache hold a token of which row."""
        self._tried = 0

    @property
    def lengths(self) -> tuple[int, ...]:
        """Return how many tokens each row has."""
        return tuple(self._lengths)

    @property
    def n_bytes(self) -> int:
        """Return the memory that keys and values hold."""
        tensors = [t for layer in self._cache.layers for t in (layer.keys, layer.values)]
        return sum(t.nbytes for t in tensors if t is not None)

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
        is_new = torch.arange(width) < torch.tensor(counts)[:, None]
        places = torch.tensor(self._lengths)[:, None] + torch.arange(width)
        if not self._backend.abilities.has_ragged_rows and not self._is_even(is_new):
            raise UnableError("This model cannot take rows of different lengths in one batch.")
        mask = self._mask(is_new) if not self._is_even(is_new) else None
        output, streams = self._run(_padded(tokens), places, mask, edit, reads, logits)
        self._is_used = torch.cat([self._is_used, is_new], dim=1)
        self._lengths = [n + count for n, count in zip(self._lengths, counts, strict=True)]
        flat = {depth: stream[is_new] for depth, stream in streams.items()}
        if output is None:
            return Pass(torch.empty(0, self._backend.shape.d_vocab), flat)
        last = torch.tensor(counts) - 1
        chosen = output[is_new] if logits == "all" else output[torch.arange(len(counts)), last]
        return Pass(chosen.float(), flat)

    def rerun_above(
        self, depth: Depth, stream: Float[Tensor, "token d_model"], edit: StreamEdit
    ) -> Pass:
        """Refuse: transformers' models run all their layers."""
        del depth, stream, edit
        raise UnableError("This backend cannot begin above the first layer.")

    @torch.inference_mode()
    def try_next(
        self, candidates: Int[Tensor, "row k"], reads: Collection[Depth]
    ) -> Mapping[Depth, Float[Tensor, "row k d_model"]]:
        """Run tokens that would all come next, none of which sees another."""
        if not self._backend.abilities.tries_candidates:
            raise UnableError("This model cannot try several tokens at one position.")
        rows, width = candidates.shape
        places = torch.tensor(self._lengths)[:, None].expand(rows, width)
        itself = torch.eye(width, dtype=torch.bool).expand(rows, width, width)
        seen = self._is_used[:, None, :].expand(rows, width, -1)
        mask = _additive(torch.cat([seen, itself], dim=2))
        _, streams = self._run(candidates, places, mask, None, reads, "none")
        self._tried = width
        return streams

    @torch.inference_mode()
    def take_tried(self, choices: Sequence[int]) -> None:
        """Go on with one of the candidates just tried in each row."""
        rows = torch.arange(len(choices))
        slots = torch.tensor(list(choices)) + self._is_used.shape[1]
        for layer in self._cache.layers:
            if layer.keys is not None and layer.keys.numel():
                layer.keys = _with_chosen(layer.keys, rows, slots, self._tried)
                layer.values = _with_chosen(layer.values, rows, slots, self._tried)
        self._is_used = torch.cat([self._is_used, torch.ones(len(choices), 1).bool()], dim=1)
        self._lengths = [length + 1 for length in self._lengths]
        self._tried = 0

    @torch.inference_mode()
    def crop(self, lengths: Sequence[int]) -> None:
        """Forget the tokens of each row from a length on."""
        for row, length in enumerate(lengths):
            slots = self._is_used[row].nonzero()[length:, 0]
            self._is_used[row, slots] = False
            self._lengths[row] = min(length, self._lengths[row])
        used = self._is_used.any(0).nonzero()
        end = int(used[-1]) + 1 if len(used) else 0
        if (surplus := self._is_used.shape[1] - end) > 0:
            self._cache.crop(-surplus)
            self._is_used = self._is_used[:, :end]

    @torch.inference_mode()
    def select(self, rows: Sequence[int]) -> None:
        """Keep these rows, in this order."""
        index = torch.tensor(list(rows))
        self._cache.batch_select_indices(index)
        self._is_used = self._is_used[index]
        self._lengths = [self._lengths[row] for row in rows]

    @torch.inference_mode()
    def fork(self, rows: int) -> HookedContext:
        """Return a context of so many copies of this one's only row."""
        result = HookedContext(self._backend, rows, self._depth)
        result._cache = copy.deepcopy(self._cache)
        result._cache.batch_repeat_interleave(rows)
        result._is_used = self._is_used.expand(rows, -1).clone()
        result._lengths = self._lengths * rows
        return result

    def close(self) -> None:
        """Give the memory back."""
        self._cache = None

    def _is_even(self, is_new: Bool[Tensor, "row new"]) -> bool:
        return bool(is_new.all()) and bool(self._is_used.all())

    def _mask(self, is_new: Bool[Tensor, "row new"]) -> Float[Tensor, "row 1 new slot"]:
        """Let each new token see its own row's tokens up to itself; padding sees itself alone."""
        rows, width = is_new.shape
        causal = torch.ones(width, width, dtype=torch.bool).tril()
        among = (causal & is_new[:, None, :]) | torch.eye(width, dtype=torch.bool)
        seen = self._is_used[:, None, :].expand(rows, width, -1)
        return _additive(torch.cat([seen, among], dim=2))

    def _run(
        self,
        ids: Int[Tensor, "row new"],
        places: Int[Tensor, "row new"],
        mask: Float[Tensor, "row 1 new slot"] | None,
        edit: StreamEdit | None,
        reads: Collection[Depth],
        logits: Wanted,
    ) -> tuple[Float[Tensor, "row new d_vocab"] | None, dict[Depth, Tensor]]:
        model, streams = self._backend.model, dict[Depth, Tensor]()
        arguments = {"input_ids": ids, "position_ids": places, "past_key_values": self._cache}
        if mask is not None:
            arguments["attention_mask"] = mask
        with ExitStack() as stack:
            if edit is not None and edit.depths:
                stack.enter_context(_edited(model, edit, places))
            stack.enter_context(_reading(model, streams, reads))
            if self._depth is not None or logits == "none":
                end = self._backend.shape.n_layers if self._depth is None else self._depth
                _run_below(model, end, arguments | {"use_cache": True})
                return None, streams
            is_short = logits == "last" and mask is None
            kept = {"logits_to_keep": 1} if is_short else {}
            output = model(**arguments, use_cache=True, **kept).logits
        if is_short and ids.shape[1] > 1:
            output = output.expand(-1, ids.shape[1], -1)  # the last stands at every place
        return output, streams


class _EnoughError(Exception):
    """All that was asked for has been computed."""


def _run_below(model: Any, depth: Depth, arguments: Mapping[str, Any]) -> None:
    """Run the layers below a depth, and none above."""

    def stop(stream: Tensor) -> None:
        del stream
        raise _EnoughError

    with watched(model, depth, stop), suppress(_EnoughError):
        model.get_decoder()(**arguments)


@contextmanager
def _reading(model: Any, streams: dict[Depth, Tensor], reads: Collection[Depth]) -> Iterator[None]:
    with ExitStack() as stack:
        for depth in reads:
            stack.enter_context(watched(model, depth, _keeper(streams, depth)))
        yield


def _keeper(streams: dict[Depth, Tensor], depth: Depth) -> Callable[[Tensor], None]:
    def keep(stream: Tensor) -> None:
        streams[depth] = stream

    return keep


@contextmanager
def _edited(model: Any, edit: StreamEdit, places: Int[Tensor, "row new"]) -> Iterator[None]:
    rows = torch.arange(len(places))[:, None].expand_as(places)
    tokens = Tokens(rows.reshape(-1), places.reshape(-1))
    with ExitStack() as stack:
        for depth in edit.depths:
            stack.enter_context(watched(model, depth, _changer(edit, depth, tokens)))
        yield


def _changer(edit: StreamEdit, depth: Depth, tokens: Tokens) -> Callable[[Tensor], Tensor]:
    def change(stream: Tensor) -> Tensor:
        return edit.changed(depth, stream.flatten(0, 1), tokens).view_as(stream)

    return change


def _padded(rows: Sequence[Sequence[int]]) -> Int[Tensor, "row pos"]:
    width = max(len(row) for row in rows)
    return torch.tensor([[*row, *[0] * (width - len(row))] for row in rows])


def _additive(is_seen: Bool[Tensor, "row new slot"]) -> Float[Tensor, "row 1 new slot"]:
    mask = torch.zeros(is_seen.shape).masked_fill_(~is_seen, _FORBIDDEN)
    return mask[:, None]


def _with_chosen(
    entries: Float[Tensor, "row heads slot d_head"],
    rows: Int[Tensor, " row"],
    slots: Int[Tensor, " row"],
    tried: int,
) -> Float[Tensor, "row heads grown d_head"]:
    """Return the past of the rows, grown by the chosen candidate's entry."""
    chosen = entries[rows, :, slots].unsqueeze(2)
    return torch.cat([entries[:, :, : entries.shape[2] - tried], chosen], dim=2)


def _sees_every_position(model: Any) -> bool:
    layers: list[Any] = list(DynamicCache(config=model.config).layers)
    return all(hasattr(layer, "keys") and not layer.is_sliding for layer in layers)
