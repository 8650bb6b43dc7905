"""A stand-in for the engine: fast, deterministic, and able to misbehave on purpose."""

from __future__ import annotations

import contextlib
import itertools
import random
import time
from collections.abc import Iterator

from tinymorph.errors import FeatureError
from tinymorph.schema.events import (
    EngineEvent,
    Finished,
    Inspected,
    ModelInfo,
    Overlapped,
    SaeInfo,
    TextStreamed,
)
from tinymorph.schema.feature import (
    FeatureActivation,
    FeatureProfile,
    FeatureReading,
    FeatureRef,
    HookPoint,
    LayerReading,
    Neighbour,
    TokenActivation,
)
from tinymorph.schema.request import (
    EngineRequest,
    InspectionRequest,
    OverlapRequest,
    SuggestionRequest,
)
from tinymorph.schema.span import Span
from tinymorph.schema.steering import Overlap, SteeringPlan
from tinymorph.schema.suggestion import FeatureChange, Flaw, Suggestion
from tinymorph.text.diff import split_words

FAKE_MODEL = ModelInfo(
    model_id="fake-model",
    sha256="0" * 64,
    n_parameters=1_000,
    n_layers=2,
    d_model=8,
    n_ctx=512,
    tasks=("paraphrase", "shorten", "simplify"),
    saes=tuple(
        SaeInfo(
            sae_id=layer,
            hook_point=HookPoint(layer=int(layer)),
            d_sae=16,
            is_calibrated=True,
            sha256=layer * 64,
        )
        for layer in "01"
    ),
)

_OTHER_WORDS = ("quiet", "bright", "slow", "plain", "distant", "early")
_BOOM = "boom"
_BAD_FEATURE = "misfeature"


class FakeRewriter:
    """Rewrite by exchanging every third word or so, word by word; steering adds a clause.

    A source with the word `boom` raises KeyError midway, one with `misfeature` a FeatureError.
    Every active term appends `, steered by layer:index at coefficient`, so what was steered can
    be read off the words. With `echoes` the source comes back unchanged, with its flaw.
    """

    def __init__(self, *, delay_s: float = 0.0, echoes: bool = False) -> None:
        self.delay_s = delay_s
        self.echoes = echoes
        self.hooks = 0
        """How many requests hold a hook now; 0 whenever none is being run."""
        self.seen: list[EngineRequest] = []
        self.is_closed = False

    @property
    def info(self) -> ModelInfo:
        return FAKE_MODEL

    def run(self, request: EngineRequest) -> Iterator[EngineEvent | None]:
        self.seen.append(request)
        with self._hooked():
            if isinstance(request, InspectionRequest):
                yield from self._inspect(request)
            elif isinstance(request, OverlapRequest):
                yield Overlapped(request_id=request.request_id, overlaps=self._overlaps(request))
            else:
                yield from self._rewrite(request)

    def close(self) -> None:
        self.is_closed = True

    @contextlib.contextmanager
    def _hooked(self) -> Iterator[None]:
        self.hooks += 1
        try:
            yield
        finally:
            self.hooks -= 1

    def _rewrite(self, request: SuggestionRequest) -> Iterator[EngineEvent | None]:
        source = request.span.of(request.paragraph.text)
        twins: dict[int, str] = {}
        if request.with_twin:
            for index in range(request.alternatives):
                twins[index] = self._reword(source, request.seed + index, SteeringPlan())
                yield from self._stream(request, index, twins[index], is_twin=True)
        texts: list[str] = []
        for index in range(request.alternatives):
            texts.append(self._reword(source, request.seed + index, request.plan))
            yield from self._stream(request, index, texts[index], is_twin=False)
        yield Finished(
            request_id=request.request_id,
            suggestions=tuple(
                _suggestion(request, index, source, text, twins.get(index))
                for index, text in enumerate(texts)
            ),
        )

    def _stream(
        self, request: SuggestionRequest, index: int, text: str, *, is_twin: bool
    ) -> Iterator[EngineEvent | None]:
        for number, word in enumerate(text.split(" ")):
            time.sleep(self.delay_s)
            if word == _BOOM:
                raise KeyError("blocks.99.hook_resid_post")
            if word == _BAD_FEATURE:
                raise FeatureError("There is no feature 9:9.", hint="Choose another.")
            yield TextStreamed(
                request_id=request.request_id,
                index=index,
                is_twin=is_twin,
                chunk=word if number == 0 else f" {word}",
            )
            yield None

    def _overlaps(self, request: OverlapRequest) -> tuple[Overlap, ...]:
        """Let features of one SAE overlap, and others not."""
        return tuple(
            Overlap(first=a, second=b, cosine=0.62 if a.sae_id == b.sae_id else 0.01)
            for a, b in itertools.combinations(request.refs, 2)
        )

    def _reword(self, source: str, seed: int, plan: SteeringPlan) -> str:
        if self.echoes:
            return source
        draw = random.Random(f"{seed}")
        words = [
            draw.choice(_OTHER_WORDS)
            if draw.random() < 0.3 and word.isalpha() and word not in {_BOOM, _BAD_FEATURE}
            else word
            for word in source.split()
        ]
        clauses = [f", steered by {term.ref} at {term.coefficient:g}" for term in plan.active_terms]
        return " ".join(words) + "".join(clauses)

    def _inspect(self, request: InspectionRequest) -> Iterator[EngineEvent | None]:
        time.sleep(self.delay_s)
        yield None
        text = request.paragraph.text
        words = [
            Span(start=word.start + request.span.start, end=word.end + request.span.start)
            for word in split_words(request.span.of(text))
        ]
        if any(word.of(text) == _BOOM for word in words):
            raise KeyError("blocks.99.hook_resid_post")
        top = tuple(
            _activation(FeatureRef(sae_id=str(n % 2), feature_index=n), words, 4.0 / (n + 1))
            for n in range(min(request.top, 6))
            if words
        )
        asked = tuple(_activation(ref, words, 1.0) for ref in request.asked if words)
        profiles = tuple(_profile(s.sae_id, text, words) for s in FAKE_MODEL.saes)
        layers = tuple(
            LayerReading(sae_id=s.sae_id, hook_point=s.hook_point, l0=3.0, explained_variance=0.9)
            for s in FAKE_MODEL.saes
        )
        yield Inspected(
            request_id=request.request_id,
            base_revision=request.paragraph.revision,
            reading=FeatureReading(
                layers=layers,
                top=top,
                asked=asked,
                profiles=profiles if request.with_profiles else (),
                neighbours=_neighbours(request.neighbours_of),
            ),
        )


def _suggestion(
    request: SuggestionRequest, index: int, source: str, text: str, twin: str | None
) -> Suggestion:
    return Suggestion(
        request_id=request.request_id,
        base_revision=request.paragraph.revision,
        index=index,
        text=text,
        seed=request.seed + index,
        plan=request.plan,
        flaw=_flaw(source, text),
        twin=twin,
        twin_flaw=None if twin is None else _flaw(source, twin),
        features=tuple(
            FeatureChange(
                ref=term.ref,
                before=0.1,
                after=0.1 + term.coefficient,
                twin=None if twin is None else 0.1,
            )
            for term in request.plan.active_terms
        ),
        tokens_per_second=50.0,
    )


def _flaw(source: str, text: str) -> Flaw | None:
    if not text.strip():
        return Flaw.EMPTY
    return Flaw.ECHO if text == source else None


def _activation(ref: FeatureRef, words: list[Span], peak: float) -> FeatureActivation:
    active = words[ref.feature_index % len(words) :: 3]
    trace = tuple(
        TokenActivation(span=span, activation=peak / (order + 1))
        for order, span in enumerate(active)
    )
    mean = sum(token.activation for token in trace) / len(words)
    return FeatureActivation(
        ref=ref, activation=peak, relative=peak / 5, mean=mean, span=active[0], trace=trace
    )


def _neighbours(ref: FeatureRef | None) -> tuple[Neighbour, ...]:
    if ref is None:
        return ()
    others = [n for n in range(6) if str(n % 2) == ref.sae_id and n != ref.feature_index]
    return tuple(
        Neighbour(ref=FeatureRef(sae_id=ref.sae_id, feature_index=n), cosine=0.9 / (order + 1))
        for order, n in enumerate(others)
    )


def _profile(sae_id: str, text: str, words: list[Span]) -> FeatureProfile:
    """Return the six features as `_activation` has them; the names of days need a day."""
    days = [word for word in words if "day" in word.of(text).lower()]
    found: list[tuple[int, float, Span, int]] = []
    for number in range(6):
        active = days if number == 5 else words[number % len(words) :: 3] if words else []
        if str(number % 2) == sae_id and active:
            peak = 1.0 if number == 5 else 0.8 / (number + 1)
            found.append((number, peak, active[0], len(active)))
    return FeatureProfile(
        sae_id=sae_id,
        n_tokens=len(words),
        feature_indexes=tuple(number for number, *_ in found),
        peaks=tuple(peak for _, peak, *_ in found),
        means=tuple(peak * count / len(words) for _, peak, _, count in found),
        counts=tuple(count for *_, count in found),
        starts=tuple(word.start for _, _, word, _ in found),
        ends=tuple(word.end for _, _, word, _ in found),
    )
