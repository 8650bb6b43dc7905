"""The map of the document: its strongest features by paragraph, as a strip that scrolls."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from tinymorph.features.library import WriterLibrary
from tinymorph.session.surveys import PlaceView, SurveyView
from tinymorph.ui.heat_colours import heat_colour
from tinymorph.ui.labels import text_label
from tinymorph.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
SHARE = Qt.ItemDataRole.UserRole.value
CELL_WIDTH_PX, CELL_HEIGHT_PX, NAME_WIDTH_PX = 16, 24, 132
SHOWN = 70
EMPTY = "The map shows where in the document each of its strongest features fires."
READING = "Reading the document\u2026"
HINT = "Each column is a paragraph. Arrow keys walk, Return or a double click goes there."


class MapModel(QAbstractTableModel):
    """Features down, paragraphs across; each cell a share of the feature's maximum."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._view: SurveyView | None = None
        self._labels: tuple[str, ...] = ()

    def set_view(self, view: SurveyView | None, labels: tuple[str, ...]) -> None:
        """Show another survey, or more of it."""
        self.beginResetModel()
        self._view, self._labels = view, labels
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Say how many features there are."""
        has_none = self._view is None or (parent is not None and parent.isValid())
        return 0 if has_none or self._view is None else len(self._view.features)

    def columnCount(self, parent: Index | None = None) -> int:
        """Say how many paragraphs were read."""
        has_none = self._view is None or (parent is not None and parent.isValid())
        return 0 if has_none or self._view is None else self._view.done

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return a feature's name, or a paragraph's number."""
        if orientation == Qt.Orientation.Vertical and section < len(self._labels):
            is_words = role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}
            return self._labels[section] if is_words else None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"Paragraph {section + 1}"
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a cell's share, or its words."""
        view = self._view
        if view is None or not index.isValid() or index.row() >= len(view.features):
            return None
        share = view.features[index.row()].by_part[index.column()]
        if role == SHARE:
            return share
        if role in {Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole}:
            return self.words(index)
        return None

    def words(self, index: Index) -> str:
        """Say what a cell means."""
        view = self._view
        if view is None or not index.isValid():
            return ""
        share = view.features[index.row()].by_part[index.column()]
        text = " ".join(view.parts[index.column()].text.split())
        short = text if len(text) <= SHOWN else f"{text[:SHOWN]}\u2026"
        strength = f"{share:.0%}" if share > 0 else "silent"
        return f"Paragraph {index.column() + 1}, {strength}: {short}"


class MapDelegate(QStyledItemDelegate):
    """Paint a cell as heat, with a bar that needs no colour."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Make all cells equally large."""
        del option, index
        return QSize(self.theme.px(CELL_WIDTH_PX), self.theme.px(CELL_HEIGHT_PX))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the heat, the bar as high as the share, and a frame where the walk is."""
        area = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue]  # Qt's field
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]  # Qt's field
        share = float(index.data(SHARE) or 0.0)
        colours, zoom = self.theme.colours, self.theme.zoom
        inside = area.adjusted(zoom, zoom, -zoom, -zoom)
        painter.save()
        if share > 0:
            painter.fillRect(inside, heat_colour(share, self.theme))
            height = max(min(share, 1.0) * inside.height(), zoom)
            bar = QRectF(inside.left(), inside.bottom() - height, 3 * zoom, height)
            painter.fillRect(bar, QColor(colours.heat_mark))
        else:
            painter.fillRect(inside, QColor(colours.chrome))
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QColor(colours.focus))
            for step in range(max(1, round(2 * zoom))):
                painter.drawRect(area.adjusted(step, step, -step - 1, -step - 1))
        painter.restore()


class MapTable(QTableView):
    """The strip; Return goes to the paragraph of the cell."""

    opened = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open a cell with Return; leave letters to whoever listens."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.opened.emit()
        elif event.text().isprintable() and event.text().strip():
            event.ignore()
        else:
            super().keyPressEvent(event)


class MapPage(QWidget):
    """The strip, and what the chosen cell means."""

    read_asked = Signal()
    chosen = Signal(object)
    """The `FeatureRef` of the row that the walk is in."""
    place_asked = Signal(object)
    """The `PlaceView` to go to."""

    def __init__(self, library: WriterLibrary, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._view: SurveyView | None = None
        self.model = MapModel(self)
        self._delegate = MapDelegate(theme, self)
        self.table = MapTable()
        self.table.setAccessibleName("Features by paragraph")
        self.table.setModel(self.model)
        self.table.setItemDelegate(self._delegate)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.horizontalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.table.verticalHeader().setHighlightSections(False)
        self.table.verticalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)
        self._button = QPushButton("Read the whole document")
        self._button.setToolTip("Read every paragraph (Ctrl+F2)")
        self._message, self._hint = text_label(EMPTY, "hint"), text_label(HINT, "soft")
        self._words = text_label()
        self._button.clicked.connect(self.read_asked)
        self.table.selectionModel().currentChanged.connect(self._take_choice)
        self.table.doubleClicked.connect(self._go)
        self.table.opened.connect(self._go)
        self._arrange(theme)

    @property
    def words(self) -> str:
        """Return what is said of the chosen cell."""
        return self._words.text()

    def show_view(self, view: SurveyView | None) -> None:
        """Show where each feature fires; a survey of less than the document is no map."""
        if view is not None and not view.is_whole_document:
            view = None
        if view == self._view:
            return
        here = self.table.currentIndex()
        place = (here.row(), here.column())
        self._view = view
        self._fill()
        if place[0] >= 0 and self.model.index(*place).isValid():
            self.table.setCurrentIndex(self.model.index(*place))
        is_there = self.model.rowCount() > 0
        self._message.setText(READING if view is not None and view.is_reading else EMPTY)
        self._message.setVisible(not is_there)
        self._button.setVisible(view is None or (view.stale > 0 and not view.is_reading))
        self._button.setText(
            "Read the changed paragraphs" if is_there else "Read the whole document"
        )
        for widget in (self._hint, self._words, self.table):
            widget.setVisible(is_there)

    def show_names(self) -> None:
        """Show the names that features have now."""
        self._fill()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme or at another zoom."""
        self._delegate.theme = theme
        header = self.table.verticalHeader()
        header.setMinimumSectionSize(1)
        header.setDefaultSectionSize(theme.px(CELL_HEIGHT_PX))
        header.setFixedWidth(theme.px(NAME_WIDTH_PX))
        across = self.table.horizontalHeader()
        across.setMinimumSectionSize(1)
        across.setDefaultSectionSize(theme.px(CELL_WIDTH_PX))
        self._column.setSpacing(theme.px(8))
        self.table.viewport().update()

    def _fill(self) -> None:
        features = () if self._view is None else self._view.features
        labels = tuple(self._library.label(one.ref) for one in features)
        self.model.set_view(self._view, labels)

    def _take_choice(self, current: QModelIndex) -> None:
        self._words.setText(self.model.words(current))
        if self._view is not None and current.isValid():
            self.chosen.emit(self._view.features[current.row()].ref)

    def _go(self) -> None:
        here, view = self.table.currentIndex(), self._view
        if view is None or not here.isValid():
            return
        feature, part = view.features[here.row()], view.parts[here.column()]
        span = feature.span if here.column() == feature.part else part.span
        peak = feature.by_part[here.column()]
        self.place_asked.emit(PlaceView(part, here.column() + 1, peak, span))

    def _arrange(self, theme: Theme) -> None:
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        for widget in (self._message, self._hint):
            self._column.addWidget(widget)
        self._column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addWidget(self.table, 1)
        self._column.addWidget(self._words)
        self._column.addStretch(0)
        for widget in (self._hint, self._words, self.table):
            widget.hide()
        self.set_theme(theme)
