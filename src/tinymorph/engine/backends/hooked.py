"""The reference: any causal LM of transformers, read and steered through plain forward hooks.

Ids, masks, caches and streams live on the model's device, whatever that is; logits come back to
the CPU, where words are drawn. Streams are edited in the model's precision; those that are read,
and logits, are in fp32.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from transformers import DynamicCache

from tinymorph.engine.backends.attention import UNUSED, Reach, masks_of, reach_of
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
from tinymorph.engine.devices import name_of
from tinymorph.engine.hooks import final_norm_scale, shape_of, watched
from tinymorph.engine.trouble import checked_logits
from tinymorph.errors import UnableError

_PROBE = (1, 2, 3, 4)
"""Any tokens, to see whether a model takes masks."""
_NOISE = {torch.float64: 1e-3, torch.float32: 1e-3}
"""How far the logits of a right and a wrong mask may lie apart, in standard deviations: in
single precision they agree to 1e-5, and a token too many or too few moves them by about 1."""
_NOISE_OF_HALVES = 0.2


class HookedBackend(Backend):
    """A transformers model; exact for every family, and the measure of the other backends."""

    name = "transformers"

    def __init__(self, model: Any) -> None:
        self.model: Any = model
        self.shape: ModelShape = shape_of(model)
        self.reach: Reach = reach_of(model)
        can = Abilities(has_ragged_rows=True, tries_candidates=True, enters_at_depth=False)
        cannot = Abilities(has_ragged_rows=False, tries_candidates=False, enters_at_depth=False)
        self.abilities = can
        if not (self.reach.is_plain and _takes_masks(self)):
            self.abilities = cannot

    @property
    def device(self) -> torch.device:
        """Return where the model lives."""
        return self.model.get_input_embeddings().weight.device

    @property
    def precision(self) -> str:
        """Return in which precision the model computes."""
        return name_of(self.model.dtype)

    def begin(self, rows: int, *, depth: Depth | None = None) -> HookedContext:
        """Return a context of rows that have read nothing yet."""
        return HookedContext(self, rows, depth)

    @torch.inference_mode()
    def read(
        self, rows: Sequence[Sequence[int]], depths: Collection[Depth]
    ) -> list[dict[Depth, Float[Tensor, "pos d_model"]]]:
        """Run whole texts as one batch, padded on the right, where causality hides the padding."""
        if not depths:
            return [{} for _ in rows]
        lengths = [len(row) for row in rows]
        ids = _padded(rows, self.device)
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
        self._backend, self._depth, self._device = backend, depth, backend.device
        keeps_all = backend.abilities.has_ragged_rows
        self._cache: Any = DynamicCache(config=None if keeps_all else backend.model.config)
        self._lengths = [0] * rows
        self._slots = torch.empty(rows, 0, dtype=torch.long, device=self._device)
        """The position of the token in each slot of the cache, or that it holds none of a row."""
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
        ids, is_new = _padded(tokens, self._device), _is_token(counts, self._device)
        is_even = self._is_even(counts)
        if not is_even and not self._backend.abilities.has_ragged_rows:
            raise UnableError("This model cannot take rows of different lengths in one batch.")
        places = self._places(ids.shape[1])
        mask = None if is_even else self._mask(places, _causal(is_new))
        output, streams = self._run(ids, places, mask, edit, reads, logits)
        self._slots = torch.cat([self._slots, places.masked_fill(~is_new, UNUSED)], dim=1)
        self._lengths = [n + count for n, count in zip(self._lengths, counts, strict=True)]
        flat = {depth: stream[is_new] for depth, stream in streams.items()}
        if output is None:
            return Pass(torch.empty(0, self._backend.shape.d_vocab, device="cpu"), flat)
        rows = torch.arange(len(counts), device=self._device)
        chosen = output[is_new] if logits == "all" else output[rows, is_new.sum(1) - 1]
        is_steered = edit is not None and bool(edit.depths)
        return Pass(checked_logits(chosen.float(), is_steered=is_steered).cpu(), flat)

    @torch.inference_mode()
    def try_next(
        self, candidates: Int[Tensor, "row k"], reads: Collection[Depth]
    ) -> Mapping[Depth, Float[Tensor, "row k d_model"]]:
        """Run tokens that would all come next, none of which sees another."""
        if not self._backend.abilities.tries_candidates:
            raise UnableError("This model cannot try several tokens at one position.")
        rows, width = candidates.shape
        places = self._places(1).expand(rows, width)
        itself = torch.eye(width, dtype=torch.bool, device=self._device).expand(rows, width, width)
        mask = self._mask(places, itself)
        _, streams = self._run(candidates.to(self._device), places, mask, None, reads, "none")
        self._tried = width
        return streams

    @torch.inference_mode()
    def take_tried(self, choices: Sequence[int]) -> None:
        """Go on with one of the candidates just tried in each row."""
        rows = torch.arange(len(choices), device=self._device)
        slots = torch.tensor(list(choices), device=self._device) + self._slots.shape[1]
        for layer in self._cache.layers:
            if layer.keys is not None and layer.keys.numel():
                layer.keys = _with_chosen(layer.keys, rows, slots, self._tried)
                layer.values = _with_chosen(layer.values, rows, slots, self._tried)
        self._slots = torch.cat([self._slots, self._places(1)], dim=1)
        self._lengths = [length + 1 for length in self._lengths]
        self._tried = 0

    @torch.inference_mode()
    def crop(self, lengths: Sequence[int]) -> None:
        """Forget the tokens of each row from a length on."""
        kept = torch.tensor(list(lengths), device=self._device)[:, None]
        self._slots = self._slots.masked_fill(self._slots >= kept, UNUSED)
        self._lengths = [min(pair) for pair in zip(lengths, self._lengths, strict=True)]
        used = (self._slots != UNUSED).any(0).nonzero()
        end = int(used[-1]) + 1 if len(used) else 0
        if (surplus := self._slots.shape[1] - end) > 0:
            self._cache.crop(-surplus)
            self._slots = self._slots[:, :end]

    @torch.inference_mode()
    def select(self, rows: Sequence[int]) -> None:
        """Keep these rows, in this order."""
        index = torch.tensor(list(rows), device=self._device)
        self._cache.batch_select_indices(index)
        self._slots = self._slots[index]
        self._lengths = [self._lengths[row] for row in rows]

    @torch.inference_mode()
    def fork(self, rows: int) -> HookedContext:
        """Return a context of so many copies of this one's only row."""
        result = HookedContext(self._backend, rows, self._depth)
        result._cache = copy.deepcopy(self._cache)
        result._cache.batch_repeat_interleave(rows)
        result._slots = self._slots.expand(rows, -1).clone()
        result._lengths = self._lengths * rows
        return result

    def close(self) -> None:
        """Give the memory back."""
        self._cache = None

    def _is_even(self, counts: Sequence[int]) -> bool:
        """Say whether the rows have no gap, before and after this many more tokens in each."""
        is_full = all(length == self._slots.shape[1] for length in self._lengths)
        return is_full and len(set(counts)) == 1

    def _places(self, width: int) -> Int[Tensor, "row new"]:
        """Return the positions of the next tokens of each row."""
        lengths = torch.tensor(self._lengths, device=self._device)
        return lengths[:, None] + torch.arange(width, device=self._device)

    def _mask(self, places: Int[Tensor, "row new"], among: Bool[Tensor, "row new new"]) -> Any:
        dtype = self._backend.model.dtype
        return masks_of(self._backend.reach, self._slots, places, among, dtype)

    def _run(
        self,
        ids: Int[Tensor, "row new"],
        places: Int[Tensor, "row new"],
        mask: Any,
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
        streams[depth] = stream.float()

    return keep


@contextmanager
def _edited(model: Any, edit: StreamEdit, places: Int[Tensor, "row new"]) -> Iterator[None]:
    rows = torch.arange(len(places), device="cpu")[:, None].expand(places.shape)
    tokens = Tokens(rows.reshape(-1), places.reshape(-1).cpu())
    with ExitStack() as stack:
        for depth in edit.depths:
            stack.enter_context(watched(model, depth, _changer(edit, depth, tokens)))
        yield


def _changer(edit: StreamEdit, depth: Depth, tokens: Tokens) -> Callable[[Tensor], Tensor]:
    def change(stream: Tensor) -> Tensor:
        changed = edit.changed(depth, stream.flatten(0, 1), tokens)
        return changed.view_as(stream).to(stream.dtype)

    return change


def _padded(rows: Sequence[Sequence[int]], device: torch.device) -> Int[Tensor, "row pos"]:
    width = max(len(row) for row in rows)
    padded = [[*row, *[0] * (width - len(row))] for row in rows]
    return torch.tensor(padded, dtype=torch.long, device=device)


def _is_token(counts: Sequence[int], device: torch.device) -> Bool[Tensor, "row pos"]:
    """Say of each place of a padded batch whether a token stands there."""
    widths = torch.tensor(counts, device=device)[:, None]
    return torch.arange(max(counts), device=device) < widths


def _causal(is_new: Bool[Tensor, "row new"]) -> Bool[Tensor, "row new new"]:
    """Let each new token see those before it and itself; padding sees itself alone."""
    width, device = is_new.shape[1], is_new.device
    causal = torch.ones(width, width, dtype=torch.bool, device=device).tril()
    return (causal & is_new[:, None, :]) | torch.eye(width, dtype=torch.bool, device=device)


def _with_chosen(
    entries: Float[Tensor, "row heads slot d_head"],
    rows: Int[Tensor, " row"],
    slots: Int[Tensor, " row"],
    tried: int,
) -> Float[Tensor, "row heads grown d_head"]:
    """Return the past of the rows, grown by the chosen candidate's entry."""
    chosen = entries[rows, :, slots].unsqueeze(2)
    return torch.cat([entries[:, :, : entries.shape[2] - tried], chosen], dim=2)


def _takes_masks(backend: HookedBackend) -> bool:
    """Say whether a model reads rows of different lengths as it reads each alone.

    Most do, with the masks that we make. Those that build position biases of their own, or take
    masks of another form, do not, and nothing else would tell.
    """
    if backend.shape.d_vocab <= max(_PROBE):
        return False
    try:
        ragged = HookedContext(backend, 2, None)
        ragged.extend([_PROBE[:3], _PROBE[:1]])
        found = ragged.extend([_PROBE[3:], _PROBE[1:2]]).logits
        whole = HookedContext(backend, 1, None).extend([_PROBE], logits="all").logits
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError):
        return False
    difference = (found - whole[[3, 1]]).abs().max()
    noise = _NOISE.get(backend.model.dtype, _NOISE_OF_HALVES)
    return bool(difference <= noise * whole.std())
