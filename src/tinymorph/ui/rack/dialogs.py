"""The dialogs that ask for the name of a rack and for files of racks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from tinymorph.schema.rack_file import LONGEST_NAME
from tinymorph.session.presets import SUFFIX
from tinymorph.ui.labels import text_label

FILTER = f"Racks (*{SUFFIX});;All files (*)"
TAKEN = "A rack of this name is there already; it will be replaced."


class ShelfDialogs:
    """Ask by dialogs over one window."""

    def __init__(self, window: QWidget) -> None:
        self._window = window

    def what_to_call(self, suggestion: str, is_taken: Callable[[str], bool]) -> str | None:
        """Ask for the name of a rack, and say so if it would replace one."""
        dialog = NameDialog(suggestion, is_taken, self._window)
        is_given = dialog.exec() == QDialog.DialogCode.Accepted
        name = dialog.name if is_given else None
        dialog.deleteLater()
        return name

    def where_to_export(self, suggestion: Path) -> Path | None:
        """Ask for a file to write."""
        said, _ = QFileDialog.getSaveFileName(
            self._window, "Export the rack", str(suggestion), FILTER
        )
        return Path(said) if said else None

    def what_to_import(self, folder: Path) -> Path | None:
        """Ask for a file to read."""
        said, _ = QFileDialog.getOpenFileName(self._window, "Import a rack", str(folder), FILTER)
        return Path(said) if said else None


class NameDialog(QDialog):
    """Ask what to call a rack."""

    def __init__(
        self, suggestion: str, is_taken: Callable[[str], bool], parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self._is_taken = is_taken
        self.setWindowTitle("Save this rack")
        self._field = QLineEdit(suggestion)
        self._field.setMaxLength(LONGEST_NAME)
        self._field.setAccessibleName("Name of the rack")
        self._field.setPlaceholderText("What it does, for example: calmer, shorter sentences")
        self._field.selectAll()
        self._taken = text_label("", "hint")
        answers = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(answers.Ok | answers.Cancel)
        for button in buttons.buttons():
            button.setIcon(QIcon())
        self._save = buttons.button(answers.Ok)
        column = QVBoxLayout(self)
        for widget in (self._field, self._taken, buttons):
            column.addWidget(widget)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 52)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._field.textChanged.connect(self._look)
        self._look()

    @property
    def name(self) -> str:
        """Return what was written."""
        return " ".join(self._field.text().split())

    def _look(self) -> None:
        is_taken = bool(self.name) and self._is_taken(self.name)
        self._taken.setText(TAKEN if is_taken else "")
        self._save.setText("Replace" if is_taken else "Save")
        self._save.setEnabled(bool(self.name))
