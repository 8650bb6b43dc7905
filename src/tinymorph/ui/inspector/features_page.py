"""The list of features: of what was read, of a search by words, or of an example."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from tinymorph.features.library import WriterLibrary
from tinymorph.schema.feature import FeatureRef
from tinymorph.session.views import EngineState
from tinymorph.ui.inspector.feature_rows import (
    FEATURE_COLUMNS,
    example_rows,
    reading_rows,
    search_rows,
    survey_rows,
)
from tinymorph.ui.inspector.rows import Row, RowsTable
from tinymorph.ui.inspector.scope import SCOPES, Scope
from tinymorph.ui.inspector.view import InspectorView, what_is_listed
from tinymorph.ui.labels import text_label
from tinymorph.ui.theme import Theme

SEARCH_DELAY_MS = 150
EMPTY = (
    "Select a passage, or put the cursor in a paragraph, and press F2.\n\n"
    "You will see which features the model found in it, and where in your words. "
    "Shift+F2 reads the word at the cursor, Ctrl+F2 the whole document."
)
NOTHING_ACTIVE = "No feature was active enough in this passage. Try a longer one."
NOTHING_FOUND = "No feature has these words in its label, notes, examples or logits."
NOTHING_TELLING = "No feature fires oftener in these words than in other texts. Give more of them."
READING = "Reading the passage\u2026"
STALE = "The paragraph changed; press F2 to read it again."
STALE_PARTS = "{count} changed since; Ctrl+F2 reads them again."
LIKE = "Features like \u201c{words}\u201d, the most telling first"
LABELS_ONLY = "Labels alone are searched until the index of words is made."
SHORTENED = 40
"""Characters of an example that are shown again."""


class FeaturesPage(QWidget):
    """Fields to ask with, and a table of features."""

    inspect_asked = Signal(object)
    """The `Scope` to read."""
    like_asked = Signal(str)
    """A text whose features are to be found."""
    chosen = Signal(object)
    """A `FeatureRef`, or None where there is none to choose."""
    opened = Signal()

    def __init__(self, library: WriterLibrary, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._view: InspectorView | None = None
        self._is_like = False
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search by word, or Return: by example")
        self.search.setAccessibleName("Search features by word")
        self.search.setToolTip("Words find features as you type; Return finds those like the text")
        self.search.setClearButtonEnabled(True)
        self._scope = QComboBox()
        self._scope.setAccessibleName("What to read")
        for scope in SCOPES:
            self._scope.addItem(scope.words, scope)
        self._scope.setMinimumContentsLength(8)
        self._inspect = QPushButton("Inspect")
        self._inspect.setProperty("kind", "primary")
        self._inspect.setToolTip("Read the features (F2)")
        self._message = text_label(EMPTY, "hint")
        self._heading = text_label("", "soft")
        self._stale = text_label(STALE, "warning")
        self.table = RowsTable("Features", FEATURE_COLUMNS, theme)
        self._searching = QTimer(self)
        self._searching.setSingleShot(True)
        self._searching.setInterval(SEARCH_DELAY_MS)
        self._arrange(theme)
        self._connect()

    @property
    def message(self) -> str:
        """Return what stands where there is no list."""
        return "" if self._message.isHidden() else self._message.text()

    @property
    def warning(self) -> str:
        """Return what is said of words that changed."""
        return "" if self._stale.isHidden() else self._stale.text()

    def show_view(self, view: InspectorView, chosen: FeatureRef | None) -> None:
        """Show what the session has read."""
        old, self._view = self._view, view
        place = SCOPES.index(view.scope)
        if self._scope.currentIndex() != place:
            self._scope.setCurrentIndex(place)
        self._inspect.setEnabled(view.state is not EngineState.FAILED)
        self._show_stale(view)
        if old is None or what_is_listed(old) != what_is_listed(view):
            self.show_rows(chosen)
        self._show_message()

    def show_rows(self, chosen: FeatureRef | None) -> None:
        """Show the rows as they are now; what was chosen stays so where it is still listed."""
        rows = self._rows()
        self.table.set_rows(rows)
        if not rows:
            self.chosen.emit(None)
        else:
            places = [number for number, row in enumerate(rows) if row.ref == chosen]
            number = places[0] if places else 0
            self.table.choose(number)
            self.chosen.emit(rows[number].ref)
        self._show_message()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme or at another zoom."""
        self.table.set_theme(theme)
        self._space(theme)

    def begin_reading(self) -> None:
        """Show what is read from now on, and not a search."""
        was_reading = not self._is_like and not self.search.text()
        self._is_like = False
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self._searching.stop()
        if not was_reading:
            self.show_rows(None)

    def begin_example(self) -> None:
        """Show the features of an example from now on."""
        self._is_like = True
        self._searching.stop()
        self.show_rows(None)

    def _rows(self) -> tuple[Row, ...]:
        view, words = self._view, self.search.text().strip()
        if view is None:
            return ()
        if self._is_like:
            return () if view.example is None else example_rows(view.example, self._library)
        if words:
            return search_rows(self._library.search(words))
        if view.survey is not None:
            return survey_rows(view.survey, self._library)
        if view.reading is not None:
            is_word = view.scope is Scope.WORD
            return reading_rows(view.reading, self._library, is_word=is_word)
        return ()

    def _show_stale(self, view: InspectorView) -> None:
        words = ""
        if view.survey is not None:
            if count := view.survey.stale:
                which = "1 paragraph" if count == 1 else f"{count:,} paragraphs"
                words = STALE_PARTS.format(count=which)
        elif view.reading is not None and view.reading.is_stale:
            words = STALE
        self._stale.setText(words)
        self._stale.setVisible(bool(words))

    def _show_message(self) -> None:
        view, has_rows = self._view, bool(self.table.rows)
        self._message.setText(self._message_of(view))
        self._message.setVisible(not has_rows)
        self.table.setVisible(has_rows)
        heading = ""
        if self._is_like and view is not None and view.example is not None:
            text = " ".join(view.example.text.split())
            short = text if len(text) <= SHORTENED else f"{text[:SHORTENED]}\u2026"
            heading = LIKE.format(words=short)
        elif self.search.text().strip() and not self._library.is_indexed:
            heading = LABELS_ONLY
        self._heading.setText(heading)
        self._heading.setVisible(bool(heading))

    def _message_of(self, view: InspectorView | None) -> str:
        if self._is_like and view is not None:
            is_busy = view.example is not None and view.example.is_reading
            return READING if is_busy else NOTHING_TELLING
        if self.search.text().strip():
            return NOTHING_FOUND
        if view is not None and view.is_reading:
            return READING
        if view is not None and view.trouble is not None:
            return f"{view.trouble.title}\n\n{view.trouble.hint}".strip()
        if view is not None and (view.survey or view.reading):
            return NOTHING_ACTIVE
        return EMPTY

    def _take_words(self) -> None:
        self._is_like = False
        self.show_rows(None)

    def _take_choice(self, number: int) -> None:
        if 0 <= number < len(self.table.rows):
            self.chosen.emit(self.table.rows[number].ref)

    def _ask_inspect(self) -> None:
        self.inspect_asked.emit(SCOPES[self._scope.currentIndex()])

    def _ask_like(self) -> None:
        if text := self.search.text().strip():
            self.like_asked.emit(text)

    def _connect(self) -> None:
        self._inspect.clicked.connect(self._ask_inspect)
        self._scope.activated.connect(self._ask_inspect)
        self.search.textChanged.connect(self._searching.start)
        self.search.returnPressed.connect(self._ask_like)
        self._searching.timeout.connect(self._take_words)
        self.table.chosen.connect(self._take_choice)
        self.table.opened.connect(self.opened)

    def _arrange(self, theme: Theme) -> None:
        self._top = QHBoxLayout()
        self._top.addWidget(self._scope, 1)
        self._top.addWidget(self._inspect)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(self._top)
        for widget in (self.search, self._stale, self._heading, self._message):
            self._column.addWidget(widget)
        self._column.addWidget(self.table, 1)
        self._column.addStretch(0)
        self._stale.hide()
        self._heading.hide()
        self.table.hide()
        self._space(theme)

    def _space(self, theme: Theme) -> None:
        self._column.setSpacing(theme.px(8))
        self._top.setSpacing(theme.px(8))
