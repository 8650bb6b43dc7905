"""The writer's lists of features."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from tinymorph.features.library import WriterLibrary
from tinymorph.ui.inspector.feature_rows import FEATURE_COLUMNS, plain_rows
from tinymorph.ui.inspector.rows import RowsTable
from tinymorph.ui.labels import text_label
from tinymorph.ui.theme import Theme

EMPTY = (
    "This list is empty. L puts the chosen feature on the favourites; other lists are on its card."
)


class ListsPage(QWidget):
    """A choice of lists, and the features of the one chosen."""

    chosen = Signal(object)
    opened = Signal()

    def __init__(self, library: WriterLibrary, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self.choice = QComboBox()
        self.choice.setAccessibleName("List of features")
        self.table = RowsTable("Features of the list", FEATURE_COLUMNS, theme)
        self._message = text_label(EMPTY, "hint")
        self.choice.currentIndexChanged.connect(self._fill)
        self.table.chosen.connect(self._take_choice)
        self.table.opened.connect(self.opened)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.choice, self._message):
            self._column.addWidget(widget)
        self._column.addWidget(self.table, 1)
        self._column.addStretch(0)
        self.set_theme(theme)
        self.refresh()

    def refresh(self) -> None:
        """Show the lists as they are now."""
        names, was = self._library.lists(), self.choice.currentText()
        self.choice.blockSignals(True)
        self.choice.clear()
        self.choice.addItems(list(names))
        self.choice.setCurrentIndex(names.index(was) if was in names else 0)
        self.choice.blockSignals(False)
        self._fill()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme or at another zoom."""
        self.table.set_theme(theme)
        self._column.setSpacing(theme.px(8))

    def _fill(self) -> None:
        refs = self._library.members(self.choice.currentText())
        self.table.set_rows(plain_rows(refs, self._library))
        self.table.setVisible(bool(refs))
        self._message.setVisible(not refs)

    def _take_choice(self, number: int) -> None:
        if 0 <= number < len(self.table.rows):
            self.chosen.emit(self.table.rows[number].ref)
