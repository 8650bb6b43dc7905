"""Words that the writer protects by hand."""

import pytest
from PySide6.QtGui import QTextCursor

from tinymorph.text.markdown import read_markdown


@pytest.fixture
def page(editor):
    editor.load(read_markdown("The \U0001f98a old stone house stood here.\n\nAnother one.\n"))
    return editor


def select(page, words):
    cursor = page.document().find(words)
    assert not cursor.isNull()
    page.setTextCursor(cursor)


def chosen(page):
    text = page.snapshot().text
    return [p.span.of(text) for p in page.surroundings().protected if p.kind == "chosen"]


def test_a_selection_is_protected_marked_and_freed_again(page):
    before = page.document().revision()
    select(page, "stone house")
    assert "stone house" in page.protection.toggle()
    assert chosen(page) == ["stone house"]
    assert [mark.cursor.selectedText() for mark in page.extraSelections()] == ["stone house"]
    assert page.document().revision() == before
    assert not page.document().isModified()
    page.setTextCursor(page.document().find("one"))
    page.protection.toggle()
    assert chosen(page) == []
    assert page.extraSelections() == []


def test_protected_words_are_found_wherever_typing_moves_them(page, qtbot):
    select(page, "stone house")
    page.protection.toggle()
    page.moveCursor(QTextCursor.MoveOperation.Start)
    qtbot.keyClicks(page, "Once ")
    for words, typed in (("old ", "old grey "), ("house", None)):
        cursor = page.document().find(words)
        cursor.setPosition(cursor.selectionEnd())
        page.setTextCursor(cursor)
        qtbot.keyClicks(page, "grey " if typed else "s")
    assert chosen(page) == ["stone house"]
    assert "grey stone houses" in page.snapshot().text


def test_nothing_selected_protects_nothing_and_says_so(page):
    page.moveCursor(QTextCursor.MoveOperation.Start)
    assert "Select" in page.protection.toggle()
    assert chosen(page) == []


def test_deleted_words_and_other_documents_are_not_protected(page):
    page.selectAll()
    page.protection.toggle()
    assert len(page.protection.words()) == 2
    select(page, "Another one.")
    page.textCursor().removeSelectedText()
    assert len(page.protection.words()) == 1
    page.load(read_markdown("New.\n"))
    assert page.protection.words() == ()
    assert page.extraSelections() == []
