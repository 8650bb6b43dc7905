"""What Return, Backspace and a few typed marks do beyond inserting themselves."""

from __future__ import annotations

import re
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QTextBlock, QTextCursor

from tinymorph.text.document import Block
from tinymorph.ui.editor.characters import LINE_SEPARATOR
from tinymorph.ui.editor.commands import is_plain_paragraph, one_step, restyle_block
from tinymorph.ui.editor.formats import (
    MARKS,
    base_char_format,
    block_format,
    char_format,
    is_verbatim,
    kind_of,
    marks_of,
    structure_of,
)
from tinymorph.ui.editor.numbering import start_of
from tinymorph.ui.editor.table_commands import go_down
from tinymorph.ui.editor.tables import table_at

_SHORTHAND: dict[str, Block] = {
    "#": Block("heading", level=1),
    "##": Block("heading", level=2),
    "###": Block("heading", level=3),
    "-": Block("list_item"),
    "*": Block("list_item"),
    ">": Block("paragraph", quote_depth=1),
}
_BOXES = {"[ ]": False, "[]": False, "[x]": True, "[X]": True}
_RULED = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace, Qt.Key.Key_Space})
_NUMBER = re.compile(r"^(\d{1,9})[.)]$")


def follow_rule(cursor: QTextCursor, event: QKeyEvent) -> bool:
    """Do what the key means here; False if it is an ordinary key."""
    key = event.key()
    if key not in _RULED:
        text = event.text()
        if text and text.isprintable():
            _step_off_rule(cursor)
        return False
    modifiers = event.modifiers()
    shift = Qt.KeyboardModifier.ShiftModifier
    if modifiers & ~(shift | Qt.KeyboardModifier.KeypadModifier):
        return False
    if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
        if cursor.currentTable():
            go_down(cursor)
            return True
        return not modifiers & shift and _return(cursor)
    if key == Qt.Key.Key_Backspace and not cursor.hasSelection() and cursor.atBlockStart():
        return _backspace(cursor)
    if key == Qt.Key.Key_Space and not modifiers and not cursor.hasSelection():
        if _shorthand(cursor):
            return True
        _step_off_rule(cursor)
    return False


def leave_marks_at_their_end(cursor: QTextCursor) -> bool:
    """Keep links and the like from growing when somebody types beside them; say if need was."""
    form = cursor.charFormat()
    if not form.hasProperty(MARKS):
        return False
    marks = marks_of(form)
    grows = marks.link is not None or marks.source or marks.image is not None
    if not grows or cursor.hasSelection():
        return False
    if not cursor.atBlockStart() and not cursor.atBlockEnd() and marks.image is None:
        following = QTextCursor(cursor)
        following.movePosition(QTextCursor.MoveOperation.NextCharacter)
        ahead = marks_of(following.charFormat())
        if (ahead.link, ahead.source) == (marks.link, marks.source):
            return False
    bare = replace(marks, link=None, link_title="", source=False, image=None)
    cursor.setCharFormat(char_format(bare, structure_of(cursor.blockFormat())))
    return True


def _return(cursor: QTextCursor) -> bool:
    block = cursor.block()
    if is_verbatim(block.blockFormat()):
        return _return_in_code(cursor)
    structure = structure_of(block.blockFormat())
    is_empty = not block.text() and not cursor.hasSelection()
    if is_empty and not is_plain_paragraph(block) and structure.kind != "rule":
        with one_step(cursor):
            restyle_block(block, _outside(structure))
        return True
    if structure.kind == "footnote" and not cursor.atBlockEnd():
        cursor.insertText(LINE_SEPARATOR)
        return True
    ends = structure.kind in {"heading", "rule", "footnote"} and cursor.atBlockEnd()
    if ends and not cursor.hasSelection():
        depth = structure.item_depth
        _begin(cursor, Block("paragraph", quote_depth=structure.quote_depth, item_depth=depth))
        return True
    if structure.checked is not None or structure.apart or structure.number < 0:
        _part_item(cursor, structure)
        return True
    return False


def _begin(cursor: QTextCursor, block: Block) -> None:
    cursor.insertBlock(block_format(block), base_char_format(block))


def _outside(structure: Block) -> Block:
    """Return what an empty block becomes when Return leaves it: one step further out."""
    if structure.kind == "list_item" and structure.level:
        return replace(structure, level=structure.level - 1, number=1, apart=False)
    if structure.kind == "list_item":
        return Block("paragraph", quote_depth=structure.quote_depth)
    return Block("paragraph")


def _part_item(cursor: QTextCursor, structure: Block) -> None:
    """Part a block whose second half must not begin a list, nor be a done task, as the first."""
    with one_step(cursor):
        cursor.removeSelectedText()
        at_start = cursor.atBlockStart() and not cursor.atBlockEnd()
        undone = None if structure.checked is None else False
        number = start_of(structure.number)
        kept = structure.checked if at_start else undone
        following = replace(structure, apart=False, number=number, checked=kept)
        cursor.insertBlock(block_format(following))
        if at_start and structure.checked:
            above = QTextCursor(cursor.block().previous())
            above.setBlockFormat(block_format(replace(structure, checked=undone)))


def _return_in_code(cursor: QTextCursor) -> bool:
    """Begin a line; on an empty last line, leave the code."""
    before = cursor.block().text()[: cursor.positionInBlock()]
    if cursor.atBlockEnd() and before.endswith(LINE_SEPARATOR):
        with one_step(cursor):
            cursor.deletePreviousChar()
            _begin(cursor, Block("paragraph"))
        return True
    cursor.insertText(LINE_SEPARATOR)
    return True


def _backspace(cursor: QTextCursor) -> bool:
    block = cursor.block()
    if cursor.currentTable():
        return True
    if is_plain_paragraph(block):
        return _back_into_table(cursor)
    structure = structure_of(block.blockFormat())
    target = Block("paragraph")
    if structure.kind == "list_item":
        target = Block("paragraph", quote_depth=structure.quote_depth)
    with one_step(cursor):
        restyle_block(block, target)
    return True


def _back_into_table(cursor: QTextCursor) -> bool:
    """Go to the last cell of a table that stands right above; an empty paragraph goes."""
    block = cursor.block()
    if not block.previous().isValid() or table_at(block.previous()) is None:
        return False
    if not block.text() and block.next().isValid() and table_at(block.next()) is None:
        cursor.deleteChar()
    cursor.movePosition(QTextCursor.MoveOperation.PreviousCharacter)
    return True


def _shorthand(cursor: QTextCursor) -> bool:
    """Turn `# `, `- `, `1. `, `> ` and, in an item, `[ ] ` at the start into what they mean."""
    block = cursor.block()
    typed = block.text()[: cursor.positionInBlock()]
    if len(typed) > 10 or table_at(block) is not None:
        return False
    target = _meant(typed, block)
    if target is None:
        return False
    with one_step(cursor):
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        restyle_block(cursor.block(), target)
    return True


def _meant(typed: str, block: QTextBlock) -> Block | None:
    structure = structure_of(block.blockFormat())
    if structure.kind == "list_item" and structure.checked is None:
        done = _BOXES.get(typed)
        return None if done is None else replace(structure, checked=done)
    if not is_plain_paragraph(block):
        return None
    number = _NUMBER.match(typed)
    if number is not None:
        return Block("list_item", ordered=True, number=int(number.group(1)))
    return _SHORTHAND.get(typed)


def _step_off_rule(cursor: QTextCursor) -> None:
    """Begin a paragraph below a rule instead of writing on it."""
    if kind_of(cursor.blockFormat()) == "rule":
        _begin(cursor, Block("paragraph"))
