"""Beyond one machine: a model that interp-engine runs, here or on the GPUs of its vLLM backends.

It has no KV cache that we could hold, so a context holds the ids of its rows, and what is asked
of a row is a request that reads all of it again: exact, and as slow as that sounds. Each row is a
request of its own, so that in this process its numbers do not depend on its company.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tinymorph.engine.backends.base import (
    Abilities,
    Backend,
    Context,
    Depth,
    ModelShape,
    Pass,
    StreamEdit,
    Wanted,
)
from tinymorph.engine.backends.interp_steering import (
    Steering,
    is_same_steering,
    point_of,
    specs_of,
    steering_of,
)
from tinymorph.engine.hooks import final_norm_scale
from tinymorph.engine.steering import BatchEdit, RowEdit
from tinymorph.engine.trouble import checked_logits
from tinymorph.errors import UnableError

_BYTES_PER_TOKEN = 8


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """The tokens of a row, and how those that are steered are."""

    token_ids: tuple[int, ...] = ()
    is_steered: tuple[bool, ...] = ()
    steering: Steering = ()

    def grown(self, more: Sequence[int], edit: RowEdit | None) -> Text:
        """Return the text with more tokens; UnableError if these would be steered otherwise."""
        ids = (*self.token_ids, *more)
        steering = () if edit is None else steering_of(edit)
        new = [False] * len(more)
        if edit is not None and steering:
            new = edit.steered(torch.arange(len(self.token_ids), len(ids))).tolist()
        flags = (*self.is_steered, *new)
        if not any(new):
            return replace(self, token_ids=ids, is_steered=flags)
        if any(self.is_steered) and not is_same_steering(self.steering, steering):
            raise UnableError("interp-engine steers all of a text in one way, and in no second.")
        return Text(ids, flags, steering)

    def cropped(self, length: int) -> Text:
        """Return the text without its tokens from a length on."""
        return Text(self.token_ids[:length], self.is_steered[:length], self.steering)


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is asked of one row in one request."""

    text: Text
    depths: tuple[Depth, ...]
    places: tuple[int, ...]
    """The tokens whose streams are asked for."""
    decoded: tuple[int, ...] = ()
    """Those among `places`, by their order there, whose logits are."""


class InterpServer:
    """A model that interp-engine has loaded, asked through what all its backends share."""

    def __init__(self, engine: Any, model: Any) -> None:
        self.engine, self.model = engine, model

    def ask(self, questions: Sequence[Question]) -> list[Pass]:
        """Answer all questions, each by a request of its own, at once where the server can."""
        try:
            return self.engine.sync_model(self.model).runner.run(
                self._answers(questions), what="ask()"
            )
        except self.engine.CapabilityUnsupported as error:
            raise UnableError(
                "This server of interp-engine cannot do what was asked.", detail=str(error)
            ) from error

    def close(self) -> None:
        """Give the model's memory back, and end the thread that drove it."""
        self.engine.sync_model(self.model).shutdown()

    async def _answers(self, questions: Sequence[Question]) -> list[Pass]:
        return list(await asyncio.gather(*(self._answer(asked) for asked in questions)))

    async def _answer(self, asked: Question) -> Pass:
        points = [point_of(depth) for depth in asked.depths]
        ids = list(asked.text.token_ids)
        with self._steered(asked.text):
            found = await self.model.capture(ids, points, rows=list(asked.places))
        by_depth = {
            depth: found[self.engine.to_address(point)].float().cpu()
            for depth, point in zip(asked.depths, points, strict=True)
        }
        if not asked.decoded:
            return Pass(torch.empty(0, 0), by_depth)
        last = by_depth[asked.depths[-1]][list(asked.decoded)]
        logits = await self.model.decode_residuals(last)
        return Pass(logits.float().cpu(), by_depth)

    def _steered(self, text: Text) -> Any:
        if not any(text.is_steered):
            return nullcontext()
        spared = [place for place, is_steered in enumerate(text.is_steered) if not is_steered]
        specs = specs_of(text.steering, self.engine)
        return self.engine.steer(self.model, specs, position_mask=spared)


class InterpBackend(Backend):
    """A model of interp-engine; chosen by name only."""

    name = "interp-engine"

    def __init__(self, server: InterpServer, shape: ModelShape) -> None:
        self.server = server
        self.shape = shape
        self.abilities = Abilities(
            has_ragged_rows=True, tries_candidates=True, enters_at_depth=False
        )

    def begin(self, rows: int, *, depth: Depth | None = None) -> InterpContext:
        """Return a context of rows that have read nothing yet."""
        return InterpContext(self, [Text()] * rows, depth)

    @torch.inference_mode()
    def read(
        self, rows: Sequence[Sequence[int]], depths: Collection[Depth]
    ) -> list[dict[Depth, Float[Tensor, "pos d_model"]]]:
        """Run whole texts, each by itself and unsteered, and return their streams."""
        if not depths:
            return [{} for _ in rows]
        wanted = tuple(sorted(set(depths)))
        questions = [
            Question(Text().grown(row, None), wanted, tuple(range(len(row)))) for row in rows
        ]
        return [dict(found.streams) for found in self.server.ask(questions)]

    def unembedding(self) -> tuple[Float[Tensor, " d_model"], Float[Tensor, "d_vocab d_model"]]:
        """Return the scale of the final norm, and the matrix from stream to logits."""
        model = self.server.model
        if not isinstance(model, self.server.engine.EagerModel):
            raise UnableError("This server of interp-engine does not show the model's final norm.")
        weight = model.hf_model.get_output_embeddings().weight
        return final_norm_scale(model.hf_model).cpu(), weight.float().cpu()

    def close(self) -> None:
        """Give the model's memory back."""
        self.server.close()


class InterpContext(Context):
    """The ids of some rows; nothing of them is kept computed."""

    def __init__(self, backend: InterpBackend, texts: Sequence[Text], depth: Depth | None) -> None:
        self._backend, self._depth = backend, depth
        self._texts = list(texts)
        self._candidates: list[list[int]] = []

    @property
    def lengths(self) -> tuple[int, ...]:
        """Return how many tokens each row has."""
        return tuple(len(text.token_ids) for text in self._texts)

    @property
    def n_bytes(self) -> int:
        """Return the memory that it holds."""
        return _BYTES_PER_TOKEN * sum(self.lengths)

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
        edits = _rows_of(edit, len(self._texts))
        grown = [
            text.grown(more, own)
            for text, more, own in zip(self._texts, tokens, edits, strict=True)
        ]
        wanted: Wanted = "none" if self._depth is not None else logits
        found = self._asked(grown, [len(more) for more in tokens], reads, wanted)
        answer = Pass(
            torch.cat([part.logits for part in found]),
            {depth: torch.cat([part.streams[depth] for part in found]) for depth in set(reads)},
        )
        is_steered = any(any(text.is_steered) for text in grown)
        checked_logits(answer.logits, is_steered=is_steered)
        self._texts = grown
        return answer

    @torch.inference_mode()
    def try_next(
        self, candidates: Int[Tensor, "row k"], reads: Collection[Depth]
    ) -> Mapping[Depth, Float[Tensor, "row k d_model"]]:
        """Run tokens that would all come next, each at the end of a text of its own."""
        self._candidates = candidates.tolist()
        texts = [
            text.grown([token_id], None)
            for text, ids in zip(self._texts, self._candidates, strict=True)
            for token_id in ids
        ]
        found = self._asked(texts, [1] * len(texts), reads, "none")
        shape = (*candidates.shape, -1)
        return {
            depth: torch.cat([part.streams[depth] for part in found]).view(shape)
            for depth in set(reads)
        }

    def take_tried(self, choices: Sequence[int]) -> None:
        """Go on with one of the candidates just tried in each row."""
        rows = zip(self._texts, self._candidates, choices, strict=True)
        self._texts = [text.grown([ids[choice]], None) for text, ids, choice in rows]
        self._candidates = []

    def crop(self, lengths: Sequence[int]) -> None:
        """Forget the tokens of each row from a length on."""
        rows = zip(self._texts, lengths, strict=True)
        self._texts = [text.cropped(length) for text, length in rows]

    def select(self, rows: Sequence[int]) -> None:
        """Keep these rows, in this order."""
        self._texts = [self._texts[row] for row in rows]

    def fork(self, rows: int) -> InterpContext:
        """Return a context of so many copies of this one's only row."""
        return InterpContext(self._backend, self._texts * rows, self._depth)

    def close(self) -> None:
        """Give the memory back."""
        self._texts = []

    def _asked(
        self,
        texts: Sequence[Text],
        counts: Sequence[int],
        reads: Collection[Depth],
        wanted: Wanted,
    ) -> list[Pass]:
        """Ask about the last so many tokens of each text; nothing is run if nothing is wanted."""
        shape = self._backend.shape
        depths = tuple(sorted({*reads} | ({shape.n_layers} if wanted != "none" else set[int]())))
        if not depths:
            return [Pass(torch.empty(0, shape.d_vocab))] * len(texts)
        questions: list[Question] = []
        for text, count in zip(texts, counts, strict=True):
            end = len(text.token_ids)
            first = end - count if reads or wanted == "all" else end - 1
            places = tuple(range(first, end))
            decoded = {"none": (), "last": (len(places) - 1,), "all": tuple(range(len(places)))}
            questions.append(Question(text, depths, places, decoded[wanted]))
        found = self._backend.server.ask(questions)
        if wanted == "none":
            return [Pass(torch.empty(0, shape.d_vocab), part.streams) for part in found]
        return found


def _rows_of(edit: StreamEdit | None, rows: int) -> Sequence[RowEdit | None]:
    if edit is None or not edit.depths:
        return [None] * rows
    if not isinstance(edit, BatchEdit):
        raise UnableError(
            "interp-engine steers by plans alone.",
            detail=f"an edit of the kind {type(edit).__name__} says only what it does to a stream",
        )
    return edit.rows
