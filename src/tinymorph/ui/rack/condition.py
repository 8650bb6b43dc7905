"""Where a term acts: the dialog that asks for another feature and how strong it must be."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.steering import Condition
from tinymorph.session.session import WritingSession
from tinymorph.ui.labels import FeatureLibrary, text_label
from tinymorph.ui.theme import Theme

MOST_FOUND = 40
WIDTH_PX, HEIGHT_PX = 420, 440
EXPLANATION = (
    "The feature is steered only on tokens on which another one is active: one that is read at the "
    "same layer or below."
)
NOTHING_FOUND = "No feature that can be a condition here has these words."

Choices = Callable[[str], tuple[FeatureRef, ...]]
"""The features found by words; without words, those at hand."""


def choices_for(session: WritingSession, library: FeatureLibrary, ref: FeatureRef) -> Choices:
    """Return what finds features that can be a condition for `ref`."""
    model = session.model
    depths = {sae.sae_id: sae.hook_point.depth for sae in model.saes} if model is not None else {}

    def can_be_read(other: FeatureRef) -> bool:
        unknown = other.sae_id not in depths or ref.sae_id not in depths
        return unknown or depths[other.sae_id] <= depths[ref.sae_id]

    def found(words: str) -> tuple[FeatureRef, ...]:
        if words.strip():
            refs = [card.ref for card in library.search(words, MOST_FOUND)]
        else:
            reading = session.reading
            refs = [term.ref for term in session.rack.terms]
            refs += [found.ref for found in reading.reading.top] if reading is not None else []
        return tuple(other for other in dict.fromkeys(refs) if can_be_read(other))

    return found


class ConditionDialog(QDialog):
    """Ask where a term is to act."""

    chosen = Signal(object)
    """The `Condition`."""

    def __init__(
        self,
        ref: FeatureRef,
        now: Condition | None,
        library: FeatureLibrary,
        choices: Choices,
        theme: Theme,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._ref, self._library, self._choices = ref, library, choices
        self.setWindowTitle(f"Where \u201c{library.label(ref)}\u201d acts")
        self._search = QLineEdit()
        self._search.setPlaceholderText("Find a feature by its words")
        self._search.setAccessibleName("Find the feature that must be active")
        self._search.setClearButtonEnabled(True)
        self._list = QListWidget()
        self._list.setAccessibleName("Features that can be a condition")
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._empty = text_label(NOTHING_FOUND, "hint")
        self._level = QDoubleSpinBox()
        self._level.setRange(0, 100)
        self._level.setDecimals(0)
        self._level.setSingleStep(5)
        self._level.setSuffix(" % of its peak")
        self._level.setSpecialValueText("any")
        self._level.setAccessibleName("How strong it must be, in percent of its largest activation")
        self._level.setValue(100 * now.at_least if now is not None else 0)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._buttons.button(QDialogButtonBox.StandardButton.Cancel).setIcon(QIcon())
        self._accept = self._buttons.addButton(
            "Act only there", QDialogButtonBox.ButtonRole.AcceptRole
        )
        self._arrange(theme)
        self._search.textChanged.connect(self._find)
        self._list.itemActivated.connect(self._choose)
        self._buttons.accepted.connect(self._choose)
        self._buttons.rejected.connect(self.reject)
        self._search.setFocus()
        self._find("")
        if now is not None:
            self._select(now.ref)

    @property
    def refs(self) -> tuple[FeatureRef, ...]:
        """Return the features on offer."""
        return tuple(
            self._list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self._list.count())
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from the field into the list by arrow."""
        if event.key() == Qt.Key.Key_Down and self._search.hasFocus():
            self._list.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)

    def _find(self, words: str) -> None:
        self._list.clear()
        for ref in self._choices(words):
            name = "itself" if ref == self._ref else self._library.label(ref)
            item = QListWidgetItem(f"{ref}  \u00b7  {name}")
            item.setToolTip(name)
            item.setData(Qt.ItemDataRole.UserRole, ref)
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        has_any = self._list.count() > 0
        self._list.setVisible(has_any)
        self._empty.setVisible(not has_any)
        self._accept.setEnabled(has_any)

    def _select(self, ref: FeatureRef) -> None:
        if ref in self.refs:
            self._list.setCurrentRow(self.refs.index(ref))

    def _choose(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            ref = item.data(Qt.ItemDataRole.UserRole)
            self.chosen.emit(Condition(ref=ref, at_least=self._level.value() / 100))
            self.accept()

    def _arrange(self, theme: Theme) -> None:
        level = QHBoxLayout()
        words = QLabel("It must be at least")
        words.setBuddy(self._level)
        level.addWidget(words)
        level.addWidget(self._level)
        level.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(theme.px(8))
        for widget in (text_label(EXPLANATION, "hint"), self._search, self._list, self._empty):
            column.addWidget(widget)
        column.addLayout(level)
        column.addWidget(self._buttons)
        self.resize(theme.px(WIDTH_PX), theme.px(HEIGHT_PX))
