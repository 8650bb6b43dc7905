"""The suggestions of one document, kept over time and shown side by side."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from tinymorph.errors import TinymorphError
from tinymorph.schema.suggestion import AcceptedEdit, Suggestion
from tinymorph.session.asked import AskedSuggestions
from tinymorph.session.journal import Decision, DecisionJournal, local_time_now, receipt_name
from tinymorph.session.past_suggestions import PastAsking, PastSuggestions
from tinymorph.session.session import WritingSession
from tinymorph.ui.desk import DocumentDesk
from tinymorph.ui.panel.player import SuggestionPlayer
from tinymorph.ui.panel.side_by_side import Alternative, AskingShown, SideBySide, title_of
from tinymorph.ui.panel.wording import is_offered
from tinymorph.ui.theme import Theme


class SuggestionArchive(QObject):
    """Keep every answer with its document, and know where copied words come from."""

    news = Signal(str)

    def __init__(
        self,
        session: WritingSession,
        cards: SuggestionPlayer,
        desk: DocumentDesk,
        past: PastSuggestions,
        journal: DecisionJournal,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._cards, self._desk = session, cards, desk
        self._past, self._journal = past, journal
        self._newest: AskedSuggestions | None = None
        self.dialog: SideBySide | None = None
        cards.answered.connect(self._keep)
        cards.copied.connect(self.note_copied)
        desk.loaded.connect(self._open)
        desk.saved.connect(self._follow)

    def show(self, window: QWidget, theme: Theme) -> None:
        """Show the alternatives of now and of before side by side."""
        if self.dialog is not None:
            self.dialog.raise_()
            return
        shown = [self._shown(number, past) for number, past in enumerate(self._past.newest_first)]
        self.dialog = SideBySide(shown, theme, window)
        self.dialog.accept_asked.connect(self._cards.accept)
        self.dialog.copied.connect(self.note_copied)
        self.dialog.finished.connect(self._forget_dialog)
        self.dialog.show()

    def note_copied(self, receipt: str) -> None:
        """Write a receipt for words that leave a card by clipboard or mouse, if there is none."""
        found = self._found(receipt)
        known = {decision.edit.receipt for decision in self._journal.read()}
        if found is None or receipt in known:
            return
        past, suggestion = found
        paragraph = past.request.paragraph
        edit = AcceptedEdit(
            paragraph_id=paragraph.paragraph_id,
            base_revision=paragraph.revision,
            replacements=(),
            receipt=receipt,
        )
        decision = Decision(
            decided_at=local_time_now(),
            model_id=past.model_id,
            model_sha256=past.model_sha256,
            request=past.request,
            suggestion=suggestion,
            edit=edit,
        )
        try:
            self._journal.record(decision)
        except TinymorphError as error:
            self.news.emit(str(error))

    def _found(self, receipt: str) -> tuple[PastAsking, Suggestion] | None:
        return next(
            (
                (past, one)
                for past in self._past.newest_first
                for one in past.suggestions
                if receipt_name(past.request, one) == receipt
            ),
            None,
        )

    def _shown(self, number: int, past: PastAsking) -> AskingShown:
        source = past.request.span.of(past.request.paragraph.text)
        is_now = number == 0 and self._newest is self._session.asked
        views = {view.index: view for view in self._session.suggestions} if is_now else {}
        alternatives = tuple(
            Alternative(
                title=f"Alternative {one.index + 1}",
                suggestion=one,
                receipt=receipt_name(past.request, one),
                hunks=views[one.index].hunks if one.index in views else (),
                can_accept=one.index in views and is_offered(views[one.index]),
            )
            for one in past.suggestions
        )
        return AskingShown(title_of(past.asked_at, past.request.task, source), source, alternatives)

    def _keep(self, asked: AskedSuggestions) -> None:
        model, self._newest = self._session.model, asked
        asking = PastAsking(
            asked_at=local_time_now(),
            model_id=model.model_id if model is not None else "",
            model_sha256=model.sha256 if model is not None else "",
            request=asked.request,
            suggestions=asked.suggestions,
        )
        try:
            self._past.add(asking)
        except TinymorphError as error:
            self.news.emit(str(error))

    def _open(self) -> None:
        self._newest = None
        self._past.open(self._desk.path)

    def _follow(self) -> None:
        if self._desk.path is not None:
            try:
                self._past.saved_as(self._desk.path)
            except TinymorphError as error:
                self.news.emit(str(error))

    def _forget_dialog(self) -> None:
        self.dialog = None
