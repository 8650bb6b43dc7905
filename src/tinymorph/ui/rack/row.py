"""One feature on the rack: its name, slider, mode, and all else that can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.steering import SteeringMode, SteeringTerm
from tinymorph.session.change import SessionChange
from tinymorph.session.rack import Rack
from tinymorph.ui.icons import themed_icon
from tinymorph.ui.labels import tag_label, text_label
from tinymorph.ui.rack.slider import SteeringSlider
from tinymorph.ui.rack.view import RowView
from tinymorph.ui.rack.wording import HALVINGS, MODES, decay_of, halving_of, said
from tinymorph.ui.theme import Theme

Wish = Callable[[Rack], SessionChange]
"""What the writer wants of the rack."""
RESTING_MS = 800
"""A slider moved by keys is let go when it has rested so long: until then it is one step."""


class RackRow(QFrame):
    """Show one `RowView` and pass on what the writer wants of it."""

    wished = Signal(object)
    """A `Wish`."""
    condition_asked = Signal(object)
    """The `FeatureRef` of the term that is to act only somewhere."""
    neighbour_asked = Signal(int)
    """Go to the row above (-1) or below (1)."""

    def __init__(self, view: RowView, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = view
        self.setObjectName("sliderRow")
        self._label = text_label("", "title")
        self._id = tag_label(str(view.term.ref), "soft")
        self._id.setToolTip("Layer and number of the feature")
        self._value = tag_label("", "number")
        self._facts = text_label("", "soft")
        self._warning = text_label("", "warning")
        self._slider = SteeringSlider(theme)
        self._mode = QComboBox()
        self._solo = QCheckBox("Solo")
        self._bypass = QCheckBox("Bypass")
        self._more, self._remove = QToolButton(), QToolButton()
        self._menu = RowMenu(self)
        self._resting = QTimer(self)
        self._resting.setSingleShot(True)
        self._resting.setInterval(RESTING_MS)
        self._dress()
        self._arrange()
        self.set_theme(theme)
        self.show_view(view)
        self._connect()

    @property
    def term(self) -> SteeringTerm:
        """Return the term as it is shown."""
        return self._view.term

    @property
    def ref(self) -> FeatureRef:
        """Return the feature."""
        return self._view.term.ref

    @property
    def view(self) -> RowView:
        """Return what is shown."""
        return self._view

    @property
    def slider(self) -> SteeringSlider:
        """Return the slider, where the focus goes."""
        return self._slider

    @property
    def tab_stops(self) -> tuple[QWidget, ...]:
        """Return what Tab goes through, in this order."""
        return (self._slider, self._mode, self._solo, self._bypass, self._more, self._remove)

    @property
    def menu(self) -> RowMenu:
        """Return the menu of what is wanted less often."""
        return self._menu

    def show_view(self, view: RowView) -> None:
        """Show another state of the same feature."""
        if view.label != self._label.text():
            self._name(view.label)
        self._view = view
        term, words = view.term, MODES[view.term.mode]
        self._slider.set_coefficient(term.coefficient)
        self._slider.set_band(view.band)
        self._slider.set_has_level(words.uses_level)
        self._slider.set_heard(view.is_heard)
        self._value.setText(said(term.coefficient) if words.uses_level else words.name.lower())
        self._value.adjustSize()
        for box, is_on in ((self._solo, view.is_solo), (self._bypass, term.is_bypassed)):
            with QSignalBlocker(box):
                box.setChecked(is_on)
        with QSignalBlocker(self._mode):
            self._mode.setCurrentIndex(list(MODES).index(term.mode))
        self._mode.setToolTip(f"{words.explanation} (M)")
        self._mode.setAccessibleDescription(words.explanation)
        self._facts.setText(view.facts)
        self._facts.setVisible(bool(view.facts))
        self._warning.setText(view.warning)
        self._warning.setVisible(bool(view.warning))
        self._menu.show_term(term)
        self.setAccessibleDescription(f"{view.facts} {view.warning}".strip())

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._slider.set_theme(theme)
        px, column = theme.px, self.layout()
        if column is not None:
            column.setContentsMargins(px(12), px(8), px(8), px(6))
            column.setSpacing(px(4))
        for button, icon in ((self._more, "more"), (self._remove, "close")):
            button.setIcon(themed_icon(icon, theme))
            button.setIconSize(QSize(theme.px(16), theme.px(16)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do by one key what the controls of the row do; plain arrows are the slider's."""
        doings: dict[int, Callable[[], None]] = {
            Qt.Key.Key_S: self._solo.toggle,
            Qt.Key.Key_B: self._bypass.toggle,
            Qt.Key.Key_M: self._next_mode,
            Qt.Key.Key_F: self._menu.next_fading,
            Qt.Key.Key_C: self._ask_condition,
            Qt.Key.Key_Delete: self.remove,
        }
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        doing = doings.get(event.key())
        if event.modifiers() == Qt.KeyboardModifier.ControlModifier and event.key() in steps:
            self.neighbour_asked.emit(steps[Qt.Key(event.key())])
        elif doing is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        else:
            doing()

    def remove(self) -> None:
        """Ask to be taken off the rack."""
        self._wish(Rack.remove)

    def wish_decay(self, decay: float) -> None:
        """Ask for another fading."""
        self._wish(Rack.set_decay, decay)

    def wish_everywhere(self) -> None:
        """Ask to act everywhere again."""
        self._wish(Rack.set_condition, None)

    def _wish(self, doing: Callable[..., SessionChange], *args: object) -> None:
        """Ask for a method of the rack on this row's feature."""
        ref = self.ref
        self.wished.emit(lambda rack: doing(rack, ref, *args))

    def _moved(self, coefficient: float) -> None:
        if not self._slider.isSliderDown():
            self._resting.start()
        self._wish(Rack.move, coefficient)

    def _settle(self) -> None:
        self._resting.stop()
        self.wished.emit(Rack.settle)

    def _choose_mode(self, place: int) -> None:
        self._wish(Rack.set_mode, list(MODES)[place])

    def _next_mode(self) -> None:
        modes: list[SteeringMode] = list(MODES)
        self._wish(Rack.set_mode, modes[(modes.index(self.term.mode) + 1) % len(modes)])

    def _set_solo(self, is_on: bool) -> None:
        self._wish(Rack.set_solo, is_on)

    def _set_bypassed(self, is_on: bool) -> None:
        self._wish(Rack.set_bypassed, is_on)

    def _ask_condition(self) -> None:
        self.condition_asked.emit(self.ref)

    def _connect(self) -> None:
        self._slider.coefficient_changed.connect(self._moved)
        self._slider.let_go.connect(self._settle)
        self._resting.timeout.connect(self._settle)
        self._mode.currentIndexChanged.connect(self._choose_mode)
        self._solo.toggled.connect(self._set_solo)
        self._bypass.toggled.connect(self._set_bypassed)
        self._remove.clicked.connect(self.remove)
        self._menu.condition_asked.connect(self._ask_condition)

    def _name(self, label: str) -> None:
        """Call everything by the feature's name."""
        self._label.setText(label)
        self.setAccessibleName(label)
        for widget, words in (
            (self._slider, "Strength of {}, in percent of its largest activation"),
            (self._mode, "How {} steers"),
            (self._solo, "Solo {}"),
            (self._bypass, "Bypass {}"),
            (self._more, "More for {}"),
            (self._remove, "Remove {} from the rack"),
        ):
            widget.setAccessibleName(words.format(label))

    def _dress(self) -> None:
        self._mode.setProperty("kind", "quiet")
        for number, (mode, words) in enumerate(MODES.items()):
            self._mode.addItem(words.name, mode)
            self._mode.setItemData(number, words.explanation, Qt.ItemDataRole.ToolTipRole)
        self._slider.setToolTip(
            "Arrows move it, with Shift in small steps; 0 is zero; Ctrl+Up and Ctrl+Down go to "
            "the other sliders"
        )
        self._solo.setToolTip("Hear this one alone (S)")
        self._bypass.setToolTip("Keep it on the rack without steering (B)")
        self._remove.setToolTip("Remove from the rack (Delete)")
        self._more.setToolTip("Fading, and where it acts")
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setMenu(self._menu)

    def _arrange(self) -> None:
        top, foot = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self._label, 1)
        for widget in (self._value, self._more, self._remove):
            top.addWidget(widget)
        foot.addWidget(self._id)
        foot.addWidget(self._mode)
        foot.addStretch(1)
        foot.addWidget(self._solo)
        foot.addWidget(self._bypass)
        column = QVBoxLayout(self)
        column.addLayout(top)
        for widget in (self._slider, self._facts, self._warning):
            column.addWidget(widget)
        column.addLayout(foot)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)


class RowMenu(QMenu):
    """How a term fades, and where it acts."""

    condition_asked = Signal()

    def __init__(self, row: RackRow) -> None:
        super().__init__(row)
        self._row = row
        self._fading = QActionGroup(self)
        fading = self.addMenu("&Fading (F)")
        for tokens in (None, *HALVINGS):
            words = f"Halved after {tokens} tokens" if tokens else "None: the same on every word"
            action = QAction(words, self._fading)
            action.setCheckable(True)
            action.setData(tokens)
            action.triggered.connect(partial(row.wish_decay, decay_of(tokens)))
            fading.addAction(action)
        self._only_where = self.addAction("&Act only where\u2026 (C)")
        self._only_where.triggered.connect(self.condition_asked)
        self._everywhere = self.addAction("Act &everywhere")
        self._everywhere.triggered.connect(row.wish_everywhere)

    def show_term(self, term: SteeringTerm) -> None:
        """Check what is so."""
        tokens = halving_of(term.decay)
        for action in self._fading.actions():
            action.setChecked(action.data() == tokens)
        self._everywhere.setEnabled(term.condition is not None)

    def next_fading(self) -> None:
        """Fade faster; after the fastest, not at all."""
        choices = (None, *HALVINGS)
        tokens = halving_of(self._row.term.decay)
        place = choices.index(tokens) if tokens in choices else -1
        self._row.wish_decay(decay_of(choices[(place + 1) % len(choices)]))
