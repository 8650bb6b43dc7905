"""An accepted edit becomes one undo step that touches only the words that changed."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

from tinymorph.errors import StaleEditError
from tinymorph.schema.suggestion import AcceptedEdit, Replacement
from tinymorph.text.document import Inline
from tinymorph.ui.editor.characters import page_text
from tinymorph.ui.editor.formats import char_format, common_marks, marks_of, structure_of
from tinymorph.ui.editor.receipts import signed
from tinymorph.ui.editor.snapshot import cursor_over, find_block, take_snapshot


def apply_edit(document: QTextDocument, edit: AcceptedEdit) -> QTextCursor:
    """Make the replacements, last first, and return a cursor at the end of the last one.

    StaleEditError if the paragraph is gone or is no longer at `base_revision`.
    """
    block = find_block(document, edit.paragraph_id)
    if block is None or take_snapshot(block).revision != edit.base_revision:
        raise StaleEditError("The paragraph changed, so nothing was replaced.", hint="Ask again.")
    end = QTextCursor(block)
    whole = QTextCursor(block)
    whole.beginEditBlock()
    try:
        for number, replacement in enumerate(reversed(edit.replacements)):
            cursor = _replace(block, replacement, edit.receipt)
            if number == 0:
                end = cursor
    finally:
        whole.endEditBlock()
    return end


def _replace(block: QTextBlock, replacement: Replacement, receipt: str) -> QTextCursor:
    cursor = cursor_over(block, replacement.span)
    marks = _marks_over(block, cursor.selectionStart(), cursor.selectionEnd())
    fmt = signed(char_format(marks, structure_of(block.blockFormat())), receipt)
    cursor.insertText(page_text(replacement.text), fmt)
    return cursor


def _marks_over(block: QTextBlock, start: int, end: int) -> Inline:
    """Return the marks that new words take over: those that all replaced words had.

    Words put in where nothing stood take the marks that both neighbours share.
    """
    if start == end:
        start, end = start - 1, end + 1
        is_at_edge = start < block.position() or end > block.position() + block.length() - 1
        if is_at_edge:
            return Inline("")
    found: Inline | None = None
    for run in block.textFormats():
        first = block.position() + run.start
        if first < end and first + run.length > start:
            marks = marks_of(run.format)
            found = marks if found is None else common_marks(found, marks)
    return replace(found or Inline(""), image=None)
