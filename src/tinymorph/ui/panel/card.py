"""One alternative: its words as a diff, its reasons, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tinymorph.schema.suggestion import Flaw
from tinymorph.session.views import SuggestionView
from tinymorph.text.diff import diff_words
from tinymorph.ui.icons import themed_icon
from tinymorph.ui.labels import FeatureLibrary, set_state, tag_label, text_label
from tinymorph.ui.panel.diff_view import diff_html, plain_html, spoken_diff
from tinymorph.ui.panel.wording import FLAW_HINTS, STALE, USABLE, heading_of, is_offered, reason
from tinymorph.ui.theme import Theme

MAX_REASONS = 4
SHORTCUTS = 3
"""How many cards have an Alt key."""


class SuggestionCard(QFrame):
    """Show one `SuggestionView` and pass on what the writer does with it."""

    accept_asked = Signal(int)
    dismiss_asked = Signal(int)

    def __init__(self, index: int, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._index, self._theme = index, theme
        self._view: SuggestionView | None = None
        self.setObjectName("card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._number = tag_label(str(index + 1), "number")
        self._heading = text_label("", "soft")
        self._accept = QPushButton("Accept")
        self._accept.setAccessibleName(f"Accept alternative {index + 1}")
        key = f" (Alt+{index + 1})" if index < SHORTCUTS else ""
        self._accept.setToolTip(f"Put these words into the page{key}")
        self._dismiss = QToolButton()
        self._dismiss.setAccessibleName(f"Dismiss alternative {index + 1}")
        self._dismiss.setToolTip("Take this card away (Delete)")
        self._words = _rich_label("words")
        self._hint = text_label("", "warning")
        self._reasons = text_label("", "soft")
        self._twin_title = text_label("Unsteered twin, same seed", "soft")
        self._twin = _rich_label("words")
        self._accept.clicked.connect(self._ask_accept)
        self._dismiss.clicked.connect(self._ask_dismiss)
        self._arrange()

    @property
    def view(self) -> SuggestionView | None:
        """Return what is shown."""
        return self._view

    def show_view(
        self, view: SuggestionView, library: FeatureLibrary, theme: Theme, *, is_writing: bool
    ) -> None:
        """Show an alternative as far as it is known."""
        self._view, self._theme = view, theme
        self._dismiss.setIcon(themed_icon("close", theme))
        self._dismiss.setIconSize(QSize(theme.px(16), theme.px(16)))
        heading = heading_of(view, is_writing=is_writing)
        self._heading.setText(heading)
        self._show_words(view, is_writing=is_writing)
        self._show_hint(view)
        self._show_reasons(view, library)
        self._show_twin(view)
        self._accept.setVisible(is_offered(view))
        set_state(self, "state", "stale" if view.is_stale else "fresh")
        changes = spoken_diff(view.diff) if view.diff is not None else view.text
        stale = f" {STALE}" if view.is_stale else ""
        self.setAccessibleName(f"Alternative {self._index + 1}. {heading}{stale}")
        self.setAccessibleDescription(changes)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Accept on Return, dismiss on Delete."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._ask_accept()
        elif event.key() == Qt.Key.Key_Delete:
            self._ask_dismiss()
        else:
            super().keyPressEvent(event)

    def _show_words(self, view: SuggestionView, *, is_writing: bool) -> None:
        """Show what is known; until the first new words come, the old ones stay, greyed."""
        keeps_old = not view.text and is_writing and bool(self._words.text())
        self._words.setEnabled(not keeps_old)
        if keeps_old:
            return
        is_broken = view.flaw not in USABLE
        if view.diff is not None and not is_broken:
            self._words.setText(diff_html(view.diff, self._theme))
        else:
            self._words.setText(plain_html(view.text))
            self._words.setEnabled(not is_broken)
        self._words.setVisible(bool(view.text) and view.flaw is not Flaw.ECHO)

    def _show_hint(self, view: SuggestionView) -> None:
        self._hint.setVisible(view.flaw is not None and not view.is_stale)
        if view.flaw is not None:
            self._hint.setText(FLAW_HINTS[view.flaw])

    def _show_reasons(self, view: SuggestionView, library: FeatureLibrary) -> None:
        changes = view.suggestion.features[:MAX_REASONS] if view.suggestion is not None else ()
        lines = [reason(library.label(change.ref), change) for change in changes]
        self._reasons.setVisible(bool(lines))
        self._reasons.setText("\n".join(lines))

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

    def _arrange(self) -> None:
        px = self._theme.px
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(self._number)
        head.addWidget(self._heading, 1)
        head.addWidget(self._accept)
        head.addWidget(self._dismiss)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(14), px(10), px(10), px(12))
        column.setSpacing(px(8))
        column.addLayout(head)
        for widget in (self._words, self._hint, self._reasons, self._twin_title, self._twin):
            column.addWidget(widget)


def _rich_label(role: str) -> QLabel:
    label = text_label("", role)
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
