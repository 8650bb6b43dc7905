"""The engine: requests in, events out, one at a time, on whatever thread iterates."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from tokenizers.decoders import DecodeStream

from tinymorph.engine.backends.base import Backend
from tinymorph.engine.cache import PrefixCache
from tinymorph.engine.flaws import find_flaw
from tinymorph.engine.generate import Prompt, Row, sample_tokens
from tinymorph.engine.prompt import (
    CONTINUE,
    TokenizedPrompt,
    encode_prompt,
    encode_text,
    in_the_manner_of,
)
from tinymorph.engine.reading import DENSE, ColdReading, ceiling, describe_reading, read_cold
from tinymorph.engine.sae import Sae
from tinymorph.engine.steering import Places, compile_plan
from tinymorph.schema.events import EngineEvent, Finished, Inspected, ModelInfo, TextStreamed
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.request import EngineRequest, InspectionRequest, Sampling, SuggestionRequest
from tinymorph.schema.steering import SteeringPlan
from tinymorph.schema.suggestion import FeatureChange, Flaw, Suggestion

_RETRY = 100_003
"""Added to the seed of an alternative that came out flawed, for its one second chance."""
_MOVED = 6
"""How many features besides the steered ones are reported as changed."""


@dataclass(slots=True)
class _Draft:
    """A row while it is written."""

    row: Row
    index: int
    is_twin: bool
    stream: DecodeStream = field(default_factory=lambda: DecodeStream(skip_special_tokens=True))
    text: str = ""
    n_tokens: int = 0
    seconds: float = 0.0
    is_cut: bool = False


class Rewriter:
    """A loaded model with its SAEs. Not safe to iterate from two threads at once."""

    def __init__(
        self, backend: Backend, tokenizer: Any, saes: Mapping[str, Sae], info: ModelInfo
    ) -> None:
        self.info = info
        self.backend, self.tokenizer, self.saes = backend, tokenizer, saes
        self.cache = PrefixCache(backend)

    def run(self, request: EngineRequest) -> Iterator[EngineEvent | None]:
        """Yield the events of a request; None after a token that completed no character.

        The last event is `Finished` or `Inspected`. Closing the generator stops the work and
        takes every hook off.
        """
        match request:
            case SuggestionRequest():
                return self.rewrite(request)
            case InspectionRequest():
                return self.inspect(request)

    def inspect(self, request: InspectionRequest) -> Iterator[EngineEvent | None]:
        """Read the features of the request's span, in the context of its paragraph."""
        text = encode_text(self.tokenizer, request.paragraph.text)
        cold = read_cold(self.backend, self.tokenizer, self.saes, text.token_ids)
        yield None
        with torch.inference_mode():
            reading = describe_reading(
                cold, self.saes, text, request.span, top=request.top, asked=request.asked
            )
        yield Inspected(
            request_id=request.request_id,
            base_revision=request.paragraph.revision,
            reading=reading,
        )

    def rewrite(self, request: SuggestionRequest) -> Iterator[EngineEvent | None]:
        """Write the alternatives in one batch, read them cold, and say what changed."""
        source = request.span.of(request.paragraph.text)
        prompt = encode_prompt(self.tokenizer, source, request.task, self.info.n_ctx)
        asked = self._asked(request, prompt, source)
        compile_plan(request.plan, self.saes, asked.places)
        sampling = self._sampling(request, prompt)
        seeds = {index: request.seed + index for index in range(request.alternatives)}
        drafts = _drafts(request, sampling, seeds)
        yield None
        yield from self._write(request, asked, drafts, streams=True)
        again = {
            draft.index: draft.row.seed + _RETRY
            for draft in drafts
            if not draft.is_twin and _flaw(draft, source) not in {None, Flaw.CUT}
        }
        if again:
            second = _drafts(request, sampling, again)
            yield from self._write(request, asked, second, streams=False)
            drafts = _better(drafts, second, source)
        yield Finished(
            request_id=request.request_id,
            suggestions=tuple(self._suggestions(request, drafts, source)),
        )

    def _sampling(self, request: SuggestionRequest, prompt: TokenizedPrompt) -> Sampling:
        """Return how to sample, with as many tokens as the passage asks for and the model has."""
        limit = request.sampling.max_new_tokens or prompt.n_source * 3 // 2 + 16
        room = self.info.n_ctx - len(prompt.token_ids)
        return request.sampling.model_copy(update={"max_new_tokens": min(limit, room)})

    def _asked(self, request: SuggestionRequest, prompt: TokenizedPrompt, source: str) -> Prompt:
        """Return the prompt with the places that are the writer's own words."""
        passage = encode_text(self.tokenizer, source.strip())
        is_own = torch.zeros(len(prompt.token_ids), dtype=torch.bool)
        end = len(is_own) - (request.task != CONTINUE)
        start = end - prompt.n_source
        is_own[start:end] = True
        is_chosen = None
        if (span := request.plan.span) is not None:
            shift = len(source) - len(source.lstrip())
            is_chosen = torch.zeros_like(is_own)
            is_chosen[start:end] = torch.tensor(
                [
                    token.start + shift < span.end and token.end + shift > span.start
                    for token in passage.spans
                ]
            )
        places = Places(len(is_own), is_own, is_chosen)
        return Prompt(prompt.token_ids, places, passage.token_ids)

    def _write(
        self,
        request: SuggestionRequest,
        asked: Prompt,
        drafts: list[_Draft],
        *,
        streams: bool,
    ) -> Iterator[EngineEvent | None]:
        """Fill the drafts, token by token; yield their text as it comes, or only None."""
        rows = [draft.row for draft in drafts]
        begun = time.perf_counter()
        backend = self.tokenizer.backend_tokenizer
        for step in sample_tokens(self.backend, self.saes, asked, rows, self.cache):
            for token in step:
                draft = drafts[token.row]
                chunk = draft.stream.step(backend, token.token_id)
                draft.n_tokens += 1
                draft.seconds = time.perf_counter() - begun
                draft.is_cut = token.is_last and not token.is_end
                if not chunk:
                    continue
                draft.text += chunk
                if streams:
                    yield TextStreamed(
                        request_id=request.request_id,
                        index=draft.index,
                        is_twin=draft.is_twin,
                        chunk=chunk,
                    )
            yield None

    def _suggestions(
        self, request: SuggestionRequest, drafts: list[_Draft], source: str
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
            baseline = after if twin is draft else None if twin is None else self._read(twin.text)
            yield Suggestion(
                request_id=request.request_id,
                base_revision=request.paragraph.revision,
                index=draft.index,
                text=_framed_like(source, in_the_manner_of(draft.text, source)),
                seed=draft.row.seed,
                plan=request.plan,
                flaw=_flaw(draft, source),
                twin=None if twin is None else _framed_like(source, twin.text),
                twin_flaw=None if twin is None else _flaw(twin, source),
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


def _drafts(request: SuggestionRequest, sampling: Sampling, seeds: dict[int, int]) -> list[_Draft]:
    """Return a draft for each alternative, and its twin if asked for and different."""
    plans = [(request.plan, False)]
    if request.with_twin and request.plan.active_terms:
        plans.append((SteeringPlan(), True))
    return [
        _Draft(Row(plan, seed, sampling), index, is_twin)
        for plan, is_twin in plans
        for index, seed in seeds.items()
    ]


def _better(first: list[_Draft], second: list[_Draft], source: str) -> list[_Draft]:
    """Take second tries, with their twins, where they came out without a flaw."""
    mended = {
        draft.index
        for draft in second
        if not draft.is_twin and _flaw(draft, source) in {None, Flaw.CUT}
    }
    kept = [draft for draft in first if draft.index not in mended]
    return kept + [draft for draft in second if draft.index in mended]


def _flaw(draft: _Draft, source: str) -> Flaw | None:
    return find_flaw(draft.text, source, is_cut=draft.is_cut)


def _framed_like(source: str, text: str) -> str:
    """Give the rewrite the white space that the source began and ended with."""
    head = source[: len(source) - len(source.lstrip())]
    tail = source[len(source.rstrip()) :]
    return f"{head}{text.strip()}{tail}"
