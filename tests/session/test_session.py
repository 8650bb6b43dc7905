"""Promises of the writer's desk."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helpers.fake_rewriter import FAKE_MODEL, FakeRewriter
from tinymorph.errors import BadInputError, StaleEditError
from tinymorph.schema.events import (
    Cancelled,
    EngineEvent,
    ErrorNote,
    Failed,
    Finished,
    Inspected,
    ModelLoading,
    ModelReady,
    TextStreamed,
)
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import EngineRequest, Protected, SuggestionRequest, Surroundings
from tinymorph.schema.span import Span
from tinymorph.schema.steering import SteeringMode
from tinymorph.session.change import NOTHING
from tinymorph.session.journal import DecisionJournal
from tinymorph.session.options import AskingOptions
from tinymorph.session.scheduler import SuggestionScheduler
from tinymorph.session.session import WritingSession
from tinymorph.session.views import EngineState
from tinymorph.text.diff import apply_replacements

TEXT = "The old house stood on a hill above the village."
REF = FeatureRef(sae_id="1", feature_index=7)


class Desk:
    """A session with an engine that answers when told to."""

    def __init__(self, journal: DecisionJournal | None = None, *, echoes: bool = False) -> None:
        self.sent: list[Any] = []  # of `EngineRequest`, whatever its kind
        self.cancelled: list[str] = []
        self.engine = FakeRewriter(echoes=echoes)
        self.session = WritingSession(
            self,
            options=AskingOptions(alternatives=2),
            scheduler=SuggestionScheduler(2.0, is_on=True),
            journal=journal,
            local_time=lambda: "2026-01-02T03:04:05+01:00",
        )
        self.session.handle(ModelReady(model=FAKE_MODEL))
        self.session.paragraph_entered(snapshot())

    def submit(self, request: EngineRequest) -> None:
        self.sent.append(request)

    def cancel(self, request_id: str) -> None:
        self.cancelled.append(request_id)

    def events(self, number: int = -1) -> list[EngineEvent]:
        return [event for event in self.engine.run(self.sent[number]) if event is not None]

    def answer(self, number: int = -1) -> None:
        for event in self.events(number):
            self.session.handle(event)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def snapshot(text: str = TEXT, revision: int = 0, paragraph_id: str = "p") -> ParagraphSnapshot:
    return ParagraphSnapshot(paragraph_id=paragraph_id, revision=revision, text=text)


def test_neither_qt_nor_torch_is_imported() -> None:
    code = (
        "import sys, tinymorph.session.session, tinymorph.session.worker, tinymorph.text.markdown;"
        "print([n for n in sys.modules if n.split('.')[0] in {'PySide6', 'torch', 'transformers'}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_asking_asks_for_the_paragraph_with_rack_and_options(desk: Desk) -> None:
    desk.session.rack.add(REF, 0.5)
    desk.session.set_options(replace(desk.session.options, with_twin=True, seed=7, task="shorten"))
    change = desk.session.ask()
    request = desk.sent[0]
    assert isinstance(request, SuggestionRequest)
    assert change.suggestions
    assert change.status
    assert (request.lane, request.task, request.seed) == ("asked", "shorten", 7)
    assert request.with_twin
    assert request.span.of(request.paragraph.text) == TEXT
    assert [(term.ref, term.coefficient) for term in request.plan.terms] == [(REF, 0.5)]


def test_a_selection_is_asked_for_without_its_outer_spaces(desk: Desk) -> None:
    desk.session.paragraph_entered(snapshot(), Span(start=3, end=14))
    desk.session.ask()
    assert desk.sent[0].span.of(TEXT) == "old house"


def test_words_stream_into_cards_as_diffs(desk: Desk) -> None:
    desk.session.ask()
    assert [card.text for card in desk.session.suggestions] == ["", ""]
    first, *others = desk.events()
    assert desk.session.handle(first).suggestions
    card = desk.session.suggestions[0]
    assert TEXT.startswith(card.text) or card.diff is not None
    assert card.diff is not None
    assert card.diff.after == card.text
    assert not card.is_finished
    for event in others:
        desk.session.handle(event)
    assert all(card.is_finished and card.diff for card in desk.session.suggestions)
    assert desk.session.status.state is EngineState.READY


def test_an_equal_request_is_not_asked_twice_while_it_runs_or_is_on_show(desk: Desk) -> None:
    desk.session.ask()
    assert desk.session.ask() == NOTHING
    desk.answer()
    assert desk.session.ask() == NOTHING
    assert len(desk.sent) == 1
    desk.session.ask_for_others()
    second = desk.sent[1]
    assert isinstance(second, SuggestionRequest)
    assert second.seed == 2


def test_after_a_failure_or_when_all_were_dismissed_it_can_be_asked_again(desk: Desk) -> None:
    desk.session.ask()
    note = ErrorNote(code="X", title="It failed.")
    desk.session.handle(Failed(request_id=desk.sent[0].request_id, note=note))
    assert desk.session.suggestion_trouble == note
    assert desk.session.suggestions == ()
    assert desk.session.ask().suggestions
    desk.answer()
    desk.session.dismiss(0)
    desk.session.dismiss(1)
    assert desk.session.ask().suggestions


def test_answers_to_a_displaced_request_are_dropped(desk: Desk) -> None:
    desk.session.ask()
    stale = desk.events(0)
    desk.session.paragraph_edited(snapshot("Other words.", 1))
    desk.session.ask()
    assert [desk.session.handle(event) for event in stale] == [NOTHING] * len(stale)
    assert [card.text for card in desk.session.suggestions] == ["", ""]


def test_accepting_gives_the_words_of_the_card(desk: Desk) -> None:
    desk.session.paragraph_entered(snapshot(), Span(start=4, end=20))
    desk.session.ask()
    desk.answer()
    card = desk.session.suggestions[1]
    edit = desk.session.accept(1)
    assert edit.base_revision == 0
    assert apply_replacements(TEXT, edit.replacements) == TEXT[:4] + card.text + TEXT[19:]


def test_hunks_are_accepted_one_by_one(desk: Desk) -> None:
    desk.session.ask()
    desk.answer()
    card = next(card for card in desk.session.suggestions if card.changes)
    chosen = card.changes[0]
    edit = desk.session.accept(card.index, {chosen.index})
    assert [one.text for one in edit.replacements] == [chosen.after]


def test_words_that_the_writer_changed_are_never_overwritten(desk: Desk) -> None:
    desk.session.ask()
    desk.answer()
    change = desk.session.paragraph_edited(snapshot("Something else altogether.", 1))
    assert change.suggestions
    assert all(card.is_stale for card in desk.session.suggestions)
    with pytest.raises(StaleEditError, match="changed since"):
        desk.session.accept(0)
    desk.session.paragraph_edited(snapshot(TEXT, 2))
    assert not any(card.is_stale for card in desk.session.suggestions)
    assert desk.session.accept(0).base_revision == 2


def test_words_that_come_after_an_edit_are_laid_against_the_words_as_they_are_now(
    desk: Desk,
) -> None:
    desk.session.ask()
    now = "Then: " + TEXT + " So."
    desk.session.paragraph_edited(snapshot(now, 1))
    desk.answer()
    for card in desk.session.suggestions:
        edit = desk.session.accept(card.index)
        assert edit.base_revision == 1
        assert apply_replacements(now, edit.replacements) == f"Then: {card.text} So."


def test_the_cursor_may_go_elsewhere_and_the_card_still_be_accepted(desk: Desk) -> None:
    desk.session.ask()
    desk.answer()
    desk.session.paragraph_entered(snapshot("Elsewhere.", 4, "q"))
    desk.session.paragraph_edited(snapshot("Elsewhere!", 5, "q"))
    assert desk.session.accept(0).paragraph_id == "p"


def test_a_removed_paragraph_makes_its_cards_stale(desk: Desk) -> None:
    desk.session.ask()
    desk.answer()
    desk.session.paragraph_removed("p")
    with pytest.raises(StaleEditError):
        desk.session.accept(0)


def test_what_is_not_there_unfinished_or_empty_cannot_be_accepted(desk: Desk) -> None:
    with pytest.raises(BadInputError, match="no finished"):
        desk.session.accept(0)
    desk.session.ask()
    desk.session.handle(desk.events()[0])
    with pytest.raises(BadInputError, match="no finished"):
        desk.session.accept(0)
    finished = desk.events()[-1]
    assert isinstance(finished, Finished)
    empty = finished.suggestions[0].model_copy(update={"text": " "})
    desk.session.handle(finished.model_copy(update={"suggestions": (empty,)}))
    with pytest.raises(BadInputError, match="empty"):
        desk.session.accept(0)


def test_moving_a_slider_asks_again_with_the_same_seed(desk: Desk) -> None:
    desk.session.rack.add(REF)
    desk.session.ask()
    desk.answer()
    change = desk.session.rack.set_coefficient(REF, 0.25)
    assert change.rack
    assert change.suggestions
    first, second = desk.sent
    assert isinstance(first, SuggestionRequest)
    assert isinstance(second, SuggestionRequest)
    assert second.plan.terms[0].coefficient == 0.25
    assert second.model_copy(update={"request_id": first.request_id, "plan": first.plan}) == first


def test_a_slider_that_is_not_heard_asks_nothing(desk: Desk) -> None:
    desk.session.ask()
    desk.answer()
    desk.session.rack.add(REF, 0.0)
    assert len(desk.sent) == 1
    desk.session.rack.set_coefficient(REF, 1.0)
    desk.session.rack.set_bypassed(REF, is_bypassed=True)
    assert len(desk.sent) == 3
    desk.session.rack.set_coefficient(REF, 2.0)
    desk.session.rack.remove(REF)
    assert len(desk.sent) == 3


def test_a_slider_asks_nothing_while_no_fresh_card_is_on_show(desk: Desk) -> None:
    desk.session.rack.add(REF)
    desk.session.rack.set_coefficient(REF, 2.0)
    desk.session.ask()
    desk.answer()
    desk.session.paragraph_edited(snapshot("New.", 1))
    desk.session.rack.set_mode(REF, SteeringMode.ABLATE)
    assert len(desk.sent) == 1


def test_escape_withdraws_and_what_comes_later_is_dropped(desk: Desk) -> None:
    desk.session.ask()
    events = desk.events()
    desk.session.handle(events[0])
    assert desk.session.cancel().suggestions
    assert desk.cancelled == [desk.sent[0].request_id]
    assert desk.session.handle(events[1]) == NOTHING
    assert desk.session.handle(Cancelled(request_id=desk.sent[0].request_id)) == NOTHING
    assert desk.session.status.state is EngineState.READY
    assert len(desk.session.suggestions) == 1
    with pytest.raises(BadInputError):
        desk.session.accept(0)
    assert desk.session.cancel() == NOTHING
    assert desk.session.ask().suggestions


def test_reading_shows_features_and_goes_stale_with_its_paragraph(desk: Desk) -> None:
    change = desk.session.inspect(snapshot(), Span(start=4, end=13), asked=(REF,))
    assert change.reading
    assert desk.session.status.state is EngineState.READING
    desk.answer()
    view = desk.session.reading
    assert view is not None
    assert view.reading.asked[0].ref == REF
    assert not view.is_stale
    assert desk.session.paragraph_edited(snapshot("New.", 1)).reading
    assert desk.session.reading is not None
    assert desk.session.reading.is_stale


def test_only_the_newest_reading_counts(desk: Desk) -> None:
    desk.session.inspect(snapshot())
    desk.session.inspect(snapshot(), Span(start=0, end=7))
    old, new = desk.events(0)[-1], desk.events(1)[-1]
    assert isinstance(old, Inspected)
    assert desk.session.handle(old) == NOTHING
    assert desk.session.handle(new).reading


def test_a_failed_reading_says_why(desk: Desk) -> None:
    desk.session.inspect(snapshot())
    note = ErrorNote(code="X", title="It failed.")
    assert desk.session.handle(Failed(request_id=desk.sent[0].request_id, note=note)).reading
    assert desk.session.reading_trouble == note
    assert not desk.session.is_reading


def test_a_passage_without_words_is_not_asked_for(desk: Desk) -> None:
    desk.session.paragraph_entered(snapshot("  ", 1))
    assert desk.session.ask().notes
    assert desk.session.notes[-1].title == "There are no words here to rewrite."
    desk.session.inspect(snapshot("  ", 1))
    assert desk.session.reading_trouble is not None
    assert desk.sent == []


def test_a_pause_suggests_once_in_its_own_lane(desk: Desk) -> None:
    desk.session.paragraph_edited(snapshot("Some new words.", 1), now=10.0)
    assert desk.session.tick(11.9) == NOTHING
    assert desk.session.tick(12.0).suggestions
    assert desk.sent[0].lane == "live"
    desk.answer()
    assert desk.session.tick(99.0) == NOTHING


def test_asking_stops_what_a_pause_had_asked_for(desk: Desk) -> None:
    desk.session.paragraph_edited(snapshot("Some new words.", 1), now=10.0)
    desk.session.tick(12.0)
    desk.session.paragraph_edited(snapshot("Some newer words.", 2), now=12.5)
    desk.session.ask()
    assert desk.cancelled == [desk.sent[0].request_id]
    assert [request.lane for request in desk.sent] == ["live", "asked"]


def test_status_tells_what_goes_on() -> None:
    desk = Desk()
    session = WritingSession(desk)
    assert session.status.state is EngineState.STARTING
    assert session.handle(ModelLoading(stage="Weights")).status
    assert session.status.state is EngineState.LOADING
    session.paragraph_entered(snapshot())
    session.ask()
    assert "waits" in session.status.sentence
    assert session.handle(ModelReady(model=FAKE_MODEL)).model
    assert session.status.state is EngineState.WRITING
    note = ErrorNote(code="BundleError", title="The model folder is incomplete.")
    change = session.handle(Failed(request_id=None, note=note))
    assert change.notes
    assert session.notes == (note,)
    assert (session.status.state, session.status.sentence) == (EngineState.FAILED, note.title)


def test_other_words_for_those_of_a_card_are_laid_against_the_writers_own(desk: Desk) -> None:
    desk.session.paragraph_entered(snapshot(), Span(start=4, end=48))
    desk.session.ask()
    desk.answer()
    first = desk.session.suggestions[0]
    assert desk.session.ask_like(0).suggestions
    request = desk.sent[-1]
    assert isinstance(request, SuggestionRequest)
    assert request.span.of(request.paragraph.text) == first.text
    assert request.seed == 2
    desk.answer()
    card = desk.session.suggestions[0]
    assert card.before == TEXT[4:48]
    edit = desk.session.accept(0)
    assert apply_replacements(TEXT, edit.replacements) == TEXT[:4] + card.text
    desk.session.rack.add(REF)
    again = desk.sent[-1]
    assert isinstance(again, SuggestionRequest)
    assert again.span.of(again.paragraph.text) == first.text
    desk.answer()
    assert desk.session.suggestions[0].before == TEXT[4:48]


def test_a_moved_slider_asks_about_the_words_as_they_are_now(desk: Desk) -> None:
    around = Surroundings(protected=(Protected(span=Span(start=40, end=47), kind="link"),))
    desk.session.paragraph_entered(snapshot(), None, around)
    desk.session.ask()
    desk.answer()
    desk.session.paragraph_edited(snapshot("So: " + TEXT, 1))
    desk.session.rack.add(REF)
    request = desk.sent[-1]
    assert isinstance(request, SuggestionRequest)
    assert request.span.of(request.paragraph.text) == TEXT
    assert [part.span.of(request.paragraph.text) for part in request.protected] == ["village"]


def test_the_twins_words_are_kept_apart() -> None:
    desk = Desk()
    desk.session.set_options(AskingOptions(alternatives=1, with_twin=True))
    desk.session.rack.add(REF)
    desk.session.ask()
    twin = next(e for e in desk.events() if isinstance(e, TextStreamed) and e.is_twin)
    desk.session.handle(twin)
    assert desk.session.suggestions[0].twin_text == twin.chunk
    assert desk.session.suggestions[0].text == ""
    desk.answer()
    card = desk.session.suggestions[0]
    assert card.text.endswith("steered by 1:7 at 1")
    assert "steered" not in card.twin_text


def test_an_accepted_edit_leaves_a_receipt(tmp_path: Path) -> None:
    journal = DecisionJournal(tmp_path)
    desk = Desk(journal)
    desk.session.rack.add(REF)
    desk.session.ask()
    desk.answer()
    edit = desk.session.accept(0)
    assert journal.read() == ()
    desk.session.record_accepted(edit)
    (decision,) = journal.read()
    assert decision.edit == edit
    assert decision.request == desk.sent[0]
    assert decision.suggestion.seed == 0
    assert decision.suggestion.plan.terms[0].ref == REF
    assert decision.model_sha256 == FAKE_MODEL.sha256
    assert decision.decided_at == "2026-01-02T03:04:05+01:00"
