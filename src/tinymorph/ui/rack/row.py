"""One feature on the rack: its name, slider, mode, bypass and removal."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from tinymorph.schema.steering import SteeringMode, SteeringTerm
from tinymorph.ui.icons import themed_icon
from tinymorph.ui.labels import tag_label, text_label
from tinymorph.ui.rack.slider import SteeringSlider, said
from tinymorph.ui.theme import Theme

_MODES = (
    (SteeringMode.ADD, "Add", "Add this much of the feature to every word"),
    (SteeringMode.CLAMP, "Clamp", "Hold the feature at exactly this level"),
    (SteeringMode.ABLATE, "Ablate", "Hold the feature at zero"),
)


class RackRow(QFrame):
    """Show and change one `SteeringTerm`."""

    term_changed = Signal()
    removal_asked = Signal(object)
    """This row."""

    def __init__(self, term: SteeringTerm, label: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._term = term
        self.setObjectName("sliderRow")
        self._label = text_label(label, "title")
        self._id = tag_label(str(term.ref), "soft")
        self._id.setToolTip("Layer and number of the feature")
        self._value = tag_label("", "number")
        self._slider = SteeringSlider(theme)
        self._mode = _mode_chooser(label)
        self._bypass = QCheckBox("Bypass")
        self._bypass.setToolTip("Keep it on the rack without steering")
        self._bypass.setAccessibleName(f"Bypass {label}")
        self._remove = QToolButton()
        self._remove.setAccessibleName(f"Remove {label} from the rack")
        self._remove.setToolTip("Remove from the rack (Delete)")
        self._slider.setAccessibleName(f"Strength of {label}")
        self._arrange(theme)
        self.set_theme(theme)
        self.set_term(term)
        self._slider.coefficient_changed.connect(self._take)
        self._mode.currentIndexChanged.connect(self._take)
        self._bypass.toggled.connect(self._take)
        self._remove.clicked.connect(self.ask_removal)

    @property
    def term(self) -> SteeringTerm:
        """Return the term as it stands."""
        return self._term

    @property
    def slider(self) -> SteeringSlider:
        """Return the slider, where the focus goes."""
        return self._slider

    def set_term(self, term: SteeringTerm) -> None:
        """Show another state of the same feature."""
        self._slider.set_coefficient(term.coefficient)
        self._mode.setCurrentIndex([mode for mode, _, _ in _MODES].index(term.mode))
        self._bypass.setChecked(term.is_bypassed)
        self._term = term
        self._show_value()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._slider.set_theme(theme)
        self._remove.setIcon(themed_icon("close", theme))
        self._remove.setIconSize(QSize(theme.px(16), theme.px(16)))

    def ask_removal(self) -> None:
        """Ask to be taken off the rack."""
        self.removal_asked.emit(self)

    def _take(self) -> None:
        changed = self._term.model_copy(
            update={
                "coefficient": self._slider.coefficient,
                "mode": _MODES[self._mode.currentIndex()][0],
                "is_bypassed": self._bypass.isChecked(),
            }
        )
        if changed != self._term:
            self._term = changed
            self._show_value()
            self.term_changed.emit()

    def _show_value(self) -> None:
        is_ablated = self._term.mode is SteeringMode.ABLATE
        self._value.setText("off" if is_ablated else said(self._term.coefficient))
        self._slider.setEnabled(not is_ablated)
        self._slider.set_heard(not self._term.is_inert and not is_ablated)
        self._value.adjustSize()

    def _arrange(self, theme: Theme) -> None:
        top = QHBoxLayout()
        top.addWidget(self._label, 1)
        top.addWidget(self._value)
        top.addWidget(self._remove)
        foot = QHBoxLayout()
        foot.addWidget(self._id)
        foot.addStretch(1)
        foot.addWidget(self._mode)
        foot.addWidget(self._bypass)
        grid = QGridLayout(self)
        grid.setContentsMargins(theme.px(12), theme.px(8), theme.px(8), theme.px(6))
        grid.setVerticalSpacing(theme.px(4))
        grid.addLayout(top, 0, 0)
        grid.addWidget(self._slider, 1, 0)
        grid.addLayout(foot, 2, 0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)


def _mode_chooser(label: str) -> QComboBox:
    result = QComboBox()
    result.setProperty("kind", "quiet")
    result.setAccessibleName(f"How {label} steers")
    for number, (mode, name, help_text) in enumerate(_MODES):
        result.addItem(name, mode)
        result.setItemData(number, help_text, 3)
    result.setToolTip("How the feature is steered: added, held at a level, or held at zero")
    return result
