"""The inspector: which features a passage carries, where they fire, and what is known of them."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from tinymorph.errors import TinymorphError
from tinymorph.features.library import WriterLibrary
from tinymorph.schema.feature import FeatureRef
from tinymorph.session.views import EngineState
from tinymorph.ui.editor.heat_map import HeatMap
from tinymorph.ui.inspector.card import CardFacts, FeatureCardView
from tinymorph.ui.inspector.feature_rows import (
    FEATURE_COLUMNS,
    reading_rows,
    search_rows,
    survey_rows,
)
from tinymorph.ui.inspector.legend import HeatLegend
from tinymorph.ui.inspector.rows import Row, RowsModel, RowsTable
from tinymorph.ui.inspector.scope import SCOPES, Scope
from tinymorph.ui.inspector.view import InspectorView, what_is_listed
from tinymorph.ui.labels import text_label
from tinymorph.ui.theme import Theme

SEARCH_DELAY_MS = 150
LIST_AND_CARD = (420, 580)
"""How they share the height at first, in thousandths."""
EMPTY = (
    "Select a passage, or put the cursor in a paragraph, and press F2.\n\n"
    "You will see which features the model found in it, and where in your words. "
    "Shift+F2 reads the word at the cursor, Ctrl+F2 the whole document."
)
NOTHING_ACTIVE = "No feature was active enough in this passage. Try a longer one."
NOTHING_FOUND = "No feature has these words in its label or examples."
READING = "Reading the passage\u2026"
STALE = "The paragraph changed; press F2 to read it again."
STALE_PARTS = "{count} changed since; Ctrl+F2 reads them again."


class FeatureInspector(QWidget):
    """Show an `InspectorView`; say which feature was chosen and which should steer."""

    inspect_asked = Signal(object)
    """The `Scope` to read."""
    feature_chosen = Signal(object)
    """The `FeatureRef` whose heat map should lie over the page, or None."""
    rack_asked = Signal(object)
    walk_asked = Signal(int)
    """To the next peak of the heat (1) or the one before (-1)."""
    place_asked = Signal(object)
    """The `PlaceView` to go to."""
    names_changed = Signal()
    """The writer gave a feature another name."""
    news = Signal(str)

    def __init__(self, library: WriterLibrary, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library, self._theme = library, theme
        self._view: InspectorView | None = None
        self.setObjectName("inspector")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search features by word")
        self._search.setAccessibleName("Search features by word")
        self._search.setClearButtonEnabled(True)
        self._scope = QComboBox()
        self._scope.setAccessibleName("What to read")
        for scope in SCOPES:
            self._scope.addItem(scope.words, scope)
        self._inspect = QPushButton("Inspect")
        self._inspect.setProperty("kind", "primary")
        self._inspect.setToolTip("Read the features (F2)")
        self._message = text_label(EMPTY, "hint")
        self._stale = text_label(STALE, "warning")
        self._table = RowsTable("Features", FEATURE_COLUMNS, theme)
        self._legend = HeatLegend(theme)
        self._card = FeatureCardView(theme)
        self._card.hide()
        self._searching = QTimer(self)
        self._searching.setSingleShot(True)
        self._searching.setInterval(SEARCH_DELAY_MS)
        self._arrange()
        self._connect()

    @property
    def library(self) -> WriterLibrary:
        """Return what is known of features."""
        return self._library

    @property
    def card(self) -> FeatureCardView:
        """Return the card of the chosen feature."""
        return self._card

    @property
    def features(self) -> RowsModel:
        """Return the lines of the list."""
        return self._table.rows_model

    @property
    def list_view(self) -> RowsTable:
        """Return the list, where the focus goes."""
        return self._table

    @property
    def search_field(self) -> QLineEdit:
        """Return the field that searches by word."""
        return self._search

    @property
    def legend(self) -> HeatLegend:
        """Return the legend of the heat map."""
        return self._legend

    @property
    def message(self) -> str:
        """Return what stands where there is no list."""
        return "" if self._message.isHidden() else self._message.text()

    @property
    def warning(self) -> str:
        """Return what is said of words that changed."""
        return "" if self._stale.isHidden() else self._stale.text()

    @property
    def chosen(self) -> FeatureRef | None:
        """Return the feature on show in the card."""
        return self._card.ref

    def show_view(self, view: InspectorView) -> None:
        """Show what the session has read."""
        old, self._view = self._view, view
        place = SCOPES.index(view.scope)
        if self._scope.currentIndex() != place:
            self._scope.setCurrentIndex(place)
        self._inspect.setEnabled(view.state is not EngineState.FAILED)
        self._show_stale(view)
        if not self._search.text().strip() and (
            old is None or what_is_listed(old) != what_is_listed(view)
        ):
            self._show_reading()
        self._show_message()

    def show_heat(self, heat: HeatMap) -> None:
        """Explain what lies over the page."""
        self._legend.show_heat(heat)

    def show_facts(self, facts: CardFacts) -> None:
        """Show where the chosen feature fires, and what is near it."""
        self._card.show_facts(facts, self._library)

    def show_feature(self, ref: FeatureRef) -> None:
        """Show the card of any feature, in the list or not."""
        self._take(ref)

    def show_library(self, library: WriterLibrary) -> None:
        """Take names and cards from this catalogue from now on."""
        self._library = library

    def show_names(self) -> None:
        """Show the names that features have now."""
        if self._search.text().strip():
            self._show_search()
        else:
            self._show_reading()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self._table.set_theme(theme)
        self._legend.set_theme(theme)
        self._card.set_theme(theme)
        self._set_margins()
        self._show_card(self._card.ref)

    def choose(self, row: int) -> None:
        """Choose a line of the list."""
        self._table.choose(row)

    def focus_first(self) -> None:
        """Put the focus on the list, or on the search field while it is empty."""
        target: QWidget = self._table if self._table.rows else self._search
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Put the chosen feature on the rack with R, on the favourites with L; name it with N."""
        if self.chosen is not None and not event.modifiers():
            match event.key():
                case Qt.Key.Key_R:
                    self._card.ask_rack()
                case Qt.Key.Key_L:
                    self._card.ask_favourite()
                case Qt.Key.Key_N:
                    self._card.notes.label.setFocus(Qt.FocusReason.ShortcutFocusReason)
                case _:
                    super().keyPressEvent(event)
            return
        super().keyPressEvent(event)

    def _show_stale(self, view: InspectorView) -> None:
        words = ""
        if view.survey is not None:
            if view.survey.stale:
                count = view.survey.stale
                which = "1 paragraph" if count == 1 else f"{count:,} paragraphs"
                words = STALE_PARTS.format(count=which)
        elif view.reading is not None and view.reading.is_stale:
            words = STALE
        self._stale.setText(words)
        self._stale.setVisible(bool(words))

    def _show_reading(self) -> None:
        view = self._view
        rows: tuple[Row, ...] = ()
        if view is not None and view.survey is not None:
            rows = survey_rows(view.survey, self._library)
        elif view is not None and view.reading is not None:
            is_word = view.scope is Scope.WORD
            rows = reading_rows(view.reading, self._library, is_word=is_word)
        self._show_rows(rows)

    def _show_search(self) -> None:
        words = self._search.text().strip()
        if not words:
            self._show_reading()
        else:
            self._show_rows(search_rows(self._library.search(words)))
        self._show_message()

    def _show_rows(self, rows: tuple[Row, ...]) -> None:
        """Show rows; the feature that was chosen stays so where it is still listed."""
        was = self.chosen
        self._table.set_rows(rows)
        if not rows:
            self._take(None)
            return
        places = [number for number, row in enumerate(rows) if row.ref == was]
        self.choose(places[0] if places else 0)
        self._take(rows[places[0] if places else 0].ref)

    def _take_choice(self, number: int) -> None:
        rows = self._table.rows
        if 0 <= number < len(rows):
            self._take(rows[number].ref)

    def _take(self, ref: FeatureRef | None) -> None:
        self._show_card(ref)
        self.feature_chosen.emit(ref)

    def _show_card(self, ref: FeatureRef | None) -> None:
        self._card.show_feature(ref, self._library, self._theme)
        self._below.setVisible(ref is not None)

    def _show_message(self) -> None:
        view, has_rows = self._view, bool(self._table.rows)
        words = EMPTY
        if self._search.text().strip():
            words = NOTHING_FOUND
        elif view is not None and view.is_reading:
            words = READING
        elif view is not None and view.trouble is not None:
            words = f"{view.trouble.title}\n\n{view.trouble.hint}".strip()
        elif view is not None and (view.survey or view.reading):
            words = NOTHING_ACTIVE
        self._message.setText(words)
        self._message.setVisible(not has_rows)
        if has_rows and self._split.isHidden():
            self._split.setSizes(list(LIST_AND_CARD))
        self._split.setVisible(has_rows)

    def _keep_mark(self, ref: FeatureRef, label: str, note: str) -> None:
        was = self._library.label(ref)
        try:
            self._library.write(ref, label, note)
        except TinymorphError as error:
            self.news.emit(str(error))
            return
        if self._library.label(ref) != was:
            self.names_changed.emit()
        self._show_card(self.chosen)

    def _keep_on_list(self, ref: FeatureRef, name: str, is_on: bool) -> None:
        try:
            self._library.put(name, ref, is_on=is_on)
        except TinymorphError as error:
            self.news.emit(str(error))
            return
        self.news.emit(f"On the list “{name}”." if is_on else f"Off “{name}”.")
        self._show_card(self.chosen)

    def _ask_inspect(self) -> None:
        self.inspect_asked.emit(SCOPES[self._scope.currentIndex()])

    def _ask_rack(self) -> None:
        self._card.ask_rack()

    def _connect(self) -> None:
        self._inspect.clicked.connect(self._ask_inspect)
        self._scope.activated.connect(self._ask_inspect)
        self._search.textChanged.connect(self._searching.start)
        self._searching.timeout.connect(self._show_search)
        self._table.chosen.connect(self._take_choice)
        self._table.opened.connect(self._ask_rack)
        self._legend.walk_asked.connect(self.walk_asked)
        self._card.rack_asked.connect(self.rack_asked)
        self._card.place_asked.connect(self.place_asked)
        self._card.feature_asked.connect(self.show_feature)
        self._card.mark_asked.connect(self._keep_mark)
        self._card.list_asked.connect(self._keep_on_list)

    def _arrange(self) -> None:
        self._top = QHBoxLayout()
        self._top.addWidget(self._scope, 1)
        self._top.addWidget(self._inspect)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget()
        body.setObjectName("featureCardBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._card)
        column.addStretch(1)
        scroll.setWidget(body)
        self._below = QWidget()
        below = QVBoxLayout(self._below)
        below.setContentsMargins(0, 0, 0, 0)
        below.addWidget(self._legend)
        below.addWidget(scroll, 1)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self._table)
        self._split.addWidget(self._below)
        self._split.setStretchFactor(0, 4)
        self._split.setStretchFactor(1, 5)
        self._split.setObjectName("inspectorSplit")
        self._split.hide()
        self._stale.hide()
        self._outer = QVBoxLayout(self)
        self._outer.addLayout(self._top)
        self._outer.addWidget(self._search)
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
