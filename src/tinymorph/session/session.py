"""The writer's desk: what is asked, shown, stale and accepted; no Qt, no thread, no signal."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import assert_never

from tinymorph.errors import BadInputError
from tinymorph.schema.events import (
    Cancelled,
    EngineEvent,
    ErrorNote,
    Failed,
    Finished,
    Inspected,
    ModelInfo,
    ModelLoading,
    ModelReady,
    Overlapped,
    TextStreamed,
)
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import InspectionRequest, Lane, SuggestionRequest, Surroundings
from tinymorph.schema.span import Span
from tinymorph.schema.suggestion import AcceptedEdit, Suggestion
from tinymorph.session.asked import AskedSuggestions
from tinymorph.session.change import NOTHING, SessionChange
from tinymorph.session.client import EngineClient
from tinymorph.session.inspection import Inspection
from tinymorph.session.journal import Decision, DecisionJournal, local_time_now
from tinymorph.session.options import AskingOptions
from tinymorph.session.overlaps import Overlaps
from tinymorph.session.passage import Passage, nothing_there, trimmed
from tinymorph.session.passage_reader import PassageReader
from tinymorph.session.rack import Rack
from tinymorph.session.scheduler import SuggestionScheduler
from tinymorph.session.status import Loading, status_of
from tinymorph.session.surveys import Surveys
from tinymorph.session.views import EngineStatus, ReadingView, SuggestionView

_CARDS = SessionChange(suggestions=True, status=True)
_FEATURES = SessionChange(reading=True, status=True)


class WritingSession:
    """Hold the state of one window; every method says what it changed."""

    def __init__(
        self,
        client: EngineClient,
        *,
        options: AskingOptions | None = None,
        scheduler: SuggestionScheduler | None = None,
        journal: DecisionJournal | None = None,
        local_time: Callable[[], str] = local_time_now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self.scheduler = scheduler or SuggestionScheduler()
        self._journal, self._local_time = journal, local_time
        self._numbers = itertools.count(1)
        self._revisions: dict[str, int] = {}
        self._passage: Passage | None = None
        self._clock = clock
        self.rack = Rack(self._steer_anew, clock, Overlaps(client))
        self._options = options or AskingOptions()
        self._asked: AskedSuggestions | None = None
        self._inspection = Inspection()
        self.surveys = Surveys(PassageReader(client, self._numbers), self._revisions)
        self._loading = Loading()
        self._notes: tuple[ErrorNote, ...] = ()
        self._accepted: tuple[AcceptedEdit, SuggestionRequest, Suggestion] | None = None

    # What is shown

    @property
    def paragraph(self) -> ParagraphSnapshot | None:
        """Return the paragraph that the cursor is in."""
        return self._passage and self._passage.paragraph

    @property
    def options(self) -> AskingOptions:
        """Return task, number of alternatives, twin, seed and sampling of the next asking."""
        return self._options

    @property
    def model(self) -> ModelInfo | None:
        """Return what is loaded, once it is."""
        return self._loading.model

    @property
    def notes(self) -> tuple[ErrorNote, ...]:
        """Return the general news, the newest last; at most one of a kind."""
        return self._notes

    @property
    def suggestions(self) -> tuple[SuggestionView, ...]:
        """Return the cards, without those dismissed."""
        if self._asked is None:
            return ()
        return self._asked.views()

    @property
    def suggestion_trouble(self) -> ErrorNote | None:
        """Return why the last rewrite failed, to stand where the cards would."""
        return self._asked.trouble if self._asked else None

    @property
    def suggestion_request(self) -> SuggestionRequest | None:
        """Return the request that the cards answer."""
        return self._asked.request if self._asked else None

    @property
    def asked(self) -> AskedSuggestions | None:
        """Return the asking that the cards answer."""
        return self._asked

    @property
    def is_writing(self) -> bool:
        """Say whether a rewrite is waiting or on its way."""
        return self._asked is not None and self._asked.is_running

    @property
    def reading(self) -> ReadingView | None:
        """Return the features last read of one passage."""
        view = self._inspection.view
        if view is None or not self._is_stale(view.paragraph):
            return view
        return replace(view, is_stale=True)

    @property
    def reading_trouble(self) -> ErrorNote | None:
        """Return why the last reading failed, to stand where the features would."""
        return self._inspection.trouble

    @property
    def is_reading(self) -> bool:
        """Say whether a reading is waiting or on its way."""
        return self._inspection.is_running

    @property
    def status(self) -> EngineStatus:
        """Say what the engine is doing."""
        asked = self._asked if self.is_writing else None
        read, parts = self.surveys.progress if self.surveys.is_reading else (0, 0)
        is_reading = self.is_reading or self.surveys.is_reading
        return status_of(self._loading, asked, is_reading=is_reading, read=read, parts=parts)

    # The page

    def paragraph_entered(
        self,
        snapshot: ParagraphSnapshot,
        span: Span | None = None,
        around: Surroundings | None = None,
    ) -> SessionChange:
        """Take the paragraph with the cursor as the current one; `span` is what is selected."""
        return self._take(snapshot, span, around)

    def paragraph_edited(
        self, snapshot: ParagraphSnapshot, span: Span | None = None, now: float | None = None
    ) -> SessionChange:
        """Take the new words; what was made for the old ones is stale from now on."""
        if now is not None:
            self.scheduler.typed(now)
        return self._take(snapshot, span)

    def paragraph_removed(self, paragraph_id: str) -> SessionChange:
        """Take note that a paragraph is gone; what was made for it is stale."""
        if self.paragraph is not None and self.paragraph.paragraph_id == paragraph_id:
            self._passage = None
        if self._asked is not None and self._asked.request.paragraph.paragraph_id == paragraph_id:
            self._asked.removed()
        return self._moved_on(paragraph_id, self._revisions.get(paragraph_id, -1) + 1)

    def tick(self, now: float) -> SessionChange:
        """Suggest unasked if the writer switched that on and has paused."""
        if self.is_writing or not self.scheduler.due(now):
            return NOTHING
        if self.paragraph is None or not self.paragraph.text.strip():
            self.scheduler.forget()
            return NOTHING
        return self._ask("live")

    # Asking

    def ask(self) -> SessionChange:
        """Ask for rewrites of the selection or paragraph, unless just these are on show."""
        return self._ask("asked")

    def ask_for_others(self) -> SessionChange:
        """Ask again with the next seeds."""
        seed = self._options.seed + self._options.alternatives
        self._options = replace(self._options, seed=seed)
        return SessionChange(options=True) | self._ask("asked")

    def ask_like(self, index: int) -> SessionChange:
        """Ask for other words for those of a card, under the rack as it is, with the next seeds."""
        like = self._asked.like(index) if self._asked is not None else None
        if like is None:
            return NOTHING
        plan = {"plan": self.rack.plan}
        return self._submit(like[0].model_copy(update=plan), like[1].model_copy(update=plan))

    def inspect(
        self,
        snapshot: ParagraphSnapshot,
        span: Span | None = None,
        asked: tuple[FeatureRef, ...] = (),
        *,
        is_word: bool = False,
    ) -> SessionChange:
        """Ask for the features of a passage; an empty span means the paragraph.

        Those of a single word are traced over its whole paragraph.
        """
        request = InspectionRequest(
            request_id=f"inspect-{next(self._numbers)}",
            paragraph=snapshot,
            span=trimmed(span, snapshot.text),
            asked=asked,
            traces_all=is_word,
        )
        change = self._revised(snapshot)
        if request.span.of(snapshot.text).strip():
            self._inspection.ask(request)
            self._client.submit(request)
        else:
            self._inspection.refuse(nothing_there("read"))
        return change | _FEATURES

    def cancel(self) -> SessionChange:
        """Withdraw what was asked of the engine; words that came stay readable, not acceptable."""
        change = NOTHING
        if self._asked is not None and self._asked.is_running:
            self._asked.stop()
            self.rack.answered()
            self._client.cancel(self._asked.request.request_id)
            change = _CARDS
        running = self._inspection.stop()
        if running is not None:
            self._client.cancel(running)
            change |= _FEATURES
        change |= self.surveys.stop()
        self.scheduler.forget()
        return change

    # Options

    def set_options(self, options: AskingOptions) -> SessionChange:
        """Choose how to ask the next time; make them by `replace(session.options, ...)`."""
        changed, self._options = options != self._options, options
        return SessionChange(options=changed)

    # Cards

    def accept(self, index: int, hunks: AbstractSet[int] | None = None) -> AcceptedEdit:
        """Return the edit that accepts all that is open of a card, or only some of its hunks.

        Raises StaleEditError if the writer changed the words since, BadInputError if the card is
        not there, not finished, or has nothing to accept. When the edit is made, hand it to
        `record_accepted`.
        """
        asked = self._asked
        suggestion = asked.suggestion(index) if asked is not None else None
        if asked is None or suggestion is None:
            raise BadInputError("There is no finished suggestion to accept.", hint="Ask for one.")
        edit = asked.accept(index, hunks)
        self._accepted = (edit, asked.request, suggestion)
        return edit

    def refuse(self, index: int, hunk: int) -> SessionChange:
        """Leave one hunk of a card out, or take that back."""
        changed = self._asked is not None and self._asked.refuse(index, hunk)
        return SessionChange(suggestions=changed)

    def record_accepted(self, edit: AcceptedEdit) -> SessionChange:
        """Write the receipt of an edit that `accept` gave and the page has made."""
        accepted, self._accepted = self._accepted, None
        if accepted is None or accepted[0] != edit or self._journal is None:
            return NOTHING
        model = self._loading.model
        decision = Decision(
            decided_at=self._local_time(),
            model_id=model.model_id if model else "",
            model_sha256=model.sha256 if model else "",
            request=accepted[1],
            suggestion=accepted[2],
            edit=edit,
        )
        self._journal.record(decision)
        return NOTHING

    def dismiss(self, index: int) -> SessionChange:
        """Take a card away."""
        changed = self._asked is not None and self._asked.dismiss(index)
        return SessionChange(suggestions=changed)

    # The engine's answers

    def handle(self, event: EngineEvent) -> SessionChange:
        """Take in what the engine says; answers to what is not current any more are dropped."""
        match event:
            case ModelLoading() | ModelReady():
                self._loading = self._loading.after(event)
                return SessionChange(status=True, model=isinstance(event, ModelReady))
            case Failed(request_id=None, note=note):
                self._loading = self._loading.after(event)
                return SessionChange(status=True, model=True) | self._note(note)
            case Inspected():
                return self._inspection_heard(event)
            case Overlapped():
                return self.rack.overlaps.heard(event)
            case TextStreamed() | Finished():
                return self._asked_heard(event)
            case Failed() | Cancelled():
                return self._inspection_heard(event) or self._asked_heard(event)
            case _:
                assert_never(event)

    def _ask(self, lane: Lane) -> SessionChange:
        self.scheduler.forget()
        if self._passage is None or not self._passage.text.strip():
            return self._note(nothing_there("rewrite"))
        request = self._passage.request(lane, self.rack.plan, self._options)
        if self._asked is not None and self._asked.answers(request):
            return NOTHING
        return self._submit(request)

    def _steer_anew(self) -> SessionChange:
        """Ask again, with the same seeds, for suggestions on show: the rack is another."""
        asked = self._asked
        again = asked.again(self.rack.plan) if asked is not None else None
        if asked is None or again is None or asked.answers(again[0]):
            return NOTHING
        return self._submit(*again)

    def _submit(
        self, request: SuggestionRequest, meant_for: SuggestionRequest | None = None
    ) -> SessionChange:
        old = self._asked
        if old is not None and old.is_running and old.request.lane != request.lane:
            self._client.cancel(old.request.request_id)
        request = request.model_copy(update={"request_id": f"suggest-{next(self._numbers)}"})
        self._asked, self._accepted = AskedSuggestions(request, self._clock, meant_for), None
        self.rack.asked()
        self._client.submit(request)
        return _CARDS

    def _take(
        self, snapshot: ParagraphSnapshot, span: Span | None, around: Surroundings | None = None
    ) -> SessionChange:
        """Take a passage; without news of what is around it, it stands where it stood."""
        old = self._passage
        if around is None and old and old.paragraph.paragraph_id == snapshot.paragraph_id:
            around = old.around
        self._passage = Passage(snapshot, trimmed(span, snapshot.text), around or Surroundings())
        return self._revised(snapshot)

    def _revised(self, snapshot: ParagraphSnapshot) -> SessionChange:
        asked, paragraph_id = self._asked, snapshot.paragraph_id
        if asked is not None and asked.request.paragraph.paragraph_id == paragraph_id:
            asked.revised(snapshot)
        return self._moved_on(paragraph_id, snapshot.revision)

    def _moved_on(self, paragraph_id: str, revision: int) -> SessionChange:
        if self._revisions.get(paragraph_id) == revision:
            return NOTHING
        self._revisions[paragraph_id] = revision
        asked, view = self._asked, self._inspection.view
        return SessionChange(
            suggestions=asked is not None and asked.request.paragraph.paragraph_id == paragraph_id,
            reading=view is not None and view.paragraph.paragraph_id == paragraph_id,
            survey=self.surveys.is_of(paragraph_id),
        )

    def _is_stale(self, snapshot: ParagraphSnapshot) -> bool:
        return self._revisions.get(snapshot.paragraph_id) != snapshot.revision

    def _inspection_heard(self, event: Inspected | Failed | Cancelled) -> SessionChange:
        if self._inspection.heard(event):
            return _FEATURES
        return self.surveys.heard(event)

    def _asked_heard(self, event: TextStreamed | Finished | Failed | Cancelled) -> SessionChange:
        asked = self._asked
        if asked is None or not asked.is_running or event.request_id != asked.request.request_id:
            return NOTHING
        changed = asked.heard(event)
        self.rack.words_came() if asked.is_running else self.rack.answered()
        return _CARDS if changed else NOTHING

    def _note(self, note: ErrorNote) -> SessionChange:
        self._notes = (*(old for old in self._notes if old.code != note.code), note)
        return SessionChange(notes=True)
