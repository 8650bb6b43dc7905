"""The dialogs that stand between a writer and lost words."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from tinymorph.errors import TinymorphError
from tinymorph.text.encoding import Candidate, CharacterDoesNotFitError
from tinymorph.text.file_problems import SaveProblemError
from tinymorph.ui.safety.ask import Answer, Manner
from tinymorph.ui.safety.encoding_choice import EncodingChoice

FILE_FILTER = "Markdown (*.md *.markdown *.txt);;All files (*)"

DO_NOT_SAVE = "Don\u2019t save"
ELSEWHERE = "Save somewhere else\u2026"


class Dialogs:
    """Ask and tell by dialogs over one window."""

    def __init__(self, window: QWidget) -> None:
        self._window = window

    def whether_to_save(self, name: str) -> Answer:
        """Ask what is to become of unsaved words."""
        answers: dict[str, Answer] = {"Save": "save", DO_NOT_SAVE: "discard"}
        said = self._ask(
            f"Save the changes to {name}?",
            "What is not saved is lost, except for versions in the history.",
            tuple(answers),
            first="Save",
        )
        return answers.get(said, "cancel")

    def whether_to_overwrite(self, name: str) -> bool:
        """Ask whether to replace a file that another program changed."""
        said = self._ask(
            f"Another program changed {name} since it was opened here.",
            "If you replace it, what that program wrote is lost. If you cancel, you can compare"
            " and merge the two from the bar above the page.",
            ("Replace it",),
        )
        return said == "Replace it"

    def which_encoding(self, name: str, candidates: tuple[Candidate, ...]) -> str | None:
        """Ask how a file's bytes are to be read."""
        dialog = EncodingChoice(name, candidates, self._window)
        return dialog.encoding if dialog.exec() else None

    def whether_to_save_as_utf_8(self, error: CharacterDoesNotFitError) -> bool:
        """Ask whether to change the file's encoding to one that has every character."""
        said = self._ask(error.title, error.hint, ("Save as UTF-8",), first="Save as UTF-8")
        return said == "Save as UTF-8"

    def whether_to_save_elsewhere(self, error: SaveProblemError) -> bool:
        """Say why the words were not saved, and ask whether to choose another place."""
        said = self._ask(error.title, error.hint, (ELSEWHERE,), first=ELSEWHERE)
        return said == ELSEWHERE

    def how_to_open_held(self, name: str, holder: str) -> Manner:
        """Ask how to open a document that is open somewhere else too."""
        answers: dict[str, Manner] = {
            "Read only": "read_only",
            "Open a copy": "copy",
            "Edit anyway": "edit",
        }
        said = self._ask(
            f"{name} is being edited in {holder}.",
            "If both are saved, one replaces the other; tinymorph would ask before.",
            tuple(answers),
            first="Read only",
        )
        return answers.get(said, "cancel")

    def whether_to_discard(self, name: str, words: int) -> bool:
        """Ask a second time before recovered words are thrown away."""
        counted = "1 word" if words == 1 else f"{words:,} words"
        said = self._ask(
            f"Throw away the recovered text of {name}, {counted}?",
            "It cannot be had back afterwards.",
            ("Throw away",),
        )
        return said == "Throw away"

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
        box = self._box(error.title, error.hint)
        box.setDetailedText(error.detail)
        box.exec()

    def _ask(self, title: str, hint: str, answers: tuple[str, ...], first: str = "") -> str:
        """Ask one question; closing it, or Escape, is the answer Cancel."""
        box = self._box(title, hint)
        buttons = {}
        for answer in answers:
            is_harmful = answer not in {first, "Read only", "Open a copy"}
            role = QMessageBox.ButtonRole
            button = box.addButton(answer, role.DestructiveRole if is_harmful else role.AcceptRole)
            buttons[button] = answer
            if answer == first:
                box.setDefaultButton(button)
        cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
        box.setEscapeButton(cancel)
        if not first:
            box.setDefaultButton(cancel)
        box.exec()
        return buttons.get(box.clickedButton(), "Cancel")

    def _box(self, title: str, hint: str) -> QMessageBox:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("tinymorph")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(title)
        box.setInformativeText(hint)
        return box
