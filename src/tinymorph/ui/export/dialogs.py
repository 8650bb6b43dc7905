"""The questions of export and import, and the dialogs that ask them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from tinymorph.errors import TinymorphError
from tinymorph.text.formats.kinds import FORMATS, Format, format_of


class ExchangeQuestions(Protocol):
    """What is asked of the writer; a window answers with dialogs, a test without."""

    def where_to_export(self, suggestion: Path) -> Path | None:
        """Ask for a file name, whose suffix tells the format."""
        ...

    def what_to_import(self, folder: Path) -> Path | None:
        """Ask for a file of another program."""
        ...

    def tell_trouble(self, error: TinymorphError) -> None:
        """Say that a file could not be read or written."""
        ...


class ExchangeDialogs:
    """Ask by dialogs over one window."""

    def __init__(self, window: QWidget) -> None:
        self._window = window

    def where_to_export(self, suggestion: Path) -> Path | None:
        """Ask for a file name; the format is the suffix's, or else the chosen filter's."""
        filters = {_filter(each): each for each in FORMATS}
        said, chosen = QFileDialog.getSaveFileName(
            self._window, "Export", str(suggestion), ";;".join(filters)
        )
        if not said:
            return None
        path = with_suffix_of(Path(said), filters.get(chosen, FORMATS[0]))
        if path != Path(said) and path.exists() and not self._may_replace(path):
            return None
        return path

    def what_to_import(self, folder: Path) -> Path | None:
        """Ask for a file of another program."""
        readable = [each for each in FORMATS if each.can_be_read and each.name != "markdown"]
        every = " ".join(f"*{suffix}" for each in readable for suffix in each.suffixes)
        filters = ";;".join([f"All that can be read ({every})", *map(_filter, readable)])
        said, _ = QFileDialog.getOpenFileName(self._window, "Import", str(folder), filters)
        return Path(said) if said else None

    def tell_trouble(self, error: TinymorphError) -> None:
        """Say that a file could not be read or written."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("tinymorph")
        box.setText(error.title)
        box.setInformativeText(error.hint)
        box.setDetailedText(error.detail)
        box.exec()

    def _may_replace(self, path: Path) -> bool:
        """Ask about a file that the dialog, which knew no suffix, did not see."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("tinymorph")
        box.setText(f"{path.name} exists already. Replace it?")
        replace = box.addButton("Replace it", QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        box.exec()
        return box.clickedButton() is replace


def with_suffix_of(path: Path, chosen: Format) -> Path:
    """Return a file name that tells a format: its own, or else the chosen one's."""
    if format_of(path) is not None:
        return path
    return path.with_name(path.name + chosen.suffixes[0])


def _filter(each: Format) -> str:
    return f"{each.label} ({' '.join(f'*{suffix}' for suffix in each.suffixes)})"
