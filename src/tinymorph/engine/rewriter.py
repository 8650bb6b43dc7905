"""The engine: requests in, events out, one at a time, on whatever thread iterates."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from tinymorph.engine.backends.base import Backend, depth_of
from tinymorph.engine.cache import PrefixCache
from tinymorph.engine.drafts import Draft, better, new_drafts
from tinymorph.engine.flaws import lost_words
from tinymorph.engine.generate import Prompt, Row, sample_tokens
from tinymorph.engine.overlap import overlaps_of
from tinymorph.engine.prompt import (
    Piece,
    TokenizedPrompt,
    Wishes,
    encode_prompt,
    encode_text,
    pieces_of,
    wishes_for,
    wishes_of,
)
from tinymorph.engine.reading import DENSE, ColdReading, ceiling, describe_reading, read_cold
from tinymorph.engine.sae import Sae
from tinymorph.engine.steering import Places, compile_plan
from tinymorph.schema.events import (
    EngineEvent,
    Finished,
    Inspected,
    ModelInfo,
    Overlapped,
    TextStreamed,
)
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.request import (
    EngineRequest,
    InspectionRequest,
    OverlapRequest,
    Sampling,
    SuggestionRequest,
)
from tinymorph.schema.steering import SteeringPlan
from tinymorph.schema.suggestion import FeatureChange, Flaw, Suggestion

_RETRY = 100_003
"""Added to the seed of an alternative that came out flawed, for its one second chance."""
_MOVED = 6
"""How many features besides the steered ones are reported as changed."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One piece of a passage, as the model is asked to rewrite it."""

    tokenized: TokenizedPrompt
    prompt: Prompt
    sampling: Sampling
    """With as many tokens as the piece asks for and the model has."""


class Rewriter:
    """A loaded model with its SAEs. Not safe to iterate from two threads at once."""

    def __init__(
        self, backend: Backend, tokenizer: Any, saes: Mapping[str, Sae], info: ModelInfo
    ) -> None:
        self.info = info
        self.backend, self.tokenizer, self.saes = backend, tokenizer, saes
        depths = {depth_of(sae.hook_point) for sae in saes.values()}
        self.cache = PrefixCache(backend, depths=depths)

    def run(self, request: EngineRequest) -> Iterator[EngineEvent | None]:
        """Yield the events of a request; None after a token that completed no character.

        The last event is that of the request's kind. Closing the generator stops the work and
        takes every hook off.
        """
        match request:
            case SuggestionRequest():
                return self.rewrite(request)
            case InspectionRequest():
                return self.inspect(request)
            case OverlapRequest():
                return self.compare(request)

    def close(self) -> None:
        """Give the memory of prompts and weights back; nothing can be asked any more."""
        self.cache.clear()
        self.backend.close()

    def inspect(self, request: InspectionRequest) -> Iterator[EngineEvent | None]:
        """Read the features of the request's span, in the context of its paragraph."""
        text = encode_text(self.tokenizer, request.paragraph.text)
        cold = read_cold(self.backend, self.tokenizer, self.saes, text.token_ids)
        yield None
        with torch.inference_mode():
            reading = describe_reading(cold, self.saes, text, request)
        yield Inspected(
            request_id=request.request_id,
            base_revision=request.paragraph.revision,
            reading=reading,
        )

    def compare(self, request: OverlapRequest) -> Iterator[EngineEvent | None]:
        """Say how much features overlap."""
        overlaps = overlaps_of(request.refs, self.saes)
        yield Overlapped(request_id=request.request_id, overlaps=overlaps)

    def rewrite(self, request: SuggestionRequest) -> Iterator[EngineEvent | None]:
        """Write the alternatives in one batch, read them cold, and say what changed."""
        source = request.span.of(request.paragraph.text)
        wishes = wishes_of(request)
        pieces = pieces_of(self.tokenizer, source, request.task, self.info.n_ctx, wishes)
        first = self._asked(request, pieces, 0, wishes, ())
        compile_plan(request.plan, self.saes, first.prompt.places)
        seeds = {index: request.seed + index for index in range(request.alternatives)}
        drafts = new_drafts(request.plan, seeds, with_twin=request.with_twin)
        yield None
        yield from self._write(request, pieces, drafts, streams=True)
        again = {
            draft.index: draft.seed + _RETRY
            for draft in drafts
            if not draft.is_twin and not draft.is_worth_showing(source)
        }
        if again:
            second = new_drafts(request.plan, again, with_twin=request.with_twin)
            yield from self._write(request, pieces, second, streams=False)
            drafts = better(drafts, second, source)
        found: list[Suggestion] = []
        for suggestion in self._suggestions(request, drafts, source):
            found.append(suggestion)
            yield None  # to read them all takes as long as many tokens: here it can be stopped
        yield Finished(request_id=request.request_id, suggestions=tuple(found))

    def _write(
        self,
        request: SuggestionRequest,
        pieces: Sequence[Piece],
        drafts: Sequence[Draft],
        *,
        streams: bool,
    ) -> Iterator[EngineEvent | None]:
        """Write all drafts, piece by piece; yield their text as it comes, or only None.

        The first piece is written for all drafts at once. The others follow on what each draft
        has written, so each is a prompt of its own.
        """
        wishes = wishes_of(request)
        for number in range(len(pieces)):
            batches = [list(drafts)] if number == 0 else [[draft] for draft in drafts]
            for batch in batches:
                asked = self._asked(request, pieces, number, wishes, batch[0].written)
                yield from self._write_piece(request, asked, batch, streams=streams)

    def _write_piece(
        self,
        request: SuggestionRequest,
        asked: _Asked,
        drafts: Sequence[Draft],
        *,
        streams: bool,
    ) -> Iterator[EngineEvent | None]:
        begun = time.perf_counter()
        tokenizer = self.tokenizer.backend_tokenizer
        rows = [Row(draft.plan, draft.seed, asked.sampling) for draft in drafts]
        before = [draft.seconds for draft in drafts]
        for step in sample_tokens(self.backend, self.saes, asked.prompt, rows, self.cache):
            for token in step:
                draft = drafts[token.row]
                chunk = draft.take(tokenizer, token)
                draft.seconds = before[token.row] + time.perf_counter() - begun
                if chunk and streams:
                    yield TextStreamed(
                        request_id=request.request_id,
                        index=draft.index,
                        is_twin=draft.is_twin,
                        chunk=chunk,
                        n_tokens=draft.tell(),
                    )
            yield None
        for draft in drafts:
            draft.finish_piece(asked.tokenized)

    def _asked(
        self,
        request: SuggestionRequest,
        pieces: Sequence[Piece],
        number: int,
        wishes: Wishes,
        written: Sequence[str],
    ) -> _Asked:
        """Return the prompt of a piece, after what was written for those before it."""
        piece, n_ctx = pieces[number], self.info.n_ctx
        tokenized = encode_prompt(
            self.tokenizer, piece.text, request.task, n_ctx, wishes_for(piece, wishes, written)
        )
        start = sum(len(earlier.text) for earlier in pieces[:number])
        is_own = torch.tensor(tokenized.steerable_mask)
        is_chosen = None
        if (span := request.plan.span) is not None:
            is_chosen = torch.zeros_like(is_own)
            is_chosen[is_own] = torch.tensor(
                [
                    token.start + start < span.end and token.end + start > span.start
                    for token in tokenized.spans
                ],
                dtype=torch.bool,
            )
        places = Places(len(is_own), is_own, is_chosen)
        prompt = Prompt(tokenized.token_ids, places, tokenized.passage_ids, tokenized.stop_ids)
        limit = request.sampling.max_new_tokens or tokenized.limit
        room = n_ctx - len(tokenized.token_ids)
        sampling = request.sampling.model_copy(update={"max_new_tokens": min(limit, room)})
        return _Asked(tokenized, prompt, sampling)

    def _suggestions(
        self, request: SuggestionRequest, drafts: Sequence[Draft], source: str
    ) -> Iterator[Suggestion]:
        """Yield the alternatives in order, each with the features that changed."""
        twins = {draft.index: draft for draft in drafts if draft.is_twin}
        before = self._read(source)
        for draft in sorted(drafts, key=lambda draft: draft.index):
            if draft.is_twin:
                continue
            twin = twins.get(draft.index)
            if request.with_twin and twin is None:
                twin = draft
            after = self._read(draft.text)
            flaw, lost = draft.flaw(source), lost_words(draft.text, request)
            baseline = after if twin is draft else None if twin is None else self._read(twin.text)
            yield Suggestion(
                request_id=request.request_id,
                base_revision=request.paragraph.revision,
                index=draft.index,
                text=draft.text,
                seed=draft.seed,
                plan=request.plan,
                flaw=flaw or (Flaw.LOST if lost else None),
                lost=lost,
                twin=None if twin is None else twin.text,
                twin_flaw=None if twin is None else twin.flaw(source),
                features=tuple(self._changes(request.plan, before, after, baseline)),
                tokens_per_second=draft.n_tokens / max(draft.seconds, 1e-9),
            )

    def _read(self, text: str) -> ColdReading:
        ids = encode_text(self.tokenizer, text.strip()).token_ids
        return read_cold(self.backend, self.tokenizer, self.saes, ids)

    def _changes(
        self,
        plan: SteeringPlan,
        before: ColdReading,
        after: ColdReading,
        twin: ColdReading | None,
    ) -> Iterator[FeatureChange]:
        steered = [term.ref for term in plan.active_terms]
        moved = [ref for ref in self._most_moved(before, after) if ref not in steered]
        for ref in dict.fromkeys([*steered, *moved[:_MOVED]]):
            yield FeatureChange(
                ref=ref,
                before=before.mean(ref),
                after=after.mean(ref),
                twin=None if twin is None else twin.mean(ref),
            )

    @torch.inference_mode()
    def _most_moved(self, before: ColdReading, after: ColdReading) -> list[FeatureRef]:
        """Return features by the change of their mean, in units of max activation."""
        scored: list[tuple[float, FeatureRef]] = []
        for sae_id, sae in self.saes.items():
            if not len(before.acts[sae_id]) or not len(after.acts[sae_id]):
                continue
            change = (after.acts[sae_id].mean(0) - before.acts[sae_id].mean(0)) / ceiling(sae)
            if sae.stats is not None:
                change[sae.stats.activation_density > DENSE] = 0
            best = change.abs().topk(min(2 * _MOVED, sae.d_sae))
            scored += [
                (value, FeatureRef(sae_id=sae_id, feature_index=index))
                for value, index in zip(best.values.tolist(), best.indices.tolist(), strict=True)
                if value > 0
            ]
        return [ref for _, ref in sorted(scored, key=lambda pair: -pair[0])]
