"""A slider with a zero in it: it fills from zero to where it stands."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider, QStyle, QStyleOptionSlider, QWidget

from tinymorph.ui.theme import Theme

LOWEST, HIGHEST, STEP = -2.0, 4.0, 0.25
"""In units of the feature's max activation."""


class SteeringSlider(QSlider):
    """Choose a steering coefficient with mouse or keys."""

    coefficient_changed = Signal(float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._is_heard = True
        self.setRange(round(LOWEST / STEP), round(HIGHEST / STEP))
        self.setSingleStep(1)
        self.setPageStep(round(1.0 / STEP))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(self._tell)

    @property
    def coefficient(self) -> float:
        """Return where the slider stands."""
        return self.value() * STEP

    def set_coefficient(self, coefficient: float) -> None:
        """Move to the nearest step."""
        self.setValue(round(coefficient / STEP))

    def set_heard(self, is_heard: bool) -> None:
        """Draw it full, or faint while its term is bypassed."""
        self._is_heard = is_heard
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to zero on 0; the other keys are Qt's."""
        if event.key() == Qt.Key.Key_0:
            self.set_coefficient(0.0)
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """Leave room for the ticks."""
        return QSize(self._theme.px(160), self._theme.px(34))

    def minimumSizeHint(self) -> QSize:
        """Become narrow where the window is."""
        return QSize(self._theme.px(80), self._theme.px(34))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw groove, ticks, the fill from zero, and the handle."""
        del event
        c, px = self._theme.colours, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = px(12)
        here, zero = self._x(self.value()), self._x(0)
        fill = QColor(c.accent if self._is_heard else c.control_line)
        painter.setPen(_round_pen(c.control_line, px(3)))
        painter.drawLine(
            QPointF(self._x(self.minimum()), middle), QPointF(self._x(self.maximum()), middle)
        )
        painter.setPen(_round_pen(fill.name(), px(4)))
        painter.drawLine(QPointF(zero, middle), QPointF(here, middle))
        self._paint_ticks(painter, middle)
        painter.setPen(QPen(QColor(c.card), px(2)))
        painter.setBrush(fill)
        painter.drawEllipse(QPointF(here, middle), px(8), px(8))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(c.focus), px(2)))
            painter.drawEllipse(QPointF(here, middle), px(10), px(10))
        painter.end()

    def _paint_ticks(self, painter: QPainter, middle: float) -> None:
        c, px = self._theme.colours, self._theme.px
        painter.setFont(self._theme.ui_font(0.78))
        for whole in range(round(LOWEST), round(HIGHEST) + 1):
            x = self._x(round(whole / STEP))
            painter.setPen(QPen(QColor(c.soft if whole == 0 else c.control_line), px(1)))
            painter.drawLine(QPointF(x, middle + px(7)), QPointF(x, middle + px(10)))
            painter.setPen(QColor(c.ink if whole == 0 else c.soft))
            words = f"+{whole}" if whole > 0 else str(whole).replace("-", "\u2212")
            box = QRectF(x - px(20), middle + px(9), px(40), px(13))
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, words)

    def _x(self, value: int) -> float:
        """Return where a value lies, as Qt's own mouse handling sees it."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        length = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, option, self)
        room = self.width() - length
        place = QStyle.sliderPositionFromValue(self.minimum(), self.maximum(), value, room)
        return place + length / 2

    def _tell(self) -> None:
        self.setAccessibleDescription(f"{said(self.coefficient)} times the max activation")
        self.coefficient_changed.emit(self.coefficient)


def _round_pen(colour: str, width: int) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pen


def said(coefficient: float) -> str:
    """Return a coefficient as it is shown: signed, with a real minus."""
    return f"{coefficient:+.2f}".replace("-", "\u2212") if coefficient else "0.00"
