"""A list of features: a bar, a name, the word of the peak, an id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from tinymorph.schema.feature import FeatureActivation, FeatureCard, FeatureReading, FeatureRef
from tinymorph.ui.labels import FeatureLibrary
from tinymorph.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole.value
ROW_HEIGHT_PX = 46


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """One line of the list."""

    ref: FeatureRef
    label: str
    share: float | None
    """Activation as a share of the max activation; None when it comes from a search."""
    note: str
    """The word of the peak, or how often the feature is active."""

    @property
    def spoken(self) -> str:
        """Return the line for those who hear it."""
        strength = "" if self.share is None else f", {self.share:.0%} of its maximum"
        return f"{self.label}{strength}, {self.note}, feature {self.ref}"


def reading_rows(
    reading: FeatureReading, words: str, library: FeatureLibrary
) -> tuple[FeatureRow, ...]:
    """Return the features of a reading, strongest first."""
    return tuple(
        FeatureRow(top.ref, library.label(top.ref), top.relative, peak_note(top, words))
        for top in reading.top
    )


def search_rows(cards: Sequence[FeatureCard]) -> tuple[FeatureRow, ...]:
    """Return the features that a search found."""
    return tuple(
        FeatureRow(card.ref, card.label, None, f"active on {share_of(card.activation_density)}")
        for card in cards
    )


def peak_note(feature: FeatureActivation, words: str) -> str:
    """Return where in the passage the feature peaked."""
    word = feature.span.of(words).strip()
    return f"peak at \u201c{word}\u201d" if word else "peak at a space"


def share_of(density: float) -> str:
    """Return a density as a reader can picture it."""
    if density <= 0:
        return "no tokens"
    return f"{density:.2%} of tokens" if density >= 0.0001 else "under 0.01% of tokens"


class FeatureListModel(QAbstractListModel):
    """The lines, for a list view."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: tuple[FeatureRow, ...] = ()

    @property
    def rows(self) -> tuple[FeatureRow, ...]:
        """Return the lines in their order."""
        return self._rows

    def set_rows(self, rows: tuple[FeatureRow, ...]) -> None:
        """Show other lines."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Say how many lines there are."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a line, or what is said of it."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == ROW:
            return row
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return row.spoken
        return None


class FeatureRowDelegate(QStyledItemDelegate):
    """Paint a line."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Make every line equally high."""
        del option, index
        return QSize(self._theme.px(160), self._theme.px(ROW_HEIGHT_PX))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw name and strength above, the bar between, peak and id below."""
        row = index.data(ROW)
        if not isinstance(row, FeatureRow):
            return
        px, c = self._theme.px, self._theme.colours
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue]  # Qt's field
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]  # Qt's field
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(c.accent_wash))
            painter.fillRect(
                QRectF(area.left(), area.top(), px(3), area.height()), QColor(c.accent)
            )
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(c.hover))
        inside = area.adjusted(px(12), px(5), -px(12), -px(5))
        self._paint_words(painter, inside, row)
        if row.share is not None:
            self._paint_bar(painter, inside, row.share)
        painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), QColor(c.line))
        painter.restore()

    def _paint_words(self, painter: QPainter, inside: QRectF, row: FeatureRow) -> None:
        c = self._theme.colours
        share = "" if row.share is None else f"{row.share:.0%}"
        name_font, note_font = self._theme.ui_font(), self._theme.ui_font(0.88)
        top = Qt.AlignmentFlag.AlignTop
        _pair(painter, inside, (row.label, share), name_font, (c.ink, c.ink), top)
        bottom = Qt.AlignmentFlag.AlignBottom
        _pair(painter, inside, (row.note, str(row.ref)), note_font, (c.soft, c.soft), bottom)

    def _paint_bar(self, painter: QPainter, inside: QRectF, share: float) -> None:
        px, c = self._theme.px, self._theme.colours
        bar = QRectF(inside.left(), inside.center().y() - px(1), inside.width(), px(3))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.line))
        painter.drawRoundedRect(bar, 1.5, 1.5)
        bar.setWidth(max(bar.width() * min(share, 1.0), px(2)))
        painter.setBrush(QColor(c.heat))
        painter.drawRoundedRect(bar, 1.5, 1.5)


def _pair(
    painter: QPainter,
    inside: QRectF,
    words: tuple[str, str],
    font: QFont,
    inks: tuple[str, str],
    vertical: Qt.AlignmentFlag,
) -> None:
    """Draw one text at the left, cut where it must be, and one at the right."""
    painter.setFont(font)
    metrics = QFontMetricsF(painter.font())
    right = metrics.horizontalAdvance(words[1])
    room = max(inside.width() - right - metrics.horizontalAdvance("  "), 0)
    painter.setPen(QColor(inks[0]))
    shown = metrics.elidedText(words[0], Qt.TextElideMode.ElideRight, room)
    painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | vertical, shown)
    painter.setPen(QColor(inks[1]))
    painter.drawText(inside, Qt.AlignmentFlag.AlignRight | vertical, words[1])
