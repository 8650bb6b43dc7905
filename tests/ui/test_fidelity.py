"""The strongest promise: opening, editing and saving changes only what the writer changed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor

from tinymorph.text.markdown.compose import compose
from tinymorph.text.markdown.slices import Source, read_source
from tinymorph.ui.editor.document_map import blocks_of
from tinymorph.ui.editor.page import Editor

EVERYTHING = (Path(__file__).parents[1] / "data/documents/everything.md").read_bytes().decode()
SOURCES = {
    "everything": EVERYTHING,
    "everything, windows": EVERYTHING.replace("\n", "\r\n"),
    "everything, old mac": EVERYTHING.replace("\n", "\r"),
    "mixed line ends": EVERYTHING.replace("\n\n", "\r\n\n"),
    "only blank lines": "\n \n\t\n",
    "nothing": "",
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest) -> str:
    return SOURCES[request.param]


def shown(editor: Editor, text: str) -> Source:
    """Put a source on the page."""
    source = read_source(text)
    editor.load(source.document)
    return source


def saved(editor: Editor, source: Source) -> str:
    """Return what would be saved now."""
    return compose(source, editor.document_value().blocks)


def places(editor: Editor) -> list[int]:
    """Return a position in the middle of each block of the page."""
    return [block.position() + block.length() // 2 for block in blocks_of(editor.document())]


def cursor_at(editor: Editor, position: int) -> QTextCursor:
    """Put the page's cursor there, or before the character that this would part."""
    cursor = editor.textCursor()
    cursor.setPosition(min(position, editor.document().characterCount() - 1))
    if "\udc00" <= editor.document().characterAt(cursor.position()) <= "\udfff":
        cursor.setPosition(cursor.position() - 1)
    editor.setTextCursor(cursor)
    return cursor


def test_an_untouched_document_keeps_every_byte(editor, source):
    assert saved(editor, shown(editor, source)) == source


def test_a_character_typed_and_undone_in_every_block_leaves_every_byte(editor, qtbot, source):
    opened = shown(editor, source)
    for place in places(editor):
        cursor_at(editor, place)
        qtbot.keyClicks(editor, "z")
        editor.undo()
    assert saved(editor, opened) == source


def test_words_typed_into_one_block_change_no_byte_of_another(editor, qtbot, source):
    opened = shown(editor, source)
    numbers = range(len(places(editor)))
    for number in numbers:
        opened = shown(editor, source)
        cursor_at(editor, places(editor)[number])
        qtbot.keyClicks(editor, "zq")
        after = {block.origin: block for block in reversed(editor.document_value().blocks)}
        pairs = zip(opened.slice_of, opened.blocks, strict=True)
        touched = {own for own, block in pairs if after.get(block.origin) != block}
        assert len(touched) <= 1
        written = saved(editor, opened)
        assert "zq" in "\n".join(block.text for block in read_source(written).blocks)
        if any(opened.slices[own].text.startswith("[ref]:") for own in touched):
            continue  # a label was renamed; its links are written anew, so that they stay links
        at = 0
        for number_of_slice, piece in enumerate(opened.slices):
            if number_of_slice not in touched:
                at = written.index(piece.text + piece.gap.rstrip(" \t"), at) + len(piece.text)


@pytest.mark.parametrize("seed", range(12))
def test_random_edits_undone_leave_every_byte_and_redone_come_back(editor, qtbot, seed):
    chance = random.Random(seed)
    opened = shown(editor, EVERYTHING)
    for _ in range(12):
        take_a_chance(editor, qtbot, chance)
    edited = editor.document_value().blocks
    while editor.document().isUndoAvailable():
        editor.undo()
    assert saved(editor, opened) == EVERYTHING
    while editor.document().isRedoAvailable():
        editor.redo()
    assert editor.document_value().blocks == edited


def take_a_chance(editor: Editor, qtbot, chance: random.Random) -> None:
    """Do something that a writer does, somewhere."""
    cursor = cursor_at(editor, chance.randrange(editor.document().characterCount()))
    what = chance.randrange(6)
    if what == 0:
        qtbot.keyClicks(editor, "some words ")
    elif what == 1:
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    elif what == 2:
        qtbot.keyClick(editor, Qt.Key.Key_Backspace)
    elif what == 3:
        cursor.movePosition(
            QTextCursor.MoveOperation.Right,
            QTextCursor.MoveMode.KeepAnchor,
            chance.randrange(200),
        )
        editor.setTextCursor(cursor)
        qtbot.keyClick(editor, Qt.Key.Key_Delete)
    elif what == 4:
        editor.selectAll() if chance.random() < 0.05 else None
        editor.cut()
        editor.paste()
    else:
        qtbot.keyClick(editor, Qt.Key.Key_Tab)
