"""What the Format menu does to the words and blocks under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from PySide6.QtGui import QTextBlock, QTextCharFormat, QTextCursor

from tinymorph.text.document import Block, Inline
from tinymorph.ui.editor.document_map import read_block
from tinymorph.ui.editor.formats import (
    base_char_format,
    block_format,
    char_format,
    is_literal,
    marks_of,
    structure_of,
)

MarkChange = Callable[[Inline], Inline]
MAX_LIST_LEVEL = 5


@contextmanager
def one_step(cursor: QTextCursor) -> Iterator[None]:
    """Make all changes within the block one undo step."""
    cursor.beginEditBlock()
    try:
        yield
    finally:
        cursor.endEditBlock()


def change_marks(cursor: QTextCursor, change: MarkChange) -> None:
    """Change the marks of every selected character, keeping the other marks of each."""
    start, end = cursor.selectionStart(), cursor.selectionEnd()
    pieces: list[tuple[int, int, QTextCharFormat]] = []
    block = cursor.document().findBlock(start)
    while block.isValid() and block.position() < end:
        structure = structure_of(block.blockFormat())
        for run in block.textFormats():
            first = max(block.position() + run.start, start)
            last = min(block.position() + run.start + run.length, end)
            if first < last:
                changed = change(marks_of(run.format))
                literal = is_literal(run.format)
                pieces.append((first, last, char_format(changed, structure, is_literal=literal)))
        block = block.next()
    with one_step(cursor):
        for first, last, fmt in pieces:
            part = QTextCursor(cursor.document())
            part.setPosition(first)
            part.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
            part.setCharFormat(fmt)


def selected_marks(cursor: QTextCursor) -> Inline:
    """Return the marks at the cursor, or those of the first selected character."""
    if not cursor.hasSelection():
        return marks_of(cursor.charFormat())
    first = QTextCursor(cursor.document())
    first.setPosition(cursor.selectionStart() + 1)
    return marks_of(first.charFormat())


def restyle_blocks(cursor: QTextCursor, change: Callable[[Block], Block]) -> None:
    """Turn every block in the selection into what `change` says, as one undo step."""
    with one_step(cursor):
        for block in selected_blocks(cursor):
            restyle_block(block, change(replace(read_block(block), inlines=())))


def restyle_block(block: QTextBlock, target: Block) -> None:
    """Give one block another kind; its words, their marks and its origin stay."""
    cursor = QTextCursor(block)
    origin = structure_of(block.blockFormat()).origin
    cursor.setBlockFormat(block_format(replace(target, origin=origin)))
    start = block.position()
    runs = [
        (start + run.start, run.length, marks_of(run.format), is_literal(run.format))
        for run in block.textFormats()
    ]
    for position, length, marks, literal in runs:
        cursor.setPosition(position)
        cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(char_format(marks, target, is_literal=literal))
    cursor.setPosition(start)
    cursor.setBlockCharFormat(base_char_format(target))


def toggle_list(cursor: QTextCursor, *, ordered: bool) -> None:
    """Make the selected blocks a list of this kind, or paragraphs if they are one already."""
    read = [read_block(block) for block in selected_blocks(cursor)]
    is_list = all(block.kind == "list_item" and block.ordered == ordered for block in read)

    def change(block: Block) -> Block:
        if is_list:
            return replace(block, kind="paragraph", level=0)
        level = block.level if block.kind == "list_item" else 0
        return replace(block, kind="list_item", level=level, ordered=ordered, number=1)

    restyle_blocks(cursor, change)


def toggle_quote(cursor: QTextCursor) -> None:
    """Quote the selected blocks, or take the quote away if all are quoted."""
    depth = 0 if all(read_block(b).quote_depth for b in selected_blocks(cursor)) else 1
    restyle_blocks(cursor, lambda block: replace(block, quote_depth=depth))


def set_kind(cursor: QTextCursor, block: Block) -> None:
    """Make the selected blocks headings, code or plain paragraphs; quotes are kept."""
    restyle_blocks(cursor, lambda old: replace(block, quote_depth=old.quote_depth))


def nest_items(cursor: QTextCursor, by: int) -> bool:
    """Move list items a level in or out; False if the cursor is in no list."""
    if not all(read_block(block).kind == "list_item" for block in selected_blocks(cursor)):
        return False

    def change(block: Block) -> Block:
        level = min(max(block.level + by, 0), MAX_LIST_LEVEL)
        return replace(block, level=level, number=1)

    restyle_blocks(cursor, change)
    return True


def selected_blocks(cursor: QTextCursor) -> list[QTextBlock]:
    """Return the blocks that the selection touches."""
    document = cursor.document()
    block = document.findBlock(cursor.selectionStart())
    last = document.findBlock(cursor.selectionEnd()).blockNumber()
    found: list[QTextBlock] = []
    while block.isValid() and block.blockNumber() <= last:
        found.append(block)
        block = block.next()
    return found


def is_plain_paragraph(block: QTextBlock) -> bool:
    """Say whether a block is neither styled, nor listed, nor quoted."""
    structure = structure_of(block.blockFormat())
    return structure.kind == "paragraph" and not structure.quote_depth
