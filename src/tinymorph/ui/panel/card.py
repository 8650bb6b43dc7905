"""One alternative: its words as a diff, its reasons, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tinymorph.schema.suggestion import Flaw
from tinymorph.session.views import HunkState, HunkView, SuggestionView
from tinymorph.text.diff import diff_words
from tinymorph.text.measures import measure
from tinymorph.ui.announce import announce
from tinymorph.ui.icons import themed_icon
from tinymorph.ui.labels import FeatureLibrary, set_state, text_label
from tinymorph.ui.panel.card_menu import CardMenu
from tinymorph.ui.panel.carry import CarryTag
from tinymorph.ui.panel.diff_view import diff_html, plain_html, spoken_diff
from tinymorph.ui.panel.wording import (
    STALE,
    USABLE,
    deed_of,
    fate_of,
    heading_of,
    hint_of,
    is_offered,
    is_usable,
    measured,
    place_of,
    reason,
)
from tinymorph.ui.panel.words import CardWords, rich_label
from tinymorph.ui.theme import Theme

MAX_REASONS = 4
SHORTCUTS = 3
"""How many cards have an Alt key."""
KEYS = (
    "Left and Right walk its changes; Return accepts, Delete leaves out. Up and Down go to "
    "other cards, P shows it in the page, M asks for other words for these."
)


class SuggestionCard(QFrame):
    """Show one `SuggestionView` and pass on what the writer does with it."""

    accept_asked = Signal(int)
    dismiss_asked = Signal(int)
    hunk_accept_asked = Signal(int, int)
    """The card's index, and the hunk's."""
    hunk_refuse_asked = Signal(int, int)
    neighbour_asked = Signal(int, int)
    """The card's index, and -1 for the card above or 1 for the one below."""

    def __init__(self, index: int, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._index, self._theme = index, theme
        self._view: SuggestionView | None = None
        self.setObjectName("card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.tag = CarryTag(index + 1)
        self._heading = text_label("", "soft")
        self._accept = QPushButton("Accept")
        self._accept.setAccessibleName(f"Accept alternative {index + 1}")
        self._dismiss = QToolButton()
        self._dismiss.setAccessibleName(f"Dismiss alternative {index + 1}")
        self._dismiss.setToolTip("Take this card away (Delete)")
        self.menu = CardMenu(index, self)
        self.words = CardWords(theme, self)
        self._deed = text_label("", "soft")
        self._take = QPushButton("Accept")
        self._take.setAccessibleName("Accept this change")
        self._leave = QPushButton("Leave out")
        self._change_row = QWidget()
        self._hint = text_label("", "warning")
        self._measured = text_label("", "soft")
        self._reasons = text_label("", "soft")
        self._twin_title = text_label("Unsteered twin, same seed", "soft")
        self._twin = rich_label("words")
        self._accept.clicked.connect(self._ask_accept)
        self._dismiss.clicked.connect(self._ask_dismiss)
        self._take.clicked.connect(self._take_current)
        self._leave.clicked.connect(self._leave_current)
        self.words.current_changed.connect(self._show_current)
        self._arrange()

    @property
    def view(self) -> SuggestionView | None:
        """Return what is shown."""
        return self._view

    @property
    def hint(self) -> str:
        """Return what is to be known before accepting it; empty if nothing."""
        return "" if self._hint.isHidden() else self._hint.text()

    @property
    def current(self) -> HunkView | None:
        """Return the change that the keys act on."""
        return self.words.current

    def show_view(
        self, view: SuggestionView, library: FeatureLibrary, theme: Theme, *, is_writing: bool
    ) -> None:
        """Show an alternative as far as it is known."""
        self._view, self._theme = view, theme
        self._dismiss.setIcon(themed_icon("close", theme))
        self._dismiss.setIconSize(QSize(theme.px(16), theme.px(16)))
        self.menu.show_view(view, theme)
        self.tag.set_words(view.text if view.is_finished else "", view.receipt)
        heading = heading_of(view, is_writing=is_writing)
        self._heading.setText(heading)
        self._heading.setToolTip(fate_of(view))
        self._show_words(view, is_writing=is_writing)
        self._show_current()
        self._hint.setText(hint_of(view))
        self._hint.setVisible(bool(hint_of(view)))
        self._show_reasons(view, library)
        self._show_twin(view)
        self._show_accept(view)
        set_state(self, "state", "stale" if view.is_stale else "fresh")
        changes = spoken_diff(view.diff) if view.diff is not None else view.text
        stale = f" {STALE}" if view.is_stale else ""
        self.setAccessibleName(f"Alternative {self._index + 1}. {heading}.{stale}")
        said = " ".join(part for part in (fate_of(view), f"{changes}.", KEYS) if part)
        self.setAccessibleDescription(said if view.is_finished else changes)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk the changes, accept on Return, leave out or dismiss on Delete."""
        is_single = self.current is not None
        if event.matches(QKeySequence.StandardKey.Copy):
            self.menu.copy()
            return
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._take_current() if is_single else self._ask_accept()
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                self._leave_current() if is_single else self._ask_dismiss()
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                self.words.walk(1 if event.key() == Qt.Key.Key_Right else -1)
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                self.neighbour_asked.emit(self._index, step)
            case Qt.Key.Key_M:
                self.menu.more()
            case Qt.Key.Key_P:
                self.menu.preview()
            case Qt.Key.Key_Escape if is_single:
                self.words.leave()
            case _:
                super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep two of the window's keys: Esc to leave a single change, and copying."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            is_way_back = event.key() == Qt.Key.Key_Escape and self.current is not None
            if is_way_back or event.matches(QKeySequence.StandardKey.Copy):
                event.accept()
                return True
        return super().event(event)

    def _show_words(self, view: SuggestionView, *, is_writing: bool) -> None:
        """Show what is known; until the first new words come, the old ones stay, greyed."""
        label = self.words.label
        keeps_old = not view.text and is_writing and bool(label.text())
        label.setEnabled(not keeps_old)
        if keeps_old:
            return
        is_broken = view.flaw not in USABLE
        if view.is_finished and not is_broken:
            self.words.show_hunks(view.hunks, self._theme)
        elif view.diff is not None and not is_broken:
            self.words.show_html(diff_html(view.diff, self._theme))
        else:
            self.words.show_html(plain_html(view.text))
            label.setEnabled(not is_broken)
        label.setVisible(bool(view.text) and view.flaw is not Flaw.ECHO)
        outcome = view.diff.after if view.diff is not None else view.text
        label.setAccessibleName(f"As it would read: {outcome}")

    def _show_current(self) -> None:
        """Say what the chosen change does, and offer what can be done with it."""
        hunk, view = self.current, self._view
        self._change_row.setVisible(hunk is not None)
        if hunk is None or view is None:
            return
        said = place_of(view, hunk)
        if said != self._deed.text() and self.hasFocus():
            announce(self, said)
        self._deed.setText(said)
        self._take.setVisible(hunk.state in {HunkState.OPEN, HunkState.REFUSED})
        self._leave.setVisible(hunk.state in {HunkState.OPEN, HunkState.REFUSED})
        self._leave.setText("Put back in" if hunk.state is HunkState.REFUSED else "Leave out")
        self._take.setAccessibleDescription(deed_of(hunk))

    def _show_accept(self, view: SuggestionView) -> None:
        is_whole = all(hunk.state is HunkState.OPEN for hunk in view.changes)
        key = f" (Alt+{self._index + 1})" if self._index < SHORTCUTS else ""
        self._accept.setText("Accept" if is_whole else "Accept the rest")
        self._accept.setToolTip(f"Put these words into the page{key}")
        self._accept.setVisible(is_offered(view))

    def _show_reasons(self, view: SuggestionView, library: FeatureLibrary) -> None:
        changes = view.suggestion.features[:MAX_REASONS] if view.suggestion is not None else ()
        lines = [reason(library.label(change.ref), change) for change in changes]
        self._reasons.setVisible(bool(lines))
        self._reasons.setText("\n".join(lines))
        outcome = view.diff.after if view.diff is not None and view.changes else ""
        is_told = view.is_finished and bool(outcome) and is_usable(view)
        self._measured.setVisible(is_told)
        self._measured.setText(measured(measure(view.before, outcome)) if is_told else "")

    def _show_twin(self, view: SuggestionView) -> None:
        self._twin_title.setVisible(bool(view.twin_text))
        self._twin.setVisible(bool(view.twin_text))
        if not view.twin_text:
            return
        if view.is_finished:
            self._twin.setText(diff_html(diff_words(view.before, view.twin_text), self._theme))
        else:
            self._twin.setText(plain_html(view.twin_text))

    def _ask_accept(self) -> None:
        self.accept_asked.emit(self._index)

    def _ask_dismiss(self) -> None:
        self.dismiss_asked.emit(self._index)

    def _take_current(self) -> None:
        if self.current is not None:
            self.hunk_accept_asked.emit(self._index, self.current.index)

    def _leave_current(self) -> None:
        if self.current is not None:
            self.hunk_refuse_asked.emit(self._index, self.current.index)

    def _arrange(self) -> None:
        px = self._theme.px
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(self.tag)
        head.addWidget(self._heading, 1)
        for widget in (self._accept, self.menu.button, self._dismiss):
            head.addWidget(widget)
        rows = QVBoxLayout(self._change_row)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(px(6))
        rows.addWidget(self._deed)
        row = QHBoxLayout()
        row.setSpacing(px(6))
        row.addWidget(self._take)
        row.addWidget(self._leave)
        row.addStretch(1)
        rows.addLayout(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(14), px(10), px(10), px(12))
        column.setSpacing(px(8))
        column.addLayout(head)
        column.addWidget(self.words.label)
        column.addWidget(self._change_row)
        for widget in (self._hint, self._measured, self._reasons, self._twin_title, self._twin):
            column.addWidget(widget)
