"""The inspector: the features of a passage, strongest first, or those that a search finds."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from tinymorph.schema.events import ErrorNote
from tinymorph.schema.feature import FeatureRef
from tinymorph.session.session import WritingSession
from tinymorph.session.views import EngineState, ReadingView
from tinymorph.ui.inspector.card import FeatureCardView
from tinymorph.ui.inspector.feature_list import (
    FeatureListModel,
    FeatureRowDelegate,
    reading_rows,
    search_rows,
)
from tinymorph.ui.labels import FeatureLibrary, text_label
from tinymorph.ui.theme import Theme

SEARCH_DELAY_MS = 150
LIST_AND_CARD = (420, 580)
"""How they share the height at first, in thousandths."""
EMPTY = (
    "Select a passage, or put the cursor in a paragraph, and press F2.\n\n"
    "You will see which features the model found in it, and where in your words."
)
NOTHING_ACTIVE = "No feature was active enough in this passage. Try a longer one."
NOTHING_FOUND = "No feature has these words in its label or examples."
READING = "Reading the passage\u2026"
STALE = "The paragraph changed; press F2 to read it again."


@dataclass(frozen=True, slots=True)
class InspectorView:
    """All that the inspector shows of a session."""

    reading: ReadingView | None
    trouble: ErrorNote | None
    is_reading: bool
    state: EngineState


def inspector_view(session: WritingSession) -> InspectorView:
    """Take from the session what the inspector shows."""
    return InspectorView(
        session.reading, session.reading_trouble, session.is_reading, session.status.state
    )


class FeatureInspector(QWidget):
    """Show an `InspectorView`; say which feature was chosen and which should steer."""

    inspect_asked = Signal()
    feature_chosen = Signal(object)
    """The `FeatureRef` whose heat map should lie over the page, or None."""
    rack_asked = Signal(object)

    def __init__(
        self, library: FeatureLibrary, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._library, self._theme = library, theme
        self._view: InspectorView | None = None
        self.setObjectName("inspector")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search features by word")
        self._search.setAccessibleName("Search features by word")
        self._search.setClearButtonEnabled(True)
        self._inspect = QPushButton("Inspect")
        self._inspect.setProperty("kind", "primary")
        self._inspect.setToolTip("Read the features of the selection or paragraph (F2)")
        self._message = text_label(EMPTY, "hint")
        self._stale = text_label(STALE, "warning")
        self._model = FeatureListModel(self)
        self._delegate = FeatureRowDelegate(theme, self)
        self._list = QListView()
        self._list.setAccessibleName("Features")
        self._list.setModel(self._model)
        self._list.setItemDelegate(self._delegate)
        self._list.setMouseTracking(True)
        self._list.setUniformItemSizes(True)
        self._list.installEventFilter(self)
        self._card = FeatureCardView(theme)
        self._card.hide()
        self._searching = QTimer(self)
        self._searching.setSingleShot(True)
        self._searching.setInterval(SEARCH_DELAY_MS)
        self._arrange()
        self._connect()

    @property
    def features(self) -> FeatureListModel:
        """Return the lines of the list."""
        return self._model

    @property
    def list_view(self) -> QListView:
        """Return the list, where the focus goes."""
        return self._list

    @property
    def search_field(self) -> QLineEdit:
        """Return the field that searches by word."""
        return self._search

    @property
    def chosen(self) -> FeatureRef | None:
        """Return the feature on show in the card."""
        return self._card.ref

    def show_view(self, view: InspectorView) -> None:
        """Show the session's reading as it is now."""
        is_new = self._view is None or self._view.reading != view.reading
        self._view = view
        self._stale.setVisible(view.reading is not None and view.reading.is_stale)
        self._inspect.setEnabled(view.state is not EngineState.FAILED)
        if is_new and not self._search.text().strip():
            self._show_reading()
        self._show_message()

    def show_library(self, library: FeatureLibrary) -> None:
        """Take names and cards from this catalogue from now on."""
        self._library = library

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self._delegate.set_theme(theme)
        self._set_margins()
        self._list.doItemsLayout()
        self._show_card(self._card.ref)

    def choose(self, row: int) -> None:
        """Choose a line of the list."""
        self._list.setCurrentIndex(self._model.index(row))

    def focus_first(self) -> None:
        """Put the focus on the list, or on the search field while it is empty."""
        target: QWidget = self._list if self._model.rows else self._search
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Put the chosen feature on the rack with R or Return while the list has the focus."""
        if watched is self._list and isinstance(event, QKeyEvent):
            is_key = event.key() in {Qt.Key.Key_R, Qt.Key.Key_Return, Qt.Key.Key_Enter}
            if is_key and not event.modifiers() and event.type() == QEvent.Type.KeyPress:
                self._card.ask_rack()
                return True
        return super().eventFilter(watched, event)

    def _show_reading(self) -> None:
        reading = self._view.reading if self._view is not None else None
        if reading is None:
            self._model.set_rows(())
        else:
            words = reading.paragraph.text
            self._model.set_rows(reading_rows(reading.reading, words, self._library))
        self._choose_first()

    def _show_search(self) -> None:
        words = self._search.text().strip()
        if not words:
            self._show_reading()
        else:
            self._model.set_rows(search_rows(self._library.search(words)))
            self._choose_first()
        self._show_message()

    def _choose_first(self) -> None:
        if self._model.rows:
            self.choose(0)
        else:
            self._show_card(None)
            self.feature_chosen.emit(None)

    def _take_choice(self, current: QModelIndex) -> None:
        rows = self._model.rows
        ref = rows[current.row()].ref if 0 <= current.row() < len(rows) else None
        self._show_card(ref)
        self.feature_chosen.emit(ref)

    def _show_card(self, ref: FeatureRef | None) -> None:
        card = self._library.card(ref) if ref is not None else None
        self._card.show_feature(ref, card, self._theme)
        self._scroll.setVisible(ref is not None)

    def _show_message(self) -> None:
        view, has_rows = self._view, bool(self._model.rows)
        words = EMPTY
        if self._search.text().strip():
            words = NOTHING_FOUND
        elif view is not None and view.is_reading:
            words = READING
        elif view is not None and view.trouble is not None:
            words = f"{view.trouble.title}\n\n{view.trouble.hint}".strip()
        elif view is not None and view.reading is not None:
            words = NOTHING_ACTIVE
        self._message.setText(words)
        self._message.setVisible(not has_rows)
        if has_rows and self._split.isHidden():
            self._split.setSizes(list(LIST_AND_CARD))
        self._split.setVisible(has_rows)

    def _connect(self) -> None:
        self._inspect.clicked.connect(self.inspect_asked)
        self._search.textChanged.connect(self._searching.start)
        self._searching.timeout.connect(self._show_search)
        self._list.selectionModel().currentChanged.connect(self._take_choice)
        self._card.rack_asked.connect(self.rack_asked)

    def _arrange(self) -> None:
        self._top = QHBoxLayout()
        self._top.addWidget(self._search, 1)
        self._top.addWidget(self._inspect)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget()
        body.setObjectName("featureCardBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._card)
        column.addStretch(1)
        self._scroll.setWidget(body)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self._list)
        self._split.addWidget(self._scroll)
        self._split.setStretchFactor(0, 4)
        self._split.setStretchFactor(1, 5)
        self._split.setObjectName("inspectorSplit")
        self._split.hide()
        self._stale.hide()
        self._outer = QVBoxLayout(self)
        self._outer.addLayout(self._top)
        self._outer.addWidget(self._stale)
        self._outer.addWidget(self._message)
        self._outer.addWidget(self._split, 1)
        self._outer.addStretch(0)
        self._set_margins()

    def _set_margins(self) -> None:
        px = self._theme.px
        self._outer.setContentsMargins(px(16), px(12), px(16), px(8))
        self._outer.setSpacing(px(8))
        self._top.setSpacing(px(8))
        self._split.setHandleWidth(px(9))
