"""Between the session's suggestions, the panel and the page: every wish goes in and is shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QTextBlock

from tinymorph.errors import TinymorphError
from tinymorph.session.asked import AskedSuggestions
from tinymorph.session.change import NOTHING, SessionChange
from tinymorph.session.options import AskingOptions
from tinymorph.session.session import WritingSession
from tinymorph.ui.editor.page import Editor
from tinymorph.ui.editor.preview import Preview
from tinymorph.ui.editor.snapshot import find_block, identity_of
from tinymorph.ui.panel.diff_view import ghost_html, spoken_diff
from tinymorph.ui.panel.suggestions import SuggestionPanel
from tinymorph.ui.panel.view import panel_view

ACCEPTED = "Alternative {number} is in the page. Ctrl+Z takes it back and brings the cards again."
NOT_PROSE = "Put the cursor in a paragraph: headings, code and kept Markdown stay as they are."
_CARDS = SessionChange(suggestions=True)


class SuggestionPlayer(QObject):
    """Let the session's suggestions, their panel and the page play together."""

    changed = Signal(object)
    """The `SessionChange` that a wish led to."""
    answered = Signal(object)
    """`AskedSuggestions` to which the answers have come."""
    copied = Signal(str)
    """The receipt of words that left a card by clipboard or mouse."""
    news = Signal(str)

    def __init__(
        self, session: WritingSession, panel: SuggestionPanel, editor: Editor, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._panel, self._editor = session, panel, editor
        self._notice = ""
        self._previewed: int | None = None
        self._answered: AskedSuggestions | None = None
        self._preview = Preview(editor, panel.theme)
        self._preview.closed.connect(self._forget_preview)
        panel.theme_changed.connect(self._preview.set_theme)
        panel.preview_asked.connect(self.preview)
        self._block: QTextBlock | None = None
        editor.document().contentsChanged.connect(self._look_for_gone)
        panel.suggest_asked.connect(self.suggest)
        panel.others_asked.connect(self.suggest_others)
        panel.options_chosen.connect(self.choose_options)
        panel.accept_asked.connect(self.accept)
        panel.hunk_accept_asked.connect(self.accept_hunk)
        panel.hunk_refuse_asked.connect(self.refuse_hunk)
        panel.dismiss_asked.connect(self.dismiss)
        panel.more_asked.connect(self.more_like)
        panel.copied.connect(self.copied)
        panel.news.connect(self.news)

    def suggest(self) -> None:
        """Ask for rewrites of the selection or paragraph."""
        self._ask(others=False)

    def suggest_others(self) -> None:
        """Ask again with other seeds."""
        self._ask(others=True)

    def choose_options(self, options: AskingOptions) -> None:
        """Ask like this from now on; cards on show stay as they were asked for."""
        self.changed.emit(self._session.set_options(options))

    def fit_options(self) -> None:
        """Ask only what the model that was loaded can do."""
        model, options = self._session.model, self._session.options
        if model is not None:
            self._session.set_options(options.fit_for(model))

    def look_around(self) -> None:
        """Take what stands around the cursor, before something is asked unasked."""
        editor, old = self._editor, self._session.paragraph
        now = editor.snapshot()
        if old is not None and now.paragraph_id == old.paragraph_id:
            self._block = editor.textCursor().block()
            self._session.paragraph_entered(now, editor.span(), editor.surroundings())

    def accept(self, index: int) -> None:
        """Put all that is open of an alternative into the page as one undo step."""
        change = self._put_in(index, None)
        if change is None:
            return
        self._notice = ACCEPTED.format(number=index + 1)
        if self._session.asked is not None:
            self._session.asked.put_aside()
        self.changed.emit(change | _CARDS)
        self._editor.setFocus()

    def accept_hunk(self, index: int, hunk: int) -> None:
        """Put one change of an alternative into the page; the card stays for the others."""
        change = self._put_in(index, hunk)
        if change is not None:
            self.changed.emit(change | _CARDS)

    def refuse_hunk(self, index: int, hunk: int) -> None:
        """Leave one change of an alternative out, or take that back."""
        self.changed.emit(self._session.refuse(index, hunk))

    @property
    def is_previewing(self) -> bool:
        """Say whether a card's words lie over the page."""
        return self._preview.is_shown

    def preview(self, index: int) -> None:
        """Show a card's words over its paragraph, or take them away again."""
        was_shown = self._previewed
        self.close_preview()
        view = next((one for one in self._session.suggestions if one.index == index), None)
        paragraph = self._session.asked.paragraph if self._session.asked is not None else None
        if was_shown == index or view is None or paragraph is None or not view.hunks:
            return
        ghost = ghost_html(view.hunks, paragraph.text, self._panel.theme)
        spoken = spoken_diff(view.diff) if view.diff is not None else ""
        if self._preview.show_words(paragraph.paragraph_id, ghost, spoken):
            self._previewed = index

    def close_preview(self) -> bool:
        """Take the preview off the page; say whether there was one."""
        was_shown = self._preview.is_shown
        self._preview.close_preview()
        return was_shown

    def more_like(self, index: int) -> None:
        """Ask for other words for those of a card; what comes is laid against the page."""
        self._notice = ""
        self.changed.emit(self._session.ask_like(index))

    def dismiss(self, index: int) -> None:
        """Take a card away."""
        self.changed.emit(self._session.dismiss(index))

    def start_over(self) -> None:
        """Forget the cards of the document that was on the page before."""
        self._notice = ""
        change = self._session.cancel()
        for view in self._session.suggestions:
            change |= self._session.dismiss(view.index)
        self.changed.emit(change | _CARDS)

    def redraw(self, change: SessionChange) -> None:
        """Show what of a change concerns the suggestions."""
        if change.suggestions or change.options or change.model or change.status:
            self._panel.show_view(panel_view(self._session, self._notice))
            if change.suggestions and self._previewed is not None:
                self.close_preview()
            self._mark_paragraph()
            self._tell_answer()

    def _look_for_gone(self) -> None:
        """Tell the session when the paragraph that the cards are about is no longer there."""
        asked, block = self._session.asked, self._block
        if asked is None or block is None or asked.paragraph is None:
            return
        paragraph_id = asked.paragraph.paragraph_id
        identity = identity_of(block) if block.isValid() else None
        if identity is not None and identity.paragraph_id == paragraph_id:
            return
        self._block = find_block(self._editor.document(), paragraph_id)
        if self._block is None:
            self.changed.emit(self._session.paragraph_removed(paragraph_id))

    def _tell_answer(self) -> None:
        asked = self._session.asked
        if asked is not None and asked is not self._answered and asked.suggestions:
            self._answered = asked
            self.answered.emit(asked)

    def _forget_preview(self) -> None:
        self._previewed = None

    def _put_in(self, index: int, hunk: int | None) -> SessionChange | None:
        """Make the edit and write its receipt; None if nothing was put into the page."""
        try:
            edit = self._session.accept(index, None if hunk is None else {hunk})
            self._editor.apply(edit)
        except TinymorphError as error:
            self.news.emit(str(error))
            return None
        try:
            return self._session.record_accepted(edit)
        except TinymorphError as error:
            self.news.emit(str(error))
            return NOTHING

    def _ask(self, *, others: bool) -> None:
        editor, session = self._editor, self._session
        self._notice = "" if editor.is_prose() else NOT_PROSE
        if self._notice:
            self.changed.emit(_CARDS)
            return
        change = session.paragraph_entered(editor.snapshot(), editor.span(), editor.surroundings())
        self._block = editor.textCursor().block()
        self.changed.emit(change | (session.ask_for_others() if others else session.ask()))

    def _mark_paragraph(self) -> None:
        request, cards = self._session.suggestion_request, self._session.suggestions
        is_fresh = any(not card.is_stale for card in cards)
        paragraph_id = request.paragraph.paragraph_id if request is not None else None
        self._editor.mark_paragraph(paragraph_id if is_fresh else None)
