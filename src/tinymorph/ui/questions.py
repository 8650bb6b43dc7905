"""The dialogs that stand between a writer and lost words."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from tinymorph.errors import TinymorphError
from tinymorph.ui.desk import Answer

FILE_FILTER = "Markdown (*.md *.markdown *.txt);;All files (*)"


class Dialogs:
    """Ask and tell by dialogs over one window."""

    def __init__(self, window: QWidget) -> None:
        self._window = window

    def whether_to_save(self, name: str) -> Answer:
        """Ask what is to become of unsaved words."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("tinymorph")
        box.setText(f"Save the changes to {name}?")
        box.setInformativeText("What is not saved is lost.")
        save = box.addButton("Save", QMessageBox.ButtonRole.AcceptRole)
        discard = box.addButton("Don\u2019t save", QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(save)
        box.setEscapeButton(cancel)
        box.exec()
        clicked = box.clickedButton()
        return "save" if clicked is save else "discard" if clicked is discard else "cancel"

    def whether_to_overwrite(self, name: str) -> bool:
        """Ask whether to replace a file that another program changed."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("tinymorph")
        box.setText(f"Another program changed {name} since it was opened here.")
        box.setInformativeText("If you save now, what it wrote is lost.")
        replace = box.addButton("Replace it", QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        box.exec()
        return box.clickedButton() is replace

    def where_to_save(self, suggestion: Path) -> Path | None:
        """Ask for a file name."""
        name, _ = QFileDialog.getSaveFileName(self._window, "Save as", str(suggestion), FILE_FILTER)
        return Path(name) if name else None

    def what_to_open(self, folder: Path) -> Path | None:
        """Ask for a file to open."""
        name, _ = QFileDialog.getOpenFileName(self._window, "Open", str(folder), FILE_FILTER)
        return Path(name) if name else None

    def tell_trouble(self, error: TinymorphError) -> None:
        """Say that words could not be read or saved."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("tinymorph")
        box.setText(error.title)
        box.setInformativeText(error.hint)
        box.setDetailedText(error.detail)
        box.exec()
