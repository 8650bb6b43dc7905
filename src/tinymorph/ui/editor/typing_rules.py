"""What Return, Backspace and a few typed marks do beyond inserting themselves."""

from __future__ import annotations

import re
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QTextCursor

from tinymorph.text.document import Block
from tinymorph.ui.editor.characters import LINE_SEPARATOR
from tinymorph.ui.editor.commands import is_plain_paragraph, one_step, restyle_block
from tinymorph.ui.editor.document_map import read_block
from tinymorph.ui.editor.formats import (
    base_char_format,
    block_format,
    char_format,
    is_verbatim,
    kind_of,
    marks_of,
    structure_of,
)

_SHORTHAND: dict[str, Block] = {
    "#": Block("heading", level=1),
    "##": Block("heading", level=2),
    "###": Block("heading", level=3),
    "-": Block("list_item"),
    "*": Block("list_item"),
    ">": Block("paragraph", quote_depth=1),
}
_NUMBER = re.compile(r"^(\d{1,9})[.)]$")


def follow_rule(cursor: QTextCursor, event: QKeyEvent) -> bool:
    """Do what the key means here; False if it is an ordinary key."""
    key, modifiers = event.key(), event.modifiers()
    shift = Qt.KeyboardModifier.ShiftModifier
    if modifiers & ~(shift | Qt.KeyboardModifier.KeypadModifier):
        return False
    if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not modifiers & shift:
        return _return(cursor)
    if key == Qt.Key.Key_Backspace and not cursor.hasSelection() and cursor.atBlockStart():
        return _backspace(cursor)
    if key == Qt.Key.Key_Space and not modifiers and not cursor.hasSelection():
        return _shorthand(cursor)
    if event.text().isprintable() and event.text():
        _step_off_rule(cursor)
    return False


def leave_marks_at_their_end(cursor: QTextCursor) -> None:
    """Keep a link from growing when somebody types after its last word."""
    if cursor.hasSelection() or cursor.atBlockStart() or not cursor.charFormat().isAnchor():
        return
    following = QTextCursor(cursor)
    if not cursor.atBlockEnd():
        following.movePosition(QTextCursor.MoveOperation.NextCharacter)
        if following.charFormat().anchorHref() == cursor.charFormat().anchorHref():
            return
    marks = replace(marks_of(cursor.charFormat()), link=None, link_title="")
    plain = char_format(marks, structure_of(cursor.blockFormat()))
    cursor.setCharFormat(plain)


def _return(cursor: QTextCursor) -> bool:
    block = cursor.block()
    if is_verbatim(block.blockFormat()):
        return _return_in_code(cursor)
    read = read_block(block)
    is_empty = not block.text() and not cursor.hasSelection()
    if is_empty and not is_plain_paragraph(block) and read.kind != "rule":
        with one_step(cursor):
            restyle_block(block, Block("paragraph"))
        return True
    if read.kind in {"heading", "rule"} and cursor.atBlockEnd() and not cursor.hasSelection():
        paragraph = Block("paragraph", quote_depth=read.quote_depth)
        cursor.insertBlock(block_format(paragraph), base_char_format(paragraph))
        return True
    return False


def _return_in_code(cursor: QTextCursor) -> bool:
    """Begin a line; on an empty last line, leave the code."""
    before = cursor.block().text()[: cursor.positionInBlock()]
    if cursor.atBlockEnd() and before.endswith(LINE_SEPARATOR):
        with one_step(cursor):
            cursor.deletePreviousChar()
            paragraph = Block("paragraph")
            cursor.insertBlock(block_format(paragraph), base_char_format(paragraph))
        return True
    cursor.insertText(LINE_SEPARATOR)
    return True


def _backspace(cursor: QTextCursor) -> bool:
    block = cursor.block()
    if is_plain_paragraph(block):
        return False
    with one_step(cursor):
        restyle_block(block, Block("paragraph"))
    return True


def _shorthand(cursor: QTextCursor) -> bool:
    """Turn `# `, `- `, `1. ` and `> ` at the start of a plain paragraph into what they mean."""
    block = cursor.block()
    typed = block.text()[: cursor.positionInBlock()]
    if not is_plain_paragraph(block) or len(typed) > 10:
        return False
    target = _SHORTHAND.get(typed)
    number = _NUMBER.match(typed)
    if number is not None:
        target = Block("list_item", ordered=True, number=int(number.group(1)))
    if target is None:
        return False
    with one_step(cursor):
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        restyle_block(cursor.block(), target)
    return True


def _step_off_rule(cursor: QTextCursor) -> None:
    """Begin a paragraph below a rule instead of writing on it."""
    if kind_of(cursor.block().blockFormat()) == "rule":
        paragraph = Block("paragraph")
        cursor.insertBlock(block_format(paragraph), base_char_format(paragraph))
