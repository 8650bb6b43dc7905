"""What the engine asks of a model: run tokens, and let the residual stream be read and changed.

The residual stream is named by its **depth**: how many layers it has been through. Depth 0 is
what the embedding gives (`blocks.0.hook_resid_pre`), depth L + 1 is `blocks.L.hook_resid_post`.
Tokens of several rows travel flat, row after row, so that rows may differ in length.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tinymorph.errors import HookPointError, UnableError
from tinymorph.schema.feature import HookPoint

Depth = int
Streams = Mapping[Depth, Float[Tensor, "token d_model"]]
"""The residual stream of the tokens of one pass, as the next layer sees it, in fp32."""
Wanted = Literal["last", "all", "none"]


@dataclass(frozen=True, slots=True)
class ModelShape:
    """The sizes of a model, and the tokens that begin and end a text."""

    n_layers: int
    d_model: int
    d_vocab: int
    n_ctx: int
    n_parameters: int
    bos_id: int | None
    eos_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a backend can do exactly; what it cannot, it refuses."""

    has_ragged_rows: bool
    """Rows of one batch may have different lengths, so that each can take its own drafts, and
    their last tokens can be forgotten."""
    tries_candidates: bool
    """Several tokens can be tried at one position without seeing each other."""
    enters_at_depth: bool
    """A pass can begin above the lower layers, with a stream that is known already."""


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """Where the tokens of a pass stand; told on the CPU, wherever the stream is."""

    rows: Int[Tensor, " token"]
    """Place of each token's row in the batch."""
    positions: Int[Tensor, " token"]
    """Absolute, from 0."""


class StreamEdit(ABC):
    """A change of the residual stream while a pass goes on."""

    depths: frozenset[Depth]
    """Where it acts; nothing is touched elsewhere."""

    @abstractmethod
    def changed(
        self, depth: Depth, stream: Float[Tensor, "token d_model"], tokens: Tokens
    ) -> Float[Tensor, "token d_model"]:
        """Return the stream that goes on from here; `stream` itself is left alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """What came of running some tokens."""

    logits: Float[Tensor, "asked d_vocab"]
    """Of the tokens asked for, row after row: the last of each, all, or none; on the CPU."""
    streams: Streams = field(default_factory=dict[Depth, Tensor])


class Context(ABC):
    """Rows of tokens that a model has read, with their keys and values: a KV cache."""

    @property
    @abstractmethod
    def lengths(self) -> tuple[int, ...]:
        """Return how many tokens each row has."""

    @property
    @abstractmethod
    def n_bytes(self) -> int:
        """Return the memory that it holds."""

    @abstractmethod
    def extend(
        self,
        tokens: Sequence[Sequence[int]],
        *,
        edit: StreamEdit | None = None,
        reads: Collection[Depth] = (),
        logits: Wanted = "last",
    ) -> Pass:
        """Read at least one more token in each row."""

    def rerun_above(
        self, depth: Depth, stream: Float[Tensor, "token d_model"], edit: StreamEdit
    ) -> Pass:
        """Run all tokens of rows that hold the same ones again, but for the layers below `depth`.

        `stream` is what comes out of those, unsteered, for every token of one row from the first
        on; the edit must not act below. The logits are those of each row's last token.
        UnableError where `enters_at_depth` is not among the abilities.
        """
        del depth, stream, edit
        raise UnableError("This backend cannot begin above the first layer.")

    @abstractmethod
    def try_next(
        self, candidates: Int[Tensor, "row k"], reads: Collection[Depth]
    ) -> Mapping[Depth, Float[Tensor, "row k d_model"]]:
        """Run tokens that would all come next, none of which sees another; keep none."""

    @abstractmethod
    def take_tried(self, choices: Sequence[int]) -> None:
        """Go on with one of the candidates just tried in each row."""

    @abstractmethod
    def crop(self, lengths: Sequence[int]) -> None:
        """Forget the tokens of each row from a length on."""

    @abstractmethod
    def select(self, rows: Sequence[int]) -> None:
        """Keep these rows, in this order; the others leave the batch."""

    @abstractmethod
    def fork(self, rows: int) -> Context:
        """Return a context of so many copies of this one's only row; the two go separate ways."""

    @abstractmethod
    def close(self) -> None:
        """Give the memory back; the context is not used again."""


class Backend(ABC):
    """A loaded model."""

    name: str
    """What it is called in settings and in the status line."""
    shape: ModelShape
    abilities: Abilities

    @property
    def device(self) -> torch.device:
        """Return where streams live, and so the SAEs that read and edit them."""
        return torch.device("cpu")

    @property
    def computes_on(self) -> str:
        """Return what does the work: `cpu`, `cuda`, `mps`, or `gpu` where no more is known."""
        return self.device.type

    @property
    def precision(self) -> str:
        """Return in which precision the weights are held."""
        return "fp32"

    @abstractmethod
    def begin(self, rows: int, *, depth: Depth | None = None) -> Context:
        """Return a context of rows that have read nothing yet.

        With `depth` only the layers below it are run: there are no logits, and nothing above
        can be read.
        """

    @abstractmethod
    def read(
        self, rows: Sequence[Sequence[int]], depths: Collection[Depth]
    ) -> list[dict[Depth, Float[Tensor, "pos d_model"]]]:
        """Run whole texts, each by itself and unsteered, and return their streams."""

    @abstractmethod
    def unembedding(self) -> tuple[Float[Tensor, " d_model"], Float[Tensor, "d_vocab d_model"]]:
        """Return the scale of the final norm, and the matrix from stream to logits."""

    @abstractmethod
    def close(self) -> None:
        """Give the model's memory back."""


def depth_of(hook_point: HookPoint) -> Depth:
    """Return the depth of a hook point."""
    return hook_point.depth


def checked_depth(hook_point: HookPoint, shape: ModelShape) -> Depth:
    """Return the depth of a hook point; HookPointError if the model has no such layer."""
    if not 0 <= hook_point.layer < shape.n_layers:
        raise HookPointError(
            f"The model has no hook point {hook_point}.",
            hint=f"It has blocks.0.hook_resid_pre to blocks.{shape.n_layers - 1}.hook_resid_post.",
        )
    return depth_of(hook_point)
