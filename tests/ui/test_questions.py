"""Promises about the dialogs that stand between a writer and lost words."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QPushButton, QWidget

from tinymorph.text.encoding import CharacterDoesNotFitError, find_candidates
from tinymorph.text.file_problems import SaveProblemError
from tinymorph.ui.questions import Dialogs
from tinymorph.ui.safety.encoding_choice import EncodingChoice


@pytest.fixture
def dialogs(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return Dialogs(window)


def answer(words: str) -> list[str]:
    """Press a button of the next dialog; nothing to close it. Return what it says."""
    said: list[str] = []

    def press() -> None:
        box = QApplication.activeModalWidget()
        if box is None:
            QTimer.singleShot(20, press)
            return
        assert isinstance(box, QDialog)
        if isinstance(box, QMessageBox):
            said.extend([box.text(), box.informativeText()])
            default = box.defaultButton()
            said.append(default.text() if default is not None else "")
        if not words:
            box.reject()
            return
        buttons = [one for one in box.findChildren(QPushButton) if one.text().startswith(words)]
        assert buttons, [one.text() for one in box.findChildren(QPushButton)]
        buttons[0].click()

    QTimer.singleShot(0, press)
    return said


@pytest.mark.parametrize(
    ("words", "wanted"),
    [("Save", "save"), ("Don\u2019t", "discard"), ("Cancel", "cancel"), ("", "cancel")],
)
def test_unsaved_words_are_saved_given_up_or_kept(dialogs, words, wanted) -> None:
    said = answer(words)
    assert dialogs.whether_to_save("letter.md") == wanted
    assert said[0] == "Save the changes to letter.md?"
    assert said[2] == "Save"


@pytest.mark.parametrize(("words", "wanted"), [("Replace", True), ("Cancel", False), ("", False)])
def test_nothing_is_replaced_by_the_return_key(dialogs, words, wanted) -> None:
    said = answer(words)
    assert dialogs.whether_to_overwrite("letter.md") is wanted
    assert said[2] == "Cancel"


@pytest.mark.parametrize(
    ("words", "wanted"),
    [("Read", "read_only"), ("Open a", "copy"), ("Edit", "edit"), ("", "cancel")],
)
def test_a_document_that_is_open_elsewhere_is_read_by_default(dialogs, words, wanted) -> None:
    said = answer(words)
    assert dialogs.how_to_open_held("letter.md", "another window (process 7)") == wanted
    assert said[0] == "letter.md is being edited in another window (process 7)."
    assert said[2] == "Read only"


@pytest.mark.parametrize(("words", "wanted"), [("Throw", True), ("", False)])
def test_recovered_words_are_not_thrown_away_by_the_return_key(dialogs, words, wanted) -> None:
    said = answer(words)
    assert dialogs.whether_to_discard("letter.md", 1234) is wanted
    assert "1,234 words" in said[0]
    assert said[2] == "Cancel"


def test_another_place_and_another_encoding_are_offered(dialogs) -> None:
    answer("Save somewhere else")
    assert dialogs.whether_to_save_elsewhere(SaveProblemError("The disk is full.", hint="Hm."))
    answer("")
    assert not dialogs.whether_to_save_elsewhere(SaveProblemError("The disk is full."))
    said = answer("Save as UTF-8")
    assert dialogs.whether_to_save_as_utf_8(CharacterDoesNotFitError("a.md", "cp1252", "ж"))
    assert "no “ж”" in said[0]


def test_names_are_shown_as_they_are(dialogs) -> None:
    said = answer("")
    dialogs.whether_to_save("<b>bold</b>.md")
    assert said[0] == "Save the changes to <b>bold</b>.md?"


def test_an_encoding_is_chosen_by_how_the_words_read(qtbot, dialogs) -> None:
    candidates = find_candidates("Grüße aus München\n".encode("cp1252"))
    dialog = EncodingChoice("letter.md", candidates)
    qtbot.addWidget(dialog)
    readings = []
    for row in range(len(candidates)):
        dialog.choices.setCurrentRow(row)
        readings.append(dialog.preview.toPlainText())
        assert dialog.encoding == candidates[row].encoding
    assert readings[0] == "Grüße aus München"
    assert len(set(readings)) == len(readings)
    answer("Open")
    assert dialogs.which_encoding("letter.md", candidates) == "cp1252"
    answer("Cancel")
    assert dialogs.which_encoding("letter.md", candidates) is None
