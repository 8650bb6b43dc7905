"""Promises of the memory before the engine: same words, one last event, nothing stale."""

from __future__ import annotations

from helpers.fake_rewriter import FAKE_MODEL, FakeRewriter
from tinymorph.schema.events import EngineEvent, Finished, ModelReady
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import EngineRequest, Lane, OverlapRequest, SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.schema.steering import SteeringPlan, SteeringTerm
from tinymorph.session.answers import MOST_ANSWERS, AnswerMemory

TEXT = "The old house stood on a hill."
REF = FeatureRef(sae_id="0", feature_index=1)


class Engine:
    """Take requests, and answer them when told to."""

    def __init__(self) -> None:
        self.asked: list[EngineRequest] = []
        self.cancelled: list[str] = []
        self.events: list[EngineEvent] = []
        self.memory = AnswerMemory(self, self.events.append)

    def submit(self, request: EngineRequest) -> None:
        self.asked.append(request)

    def cancel(self, request_id: str) -> None:
        self.cancelled.append(request_id)

    def answer(self) -> Finished:
        """Answer the newest request."""
        *_, last = FakeRewriter().run(self.asked[-1])
        assert isinstance(last, Finished)
        self.memory.heard(last)
        return last


def ask(name: str, place: float = 1.0, lane: Lane = "asked", revision: int = 0):
    return SuggestionRequest(
        request_id=name,
        lane=lane,
        paragraph=ParagraphSnapshot(paragraph_id="p", revision=revision, text=TEXT),
        span=Span(start=0, end=len(TEXT)),
        plan=SteeringPlan(terms=(SteeringTerm(ref=REF, coefficient=place),)),
    )


def test_an_equal_request_gets_the_same_words_at_once_under_its_own_name() -> None:
    engine = Engine()
    engine.memory.submit(ask("a"))
    first = engine.answer()
    engine.memory.submit(ask("b", lane="live"))
    assert len(engine.asked) == 1
    (again,) = engine.events
    assert isinstance(again, Finished)
    assert again.request_id == "b"
    assert {found.request_id for found in again.suggestions} == {"b"}
    assert [found.text for found in again.suggestions] == [s.text for s in first.suggestions]


def test_any_other_plan_seed_or_revision_is_asked_anew() -> None:
    engine = Engine()
    engine.memory.submit(ask("a"))
    engine.answer()
    others = (ask("b", place=1.25), ask("c", revision=1), ask("d").model_copy(update={"seed": 1}))
    for other in others:
        engine.memory.submit(other)
    assert len(engine.asked) == 4
    assert engine.events == []


def test_a_known_answer_displaces_what_runs_in_its_lane_as_a_new_request_would() -> None:
    engine = Engine()
    engine.memory.submit(ask("a"))
    engine.answer()
    engine.memory.submit(ask("b", place=2.0))
    engine.memory.submit(ask("c"))
    assert engine.cancelled == ["b"]


def test_an_unfinished_answer_is_not_remembered_and_a_new_model_forgets_all() -> None:
    engine = Engine()
    engine.memory.submit(ask("a"))
    engine.memory.submit(ask("b"))
    assert len(engine.asked) == 2
    engine.answer()
    engine.memory.heard(ModelReady(model=FAKE_MODEL))
    engine.memory.submit(ask("c"))
    assert len(engine.asked) == 3


def test_only_the_latest_answers_are_kept_and_other_requests_pass_through() -> None:
    engine = Engine()
    for number in range(MOST_ANSWERS + 1):
        engine.memory.submit(ask(str(number), place=number / 10))
        engine.answer()
    engine.memory.submit(ask("newest", place=MOST_ANSWERS / 10))
    assert len(engine.events) == 1
    engine.memory.submit(ask("oldest", place=0.0))
    assert len(engine.events) == 1
    engine.memory.submit(OverlapRequest(request_id="o", refs=(REF,)))
    assert engine.asked[-1].request_id == "o"
