"""Reading many passages: in order, once each, behind everything else, and stopped at once."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.fake_rewriter import FakeRewriter
from tinymorph.schema.events import Cancelled, ErrorNote, Failed, Inspected
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import EngineRequest, InspectionRequest
from tinymorph.schema.span import Span
from tinymorph.session.passage_reader import Part, PassageReader
from tinymorph.session.surveys import Surveys

DAYS = FeatureRef(sae_id="1", feature_index=5)
FIRST = FeatureRef(sae_id="0", feature_index=0)
TEXTS = ("The rain came on Monday.", "Nobody was there.", "On Sunday it went, Sunday night.")


class Desk:
    """A client that answers when it is told to."""

    def __init__(self) -> None:
        self.sent: list[Any] = []  # of `EngineRequest`, whatever its kind
        self.withdrawn: list[str] = []
        self._engine = FakeRewriter()
        self.revisions: dict[str, int] = {}
        self.surveys = Surveys(PassageReader(self, itertools.count()), self.revisions)

    def submit(self, request: EngineRequest) -> None:
        self.sent.append(request)

    def cancel(self, request_id: str) -> None:
        self.withdrawn.append(request_id)

    def answer(self, times: int = 99) -> None:
        for _ in range(times):
            open_ones = [one for one in self.sent if one.request_id not in self.withdrawn]
            if not open_ones:
                return
            request = open_ones[-1]
            self.withdrawn.append(request.request_id)
            *_, last = self._engine.run(request)
            assert isinstance(last, Inspected)
            assert self.surveys.heard(last)


def parts(*texts: str) -> tuple[Part, ...]:
    return tuple(
        Part(
            ParagraphSnapshot(paragraph_id=f"p{number}", revision=0, text=text),
            Span(start=0, end=len(text)),
        )
        for number, text in enumerate(texts)
    )


def test_document_is_read_paragraph_by_paragraph_in_the_lane_that_waits():
    desk = Desk()
    desk.surveys.survey(parts(*TEXTS), is_whole_document=True)
    assert len(desk.sent) == 1
    assert desk.surveys.is_reading
    desk.answer(1)
    assert desk.surveys.progress == (1, 3)
    desk.answer()
    assert [request.paragraph.text for request in desk.sent] == list(TEXTS)
    assert {request.lane for request in desk.sent} == {"survey"}
    assert not desk.surveys.is_reading


def test_features_of_the_document_are_ranked_by_their_highest_peak():
    desk = Desk()
    desk.surveys.survey(parts(*TEXTS), is_whole_document=True)
    desk.answer()
    view = desk.surveys.view()
    assert view is not None
    assert view.features[0].ref == DAYS
    assert view.features[0].by_part == (1.0, 0.0, 1.0)
    assert [f.peak for f in view.features] == sorted((f.peak for f in view.features), reverse=True)


def test_places_of_a_feature_are_the_paragraphs_in_which_it_fires():
    desk = Desk()
    desk.surveys.survey(parts(*TEXTS), is_whole_document=True)
    desk.answer()
    assert [place.number for place in desk.surveys.places(DAYS)] == [1, 3]
    assert desk.surveys.places(DAYS)[0].span.of(TEXTS[0]) == "Monday"
    assert desk.surveys.places(FeatureRef(sae_id="0", feature_index=9)) == ()


def test_only_words_that_were_not_read_before_are_read_again():
    desk = Desk()
    desk.surveys.survey(parts(*TEXTS), is_whole_document=True)
    desk.answer()
    changed = (TEXTS[0], "Somebody was there on Friday.", TEXTS[2])
    desk.surveys.survey(parts(*changed), is_whole_document=True)
    desk.answer()
    assert [request.paragraph.text for request in desk.sent[3:]] == [changed[1]]
    assert len(desk.surveys.places(DAYS)) == 3


def test_stopping_withdraws_what_runs_and_asks_for_nothing_more():
    desk = Desk()
    desk.surveys.survey(parts(*TEXTS), is_whole_document=True)
    desk.answer(1)
    assert desk.surveys.stop()
    running = desk.sent[-1].request_id
    assert desk.withdrawn[-1] == running
    desk.surveys.heard(Cancelled(request_id=running))
    assert len(desk.sent) == 2
    assert not desk.surveys.is_reading
    view = desk.surveys.view()
    assert view is not None
    assert (view.done, view.is_reading) == (1, False)


def test_an_edit_since_makes_a_part_stale():
    desk = Desk()
    desk.surveys.survey(parts(*TEXTS), is_whole_document=True)
    desk.answer()
    desk.revisions["p1"] = 1
    view = desk.surveys.view()
    assert view is not None
    assert view.stale == 1
    assert desk.surveys.is_of("p1")
    assert not desk.surveys.is_of("p9")


def test_contrast_waits_for_both_passages_and_shows_what_only_one_has():
    desk = Desk()
    first, second = parts(TEXTS[0]), parts(TEXTS[1])
    desk.surveys.mark("a", first)
    desk.answer()
    assert desk.surveys.contrast().differences == ()
    desk.surveys.mark("b", second)
    assert desk.surveys.contrast().is_reading
    desk.answer()
    days = next(d for d in desk.surveys.contrast().differences if d.ref == DAYS)
    assert days.a > days.b == 0.0
    desk.surveys.exchange()
    days = next(d for d in desk.surveys.contrast().differences if d.ref == DAYS)
    assert days.b > days.a == 0.0


def test_contrast_goes_before_the_document_and_the_document_goes_on_after_it():
    desk = Desk()
    desk.surveys.survey(parts(*TEXTS), is_whole_document=True)
    desk.surveys.mark("a", parts("Another text."))
    desk.answer()
    read = [request.paragraph.text for request in desk.sent]
    assert read == [TEXTS[0], "Another text.", TEXTS[1], TEXTS[2]]


def test_example_finds_what_is_key_to_it():
    desk = Desk()
    desk.surveys.ask_like("Monday, Tuesday, Wednesday: three days.")
    desk.answer()
    view = desk.surveys.example(lambda ref: 0.01 if ref == DAYS else 0.5)
    assert view is not None
    assert view.features[0][0] == DAYS


def test_traces_are_read_where_the_feature_fires_and_for_the_paragraph_in_hand():
    desk = Desk()
    document = parts(*TEXTS)
    desk.surveys.survey(document, is_whole_document=True)
    desk.answer()
    desk.surveys.trace(DAYS, before=document[1:2])
    desk.answer()
    asked = [request for request in desk.sent if isinstance(request, InspectionRequest)]
    assert [r.paragraph.text for r in asked if r.asked] == [TEXTS[1], TEXTS[0], TEXTS[2]]
    assert set(desk.surveys.traces(DAYS)) == {"p0", "p1", "p2"}


def test_neighbours_are_asked_for_once_and_go_before_everything_else():
    desk = Desk()
    desk.surveys.survey(parts(*TEXTS), is_whole_document=True)
    desk.surveys.ask_neighbours(DAYS)
    assert desk.surveys.neighbours(DAYS) is None
    desk.answer(2)
    asked = desk.sent[1]
    assert isinstance(asked, InspectionRequest)
    assert (asked.neighbours_of, asked.paragraph.text) == (DAYS, "")
    found = desk.surveys.neighbours(DAYS)
    assert found is not None
    assert [one.ref.feature_index for one in found] == [1, 3]
    desk.surveys.ask_neighbours(DAYS)
    desk.answer()
    assert len(desk.sent) == 4


def test_failure_is_told_and_ends_the_reading():
    desk = Desk()
    desk.surveys.survey(parts(*TEXTS), is_whole_document=True)
    note = ErrorNote(code="x", title="No memory.")
    desk.surveys.heard(Failed(request_id=desk.sent[0].request_id, note=note))
    view = desk.surveys.view()
    assert view is not None
    assert view.trouble == note
    assert not desk.surveys.is_reading


@settings(max_examples=40)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("survey"), st.lists(st.sampled_from(TEXTS), max_size=4)),
            st.tuples(st.just("a"), st.lists(st.sampled_from(TEXTS), min_size=1, max_size=2)),
            st.tuples(st.just("answer"), st.integers(1, 3)),
            st.tuples(st.just("stop"), st.none()),
        ),
        max_size=12,
    )
)
def test_at_most_one_request_is_under_way_and_the_last_wish_is_always_fulfilled(steps):
    desk = Desk()
    for what, value in steps:
        match what:
            case "survey":
                desk.surveys.survey(parts(*value), is_whole_document=True)
            case "a":
                desk.surveys.mark("a", parts(*value))
            case "answer":
                desk.answer(value)
            case _:
                desk.surveys.stop()
        waiting = [r for r in desk.sent if r.request_id not in desk.withdrawn]
        assert len(waiting) <= 1
        for request_id in [r.request_id for r in desk.sent if r.request_id in desk.withdrawn]:
            desk.surveys.heard(Cancelled(request_id=request_id))
    desk.surveys.survey(parts(*TEXTS), is_whole_document=True)
    desk.answer()
    assert desk.surveys.progress == (3, 3)
    assert len(desk.surveys.places(DAYS)) == 2
