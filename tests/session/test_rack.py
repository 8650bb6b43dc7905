"""Promises of the rack: one step a change, and live words that are always the newest's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.fake_rewriter import FAKE_MODEL
from tinymorph.schema.events import Finished, ModelReady, Overlapped, TextStreamed
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import EngineRequest, OverlapRequest, SuggestionRequest
from tinymorph.schema.steering import Condition, Overlap, SteeringMode
from tinymorph.schema.suggestion import Suggestion
from tinymorph.session.change import NOTHING
from tinymorph.session.options import AskingOptions
from tinymorph.session.overlaps import LIMIT, Overlaps
from tinymorph.session.rack import Rack, RackState
from tinymorph.session.scheduler import LOOK_SECONDS, PATIENCE_SECONDS, REST_SECONDS
from tinymorph.session.session import WritingSession

REFS = tuple(FeatureRef(sae_id=str(n % 2), feature_index=n) for n in range(4))
REF, OTHER = REFS[:2]
CHANGES: dict[str, Callable[[Rack, FeatureRef, int], object]] = {
    "add": lambda rack, ref, _: rack.add(ref),
    "remove": lambda rack, ref, _: rack.remove(ref),
    "solo": lambda rack, ref, _: rack.set_solo(ref, is_solo=ref not in rack.state.solo),
    "bypass": lambda rack, ref, number: rack.set_bypassed(ref, is_bypassed=number % 2 == 0),
    "mode": lambda rack, ref, number: rack.set_mode(ref, list(SteeringMode)[number]),
    "decay": lambda rack, ref, number: rack.set_decay(ref, 0.5 + number / 10),
    "drag": lambda rack, ref, number: (rack.move(ref, float(number)), rack.settle()),
}


@dataclass
class Desk:
    """A session with cards on show, on a clock and an engine that tests move by hand."""

    now: float = 100.0
    sent: list[SuggestionRequest] = field(default_factory=list)
    overlaps: list[OverlapRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        options = AskingOptions(alternatives=1)
        self.session = WritingSession(self, options=options, clock=lambda: self.now)
        self.session.handle(ModelReady(model=FAKE_MODEL))
        snapshot = ParagraphSnapshot(paragraph_id="p", revision=0, text="The old house stood.")
        self.session.paragraph_entered(snapshot)
        self.rack.add(REF)
        self.session.ask()
        self.finish()

    @property
    def rack(self) -> Rack:
        return self.session.rack

    @property
    def asked_for(self) -> list[float]:
        """The slider's places that the engine was asked for, in order."""
        return [request.plan.terms[0].coefficient for request in self.sent]

    def submit(self, request: EngineRequest) -> None:
        if isinstance(request, SuggestionRequest):
            self.sent.append(request)
        else:
            assert isinstance(request, OverlapRequest)
            self.overlaps.append(request)

    def cancel(self, request_id: str) -> None:
        raise AssertionError(request_id)

    def say(self, words: str) -> None:
        """Let words of the newest request come."""
        request_id = self.sent[-1].request_id
        self.session.handle(TextStreamed(request_id=request_id, index=0, chunk=words))

    def finish(self) -> None:
        request = self.sent[-1]
        found = Suggestion(
            request_id=request.request_id,
            base_revision=0,
            index=0,
            text="An old house stood.",
            seed=request.seed,
            plan=request.plan,
            tokens_per_second=50.0,
        )
        self.session.handle(Finished(request_id=request.request_id, suggestions=(found,)))

    def pass_time(self, seconds: float) -> None:
        """Let time pass; the rack is called whenever it asked to be."""
        end = self.now + seconds
        while (wait := self.rack.due_in) is not None and self.now + wait <= end:
            self.now += wait
            self.rack.tick()
        self.now = end


class Nobody:
    """An engine that never answers."""

    def submit(self, request: EngineRequest) -> None:
        """Take a request."""

    def cancel(self, request_id: str) -> None:
        """Know of no request."""


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_first_place_of_a_moving_slider_is_asked_for_at_once(desk: Desk) -> None:
    desk.rack.move(REF, 1.5)
    assert desk.asked_for == [1.0, 1.5]


def test_a_newer_place_waits_until_the_words_of_the_one_before_could_be_seen(desk: Desk) -> None:
    desk.rack.move(REF, 1.5)
    desk.rack.move(REF, 2.0)
    desk.rack.move(REF, 2.5)
    assert desk.asked_for == [1.0, 1.5]
    desk.now += 0.01
    desk.say("The")
    desk.pass_time(LOOK_SECONDS / 2)
    assert desk.asked_for == [1.0, 1.5]
    desk.pass_time(LOOK_SECONDS)
    assert desk.asked_for == [1.0, 1.5, 2.5], "only the newest of those that waited"


def test_a_slider_that_rests_is_heard_whether_or_not_words_came(desk: Desk) -> None:
    desk.rack.move(REF, 1.5)
    desk.rack.move(REF, 2.0)
    desk.pass_time(REST_SECONDS)
    assert desk.asked_for == [1.0, 1.5, 2.0]


def test_a_slow_engine_is_waited_for_while_the_slider_moves_but_not_for_ever(desk: Desk) -> None:
    places = [1.5 + step / 100 for step in range(round(PATIENCE_SECONDS / 0.05) + 2)]
    for place in places:
        desk.rack.move(REF, place)
        desk.pass_time(0.05)
    assert len(desk.asked_for) == 3, "the first, and one more when patience was at an end"


def test_a_slider_let_go_is_heard_at_once(desk: Desk) -> None:
    desk.rack.move(REF, 1.5)
    desk.rack.move(REF, 2.0)
    desk.rack.settle()
    assert desk.asked_for == [1.0, 1.5, 2.0]
    desk.rack.settle()
    desk.pass_time(10)
    assert len(desk.sent) == 3


def test_a_slider_back_where_its_words_are_asks_for_nothing(desk: Desk) -> None:
    desk.rack.move(REF, 1.5)
    desk.rack.move(REF, 2.0)
    desk.rack.move(REF, 1.5)
    desk.pass_time(10)
    assert desk.asked_for == [1.0, 1.5]


def test_without_cards_on_show_no_slider_asks_for_anything(desk: Desk) -> None:
    desk.session.dismiss(0)
    desk.rack.move(REF, 1.5)
    desk.rack.move(REF, 2.0)
    desk.pass_time(10)
    assert desk.asked_for == [1.0]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("move"), st.floats(-2, 4).map(lambda value: round(value, 2))),
            st.tuples(st.just("wait"), st.floats(0.001, 0.2)),
            st.tuples(st.just("words"), st.just(0.0)),
            st.tuples(st.just("finish"), st.just(0.0)),
            st.tuples(st.just("settle"), st.just(0.0)),
        ),
        max_size=40,
    )
)
def test_any_dragging_ends_with_the_words_of_the_last_place(deeds: list[tuple[str, float]]) -> None:
    desk = Desk()
    place = 1.0
    for kind, value in deeds:
        match kind:
            case "move":
                place = value
                desk.rack.move(REF, value)
            case "wait":
                desk.pass_time(value)
            case "words":
                desk.say("The ")
            case "settle":
                desk.rack.settle()
            case _:
                desk.finish()
    desk.pass_time(PATIENCE_SECONDS)
    last = desk.session.suggestion_request
    assert last is not None
    heard = [term for term in last.plan.terms if not term.is_inert]
    assert [term.coefficient for term in heard] == ([place] if place else [])
    assert desk.rack.due_in is None, "nothing waits any more"
    asked_again = [(a, b) for a, b in zip(desk.asked_for, desk.asked_for[1:], strict=False)]
    assert all(a != b for a, b in asked_again), "no place was asked for twice in a row"


def test_a_drag_is_one_step_to_undo_and_the_next_one_another(desk: Desk) -> None:
    for place in (1.2, 1.4, 1.6):
        desk.rack.move(REF, place)
    desk.rack.settle()
    desk.rack.move(REF, 2.0)
    desk.rack.settle()
    assert desk.rack.terms[0].coefficient == 2.0
    desk.rack.undo()
    assert desk.rack.terms[0].coefficient == 1.6
    desk.rack.undo()
    assert desk.rack.terms[0].coefficient == 1.0
    desk.rack.redo()
    assert desk.rack.terms[0].coefficient == 1.6
    assert desk.asked_for[-1] == 1.6, "what is undone and done again is heard"


def test_a_slider_dragged_and_brought_back_is_no_step_at_all(desk: Desk) -> None:
    before = desk.rack.state
    for place in (1.2, 1.4, 1.0):
        desk.rack.move(REF, place)
    desk.rack.settle()
    assert desk.rack.state == before
    desk.rack.undo()
    assert desk.rack.terms == ()


def test_solo_lets_no_other_term_be_heard_and_goes_with_its_term(desk: Desk) -> None:
    desk.rack.add(OTHER)
    desk.rack.set_solo(OTHER, is_solo=True)
    assert [term.ref for term in desk.rack.plan.active_terms] == [OTHER]
    assert not desk.rack.terms[0].is_bypassed, "the rack itself is as it was"
    desk.rack.remove(OTHER)
    assert [term.ref for term in desk.rack.plan.active_terms] == [REF]


def test_each_pair_on_the_rack_is_compared_once_and_only_what_overlaps_is_told(desk: Desk) -> None:
    desk.rack.add(OTHER)
    desk.rack.add(REFS[2])
    assert [request.refs for request in desk.overlaps] == [(REF, OTHER), REFS[:3]]
    desk.rack.move(REF, 2.0)
    desk.rack.remove(OTHER)
    desk.rack.undo()
    assert len(desk.overlaps) == 2, "nothing is asked for twice"
    cosines = ((REF, OTHER, LIMIT), (REF, REFS[2], -0.9), (OTHER, REFS[2], LIMIT - 0.01))
    found = tuple(Overlap(first=a, second=b, cosine=cosine) for a, b, cosine in cosines)
    change = desk.session.handle(Overlapped(request_id="overlap-2", overlaps=found))
    assert change.rack
    told = desk.rack.overlaps.of(REF, desk.rack.terms)
    assert [(one.second, one.cosine) for one in told] == [(REFS[2], -0.9), (OTHER, LIMIT)]
    assert [one.second for one in desk.rack.overlaps.of(OTHER, desk.rack.terms)] == [REF]


def test_the_state_before_can_be_heard_and_neither_is_lost(desk: Desk) -> None:
    assert desk.rack.can_compare
    desk.rack.set_coefficient(REF, 3.0)
    changed = desk.rack.state
    desk.rack.compare()
    assert desk.rack.hears_other
    assert desk.rack.terms[0].coefficient == 1.0
    desk.rack.compare()
    assert not desk.rack.hears_other
    assert desk.rack.state == changed
    desk.rack.compare()
    desk.rack.set_mode(REF, SteeringMode.CLAMP)
    assert not desk.rack.hears_other, "a change is a new state to compare with the one before"
    for _ in range(2):
        desk.rack.undo()
    assert desk.rack.state == changed


def test_what_cannot_be_heard_asks_for_nothing(desk: Desk) -> None:
    desk.rack.set_bypassed(REF, is_bypassed=True)
    sent = len(desk.sent)
    desk.rack.set_mode(REF, SteeringMode.CLAMP)
    desk.rack.set_decay(REF, 0.9)
    desk.rack.set_condition(REF, Condition(ref=OTHER))
    desk.rack.move(REF, 0.5)
    desk.pass_time(10)
    assert len(desk.sent) == sent


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["undo", "redo", *CHANGES]), st.integers(0, 3))))
def test_undo_and_redo_go_through_the_very_states_that_were(deeds: list[tuple[str, int]]) -> None:
    """Kept beside a model: a list of states and a place in it."""
    rack = Rack(lambda: NOTHING, lambda: 0.0, Overlaps(Nobody()))
    past: list[RackState] = [rack.state]
    place = 0
    for deed, number in deeds:
        before = rack.state
        if deed == "undo":
            rack.undo()
            place = max(0, place - 1)
        elif deed == "redo":
            rack.redo()
            place = min(len(past) - 1, place + 1)
        else:
            CHANGES[deed](rack, REFS[number], number)
            if rack.state != before:
                past, place = [*past[: place + 1], rack.state], place + 1
        assert rack.state == past[place]
        assert (rack.can_undo, rack.can_redo) == (place > 0, place < len(past) - 1)
