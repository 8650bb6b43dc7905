"""Suggestions of now and before, side by side; their words on the way to the page."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from tinymorph.schema.feature import FeatureRef
from tinymorph.session.journal import DecisionJournal
from tinymorph.settings.paths import data_folder
from tinymorph.ui.editor.receipts import signed_texts
from tinymorph.ui.panel.carry import mime_of

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
OLD = "The old house stood on a hill above the village."
NEW = "An old barn stood on a steep hill above the village."


@pytest.fixture
def show(window, workplace, qtbot):
    def shown():
        window.editor.setFocus()
        qtbot.keyClick(window.editor, Qt.Key.Key_L, CONTROL | SHIFT)
        return workplace.archive.dialog

    return shown


def titles(dialog):
    return [column.accessibleName() for column in dialog.columns]


def button(dialog, name):
    return next(b for b in dialog.findChildren(QPushButton) if b.accessibleName() == name)


def test_alternatives_stand_side_by_side_and_one_is_accepted(ask, show, words, rewriter, qtbot):
    rewriter.texts = [NEW, OLD.replace("hill", "cliff"), OLD.replace("old", "grey")]
    ask()
    dialog = show()
    assert titles(dialog) == ["Your words", *(f"Alternative {n}" for n in (1, 2, 3))]
    qtbot.mouseClick(button(dialog, "Accept alternative 2"), Qt.MouseButton.LeftButton)
    assert words() == OLD.replace("hill", "cliff")


def test_earlier_suggestions_come_back_with_their_document(
    ask, show, window, workplace, qtbot, tmp_path
):
    ask()
    letter, other = tmp_path / "letter.md", tmp_path / "other.md"
    workplace.window.questions.save_to = letter
    window.desk._begin(letter, None)
    qtbot.waitUntil(lambda: not window.desk.is_saving)
    other.write_text("Nothing.\n", encoding="utf-8")
    window.desk.open_path(other)
    empty = show()
    assert empty.list.count() == 0
    assert any("Nothing was suggested" in label.text() for label in empty.findChildren(QLabel))
    empty.reject()
    window.desk.open_path(letter)
    dialog = show()
    assert dialog.list.count() == 1
    assert "paraphrase: The old house" in dialog.list.item(0).text()
    assert not [b for b in dialog.findChildren(QPushButton) if b.text() == "Accept"]


def test_copied_words_keep_their_receipt_when_they_are_pasted(ask, window, qtbot):
    card = ask()[0]
    card.setFocus()
    qtbot.keyClick(card, Qt.Key.Key_C, CONTROL)
    window.editor.moveCursor(QTextCursor.MoveOperation.End)
    window.editor.setFocus()
    qtbot.keyClick(window.editor, Qt.Key.Key_Return)
    qtbot.keyClick(window.editor, Qt.Key.Key_V, CONTROL)
    pasted = list(signed_texts(window.editor.document()))[-1]
    assert pasted.text == NEW
    (run,) = pasted.runs
    assert (run.span.start, run.span.end) == (0, len(NEW))
    (decision,) = DecisionJournal(data_folder()).read()
    assert decision.edit.receipt == run.receipt == card.view.receipt
    assert decision.suggestion.text == NEW


def test_words_dropped_in_the_page_are_signed_too(window):
    words = "Dropped \U0001f98a words."
    data: QMimeData = mime_of(words, "0123456789abcdef")
    window.editor.moveCursor(QTextCursor.MoveOperation.End)
    window.editor.insertFromMimeData(data)
    (run,) = next(iter(signed_texts(window.editor.document()))).runs
    assert run.span.of(window.editor.document_value().blocks[0].text) == words


def test_the_number_of_a_card_drags_its_words(ask, qtbot, monkeypatch):
    dragged = []
    monkeypatch.setattr(
        "tinymorph.ui.panel.carry.drag_words",
        lambda _, words, receipt: dragged.append((words, receipt)) or True,
    )
    card = ask()[0]
    tag = card.tag
    qtbot.mousePress(tag, Qt.MouseButton.LeftButton)
    qtbot.mouseMove(tag, tag.rect().center())
    far = tag.rect().center()
    far.setX(far.x() + QApplication.startDragDistance() + 5)
    qtbot.mouseMove(tag, far)
    qtbot.waitUntil(lambda: bool(dragged))
    assert dragged == [(NEW, card.view.receipt)]


def test_a_twin_has_a_column_of_its_own(ask, show, window, workplace, qtbot):
    workplace.session.rack.add(FeatureRef(sae_id="0", feature_index=0))
    window.side.suggestions.asking.twin.setChecked(True)
    ask()
    dialog = show()
    assert titles(dialog)[1:3] == ["Alternative 1", "Alternative 1, unsteered"]
