"""Between session and inspector: what is read, where it is heated, and where a feature leads."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, QTimer, Signal

from tinymorph.schema.feature import FeatureRef, TokenActivation
from tinymorph.schema.span import Span
from tinymorph.session.change import EVERYTHING, SessionChange
from tinymorph.session.passage_reader import Part
from tinymorph.session.session import WritingSession
from tinymorph.session.surveys import PlaceView, Side
from tinymorph.session.views import EngineState
from tinymorph.ui.announce import announce
from tinymorph.ui.background import Background, Outcome
from tinymorph.ui.editor.page import Editor
from tinymorph.ui.editor.snapshot import cursor_over, find_block, words_of
from tinymorph.ui.inspector.card import CardFacts
from tinymorph.ui.inspector.scope import Scope, all_parts, selected_parts, word_at
from tinymorph.ui.inspector.view import inspector_view
from tinymorph.ui.side import SidePanel

log = logging.getLogger(__name__)

SURVEY_MS = 250
"""How often what is read of a document is shown while more of it comes."""
NO_WORDS = "Put the cursor in words: code and kept Markdown are not read."
NO_PEAK = "There is no heat on the page: choose a feature in the inspector first (F2)."
ON_SHOW = SessionChange(reading=True, survey=True, status=True)


class Inspecting(QObject):
    """Let one session, one page and one inspector play together."""

    news = Signal(str)
    changed = Signal(object)
    """The `SessionChange` of a wish that was fulfilled."""

    def __init__(
        self, session: WritingSession, editor: Editor, side: SidePanel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._editor, self._side = session, editor, side
        self._inspector = side.inspector
        self._scope, self._is_many = Scope.PASSAGE, False
        self._is_preparing = False
        self._example: tuple[Part, ...] = ()
        self._state: tuple[EngineState, bool] | None = None
        self._surveying = QTimer(self)
        self._surveying.setSingleShot(True)
        self._surveying.setInterval(SURVEY_MS)
        self._surveying.timeout.connect(self._show_all)
        self._inspector.inspect_asked.connect(self.inspect)
        self._inspector.feature_chosen.connect(self._choose)
        self._inspector.walk_asked.connect(self.walk)
        self._inspector.features_page.like_asked.connect(self.find_like)
        self._inspector.contrast_page.mark_asked.connect(self._mark)
        self._inspector.contrast_page.exchange_asked.connect(self._exchange)
        self._inspector.map_page.read_asked.connect(self._read_for_map)
        self._inspector.place_asked.connect(self.go_to)
        self._inspector.names_changed.connect(self._show_names)
        self._inspector.news.connect(self.news)
        self._background = Background(self, "searching")
        self._side.inspector_shown.connect(self._prepare)
        self._side.inspector_shown.connect(self.show_heat)
        self._editor.heat.changed.connect(self._show_legend)

    # What the writer wants

    def inspect_passage(self) -> None:
        """Read the selection, or the paragraph."""
        self.inspect(Scope.PASSAGE)

    def inspect_word(self) -> None:
        """Read the word at the cursor."""
        self.inspect(Scope.WORD)

    def inspect_document(self) -> None:
        """Read every paragraph; what was read before is not read again."""
        self.inspect(Scope.DOCUMENT)

    def inspect(self, scope: Scope) -> None:
        """Read as much as the scope says."""
        self._side.show_inspector()
        self._inspector.show_page(self._inspector.features_page)
        self._read(scope)

    def mark_a(self) -> None:
        """Take the selection or paragraph as passage A of a contrast."""
        self._mark("a")

    def mark_b(self) -> None:
        """Take the selection or paragraph as passage B of a contrast."""
        self._mark("b")

    def show_map(self) -> None:
        """Show the map of the document, and read it if it was not read yet."""
        self._side.show_inspector()
        self._inspector.show_page(self._inspector.map_page)
        self._read_for_map()
        self._inspector.focus_first()

    def find_like_passage(self) -> None:
        """Find the features that are key to the selection or paragraph."""
        parts = self._parts(Scope.PASSAGE)
        if parts:
            self._find_like("\n".join(part.text for part in parts), parts)
        else:
            self.news.emit(NO_WORDS)

    def find_like(self, text: str) -> None:
        """Find the features that are key to a text."""
        self._find_like(text, ())

    def walk_on(self) -> None:
        """Go to the next peak of the heat."""
        self.walk(1)

    def walk_back(self) -> None:
        """Go to the peak before."""
        self.walk(-1)

    def walk(self, step: int) -> None:
        """Go from peak to peak, and say where that is."""
        peak = self._editor.heat.walk(step)
        if peak is None:
            self.news.emit(NO_PEAK)
            return
        announce(self._editor, f"{peak.word or 'space'}, {peak.share:.0%} of the strongest")

    def go_to(self, place: PlaceView) -> None:
        """Put the caret on the peak of a paragraph."""
        block = find_block(self._editor.document(), place.part.paragraph.paragraph_id)
        if block is None:
            self.news.emit("That paragraph is not in the document any more.")
            return
        text = words_of(block)
        end = min(place.span.end, len(text))
        start = min(place.span.start, end)
        start += len(text[start:end]) - len(text[start:end].lstrip())
        cursor = cursor_over(block, Span(start=start, end=start))
        self._editor.setTextCursor(cursor)
        self._editor.ensureCursorVisible()
        self._editor.setFocus()
        announce(self._editor, f"Paragraph {place.number}: {text[start:end].strip()}")

    def close(self) -> None:
        """Let what has begun in the background come to its end."""
        self._background.close()

    def start_over(self) -> None:
        """Forget what was read of the document that was on the page before."""
        self._scope, self._is_many, self._example = Scope.PASSAGE, False, ()
        self.changed.emit(self._session.surveys.forget() | ON_SHOW)

    # What is shown

    def redraw(self, change: SessionChange) -> None:
        """Show what a change touched.

        A survey that goes on, or is made stale by typing, is not shown at its every step; and of
        the engine's state, which is told with every streamed word, only what is new counts.
        """
        is_reading = self._session.is_reading or self._session.surveys.is_reading
        was, self._state = self._state, (self._session.status.state, is_reading)
        if not (change.reading or change.survey or change.model) and self._state == was:
            return
        has_ended = was is not None and was[1] and not is_reading
        if change.survey and not (change.reading or change.model or has_ended):
            if not self._surveying.isActive():
                self._surveying.start()
            return
        self._show_all()
        if has_ended:
            self._say_what_came()
        model = self._session.model
        if model is not None and self._inspector.library.use_model(model.sha256):
            self._show_names()

    def show_heat(self) -> None:
        """Heat the chosen feature's words while the inspector is in front."""
        ref = self._inspector.chosen
        if ref is None or not self._side.is_inspector_shown:
            self._editor.heat.clear()
            return
        traces = self._session.surveys.traces(ref)
        view, trace = self._session.reading, self._trace(ref)
        if view is not None and not view.is_stale and trace is not None:
            traces[view.paragraph.paragraph_id] = trace
        self._editor.heat.show(traces)

    def _read(self, scope: Scope) -> None:
        parts = self._parts(scope)
        if not parts:
            self.news.emit(NO_WORDS)
            return
        self._example = ()
        self._inspector.features_page.begin_reading()
        part, *others = parts
        self._scope, self._is_many = scope, scope is Scope.DOCUMENT or bool(others)
        if self._is_many:
            is_whole = scope is Scope.DOCUMENT
            change = self._session.surveys.survey(parts, is_whole_document=is_whole)
        else:
            is_word = scope is Scope.WORD
            change = self._session.inspect(part.paragraph, part.span, is_word=is_word)
        self.changed.emit(change | ON_SHOW)

    def _find_like(self, text: str, parts: tuple[Part, ...]) -> None:
        """Find the features of a text, which stands in these parts of the page if in any."""
        self._example = parts
        self._side.show_inspector()
        self._inspector.show_page(self._inspector.features_page)
        self.changed.emit(self._session.surveys.ask_like(text) | ON_SHOW)
        self._inspector.features_page.begin_example()

    def _mark(self, side: Side) -> None:
        parts = self._parts(Scope.PASSAGE)
        if not parts:
            self.news.emit(NO_WORDS)
            return
        self._side.show_inspector()
        self._inspector.show_page(self._inspector.contrast_page)
        self.changed.emit(self._session.surveys.mark(side, parts) | ON_SHOW)
        self.news.emit(f"Marked as {side.upper()}.")

    def _exchange(self) -> None:
        self.changed.emit(self._session.surveys.exchange() | ON_SHOW)

    def _read_for_map(self) -> None:
        self._read(Scope.DOCUMENT)

    def _show_all(self) -> None:
        self._show()
        self.show_heat()
        self._show_facts()

    def _show(self) -> None:
        density = self._inspector.library.density
        view = inspector_view(self._session, self._scope, density, is_many=self._is_many)
        self._inspector.show_view(view)

    def _say_what_came(self) -> None:
        """Tell those who listen that what they asked for is there."""
        page = self._inspector.page
        if page is self._inspector.contrast_page:
            rows, what = self._inspector.contrast_page.table.rows, "differences"
        else:
            rows, what = self._inspector.features.rows, "features"
        first = f"; the first is {rows[0].label}" if rows else ""
        announce(self._inspector, f"{len(rows)} {what}{first}")

    def _show_legend(self) -> None:
        self._inspector.show_heat(self._editor.heat)

    def _parts(self, scope: Scope) -> tuple[Part, ...]:
        match scope:
            case Scope.DOCUMENT:
                return all_parts(self._editor.document())
            case Scope.WORD:
                part = word_at(self._editor.textCursor())
                return () if part is None else (part,)
            case Scope.PASSAGE:
                return selected_parts(self._editor.textCursor())

    def _choose(self, ref: FeatureRef | None) -> None:
        """Show where the feature fires; have it read where that is not known yet."""
        view = self._session.reading
        before = list(self._example)
        is_unknown = ref is not None and self._trace(ref) is None
        if is_unknown and view is not None and not view.is_stale:
            before.append(Part(view.paragraph, view.span))
        surveys = self._session.surveys
        surveys.trace(ref, before)
        surveys.ask_neighbours(ref if ref is not None and self._is_loaded else None)
        self.show_heat()
        self._show_facts()

    @property
    def _is_loaded(self) -> bool:
        return self._session.model is not None

    def _show_facts(self) -> None:
        ref, surveys = self._inspector.chosen, self._session.surveys
        if ref is None:
            return
        card = self._inspector.library.card(ref)
        stored = card.neighbours if card is not None else ()
        places = surveys.places(ref) if surveys.progress[1] else None
        self._inspector.show_facts(CardFacts(places, stored or surveys.neighbours(ref)))

    def _show_names(self) -> None:
        """Show names of features everywhere as they are now."""
        self._inspector.show_names()
        self.changed.emit(EVERYTHING)

    def _prepare(self) -> None:
        """Make the index of words when the inspector is seen for the first time."""
        library = self._inspector.library
        if self._side.is_inspector_shown and not library.open_search() and not self._is_preparing:
            self._is_preparing = True
            self._background.run(library.prepare_search, self._search_prepared)

    def _search_prepared(self, outcome: Outcome[None]) -> None:
        self._is_preparing = False
        if outcome.error is not None:
            log.error("the index of words could not be made", exc_info=outcome.error)
        elif self._inspector.library.open_search() and self._inspector.search_field.text():
            self._inspector.show_names()

    def _trace(self, ref: FeatureRef) -> tuple[TokenActivation, ...] | None:
        view = self._session.reading
        if view is None:
            return None
        known = (*view.reading.top, *view.reading.asked)
        return next((feature.trace for feature in known if feature.ref == ref), None)
