"""Look into llama.cpp's graph while it is computed: read and change the residual stream.

llama.cpp asks for every node whether we want its data, and comes again with those that we do.
What layer N gives is called `l_out-N`, depth N + 1; rows are the tokens of the micro-batch, in the
order of the batch. Of the last layer there are only the tokens whose logits are asked.
"""

from __future__ import annotations

import ctypes
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from tinymorph.engine.backends.base import Depth, StreamEdit, Tokens
from tinymorph.engine.backends.llama_library import LlamaLibrary
from tinymorph.errors import UnableError

EMBEDDING_NODES: Mapping[str, bytes] = {
    "llama": b"embd",
    "qwen2": b"embd",
    "qwen3": b"embd",
    "gemma2": b"inp_scaled",
    "gemma3": b"inp_scaled",
    "gpt2": b"inpL",
    "gptneox": b"embd",
}
"""By architecture, the node that holds the stream before the first layer."""


@dataclass(slots=True, eq=False)
class Watch:
    """What is wanted of one run of the graph, and what was found."""

    places: Sequence[tuple[int, int]]
    """Row and position of each token."""
    is_asked: Sequence[bool]
    """For each token, whether its logits are asked: the last layer is computed for those only."""
    edit: StreamEdit | None = None
    reads: Collection[Depth] = ()
    stop: Depth | None = None
    """Nothing is computed above this depth."""
    streams: dict[Depth, Float[Tensor, "token d_model"]] = field(default_factory=dict[int, Tensor])

    @property
    def depths(self) -> set[Depth]:
        """Return where it must be looked."""
        edited = self.edit.depths if self.edit is not None else frozenset[int]()
        wanted = {*self.reads, *edited}
        if self.stop is None:
            return wanted
        return {depth for depth in wanted if depth <= self.stop} | {self.stop}

    def tokens(self, count: int) -> Tokens:
        """Return where the tokens of a node stand: all, or those whose logits are asked."""
        places = list(self.places)
        if count != len(places):
            places = [place for place, asked in zip(places, self.is_asked, strict=True) if asked]
        both = torch.tensor(places)
        return Tokens(both[:, 0], both[:, 1])


class GraphWatcher:
    """The callback that llama.cpp calls for the nodes of its graph; one run at a time."""

    def __init__(self, library: LlamaLibrary, nodes: Mapping[bytes, Depth], d_model: int) -> None:
        self._library, self._d_model = library, d_model
        self._nodes = nodes
        self._names = {depth: name for name, depth in nodes.items()}
        self._wanted: dict[bytes, Depth] = {}
        self._watch: Watch | None = None
        self._trouble: BaseException | None = None
        self._name_of: Any = library.name_of
        self.is_in_host_memory = True
        """Nodes lie in memory that we can reach; else they are copied there and back."""
        self.callback: Any = library.api.ggml_backend_sched_eval_callback(self._on_node)

    def begin(self, watch: Watch) -> None:
        """Look at the next run of the graph."""
        self._watch, self._trouble = watch, None
        self._wanted = {self._names[depth]: depth for depth in watch.depths}

    def end(self) -> None:
        """Look no more; raise what went wrong while looking, or UnableError for what was missed."""
        watch, self._watch = self._watch, None
        missed, self._wanted = self._wanted, {}
        if self._trouble is not None:
            raise self._trouble
        if missed and watch is not None:
            raise UnableError(f"llama.cpp did not compute {next(iter(missed)).decode()}.")

    def _on_node(self, node: int, is_asking: bool, _data: object) -> bool:
        if is_asking:
            return bool(self._wanted) and self._name_of(node) in self._wanted
        try:
            return self._look(self._wanted.pop(self._name_of(node)), node)
        except BaseException as error:  # noqa: BLE001 -- C would lose it; `end` raises it
            self._trouble = error
            self._wanted = {}
            return False

    def _look(self, depth: Depth, node: int) -> bool:
        """Read and change the stream at a node; say whether to go on."""
        watch = self._watch
        if watch is None:
            return True
        stream = self._stream(node)
        if watch.edit is not None and depth in watch.edit.depths and len(stream):
            tokens = watch.tokens(len(stream))
            self._change(stream, watch.edit.changed(depth, stream, tokens), node)
        if depth in watch.reads:
            watch.streams[depth] = stream.clone() if self.is_in_host_memory else stream
        if depth == watch.stop:
            self._wanted = {}
            return False
        return True

    def _stream(self, node: int) -> Float[Tensor, "token d_model"]:
        """Return a node's numbers: where they lie, or a copy of what lies on a device."""
        n_bytes = self._library.n_bytes_of(node)
        shape = -1, self._d_model
        if not n_bytes:
            return torch.empty(0, self._d_model)
        if not self.is_in_host_memory:
            copy = torch.empty(n_bytes // 4)
            self._library.copy_out(node, copy.data_ptr(), 0, n_bytes)
            return copy.view(shape)
        memory = (ctypes.c_float * (n_bytes // 4)).from_address(self._library.data_of(node))
        return torch.frombuffer(memory, dtype=torch.float32).view(shape)

    def _change(self, stream: Tensor, changed: Tensor, node: int) -> None:
        if changed is stream:
            return
        if not changed.sum().isfinite() and not changed.isfinite().all():
            raise UnableError("Steering made numbers that are none; take smaller coefficients.")
        stream.copy_(changed)
        if not self.is_in_host_memory:
            self._library.copy_in(node, stream.data_ptr(), 0, stream.nbytes)


def nodes_of(architecture: str, n_layers: int) -> dict[bytes, Depth]:
    """Return the names of the nodes that hold the residual stream, with their depths."""
    names = {f"l_out-{layer}".encode(): layer + 1 for layer in range(n_layers)}
    return {EMBEDDING_NODES[architecture]: 0, **names}
