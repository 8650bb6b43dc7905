"""A row's words depend on that row alone: not on company, caches, drafts or the backend."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.backends.test_contexts import TOLERANCE, cold, some_ids
from helpers.generation import written
from tinymorph.engine.backends.base import Backend
from tinymorph.engine.cache import CHUNK, PrefixCache
from tinymorph.engine.generate import Prompt, Row, sample_tokens
from tinymorph.engine.sae import Sae
from tinymorph.engine.steering import Places
from tinymorph.schema.feature import FeatureRef, HookPoint
from tinymorph.schema.request import Sampling
from tinymorph.schema.steering import SteeringMode, SteeringPlan, SteeringTerm

REF = FeatureRef(sae_id="1", feature_index=4)
PLANS = (
    SteeringPlan(),
    SteeringPlan(terms=(SteeringTerm(ref=REF, coefficient=0.5),)),
    SteeringPlan(terms=(SteeringTerm(ref=REF, mode=SteeringMode.CLAMP, decay=0.8),)),
    SteeringPlan(terms=(SteeringTerm(ref=REF, coefficient=0.5),), where="all"),
)
QUIET = settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="session")
def saes(planted_sae: Sae) -> dict[str, Sae]:
    return {"1": planted_sae}


def prompt_of(ids: list[int], *, drafts: bool) -> Prompt:
    is_own = torch.ones(len(ids), dtype=torch.bool)
    is_own[0] = False
    return Prompt(tuple(ids), Places(len(ids), is_own), tuple(ids[1:]) if drafts else ())


@st.composite
def some_rows(draw: st.DrawFn) -> list[Row]:
    def row() -> Row:
        sampling = Sampling(
            temperature=draw(st.sampled_from([0.0, 0.3, 1.0])),
            top_p=draw(st.sampled_from([0.8, 1.0])),
            feature_weight=0,
            no_repeat_ngram=draw(st.sampled_from([0, 4])),
            max_new_tokens=draw(st.integers(1, 12)),
        )
        return Row(draw(st.sampled_from(PLANS)), draw(st.integers(0, 999)), sampling)

    return [row() for _ in range(draw(st.integers(1, 3)))]


@QUIET
@given(rows=some_rows(), seed=st.integers(0, 99), length=st.integers(2, 30))
def test_a_row_writes_the_same_words_alone_in_company_drafted_and_on_every_backend(
    backend: Backend,
    reference: Backend,
    saes: dict[str, Sae],
    rows: list[Row],
    seed: int,
    length: int,
) -> None:
    ids = some_ids(seed, length)
    plain = prompt_of(ids, drafts=False)
    together = written(backend, saes, plain, rows)
    assert together == [written(reference, saes, plain, [row])[0] for row in rows]
    assert together == written(backend, saes, prompt_of(ids, drafts=True), rows)


@QUIET
@given(
    rows=some_rows(),
    edits=st.lists(st.tuples(st.integers(0, 40), st.integers(3, 96)), max_size=3),
    budget=st.sampled_from([0, 30_000, 10**9]),
)
def test_words_are_those_of_a_cold_run_after_any_edits_and_evictions(
    backend: Backend,
    saes: dict[str, Sae],
    rows: list[Row],
    edits: list[tuple[int, int]],
    budget: int,
) -> None:
    cache = PrefixCache(backend, budget, depths=[2])
    ids = some_ids(1, 41)
    for place, token in [(0, ids[0]), *edits]:
        ids = [*ids[:place], token, *ids[place + 1 :]]
        warm = written(backend, saes, prompt_of(ids, drafts=True), rows, cache)
        assert warm == written(backend, saes, prompt_of(ids, drafts=False), rows)
    cache.clear()


def test_a_prompt_is_read_from_its_first_new_token_on(
    backend: Backend, reference: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, ids = PrefixCache(backend), some_ids(2, 60)
    read_lengths: list[int] = []
    context_type = type(backend.begin(1))
    whole = context_type.extend

    def extend(self: object, tokens: list[list[int]], **named: object) -> object:
        read_lengths.append(len(tokens[0]))
        return whole(self, tokens, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(context_type, "extend", extend)
    for text, expected in (
        (ids, 60),
        (ids, 0),
        ([*ids[:50], ids[50] + 1, *ids[51:]], 10),
        (ids[:30], 1),
        ([*ids, 4, 5], 2),
    ):
        read_lengths.clear()
        *_, prefix = cache.read(text)
        assert sum(read_lengths) == expected
        assert prefix is not None
        monkeypatch.undo()
        assert torch.allclose(prefix.logits, cold(reference, text)[0], atol=TOLERANCE)
        monkeypatch.setattr(context_type, "extend", extend)


def test_a_plan_for_the_prompt_runs_only_the_layers_from_its_hook_point_on(
    backend: Backend, saes: dict[str, Sae], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not backend.abilities.enters_at_depth:
        pytest.skip("this backend runs all its layers")
    cache = PrefixCache(backend, depths=[2])
    rows = [Row(plan, 3, Sampling(max_new_tokens=6, feature_weight=0)) for plan in PLANS]
    prompt = prompt_of(some_ids(5, 40), drafts=False)
    cold_words = written(backend, saes, prompt, rows)
    written(backend, saes, prompt, rows[:1], cache)
    entered: list[tuple[int, int]] = []
    context_type = type(backend.begin(1))
    rerun = context_type.rerun_above

    def rerun_above(self: object, depth: int, stream: Tensor, edit: object) -> object:
        entered.append((depth, len(stream)))
        return rerun(self, depth, stream, edit)  # type: ignore[arg-type]

    monkeypatch.setattr(context_type, "rerun_above", rerun_above)
    assert written(backend, saes, prompt, rows, cache) == cold_words
    assert entered == [(2, 40)]


def test_reading_a_long_prompt_can_be_stopped_between_chunks_and_leaves_nothing(
    backend: Backend, saes: dict[str, Sae]
) -> None:
    cache = PrefixCache(backend)
    rows = [Row(SteeringPlan(), 0, Sampling(max_new_tokens=2))]
    steps = sample_tokens(
        backend, saes, prompt_of(some_ids(3, CHUNK + 9), drafts=False), rows, cache
    )
    assert next(steps) == []
    assert isinstance(steps, Iterator)
    steps.close()  # type: ignore[attr-defined]
    assert cache.n_bytes == 0


def test_the_oldest_prompts_leave_the_cache_when_its_budget_is_spent(backend: Backend) -> None:
    cache = PrefixCache(backend, budget_bytes=1)
    for seed in range(3):
        list(cache.read(some_ids(seed, 20)))
    one = cache.n_bytes
    assert one > 0
    roomy = PrefixCache(backend, budget_bytes=one * 2)
    for seed in range(3):
        list(roomy.read(some_ids(seed, 20)))
    assert roomy.n_bytes == one * 2


def test_point_of_the_planted_sae_is_where_it_is_steered(planted_sae: Sae) -> None:
    assert planted_sae.hook_point == HookPoint(layer=1)
