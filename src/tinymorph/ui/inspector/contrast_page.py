"""Two passages against each other: which features one has more of than the other."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from tinymorph.features.library import WriterLibrary
from tinymorph.session.passage_reader import Part
from tinymorph.session.surveys import ContrastView
from tinymorph.ui.inspector.feature_rows import CONTRAST_COLUMNS, contrast_rows
from tinymorph.ui.inspector.rows import RowsTable
from tinymorph.ui.labels import text_label
from tinymorph.ui.theme import Theme

NOT_MARKED = "not marked yet"
SHOWN = 60
EMPTY = (
    "Select a passage and mark it as A, select another and mark it as B: here stands what one has "
    "more of than the other. Without a selection the paragraph is marked."
)
ALIKE = "The two passages wake the same features equally."
READING = "Reading the passages\u2026"
STALE = "Words of a passage changed; mark it again to read them as they are now."
KEY = (
    "Mean activation over all words, in % of the feature\u2019s maximum: A filled to the left, B "
    "hatched to the right."
)


class ContrastPage(QWidget):
    """Buttons that mark, and a table of differences."""

    mark_asked = Signal(str)
    """`a` or `b`."""
    exchange_asked = Signal()
    chosen = Signal(object)
    opened = Signal()

    def __init__(self, library: WriterLibrary, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._view: ContrastView | None = None
        self._a_button = _button("Mark A", "Take the selection or paragraph as A (Ctrl+Alt+A)")
        self._b_button = _button("Mark B", "Take the selection or paragraph as B (Ctrl+Alt+B)")
        self._exchange = _button("Exchange", "Make A B and B A")
        self._a_words, self._b_words = text_label(), text_label()
        self._stale = text_label(STALE, "warning")
        self._message, self._key = text_label(EMPTY, "hint"), text_label(KEY, "soft")
        self.table = RowsTable("Differences between A and B", CONTRAST_COLUMNS, theme)
        self._a_button.clicked.connect(self._ask_a)
        self._b_button.clicked.connect(self._ask_b)
        self._exchange.clicked.connect(self.exchange_asked)
        self.table.chosen.connect(self._take_choice)
        self.table.opened.connect(self.opened)
        self._arrange(theme)

    @property
    def words(self) -> tuple[str, str]:
        """Return what is said of A and of B."""
        return self._a_words.text(), self._b_words.text()

    @property
    def message(self) -> str:
        """Return what stands where there is no table."""
        return "" if self._message.isHidden() else self._message.text()

    def show_view(self, view: ContrastView) -> None:
        """Show the passages and how they differ."""
        if view == self._view:
            return
        self._view = view
        self._a_words.setText(f"A: {_described(view.a)}")
        self._b_words.setText(f"B: {_described(view.b)}")
        self._exchange.setEnabled(bool(view.a or view.b))
        self._stale.setVisible(view.stale > 0)
        self.table.set_rows(contrast_rows(view, self._library))
        has_rows = bool(self.table.rows)
        self.table.setVisible(has_rows)
        self._key.setVisible(has_rows)
        words = EMPTY
        if view.trouble is not None:
            words = str(view.trouble.title)
        elif view.is_reading:
            words = READING
        elif view.a and view.b:
            words = ALIKE
        self._message.setText(words)
        self._message.setVisible(not has_rows)

    def show_names(self) -> None:
        """Show the names that features have now."""
        if self._view is not None:
            view, self._view = self._view, None
            self.show_view(view)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme or at another zoom."""
        self.table.set_theme(theme)
        self._column.setSpacing(theme.px(8))
        self._buttons.setSpacing(theme.px(8))

    def _ask_a(self) -> None:
        self.mark_asked.emit("a")

    def _ask_b(self) -> None:
        self.mark_asked.emit("b")

    def _take_choice(self, number: int) -> None:
        if 0 <= number < len(self.table.rows):
            self.chosen.emit(self.table.rows[number].ref)

    def _arrange(self, theme: Theme) -> None:
        self._buttons = QHBoxLayout()
        for button in (self._a_button, self._b_button, self._exchange):
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(self._buttons)
        for widget in (self._a_words, self._b_words, self._stale, self._message, self._key):
            self._column.addWidget(widget)
        self._column.addWidget(self.table, 1)
        self._column.addStretch(0)
        for widget in (self._stale, self._key, self.table):
            widget.hide()
        self.set_theme(theme)


def _described(parts: tuple[Part, ...]) -> str:
    if not parts:
        return NOT_MARKED
    text = " ".join(" ".join(part.text for part in parts).split())
    short = text if len(text) <= SHOWN else f"{text[:SHOWN]}\u2026"
    many = f" ({len(parts)} paragraphs)" if len(parts) > 1 else ""
    return f"\u201c{short}\u201d{many}"


def _button(words: str, tip: str) -> QPushButton:
    button = QPushButton(words)
    button.setToolTip(tip)
    return button
