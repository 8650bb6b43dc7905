"""The steering rack: every feature that steers, as a slider."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.steering import SteeringPlan, SteeringTerm
from tinymorph.ui.labels import FeatureLibrary, text_label
from tinymorph.ui.rack.row import RackRow
from tinymorph.ui.rack.slider import STEP, SteeringSlider
from tinymorph.ui.theme import Theme

SETTLING_MS = 120
"""How long a slider must rest before the alternatives are asked for again."""
FIRST_COEFFICIENT = 1.0
ROWS_IN_SIGHT = 2
ROW_PX, HEAD_PX, EMPTY_PX = 128, 52, 66
EMPTY = (
    "No feature steers yet. Inspect a passage with F2, choose a feature and press R: "
    "it gets a slider here, and the suggestions follow it."
)


class SteeringRack(QWidget):
    """Hold the sliders and say what plan they make."""

    plan_changed = Signal(object)
    """The `SteeringPlan`, once the sliders have come to rest."""
    height_wanted = Signal(int)
    """How many pixels show what is on the rack well."""

    def __init__(
        self, library: FeatureLibrary, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._library, self._theme = library, theme
        self._rows: list[RackRow] = []
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLING_MS)
        self._settling.timeout.connect(self._tell)
        self.setObjectName("rack")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Rack")
        self._title = text_label("Rack", "title")
        self._clear = QPushButton("Clear")
        self._clear.setProperty("kind", "quiet")
        self._clear.setAccessibleName("Remove every feature from the rack")
        self._clear.clicked.connect(self.clear)
        self._empty = text_label(EMPTY, "hint")
        self._sliders = QWidget()
        self._sliders.setObjectName("sliders")
        self._column = QVBoxLayout(self._sliders)
        self._column.addStretch(1)
        self._arrange()
        self._show_state()

    @property
    def plan(self) -> SteeringPlan:
        """Return what the sliders say now."""
        return SteeringPlan(terms=tuple(row.term for row in self._rows))

    @property
    def rows(self) -> tuple[RackRow, ...]:
        """Return the sliders, top to bottom."""
        return tuple(self._rows)

    @property
    def wanted_height(self) -> int:
        """Return how many pixels show what is on the rack well."""
        sliders = ROW_PX * min(len(self._rows), ROWS_IN_SIGHT)
        return self._theme.px(HEAD_PX + (sliders or EMPTY_PX))

    def add(self, ref: FeatureRef) -> None:
        """Give a feature a slider; one that is there already gets the focus."""
        known = next((row for row in self._rows if row.term.ref == ref), None)
        if known is None:
            term = SteeringTerm(ref=ref, coefficient=FIRST_COEFFICIENT)
            known = self._make_row(term)
            self._show_state()
            self._settling.start()
        known.slider.setFocus(Qt.FocusReason.OtherFocusReason)

    def clear(self) -> None:
        """Take every feature off."""
        for row in tuple(self._rows):
            self._drop(row)
        self._show_state()
        self._settling.start()

    def show_library(self, library: FeatureLibrary) -> None:
        """Take names from this catalogue from now on."""
        self._library = library

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self._set_margins()
        self._set_height()
        for row in self._rows:
            row.set_theme(theme)

    def focus_first(self) -> None:
        """Put the focus on the first slider."""
        target: QWidget = self._rows[0].slider if self._rows else self._sliders
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Remove a feature on Delete while its slider has the focus."""
        is_delete = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Delete
        if is_delete and event.type() == QEvent.Type.KeyPress:
            for row in self._rows:
                if row.slider is watched:
                    self._remove(row)
                    return True
        return super().eventFilter(watched, event)

    def _make_row(self, term: SteeringTerm) -> RackRow:
        row = RackRow(term, self._library.label(term.ref), self._theme, self._sliders)
        row.term_changed.connect(self._settling.start)
        row.removal_asked.connect(self._remove)
        row.slider.installEventFilter(self)
        self._rows.append(row)
        self._column.insertWidget(self._column.count() - 1, row)
        return row

    def _remove(self, row: RackRow) -> None:
        number = self._rows.index(row)
        self._drop(row)
        self._show_state()
        if self._rows:
            self._rows[min(number, len(self._rows) - 1)].slider.setFocus()
        self._settling.start()

    def _drop(self, row: RackRow) -> None:
        self._rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _tell(self) -> None:
        self.plan_changed.emit(self.plan)

    def _show_state(self) -> None:
        is_empty = not self._rows
        self._empty.setVisible(is_empty)
        self._scroll.setVisible(not is_empty)
        self._clear.setVisible(not is_empty)
        self._set_height()

    def _arrange(self) -> None:
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._sliders)
        self._head = QHBoxLayout()
        self._head.addWidget(self._title, 1)
        self._head.addWidget(self._clear)
        self._outer = QVBoxLayout(self)
        self._outer.addLayout(self._head)
        self._outer.addWidget(self._empty)
        self._outer.addWidget(self._scroll, 1)
        self._outer.addStretch(0)
        self._set_margins()

    def _set_height(self) -> None:
        """Take as much height as the sliders need, up to a limit; no more when empty."""
        self._scroll.setMinimumHeight(self._theme.px(ROW_PX))
        self.height_wanted.emit(self.wanted_height)

    def _set_margins(self) -> None:
        px = self._theme.px
        self._outer.setContentsMargins(px(16), px(10), px(16), px(10))
        self._outer.setSpacing(px(6))
        self._column.setContentsMargins(0, 0, px(2), 0)
        self._column.setSpacing(px(8))


__all__ = ["STEP", "SteeringRack", "SteeringSlider"]
