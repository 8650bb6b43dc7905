"""The inspector: which features a passage carries, where they fire, and what is known of them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from tinymorph.errors import TinymorphError
from tinymorph.features.library import WriterLibrary
from tinymorph.schema.feature import FeatureRef
from tinymorph.ui.editor.heat_map import HeatMap
from tinymorph.ui.inspector.card import CardFacts, FeatureCardView
from tinymorph.ui.inspector.contrast_page import ContrastPage
from tinymorph.ui.inspector.features_page import FeaturesPage
from tinymorph.ui.inspector.legend import HeatLegend
from tinymorph.ui.inspector.lists_page import ListsPage
from tinymorph.ui.inspector.map_page import MapPage
from tinymorph.ui.inspector.rows import RowsModel, RowsTable
from tinymorph.ui.inspector.view import InspectorView
from tinymorph.ui.theme import Theme

LIST_AND_CARD = (560, 440)
"""How they share the height at first, in thousandths."""


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
        self.setObjectName("inspector")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.features_page = FeaturesPage(library, theme)
        self.contrast_page = ContrastPage(library, theme)
        self.map_page = MapPage(library, theme)
        self.lists_page = ListsPage(library, theme)
        self._tabs = QTabBar()
        self._tabs.setAccessibleName("Views of features")
        self._tabs.setExpanding(False)
        self._tabs.setDrawBase(False)
        self._pages = QStackedWidget()
        self._all = (self.features_page, self.contrast_page, self.map_page, self.lists_page)
        for title, page in zip(("Features", "Contrast", "Map", "Lists"), self._all, strict=True):
            self._tabs.addTab(title)
            self._pages.addWidget(page)
        self._legend = HeatLegend(theme)
        self._card = FeatureCardView(theme)
        self._card.hide()
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
        return self.features_page.table.rows_model

    @property
    def list_view(self) -> RowsTable:
        """Return the list, where the focus goes."""
        return self.features_page.table

    @property
    def search_field(self) -> QLineEdit:
        """Return the field that searches by word."""
        return self.features_page.search

    @property
    def legend(self) -> HeatLegend:
        """Return the legend of the heat map."""
        return self._legend

    @property
    def page(self) -> QWidget:
        """Return the view that is in front."""
        return self._all[self._tabs.currentIndex()]

    @property
    def chosen(self) -> FeatureRef | None:
        """Return the feature on show in the card."""
        return self._card.ref

    def show_page(self, page: QWidget) -> None:
        """Bring a view to the front."""
        self._tabs.setCurrentIndex(self._pages.indexOf(page))

    def show_view(self, view: InspectorView) -> None:
        """Show what the session has read."""
        self.features_page.show_view(view, self.chosen)
        self.contrast_page.show_view(view.contrast)
        self.map_page.show_view(view.document)

    def show_heat(self, heat: HeatMap) -> None:
        """Explain what lies over the page."""
        self._legend.show_heat(heat)

    def show_facts(self, facts: CardFacts) -> None:
        """Show where the chosen feature fires, and what is near it."""
        self._card.show_facts(facts, self._library)

    def show_feature(self, ref: FeatureRef | None) -> None:
        """Show the card and the heat of any feature, in the list or not."""
        self._show_card(ref)
        self.feature_chosen.emit(ref)

    def show_names(self) -> None:
        """Show the names that features have now."""
        chosen = self.chosen
        self.features_page.show_rows(chosen)
        self.contrast_page.show_names()
        self.map_page.show_names()
        self.lists_page.refresh()
        if self.chosen != chosen:
            self.show_feature(chosen)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        for page in self._all:
            page.set_theme(theme)
        self._legend.set_theme(theme)
        self._card.set_theme(theme)
        self._set_margins()
        self._show_card(self._card.ref)

    def choose(self, row: int) -> None:
        """Choose a line of the list."""
        self.list_view.choose(row)

    def focus_first(self) -> None:
        """Put the focus on the table in front, or on the search field while it is empty."""
        tables: dict[QWidget, QWidget] = {
            self.features_page: self.list_view,
            self.contrast_page: self.contrast_page.table,
            self.map_page: self.map_page.table,
            self.lists_page: self.lists_page.table,
        }
        table = tables[self.page]
        target = table if table.isVisibleTo(self) else self._tabs
        if self.page is self.features_page and target is self._tabs:
            target = self.search_field
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

    def _show_card(self, ref: FeatureRef | None) -> None:
        if ref != self._card.ref:
            self._scroll.verticalScrollBar().setValue(0)
        self._card.show_feature(ref, self._library, self._theme)
        if ref is not None and self._below.isHidden():
            self._split.setSizes(list(LIST_AND_CARD))
        self._below.setVisible(ref is not None)

    def _take_page(self, number: int) -> None:
        self._pages.setCurrentIndex(number)
        if self.page is self.lists_page:
            self.lists_page.refresh()

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
        self.news.emit(f"On the list \u201c{name}\u201d." if is_on else f"Off \u201c{name}\u201d.")
        self._show_card(self.chosen)
        self.lists_page.refresh()

    def _connect(self) -> None:
        self._tabs.currentChanged.connect(self._take_page)
        self.features_page.inspect_asked.connect(self.inspect_asked)
        for page in self._all:
            page.chosen.connect(self.show_feature)
        for table_page in (self.features_page, self.contrast_page, self.lists_page):
            table_page.opened.connect(self._card.ask_rack)
        self.map_page.place_asked.connect(self.place_asked)
        self._legend.walk_asked.connect(self.walk_asked)
        self._card.rack_asked.connect(self.rack_asked)
        self._card.place_asked.connect(self.place_asked)
        self._card.feature_asked.connect(self.show_feature)
        self._card.mark_asked.connect(self._keep_mark)
        self._card.list_asked.connect(self._keep_on_list)

    def _arrange(self) -> None:
        self._scroll = scroll = QScrollArea()
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
        self._split.addWidget(self._pages)
        self._split.addWidget(self._below)
        self._split.setStretchFactor(0, 4)
        self._split.setStretchFactor(1, 5)
        self._split.setObjectName("inspectorSplit")
        self._below.hide()
        self._outer = QVBoxLayout(self)
        self._outer.addWidget(self._tabs)
        self._outer.addWidget(self._split, 1)
        self._set_margins()

    def _set_margins(self) -> None:
        px = self._theme.px
        self._outer.setContentsMargins(px(16), px(4), px(16), px(8))
        self._outer.setSpacing(px(8))
        self._split.setHandleWidth(px(9))
