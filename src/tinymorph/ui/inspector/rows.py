"""Tables with pictures in their cells: for the eye a plot, for a screen reader a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from tinymorph.schema.feature import FeatureRef
from tinymorph.ui.inspector.plots import paint_bar, paint_sparkline, paint_two_sided
from tinymorph.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
CELL = Qt.ItemDataRole.UserRole.value
ROW_HEIGHT_PX = 44
SMALL = 0.88
"""Size of second lines, beside the first."""


@dataclass(frozen=True, slots=True)
class TextCell:
    """One line, or two with the second one smaller."""

    text: str
    below: str = ""
    is_number: bool = False
    """Numbers stand at the right."""

    @property
    def spoken(self) -> str:
        """Return the words of the cell."""
        return ", ".join(words for words in (self.text, self.below) if words)


@dataclass(frozen=True, slots=True)
class SparkCell:
    """Strengths over a passage, as shares of the highest."""

    values: tuple[float, ...]
    spoken: str
    marked: float | None = None


@dataclass(frozen=True, slots=True)
class BarCell:
    """One share of a whole."""

    share: float
    spoken: str


@dataclass(frozen=True, slots=True)
class TwoSidedCell:
    """One strength to the left and one to the right."""

    left: float
    right: float
    spoken: str


Cell = TextCell | SparkCell | BarCell | TwoSidedCell


@dataclass(frozen=True, slots=True)
class Row:
    """One feature, or one place, in as many cells as the table has columns."""

    label: str
    cells: tuple[Cell, ...]
    ref: FeatureRef | None = None
    number: int = 0
    """For whoever made the row: which place it stands for."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's title, and how wide it is."""

    title: str
    sample: str = ""
    """A fixed column is as wide as these words."""
    share: float = 0.0
    """Any other takes this share of what the fixed ones leave."""
    can_hide: bool = False
    """Left out where the table is narrow."""


class RowsModel(QAbstractTableModel):
    """Rows for a table view."""

    def __init__(self, columns: Sequence[Column], parent: QObject) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._rows: tuple[Row, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return the rows in their order."""
        return self._rows

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows; where only their cells differ, what is chosen stays chosen."""
        rows = tuple(rows)
        if [row.ref for row in rows] == [row.ref for row in self._rows] and rows:
            self._rows = rows
            last = self.index(len(rows) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Say how many rows there are."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """Say how many columns there are."""
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return the title of a column; rows are known by their first cell."""
        if role not in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return self.columns[section].title
        return self._rows[section].label if section < len(self._rows) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a cell, or what is said of it."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        cell = self._rows[index.row()].cells[index.column()]
        if role == CELL:
            return cell
        is_words = role in {
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        }
        return cell.spoken if is_words else None


class CellDelegate(QStyledItemDelegate):
    """Paint a cell."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Make every row equally high."""
        del option, index
        return QSize(self.theme.px(40), self.theme.px(ROW_HEIGHT_PX))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw what the cell holds on the row's background."""
        px, c = self.theme.px, self.theme.colours
        area = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue]  # Qt's field
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]  # Qt's field
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(c.accent_wash))
            if index.column() == 0:
                edge = QRectF(area.left(), area.top(), px(3), area.height())
                painter.fillRect(edge, QColor(c.accent))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(c.hover))
        painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), QColor(c.line))
        left = px(12) if index.column() == 0 else px(6)
        inside = area.adjusted(left, px(5), -px(6), -px(6))
        cell: Cell | None = index.data(CELL)
        if cell is not None and inside.width() > 0:
            self._paint_cell(painter, inside, cell)
        painter.restore()

    def _paint_cell(self, painter: QPainter, inside: QRectF, cell: Cell) -> None:
        match cell:
            case TextCell():
                self._paint_text(painter, inside, cell)
            case SparkCell():
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                paint_sparkline(painter, inside, cell.values, self.theme, cell.marked)
            case BarCell():
                paint_bar(painter, inside, cell.share, self.theme)
            case TwoSidedCell():
                paint_two_sided(painter, inside, cell.left, cell.right, self.theme)
            case _:
                assert_never(cell)

    def _paint_text(self, painter: QPainter, inside: QRectF, cell: TextCell) -> None:
        c = self.theme.colours
        side = Qt.AlignmentFlag.AlignRight if cell.is_number else Qt.AlignmentFlag.AlignLeft
        upright = Qt.AlignmentFlag.AlignTop if cell.below else Qt.AlignmentFlag.AlignVCenter
        lines = [(cell.text, 1.0, c.ink, upright)]
        if cell.below:
            lines.append((cell.below, SMALL, c.soft, Qt.AlignmentFlag.AlignBottom))
        for words, size, ink, vertical in lines:
            painter.setFont(self.theme.ui_font(size))
            metrics = QFontMetricsF(painter.font())
            shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, inside.width())
            painter.setPen(QColor(ink))
            painter.drawText(inside, side | vertical, shown)


class RowsTable(QTableView):
    """A table of rows, of which one is chosen; Return opens it."""

    chosen = Signal(int)
    """The row that is chosen now; -1 for none."""
    opened = Signal(int)
    """Return, or a click on the row that is chosen already."""

    def __init__(
        self, name: str, columns: Sequence[Column], theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.rows_model = RowsModel(columns, self)
        self._delegate = CellDelegate(theme, self)
        self._most: int | None = None
        self.setAccessibleName(name)
        self.setModel(self.rows_model)
        self.setItemDelegate(self._delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.horizontalHeader().hide()
        self.horizontalHeader().setMinimumSectionSize(1)
        self.verticalHeader().hide()
        self.selectionModel().currentRowChanged.connect(self._tell_choice)
        self.doubleClicked.connect(self._tell_opened)
        self.set_theme(theme)

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return the rows on show."""
        return self.rows_model.rows

    @property
    def chosen_row(self) -> Row | None:
        """Return the row that is chosen."""
        number = self.currentIndex().row()
        return self.rows[number] if 0 <= number < len(self.rows) else None

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows."""
        self.rows_model.set_rows(rows)
        self._fit()

    def choose(self, number: int) -> None:
        """Choose a row."""
        self.setCurrentIndex(self.rows_model.index(number, 0))

    def open_at(self, index: QModelIndex) -> None:
        """Open a row, for tables in which one click is enough."""
        self._tell_opened(index)

    def grow_with_rows(self, most: int) -> None:
        """Be as high as the rows are together, but not as more than `most`; those scroll."""
        self._most = most
        self._fit()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme or at another zoom."""
        self._delegate.theme = theme
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setDefaultSectionSize(theme.px(ROW_HEIGHT_PX))
        self._fit()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give each column its share of the width."""
        super().resizeEvent(event)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the row with Return; leave letters to whoever listens."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers():
            self._tell_opened(self.currentIndex())
            return
        if event.text().isprintable() and event.text().strip():
            event.ignore()
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Fit again when fonts change."""
        if event.type() == QEvent.Type.FontChange:
            self._fit()
        return super().event(event)

    def _tell_choice(self, current: QModelIndex) -> None:
        self.chosen.emit(current.row())

    def _tell_opened(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(index.row())

    def _fit(self) -> None:
        theme, width = self._delegate.theme, self.viewport().width()
        metrics = QFontMetricsF(theme.ui_font())
        pad = theme.px(16)
        is_narrow = width < theme.px(300)
        left = float(width)
        for number, column in enumerate(self.rows_model.columns):
            self.setColumnHidden(number, column.can_hide and is_narrow)
            if column.sample:
                own = metrics.horizontalAdvance(column.sample) + pad
                left -= own
                self.setColumnWidth(number, int(own))
        shown = [
            (number, column)
            for number, column in enumerate(self.rows_model.columns)
            if not column.sample and not self.isColumnHidden(number)
        ]
        whole = sum(column.share for _, column in shown)
        for number, column in shown:
            self.setColumnWidth(number, max(1, int(left * column.share / whole)))
        if self._most is not None:
            frame = 2 * self.frameWidth() + 2
            shown = min(len(self.rows), self._most)
            self.setFixedHeight(shown * theme.px(ROW_HEIGHT_PX) + frame)
