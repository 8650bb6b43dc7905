"""Paragraphs as values."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor

from tinymorph.schema.span import Span
from tinymorph.text.document import Block, Document, Inline

FOX = "\U0001f98a"


def show(editor, *texts):
    editor.load(Document(tuple(Block("paragraph", (Inline(text),)) for text in texts)))


def select(editor, start, end):
    cursor = editor.textCursor()
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)


def test_the_revision_grows_by_one_for_each_edit_and_for_undo_and_redo(editor, qtbot):
    show(editor, "One two.")
    first = editor.snapshot()
    qtbot.keyClick(editor, "x")
    second = editor.snapshot()
    editor.undo()
    third = editor.snapshot()
    editor.redo()
    assert [first.revision, second.revision, third.revision, editor.snapshot().revision] == [
        0,
        1,
        2,
        3,
    ]
    assert [first.text, second.text, third.text] == ["One two.", "xOne two.", "One two."]


def test_the_identity_stays_while_the_words_change(editor, qtbot):
    show(editor, "One two.", "Other.")
    before = editor.snapshot()
    qtbot.keyClicks(editor, "Zero ")
    assert editor.snapshot().paragraph_id == before.paragraph_id
    assert editor.snapshot().revision == 5


def test_an_edit_elsewhere_does_not_count(editor, qtbot):
    show(editor, "One.", "Two.")
    first = editor.snapshot()
    editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(editor, "more")
    assert editor.snapshot_of(first.paragraph_id) == first


def test_bold_alone_is_no_edit(editor):
    show(editor, "One two.")
    before = editor.snapshot()
    select(editor, 0, 3)
    editor.setFontWeight(700)
    assert editor.snapshot() == before


def test_the_selection_counts_characters_not_utf16_units(editor):
    show(editor, f"{FOX}{FOX} red fox")
    select(editor, 5, 8)
    assert editor.textCursor().selectedText() == "red"
    assert editor.span() == Span(start=3, end=6)
    assert editor.span().of(editor.snapshot().text) == "red"


def test_without_a_selection_the_span_is_the_whole_paragraph(editor):
    show(editor, f"All {FOX} of it.", "Next.")
    text = editor.snapshot().text
    assert editor.span().of(text) == text


def test_a_line_break_inside_a_paragraph_is_a_newline(editor, qtbot):
    show(editor, "One")
    editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(editor, "two")
    assert editor.snapshot().text == "One\ntwo"


def test_a_deleted_paragraph_is_gone(editor):
    show(editor, "One.", "Two.")
    gone = editor.snapshot().paragraph_id
    editor.selectAll()
    editor.textCursor().removeSelectedText()
    kept = editor.snapshot_of(gone)
    assert kept is None or kept.text == ""
