"""A GGUF in llama.cpp: its sizes, its keys and values, and the batches that are run through it.

All texts share one memory of cells. A cell holds keys and values of one token, and may belong to
several sequences: what begins alike is held, and computed, once. llama.cpp looks at every cell for
every token, whosever it is (with 4,000 cells of others the bundled model takes five times as long),
so texts that were not used for a while are parked outside.
"""

from __future__ import annotations

import ctypes
import re
import weakref
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil
import torch
from jaxtyping import Float
from torch import Tensor

from tinymorph.engine.backends.base import ModelShape
from tinymorph.engine.backends.llama_graph import (
    EMBEDDING_NODES,
    GraphWatcher,
    Watch,
    nodes_of,
)
from tinymorph.engine.backends.llama_library import LlamaLibrary
from tinymorph.errors import BundleError, NotReadyError, UnableError

_CELLS = 1024
"""At the beginning; more when they are needed."""
_OUTPUT_BYTES = 64 * 2**20
"""Logits of one run take no more than this."""
_LEAST, _MOST = 64, 256
"""Tokens of one run, and texts at a time; llama.cpp cannot tell more apart, and would end the
program if it were promised more texts than tokens."""
_SEQUENCES = 32
"""At the beginning; each pass takes longer by their square, by a tenth for 256 of them."""
_AT_HAND = 4
"""So many contexts stay in the cells: a batch, the prompt that it goes on from, cold copies."""
_FULL, _SUCCESS = 1, 0
"""What llama_decode says."""
_F32, _NO_FLASH = 0, 0
"""Of `ggml_type` and `llama_flash_attn_type`: flash attention rounds keys and values to float16."""


class Token(NamedTuple):
    """One token of a batch."""

    token_id: int
    row: int
    sequence: int
    position: int
    is_asked: bool
    """Its logits are wanted."""


class Parkable(ABC):
    """A context that can leave the cells."""

    @abstractmethod
    def park(self) -> None:
        """Take everything out of the cells; doing so twice is harmless."""


_PRECISIONS = {"all F32": "fp32", "F16": "fp16", "BF16": "bf16"}
"""What llama.cpp calls those that others call otherwise."""


class LlamaModel:
    """The weights and sizes of a GGUF."""

    def __init__(self, library: LlamaLibrary, path: Path, gpu_layers: int) -> None:
        self.library, self.path, self.gpu_layers = library, path, gpu_layers
        api = library.api
        params = api.llama_model_default_params()
        params.n_gpu_layers, params.check_tensors = gpu_layers, True
        library.complaints.clear()
        self.pointer: Any = api.llama_model_load_from_file(str(path).encode(), params)
        if not self.pointer:
            raise _not_loaded(path, list(library.complaints))
        self.architecture = self._meta("general.architecture") or "unknown"
        if self.architecture not in EMBEDDING_NODES:
            self.close()
            raise _unknown(path, self.architecture)
        self._vocab = api.llama_model_get_vocab(self.pointer)
        self.shape = self._shape()

    @property
    def precision(self) -> str:
        """Return how the weights are quantised: what stands last in "llama 9M Q8_0"."""
        buffer = ctypes.create_string_buffer(256)
        self.library.api.llama_model_desc(self.pointer, buffer, len(buffer))
        said: str = buffer.value.decode("utf-8", "replace").split(" ", 2)[-1]
        return _PRECISIONS.get(said, said)

    def close(self) -> None:
        """Give the memory back; doing so twice is harmless."""
        if self.pointer:
            self.library.api.llama_model_free(self.pointer)
            self.pointer = None

    def _shape(self) -> ModelShape:
        api, model = self.library.api, self.pointer
        d_vocab = int(api.llama_vocab_n_tokens(self._vocab))
        eos = {token for token in range(d_vocab) if api.llama_vocab_is_eog(self._vocab, token)}
        said = {self._token(name) for name in ("eos", "eot", "eom")}
        return ModelShape(
            n_layers=int(api.llama_model_n_layer(model)),
            d_model=int(api.llama_model_n_embd(model)),
            d_vocab=d_vocab,
            n_ctx=int(api.llama_model_n_ctx_train(model)),
            n_parameters=int(api.llama_model_n_params(model)),
            bos_id=self._token("bos"),
            eos_ids=frozenset(eos | {token for token in said if token is not None}),
        )

    def _token(self, name: str) -> int | None:
        found = self._meta(f"tokenizer.ggml.{name}_token_id")
        return None if found is None else int(found)

    def _meta(self, key: str) -> str | None:
        buffer = ctypes.create_string_buffer(256)
        length = self.library.api.llama_model_meta_val_str(
            self.pointer, key.encode(), buffer, len(buffer)
        )
        return None if length < 0 else buffer.value.decode("utf-8", "replace")


class LlamaMemory:
    """The cells of all texts that are open, and the sequences that they belong to."""

    def __init__(self, model: LlamaModel, threads: int) -> None:
        self.model, self.shape = model, model.shape
        self._library, self._api = model.library, model.library.api
        self._threads = threads
        share = _OUTPUT_BYTES // (4 * self.shape.d_vocab)
        self.most_tokens = max(_LEAST, min(_MOST, share))
        self._n_sequences = _SEQUENCES
        self._free = list(range(_SEQUENCES))
        self._abandoned: deque[list[int]] = deque()
        self._used: list[weakref.ref[Parkable]] = []
        """The contexts, in the order of their last use."""
        nodes = nodes_of(model.architecture, self.shape.n_layers)
        self.watcher = GraphWatcher(model.library, nodes, self.shape.d_model)
        self.watcher.is_in_host_memory = model.gpu_layers == 0
        self._batch = _Batch(self._api, self.most_tokens)
        self.n_cells = _CELLS
        self._context: Any = self._begin(self.n_cells, _SEQUENCES)
        self.bytes_per_token = 0

    def close(self) -> None:
        """Give the memory back; doing so twice is harmless."""
        if self._context:
            self._api.llama_free(self._context)
            self._context = None

    def take(self, count: int) -> list[int]:
        """Return empty sequences; UnableError if there are not so many."""
        if count > self.n_free:
            raise UnableError(
                f"llama.cpp keeps {self.most_tokens} texts at a time, and all are in use."
            )
        if count > len(self._free):
            self._move(self.n_cells, self.most_tokens)
        taken, self._free = self._free[:count], self._free[count:]
        return taken

    @property
    def n_free(self) -> int:
        """Return how many sequences can be taken."""
        self._collect()
        return len(self._free) + self.most_tokens - self._n_sequences

    def give(self, sequences: Sequence[int]) -> None:
        """Take sequences back, with what they hold."""
        if self._context:
            for sequence in sequences:
                self.crop(sequence, 0)
        self._free.extend(sequences)

    def abandon(self, sequences: list[int]) -> None:
        """Take sequences back when there is time; to be called from any thread."""
        self._abandoned.append(sequences)

    def touch(self, context: Parkable) -> None:
        """Take note that a context is used."""
        if not self._used or self._used[-1]() is not context:
            others = (seen for seen in self._used if seen() not in {None, context})
            self._used = [*others, weakref.ref(context)]

    def make_way(self) -> None:
        """Park the contexts that were not used for a while."""
        for seen in self._used[:-_AT_HAND]:
            context = seen()
            if context is not None:
                context.park()
        self._used = self._used[-_AT_HAND:]

    def take_out(self, sequences: Sequence[int]) -> list[Any]:
        """Return all that each sequence holds, and forget it."""
        api, context, found = self._api, self._opened, list[Any]()
        for sequence in sequences:
            size = api.llama_state_seq_get_size(context, sequence)
            held = (ctypes.c_uint8 * size)()
            api.llama_state_seq_get_data(context, held, size, sequence)
            found.append(held)
        self.give(sequences)
        return found

    def put_in(self, held: Sequence[Any], lengths: Sequence[int]) -> list[int]:
        """Return sequences that hold what was taken out, each of so many tokens."""
        sequences = self.take(len(held))
        restore = self._api.llama_state_seq_set_data
        try:
            for part, length, sequence in zip(held, lengths, sequences, strict=True):
                while length and not restore(self._opened, part, len(part), sequence):
                    self._grow(length)
        except BaseException:
            self.give(sequences)
            raise
        return sequences

    def copy(self, source: int, target: int) -> None:
        """Let an empty sequence hold all that another does; no number is moved."""
        self._api.llama_memory_seq_cp(self._cells, source, target, -1, -1)

    def crop(self, sequence: int, length: int) -> None:
        """Forget the tokens of a sequence from a length on."""
        self._api.llama_memory_seq_rm(self._cells, sequence, length, -1)

    def run(self, tokens: Sequence[Token], watch: Watch) -> Float[Tensor, "asked d_vocab"]:
        """Run as many tokens as fit, in one piece; return the logits that were asked.

        Whatever goes wrong, the sequences hold afterwards what they held before.
        """
        self._collect()
        self._batch.fill(tokens)
        try:
            answer = self._decode(watch)
            while answer == _FULL:
                self._grow(len(tokens))
                answer = self._decode(watch)
            if answer != _SUCCESS:
                raise UnableError(
                    "llama.cpp could not compute this.",
                    detail=f"llama_decode: {answer}; {list(self._library.complaints)[-1:]}",
                )
        except BaseException:
            for sequence, position in _beginnings(tokens).items():
                self.crop(sequence, position)
            raise
        count = sum(token.is_asked for token in tokens)
        if not count or watch.stop is not None:
            return torch.empty(0, self.shape.d_vocab)
        pointer = self._api.llama_get_logits(self._context)
        logits = np.ctypeslib.as_array(pointer, (count, self.shape.d_vocab))
        return torch.from_numpy(logits.copy())

    def purge(self) -> None:
        """Forget what is in the cells that no sequence holds, so that NaN cannot spread."""
        self._set_state(self._state())

    def state_size(self) -> int:
        """Return the bytes of all that the sequences hold."""
        return int(self._api.llama_state_get_size(self._opened))

    @property
    def _opened(self) -> Any:
        if not self._context:
            raise NotReadyError("The model in llama.cpp is closed.")
        return self._context

    @property
    def _cells(self) -> Any:
        return self._api.llama_get_memory(self._opened)

    def _decode(self, watch: Watch) -> int:
        self.watcher.begin(watch)
        answer = int(self._api.llama_decode(self._opened, self._batch.batch))
        if answer == _SUCCESS:
            self.watcher.end()
        return answer

    def _collect(self) -> None:
        while self._abandoned:
            self.give(self._abandoned.popleft())

    def _begin(self, n_cells: int, n_sequences: int) -> Any:
        api = self._api
        params = api.llama_context_default_params()
        params.n_ctx, params.n_seq_max = n_cells, n_sequences
        params.n_batch = params.n_ubatch = self.most_tokens
        params.n_threads = params.n_threads_batch = self._threads
        params.flash_attn_type = _NO_FLASH
        params.type_k = params.type_v = _F32
        params.offload_kqv = params.op_offload = self.model.gpu_layers != 0
        params.swa_full = params.kv_unified = params.no_perf = True
        params.cb_eval = self.watcher.callback
        context = api.llama_init_from_model(self.model.pointer, params)
        if not context:
            raise UnableError(
                "There is not enough memory for what llama.cpp is to keep in mind.",
                detail="; ".join(list(self._library.complaints)[-3:]),
            )
        return context

    def _grow(self, wanted: int) -> None:
        """Move to a memory of more cells."""
        n_cells = max(2 * self.n_cells, self.n_cells + wanted)
        if n_cells * self.bytes_per_token > psutil.virtual_memory().available:
            raise UnableError(
                "There is not enough memory for what llama.cpp is to keep in mind.",
                hint="Close other programs, or ask for fewer alternatives at once.",
            )
        self._move(n_cells, self._n_sequences)

    def _move(self, n_cells: int, n_sequences: int) -> None:
        """Take everything into a larger memory."""
        state, larger = self._state(), self._begin(n_cells, n_sequences)
        self._api.llama_free(self._context)
        self._context, self.n_cells = larger, n_cells
        self._free.extend(range(self._n_sequences, n_sequences))
        self._n_sequences = n_sequences
        self._set_state(state)

    def _state(self) -> Any:
        state = (ctypes.c_uint8 * self.state_size())()
        self._api.llama_state_get_data(self._context, state, len(state))
        return state

    def _set_state(self, state: Any) -> None:
        if not self._api.llama_state_set_data(self._context, state, len(state)):
            raise UnableError("llama.cpp lost what it was keeping in mind.")


class _Batch:
    """The arrays that llama.cpp reads a batch from."""

    def __init__(self, api: Any, size: int) -> None:
        self._ids, self._positions = (ctypes.c_int32 * size)(), (ctypes.c_int32 * size)()
        self._sequences, self._ones = (ctypes.c_int32 * size)(), (ctypes.c_int32 * size)()
        self._asked = (ctypes.c_int8 * size)()
        pointer = ctypes.POINTER(ctypes.c_int32)
        start, step = ctypes.addressof(self._sequences), ctypes.sizeof(ctypes.c_int32)
        self._pointers = (pointer * size)(
            *(ctypes.cast(start + step * at, pointer) for at in range(size))
        )
        self._ones[:] = [1] * size
        self.batch: Any = api.llama_batch(
            token=self._ids,
            pos=self._positions,
            n_seq_id=self._ones,
            seq_id=self._pointers,
            logits=self._asked,
        )

    def fill(self, tokens: Sequence[Token]) -> None:
        """Write down a batch."""
        count = len(tokens)
        self.batch.n_tokens = count
        self._ids[:count] = [token.token_id for token in tokens]
        self._positions[:count] = [token.position for token in tokens]
        self._sequences[:count] = [token.sequence for token in tokens]
        self._asked[:count] = [token.is_asked for token in tokens]


def _beginnings(tokens: Sequence[Token]) -> dict[int, int]:
    """Return the first position of each sequence in a batch."""
    return {token.sequence: token.position for token in reversed(tokens)}


def _not_loaded(path: Path, complaints: Sequence[str]) -> BundleError | UnableError:
    said = "; ".join(complaints)
    unknown = re.search(r"unknown model architecture: '([^']*)'", said)
    if unknown:
        return _unknown(path, unknown.group(1))
    return BundleError(f"The model {path.name} cannot be read.", detail=said)


def _unknown(path: Path, architecture: str) -> UnableError:
    return UnableError(
        f"{path.name} is a model of the kind {architecture!r}, whose residual stream "
        "tinymorph cannot read in llama.cpp.",
        hint=f"Kinds that it can: {', '.join(EMBEDDING_NODES)}.",
    )
