"""A slider with a zero in it, and the band in which its feature is of use."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from tinymorph.schema.feature import SteeringBand
from tinymorph.ui.rack.wording import band_words, said
from tinymorph.ui.theme import Theme

LOWEST, HIGHEST = -2.0, 4.0
"""In units of the feature's max activation."""
STEP, FINE_STEP, PAGE_STEP = 0.25, 0.05, 1.0
UNITS = 100
"""The slider counts in hundredths, so that what a screen reader reads is a percentage."""
HANDLE_PX, MIDDLE_PX = 8, 12


class SteeringSlider(QSlider):
    """Choose a steering coefficient with mouse or keys."""

    coefficient_changed = Signal(float)
    """The writer moved it."""
    let_go = Signal()
    """The mouse button is up again, or the focus has left."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._is_heard = self._has_level = True
        self._band: SteeringBand | None = None
        self.setRange(round(LOWEST * UNITS), round(HIGHEST * UNITS))
        self.setSingleStep(round(STEP * UNITS))
        self.setPageStep(round(PAGE_STEP * UNITS))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(self._tell)

    @property
    def coefficient(self) -> float:
        """Return where the slider stands."""
        return self.value() / UNITS

    def set_coefficient(self, coefficient: float) -> None:
        """Show this place, or the end that is nearest; nobody is told."""
        value = min(max(round(coefficient * UNITS), self.minimum()), self.maximum())
        if value != self.value():
            was_blocked = self.blockSignals(True)
            self.setValue(value)
            self.blockSignals(was_blocked)
        self._describe()

    def set_band(self, band: SteeringBand | None) -> None:
        """Draw where the feature is of use and where words break down; nothing if not known."""
        self._band = band
        self._describe()
        self.update()

    def set_has_level(self, has_level: bool) -> None:
        """Let it be moved, or only hold the focus: the mode has no use for a level."""
        self._has_level = has_level
        self._describe()
        self.update()

    def set_heard(self, is_heard: bool) -> None:
        """Draw it full, or faint while its term is not heard."""
        self._is_heard = is_heard
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to zero on 0, in small steps with Shift; the other keys are Qt's.

        Arrows with Ctrl or Alt are not the slider's.
        """
        key, held = event.key(), event.modifiers()
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}
        if (
            held & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
            or not self._has_level
        ):
            event.ignore()
        elif key == Qt.Key.Key_0:
            self.setValue(0)
        elif key in steps and held & Qt.KeyboardModifier.ShiftModifier:
            self.setValue(self.value() + steps[Qt.Key(key)] * round(FINE_STEP * UNITS))
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go where the pointer is, and follow it."""
        if event.button() != Qt.MouseButton.LeftButton or not self._has_level:
            event.ignore()
            return
        self.setSliderDown(True)
        self._follow(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer while the button is down."""
        if self.isSliderDown():
            self._follow(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stay where the pointer left it."""
        if self.isSliderDown() and event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)
            self.let_go.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Count as let go when the focus leaves."""
        super().focusOutEvent(event)
        self.let_go.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to scrolling: a slider that moves under it is moved by accident."""
        event.ignore()

    def sizeHint(self) -> QSize:
        """Leave room for the ticks."""
        return QSize(self._theme.px(160), self._theme.px(34))

    def minimumSizeHint(self) -> QSize:
        """Become narrow where the window is."""
        return QSize(self._theme.px(80), self._theme.px(34))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw groove, band, ticks, the fill from zero, and the handle."""
        del event
        c, px = self._theme.colours, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = px(MIDDLE_PX)
        here, zero = self._x(self.value()), self._x(0)
        fill = QColor(c.accent if self._is_heard else c.control_line)
        self._paint_band(painter, middle)
        painter.setPen(_round_pen(c.control_line, px(3)))
        painter.drawLine(
            QPointF(self._x(self.minimum()), middle), QPointF(self._x(self.maximum()), middle)
        )
        self._paint_ticks(painter, middle)
        if self._has_level:
            painter.setPen(_round_pen(fill.name(), px(4)))
            painter.drawLine(QPointF(zero, middle), QPointF(here, middle))
            painter.setPen(QPen(QColor(c.card), px(2)))
            painter.setBrush(fill)
            painter.drawEllipse(QPointF(here, middle), px(HANDLE_PX), px(HANDLE_PX))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(c.focus), px(2)))
            painter.drawEllipse(QPointF(here, middle), px(HANDLE_PX + 2), px(HANDLE_PX + 2))
        painter.end()

    def _paint_band(self, painter: QPainter, middle: float) -> None:
        """Draw the usable band as a wash, and hatch what lies beyond the collapse mark."""
        if self._band is None or self._band.first_effect is None:
            return
        c, px = self._theme.colours, self._theme.px
        top, height = middle - px(7), px(14)
        end = self._band.collapse if self._band.collapse is not None else HIGHEST
        first, last = (
            self._x(round(min(value, HIGHEST) * UNITS)) for value in (self._band.first_effect, end)
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.accent_wash))
        painter.drawRoundedRect(QRectF(first, top, last - first, height), px(3), px(3))
        painter.setPen(QPen(QColor(c.accent), px(1)))
        painter.drawLine(QPointF(first, top), QPointF(first, top + height))
        if self._band.collapse is None or self._band.collapse > HIGHEST:
            return
        rest = QRectF(last, top, self._x(self.maximum()) - last, height)
        painter.fillRect(rest, QBrush(QColor(c.warn_ink), Qt.BrushStyle.BDiagPattern))
        painter.setPen(QPen(QColor(c.warn_ink), px(2)))
        painter.drawLine(QPointF(last, top - px(2)), QPointF(last, top + height + px(2)))

    def _paint_ticks(self, painter: QPainter, middle: float) -> None:
        c, px = self._theme.colours, self._theme.px
        painter.setFont(self._theme.ui_font(0.78))
        for whole in range(round(LOWEST), round(HIGHEST) + 1):
            x = self._x(whole * UNITS)
            painter.setPen(QPen(QColor(c.soft if whole == 0 else c.control_line), px(1)))
            painter.drawLine(QPointF(x, middle + px(7)), QPointF(x, middle + px(10)))
            painter.setPen(QColor(c.ink if whole == 0 else c.soft))
            words = f"+{whole}" if whole > 0 else str(whole).replace("-", "\u2212")
            box = QRectF(x - px(20), middle + px(9), px(40), px(13))
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, words)

    def _follow(self, event: QMouseEvent) -> None:
        start, end = self._x(self.minimum()), self._x(self.maximum())
        share = (event.position().x() - start) / max(end - start, 1)
        reach = self.maximum() - self.minimum()
        self.setValue(self.minimum() + round(min(max(share, 0.0), 1.0) * reach))

    def _x(self, value: int) -> float:
        """Return where a value lies."""
        margin = self._theme.px(HANDLE_PX + 4)
        share = (value - self.minimum()) / (self.maximum() - self.minimum())
        return margin + share * (self.width() - 2 * margin)

    def _tell(self) -> None:
        self._describe()
        self.coefficient_changed.emit(self.coefficient)

    def _describe(self) -> None:
        if self._has_level:
            level = f"{said(self.coefficient)} times its largest activation."
            self.setAccessibleDescription(f"{level} {band_words(self._band)}")
        else:
            self.setAccessibleDescription("This way of steering has no level.")


def _round_pen(colour: str, width: int) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pen
