"""What a request promises, on a tiny random model."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch

from helpers.tiny_bundle import D_SAE, N_LAYERS, TEXT
from tinymorph.engine.backends.hooked import HookedBackend
from tinymorph.engine.backends.lean import LeanBackend
from tinymorph.engine.hooks import decoder_layers
from tinymorph.engine.loader import load_engine
from tinymorph.engine.prompt import pieces_of
from tinymorph.engine.rewriter import Rewriter
from tinymorph.errors import BadInputError, FeatureError
from tinymorph.schema.events import Finished, Inspected, TextStreamed
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import InspectionRequest, Sampling, SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.schema.steering import SteeringMode, SteeringPlan, SteeringTerm
from tinymorph.schema.suggestion import Flaw

REF = FeatureRef(sae_id="1", feature_index=7)


def plan(*terms: SteeringTerm, where: Any = "generated") -> SteeringPlan:
    return SteeringPlan(terms=terms, where=where)


def ask(text: str = TEXT[:80], **changes: Any) -> SuggestionRequest:
    values: dict[str, Any] = {
        "request_id": "r1",
        "paragraph": ParagraphSnapshot(paragraph_id="p", revision=3, text=text),
        "span": Span(start=0, end=len(text)),
        "alternatives": 2,
        "seed": 5,
        "sampling": Sampling(max_new_tokens=20),
    }
    return SuggestionRequest(**(values | changes))


def finish(engine: Rewriter, request: Any) -> Any:
    return list(engine.run(request))[-1]


def texts(engine: Rewriter, request: SuggestionRequest) -> list[str]:
    return [suggestion.text for suggestion in finish(engine, request).suggestions]


def layers_of(engine: Rewriter) -> Any:
    assert isinstance(engine.backend, HookedBackend)
    return decoder_layers(engine.backend.model)


def hook_count(engine: Rewriter) -> int:
    layers = layers_of(engine)
    return sum(len(layer._forward_hooks) for layer in layers)


def test_same_request_gives_same_words(tiny_engine: Rewriter) -> None:
    request = ask(plan=plan(SteeringTerm(ref=REF)))
    assert finish(tiny_engine, request).suggestions[0].text
    assert texts(tiny_engine, request) == texts(tiny_engine, request)


@pytest.mark.parametrize("where", ["generated", "all"])
def test_every_backend_gives_the_same_suggestions(
    tiny_engine: Rewriter, lean_engine: Rewriter, where: str
) -> None:
    request = ask(plan=plan(SteeringTerm(ref=REF), where=where), with_twin=True, alternatives=3)
    expected, found = finish(tiny_engine, request), finish(lean_engine, request)
    for one, other in zip(expected.suggestions, found.suggestions, strict=True):
        assert (one.text, one.twin, one.flaw) == (other.text, other.twin, other.flaw)
        for change, same in zip(one.features, other.features, strict=True):
            assert change.ref == same.ref
            assert change.after == pytest.approx(same.after, abs=1e-3)


def test_another_seed_gives_other_words(tiny_engine: Rewriter) -> None:
    assert texts(tiny_engine, ask(seed=1)) != texts(tiny_engine, ask(seed=100))


def test_alternatives_of_one_request_differ(tiny_engine: Rewriter) -> None:
    assert len(set(texts(tiny_engine, ask(alternatives=4)))) == 4


@pytest.mark.parametrize(
    "inert",
    [
        plan(SteeringTerm(ref=REF, coefficient=0)),
        plan(SteeringTerm(ref=REF, coefficient=4, is_bypassed=True)),
        plan(SteeringTerm(ref=REF, mode=SteeringMode.ABLATE, is_bypassed=True)),
    ],
    ids=["add at 0", "bypassed add", "bypassed ablate"],
)
def test_inert_plan_writes_the_unsteered_words(tiny_engine: Rewriter, inert: SteeringPlan) -> None:
    assert texts(tiny_engine, ask(plan=inert)) == texts(tiny_engine, ask())


@pytest.mark.parametrize("mode", list(SteeringMode))
def test_each_mode_changes_the_words(tiny_engine: Rewriter, mode: SteeringMode) -> None:
    term = SteeringTerm(ref=REF, mode=mode, coefficient=4.0)
    sampling = Sampling(max_new_tokens=20, temperature=1.0, top_p=1.0)
    steered = texts(tiny_engine, ask(plan=plan(term), sampling=sampling, alternatives=4))
    plain = texts(tiny_engine, ask(sampling=sampling, alternatives=4))
    assert steered != plain


def test_twin_is_the_unsteered_text_of_the_same_seed(tiny_engine: Rewriter) -> None:
    request = ask(plan=plan(SteeringTerm(ref=REF, coefficient=4)), with_twin=True)
    for suggestion in finish(tiny_engine, request).suggestions:
        alone = ask(seed=suggestion.seed, alternatives=1)
        assert suggestion.twin == texts(tiny_engine, alone)[0]
        assert suggestion.text != suggestion.twin


def test_twin_without_steering_is_the_text_itself(tiny_engine: Rewriter) -> None:
    for suggestion in finish(tiny_engine, ask(with_twin=True)).suggestions:
        assert suggestion.twin == suggestion.text


def test_streamed_chunks_make_up_the_text_of_flawless_alternatives(tiny_engine: Rewriter) -> None:
    events = list(tiny_engine.run(ask(alternatives=3)))
    streamed = {0: "", 1: "", 2: ""}
    for event in events:
        if isinstance(event, TextStreamed):
            streamed[event.index] += event.chunk
    finished = events[-1]
    assert isinstance(finished, Finished)
    for suggestion in finished.suggestions:
        if suggestion.seed == 5 + suggestion.index:
            assert streamed[suggestion.index].split() == suggestion.text.split()


def test_steered_feature_is_reported_first(tiny_engine: Rewriter) -> None:
    finished = finish(tiny_engine, ask(plan=plan(SteeringTerm(ref=REF)), with_twin=True))
    change = finished.suggestions[0].features[0]
    assert change.ref == REF
    assert change.twin is not None


@pytest.mark.parametrize("where", ["generated", "prompt", "all"])
def test_no_hook_is_left_after_a_rewrite(tiny_engine: Rewriter, where: Any) -> None:
    finish(tiny_engine, ask(plan=plan(SteeringTerm(ref=REF), where=where)))
    assert hook_count(tiny_engine) == 0


def test_no_hook_stays_on_between_two_tokens_nor_after_closing(tiny_engine: Rewriter) -> None:
    events = tiny_engine.run(ask(plan=plan(SteeringTerm(ref=REF))))
    assert any(isinstance(next(events), TextStreamed) for _ in range(6))
    assert hook_count(tiny_engine) == 0
    events.close()  # type: ignore[attr-defined]
    assert hook_count(tiny_engine) == 0


def test_no_hook_is_left_after_an_error_in_the_model(
    tiny_engine: Rewriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = layers_of(tiny_engine)[N_LAYERS - 1]

    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError("the kernel is broken")

    monkeypatch.setattr(last, "forward", fail)
    with pytest.raises(RuntimeError):
        finish(tiny_engine, ask(plan=plan(SteeringTerm(ref=REF))))
    assert hook_count(tiny_engine) == 0


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        (FeatureRef(sae_id="9", feature_index=0), "no SAE '9'"),
        (FeatureRef(sae_id="1", feature_index=D_SAE), f"has {D_SAE} features"),
        (FeatureRef(sae_id="1", feature_index=D_SAE - 1), "never active"),
    ],
    ids=["unknown layer", "unknown index", "dead"],
)
def test_feature_that_cannot_be_steered_is_an_error(
    tiny_engine: Rewriter, ref: FeatureRef, reason: str
) -> None:
    with pytest.raises(FeatureError, match=reason):
        finish(tiny_engine, ask(plan=plan(SteeringTerm(ref=ref))))


def test_empty_passage_is_an_error(tiny_engine: Rewriter) -> None:
    with pytest.raises(BadInputError, match="empty"):
        finish(tiny_engine, ask(text="   "))


def test_unknown_task_is_an_error_that_names_the_known_ones(tiny_engine: Rewriter) -> None:
    with pytest.raises(BadInputError, match="paraphrase"):
        finish(tiny_engine, ask(task="translate"))


def test_passage_longer_than_the_context_is_rewritten_piece_by_piece(
    tiny_engine: Rewriter,
) -> None:
    text = " ".join([TEXT] * 4)
    pieces = pieces_of(tiny_engine.tokenizer, text, "paraphrase", tiny_engine.info.n_ctx)
    assert len(pieces) > 2
    request = ask(text=text, with_twin=True, plan=plan(SteeringTerm(ref=REF)))
    finished = finish(tiny_engine, request)
    assert len(finished.suggestions) == 2
    for suggestion in finished.suggestions:
        assert suggestion.text != suggestion.twin
    assert texts(tiny_engine, request) == [found.text for found in finished.suggestions]


def test_a_plan_for_a_span_changes_the_words_and_needs_its_span(tiny_engine: Rewriter) -> None:
    term = SteeringTerm(ref=REF, coefficient=4.0)
    spanned = SteeringPlan(terms=(term,), where="span", span=Span(start=4, end=30))
    plain = texts(tiny_engine, ask())
    assert texts(tiny_engine, ask(plan=spanned)) != plain
    with pytest.raises(ValueError, match="a plan has a span"):
        SteeringPlan(terms=(term,), where="span")


def test_rewrite_keeps_the_white_space_around_the_span(tiny_engine: Rewriter) -> None:
    text = "  " + TEXT[:60] + " "
    for suggestion in finish(tiny_engine, ask(text=text)).suggestions:
        if suggestion.flaw is not Flaw.EMPTY:
            assert suggestion.text.startswith("  ")
            assert suggestion.text.endswith(" ")


def inspect(text: str, **changes: Any) -> InspectionRequest:
    values: dict[str, Any] = {
        "request_id": "i1",
        "paragraph": ParagraphSnapshot(paragraph_id="p", revision=3, text=text),
        "span": Span(start=0, end=len(text)),
    }
    return InspectionRequest(**(values | changes))


def test_inspection_ranks_by_relative_activation_within_the_span(tiny_engine: Rewriter) -> None:
    span = Span(start=10, end=40)
    inspected = finish(tiny_engine, inspect(TEXT, span=span, top=9))
    assert isinstance(inspected, Inspected)
    top = inspected.reading.top
    assert 0 < len(top) <= 9
    assert [found.relative for found in top] == sorted((f.relative for f in top), reverse=True)
    for found in top:
        assert found.span.start < span.end
        assert found.span.end > span.start
        assert max(token.activation for token in found.trace) == found.activation


def test_inspection_of_a_word_may_trace_its_features_over_the_whole_paragraph(
    tiny_engine: Rewriter,
) -> None:
    span = Span(start=10, end=14)
    within = finish(tiny_engine, inspect(TEXT, span=span, top=9)).reading.top
    around = finish(tiny_engine, inspect(TEXT, span=span, top=9, traces_all=True)).reading.top
    assert [(f.ref, f.relative, f.span) for f in within] == [
        (f.ref, f.relative, f.span) for f in around
    ]
    assert all(token.span.start < span.end for found in within for token in found.trace)
    assert any(token.span.start >= span.end for found in around for token in found.trace)


def test_profile_holds_all_that_a_span_woke_and_agrees_with_the_ranking(
    tiny_engine: Rewriter,
) -> None:
    span = Span(start=10, end=40)
    reading = finish(tiny_engine, inspect(TEXT, span=span, top=512, with_profiles=True)).reading
    peaks = {
        FeatureRef(sae_id=profile.sae_id, feature_index=index): (peak, mean, start, count)
        for profile in reading.profiles
        for index, peak, mean, start, count in zip(
            profile.feature_indexes,
            profile.peaks,
            profile.means,
            profile.starts,
            profile.counts,
            strict=True,
        )
    }
    assert set(peaks) == {found.ref for found in reading.top}
    for found in reading.top:
        peak, mean, start, count = peaks[found.ref]
        assert peak == pytest.approx(found.relative)
        assert mean == pytest.approx(found.mean * found.relative / found.activation, rel=1e-4)
        assert start == found.span.start
        assert count == len(found.trace)
    assert finish(tiny_engine, inspect(TEXT, span=span)).reading.profiles == ()


def test_neighbours_are_the_living_features_with_the_nearest_decoder_rows(
    tiny_engine: Rewriter,
) -> None:
    request = inspect("", span=Span(start=0, end=0), top=0, neighbours_of=REF)
    found = finish(tiny_engine, request).reading.neighbours
    sae = tiny_engine.saes[REF.sae_id]
    assert sae.stats is not None
    expected = {
        index: torch.cosine_similarity(sae.W_dec[index], sae.W_dec[REF.feature_index], dim=0).item()
        for index in range(sae.d_sae)
        if index != REF.feature_index and sae.stats.max_activation[index] > 0
    }
    best = sorted(expected.items(), key=lambda pair: -pair[1])[: len(found)]
    assert [one.ref.feature_index for one in found] == [index for index, _ in best]
    assert [one.cosine for one in found] == pytest.approx([cosine for _, cosine in best], abs=1e-5)
    assert len(found) == 5
    with pytest.raises(FeatureError, match="no feature"):
        finish(tiny_engine, inspect(TEXT, neighbours_of=FeatureRef(sae_id="0", feature_index=99)))


def test_inspection_reports_asked_features_in_order(tiny_engine: Rewriter) -> None:
    asked = (REF, FeatureRef(sae_id="0", feature_index=1))
    inspected = finish(tiny_engine, inspect(TEXT, asked=asked))
    assert tuple(found.ref for found in inspected.reading.asked) == asked


def test_text_longer_than_the_context_is_read_whole(tiny_engine: Rewriter) -> None:
    text = TEXT * 6
    inspected = finish(tiny_engine, inspect(text, top=48))
    reached = max(token.span.end for found in inspected.reading.top for token in found.trace)
    assert reached > len(text) * 0.9


def test_inspecting_nothing_finds_nothing(tiny_engine: Rewriter) -> None:
    assert finish(tiny_engine, inspect("")).reading.top == ()


def test_closing_gives_back_the_weights_and_every_prompt(tiny_folder: Path) -> None:
    engine = load_engine(tiny_folder)
    finish(engine, ask())
    assert isinstance(engine.backend, LeanBackend)
    weights = weakref.ref(engine.backend.weights.embedding)
    assert engine.cache.n_bytes > 0
    engine.close()
    gc.collect()
    assert engine.cache.n_bytes == 0
    assert weights() is None
