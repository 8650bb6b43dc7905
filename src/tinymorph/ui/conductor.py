"""Between session and screen: every wish goes in, every change is shown where it belongs."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

from tinymorph.schema.events import EngineEvent
from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.session.change import EVERYTHING, SessionChange
from tinymorph.session.session import WritingSession
from tinymorph.session.views import EngineStatus
from tinymorph.ui.editor.page import Editor
from tinymorph.ui.inspecting import Inspecting
from tinymorph.ui.panel.player import SuggestionPlayer
from tinymorph.ui.rack.player import RackPlayer
from tinymorph.ui.side import SidePanel

STREAMING_MS = 40
"""Words that stream in are shown this often, all cards at once, so that typing stays light."""


class Conductor(QObject):
    """Let one session, one page and one side panel play together."""

    status_changed = Signal(object)
    """The `EngineStatus`."""
    news = Signal(str)

    def __init__(
        self, session: WritingSession, editor: Editor, side: SidePanel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._editor, self._side = session, editor, side
        self._shown_status: EngineStatus | None = None
        self._pausing = QTimer(self)
        self._pausing.setSingleShot(True)
        self._pausing.timeout.connect(self._tick)
        self._streaming = QTimer(self)
        self._streaming.setSingleShot(True)
        self._streaming.setInterval(STREAMING_MS)
        self._streaming.timeout.connect(self._show_stream)
        self._has_more_stream = False
        self.cards = SuggestionPlayer(session, side.suggestions, editor, self)
        self.rack = RackPlayer(session, side.rack, self)
        self.inspecting = Inspecting(session, editor, side, self)
        self._connect()
        self.redraw(EVERYTHING)

    # What the engine says

    def on_event(self, event: EngineEvent) -> None:
        """Take in one event of the engine."""
        change = self._session.handle(event)
        self.rack.keep_pace()
        if event.kind == "text_streamed":
            self._has_more_stream |= bool(change)
            if not self._streaming.isActive():
                self._show_stream()
            return
        if event.kind == "model_ready":
            self.cards.fit_options()
        self.redraw(change)

    # What the writer wants

    def suggest(self) -> None:
        """Ask for rewrites of the selection or paragraph."""
        self._side.show_suggestions()
        self.cards.suggest()

    def suggest_others(self) -> None:
        """Ask again with other seeds."""
        self._side.show_suggestions()
        self.cards.suggest_others()

    def cancel(self) -> None:
        """Stop the engine; with nothing to stop, go back to a clean page."""
        change = self._session.cancel()
        if not change and self.cards.close_preview():
            return
        if change:
            self.news.emit("Stopped.")
        else:
            self._editor.heat.clear()
            self._editor.setFocus()
        self.redraw(change)

    def add_to_rack(self, ref: FeatureRef) -> None:
        """Give a feature a slider."""
        self._side.show_rack()
        self.rack.add(ref)

    def start_over(self) -> None:
        """Forget the cards of the document that was on the page before."""
        self.inspecting.start_over()
        self.cards.start_over()

    def redraw(self, change: SessionChange) -> None:
        """Show what a change touched, and only that."""
        session = self._session
        self.cards.redraw(change)
        if change.reading or change.survey or change.model or change.status:
            self.inspecting.redraw(change)
        self.rack.redraw(change)
        if change.status and session.status != self._shown_status:
            self._shown_status = session.status
            self.status_changed.emit(session.status)
        if change.notes and session.notes:
            note = session.notes[-1]
            self.news.emit(f"{note.title} {note.hint}".strip())

    def _connect(self) -> None:
        inspector = self._side.inspector
        self._side.suggestions.cancel_asked.connect(self.cancel)
        self.cards.changed.connect(self.redraw)
        self.cards.news.connect(self.news)
        self.inspecting.changed.connect(self.redraw)
        self.inspecting.news.connect(self.news)
        inspector.rack_asked.connect(self.add_to_rack)
        self.rack.changed.connect(self.redraw)
        self.rack.news.connect(self.news)
        self._editor.paragraph_edited.connect(self._take_edit)

    def _show_stream(self) -> None:
        """Show words that came: the first at once, what follows a little later together."""
        if self._has_more_stream:
            self._has_more_stream = False
            self._streaming.start()
            self.redraw(SessionChange(suggestions=True, status=True))

    def _take_edit(self, snapshot: ParagraphSnapshot) -> None:
        now = time.monotonic()
        self.redraw(self._session.paragraph_edited(snapshot, now=now))
        self._wait_for_pause(now)

    def _wait_for_pause(self, now: float) -> None:
        due_at = self._session.scheduler.due_at
        if due_at is not None:
            self._pausing.start(max(0, round((due_at - now) * 1000)) + 1)

    def _tick(self) -> None:
        """Suggest if the pause is long enough; a coarse timer may come a twentieth too early."""
        now = time.monotonic()
        if self._session.scheduler.due(now):
            self.cards.look_around()
            self.redraw(self._session.tick(now))
        else:
            self._wait_for_pause(now)
