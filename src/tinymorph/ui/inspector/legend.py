"""The legend of the heat map: what weak and strong look like, and the walk from peak to peak."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from tinymorph.ui.editor.heat_map import THICKEST_PX, THINNEST_PX, HeatMap
from tinymorph.ui.heat_colours import heat_colour
from tinymorph.ui.labels import tag_label
from tinymorph.ui.theme import Theme

STEPS = 8
RAMP_SIZE_PX = (72, 16)
WORDS_FROM_PX = 320


class HeatLegend(QWidget):
    """Explain what lies over the page, and go through it."""

    walk_asked = Signal(int)
    """1 for the next peak, -1 for the one before."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ramp = HeatRamp(theme)
        self._weak, self._strong = tag_label("weak", "soft"), tag_label("strong", "soft")
        self._peak = QLabel()
        self._peak.setTextFormat(Qt.TextFormat.PlainText)
        self._peak.setProperty("role", "soft")
        self._peak.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._whole = ""
        self._before = _button("\u2039", "Previous peak (Shift+F4)")
        self._next = _button("\u203a", "Next peak (F4)")
        self._before.clicked.connect(self._ask_before)
        self._next.clicked.connect(self._ask_next)
        self._row = QHBoxLayout(self)
        for widget in (self._weak, self._ramp, self._strong):
            self._row.addWidget(widget)
        self._row.addWidget(self._peak, 1)
        self._row.addWidget(self._before)
        self._row.addWidget(self._next)
        self.setAccessibleName("Heat on the page")
        self.set_theme(theme)
        self.hide()

    @property
    def words(self) -> str:
        """Return what is said of the peaks."""
        return self._whole

    def show_heat(self, heat: HeatMap) -> None:
        """Say how many peaks there are and which one the walk is at."""
        self.setVisible(heat.is_shown)
        if not heat.is_shown:
            return
        peaks, at = heat.peaks, heat.at
        if at is None:
            words = "1 peak" if len(peaks) == 1 else f"{len(peaks)} peaks"
        else:
            peak = peaks[at]
            words = f"{at + 1} of {len(peaks)}: {peak.word or 'a space'}, {peak.share:.0%}"
        self._whole = words
        self._peak.setToolTip(f"{words}. The strongest activation shown is {heat.largest:.2f}.")
        self.setAccessibleDescription(self._peak.toolTip())
        self._cut()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme or at another zoom."""
        self._theme = theme
        self._ramp.set_theme(theme)
        self._row.setContentsMargins(theme.px(2), 0, 0, 0)
        self._row.setSpacing(theme.px(6))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what the ramp says already where there is little room."""
        super().resizeEvent(event)
        for label in (self._weak, self._strong):
            label.setVisible(event.size().width() > self._theme.px(WORDS_FROM_PX))
        self._cut()

    def _cut(self) -> None:
        metrics = self._peak.fontMetrics()
        room = self._peak.width()
        self._peak.setText(metrics.elidedText(self._whole, Qt.TextElideMode.ElideRight, room))

    def _ask_next(self) -> None:
        self.walk_asked.emit(1)

    def _ask_before(self) -> None:
        self.walk_asked.emit(-1)


class HeatRamp(QWidget):
    """The colours and the line weights of the heat, from weak to strong."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(
            "From weak to strong the colour grows deeper and the line under the word thicker"
        )
        self.setToolTip(self.accessibleName())

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme or at another zoom."""
        self._theme = theme
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        """Take little room."""
        return QSize(self._theme.px(RAMP_SIZE_PX[0]), self._theme.px(RAMP_SIZE_PX[1]))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the steps."""
        del event
        painter = QPainter(self)
        width, zoom = self.width() / STEPS, self._theme.zoom
        mark = QColor(self._theme.colours.heat_mark)
        for step in range(STEPS):
            share = step / (STEPS - 1)
            area = QRectF(round(step * width), 0, round(width) + 1, self.height())
            painter.fillRect(area, heat_colour(share, self._theme))
            thick = (THINNEST_PX + (THICKEST_PX - THINNEST_PX) * share) * zoom
            painter.fillRect(QRectF(area.left(), area.bottom() - thick, area.width(), thick), mark)
        painter.end()


def _button(words: str, name: str) -> QToolButton:
    button = QToolButton()
    button.setText(words)
    button.setToolTip(name)
    button.setAccessibleName(name)
    return button
