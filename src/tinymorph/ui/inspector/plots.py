"""The small pictures of the inspector: drawn with a painter, each also said in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tinymorph.ui.theme import Theme

BAR_PX, GAP_PX = 2.0, 1.0
LEAST_BAR_PX = 1.0
"""A bar this high says that something is there, however little."""
HISTOGRAM_HEIGHT_PX = 44


def paint_sparkline(
    painter: QPainter, area: QRectF, values: Sequence[float], theme: Theme, marked: float | None
) -> None:
    """Draw values (0 to 1) as thin bars on a line; `marked` is a share of the width to point at.

    Without values nothing is drawn: that is no line at zero.
    """
    if not values:
        return
    zoom, colours = theme.zoom, theme.colours
    base = area.bottom() - zoom
    painter.fillRect(QRectF(area.left(), base, area.width(), zoom), QColor(colours.control_line))
    step = (BAR_PX + GAP_PX) * zoom
    places = max(1, min(len(values), int(area.width() / step)))
    shown = resampled(values, places)
    width = area.width() / max(places, 1)
    ink = QColor(colours.heat_mark)
    for number, value in enumerate(shown):
        if value > 0:
            height = max(value * (area.height() - zoom), LEAST_BAR_PX * zoom)
            thick = max(min(width - GAP_PX * zoom, 3 * BAR_PX * zoom), 1.0)
            left = area.left() + number * width
            painter.fillRect(QRectF(left, base - height, thick, height), ink)
    if marked is not None:
        x = area.left() + min(max(marked, 0.0), 1.0) * area.width()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.focus))
        half, tall = 4 * zoom, 5 * zoom
        painter.drawPolygon(
            [
                QPointF(x - half, area.top()),
                QPointF(x + half, area.top()),
                QPointF(x, area.top() + tall),
            ]
        )


def paint_two_sided(
    painter: QPainter, area: QRectF, to_left: float, to_right: float, theme: Theme
) -> None:
    """Draw two shares (0 to 1) from the middle outwards; the right one is hatched."""
    zoom, colours = theme.zoom, theme.colours
    middle = round(area.center().x())
    half = area.width() / 2
    bar = QRectF(0, area.center().y() - 5 * zoom, 0, 10 * zoom)
    left = QRectF(
        middle - half * min(to_left, 1.0), bar.top(), half * min(to_left, 1), bar.height()
    )
    right = QRectF(middle, bar.top(), half * min(to_right, 1.0), bar.height())
    painter.fillRect(left, QColor(colours.accent))
    painter.fillRect(right, QColor(colours.warn_wash))
    painter.setPen(QColor(colours.heat_mark))
    painter.setBrush(QColor(colours.heat_mark))
    if right.width() >= 1:
        painter.fillRect(right, Qt.BrushStyle.BDiagPattern)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(right)
    painter.fillRect(
        QRectF(middle - 0.5 * zoom, area.top(), zoom, area.height()), QColor(colours.control_line)
    )


def paint_bar(painter: QPainter, area: QRectF, share: float, theme: Theme) -> None:
    """Draw a share (0 to 1) as a bar on its track."""
    zoom, colours = theme.zoom, theme.colours
    track = QRectF(area.left(), area.center().y() - 4 * zoom, area.width(), 8 * zoom)
    painter.fillRect(track, QColor(colours.line))
    track.setWidth(max(track.width() * min(max(share, 0.0), 1.0), zoom))
    painter.fillRect(track, QColor(colours.heat_mark))


def resampled(values: Sequence[float], count: int) -> list[float]:
    """Return `count` values, each the highest of those that fall to it; no peak is ever lost."""
    size = len(values)
    if size == 0:
        return [0.0] * count
    result = [0.0] * count
    for number, value in enumerate(values):
        place = number * count // size
        result[place] = max(result[place], value)
    return result


class HistogramPlot(QWidget):
    """The spread of a feature's activations, from little to its maximum."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shares: tuple[float, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Spread of activations")

    def show_shares(self, shares: tuple[float, ...], theme: Theme) -> None:
        """Show these shares, one a step."""
        self._shares, self._theme = shares, theme
        self.setAccessibleDescription(histogram_words(shares))
        self.setToolTip(histogram_words(shares))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Take a low strip."""
        return QSize(self._theme.px(120), self._theme.px(HISTOGRAM_HEIGHT_PX))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw one bar a step, the highest as high as the strip."""
        del event
        painter = QPainter(self)
        colours, zoom = self._theme.colours, self._theme.zoom
        highest = max(self._shares, default=0.0)
        area = QRectF(self.rect())
        painter.fillRect(
            QRectF(area.left(), area.bottom() - zoom, area.width(), zoom),
            QColor(colours.control_line),
        )
        if highest > 0:
            width = area.width() / len(self._shares)
            for number, share in enumerate(self._shares):
                height = share / highest * (area.height() - zoom)
                bar = QRectF(
                    area.left() + number * width,
                    area.bottom() - zoom - height,
                    max(width - zoom, 1.0),
                    height,
                )
                painter.fillRect(bar, QColor(colours.heat_mark))
        painter.end()


def histogram_words(shares: Sequence[float]) -> str:
    """Say a histogram as a row of a table would."""
    steps = len(shares)
    return "; ".join(
        f"{number / steps:.0%} to {(number + 1) / steps:.0%} of the maximum: {share:.1%}"
        for number, share in enumerate(shares)
    )
