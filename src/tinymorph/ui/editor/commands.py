"""What the Format menu does to the words and blocks under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from PySide6.QtGui import QTextBlock, QTextCharFormat, QTextCursor

from tinymorph.text.document import Block, Inline
from tinymorph.ui.editor.document_map import fragments_of, make_list, read_block
from tinymorph.ui.editor.formats import (
    base_char_format,
    block_format,
    char_format,
    kind_of,
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
        base = base_char_format(structure_of(block.blockFormat()))
        for fragment in fragments_of(block):
            first = max(fragment.position(), start)
            last = min(fragment.position() + fragment.length(), end)
            if first < last:
                changed = change(marks_of(fragment.charFormat()))
                pieces.append((first, last, char_format(changed, base)))
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
    """Give one block another kind; its words and their marks stay."""
    cursor = QTextCursor(block)
    text_list = block.textList()
    if text_list is not None:
        text_list.remove(block)
    cursor.setBlockFormat(block_format(target))
    base = base_char_format(target)
    marks = [(f.position(), f.length(), marks_of(f.charFormat())) for f in fragments_of(block)]
    for position, length, mark in marks:
        cursor.setPosition(position)
        cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(char_format(mark, base))
    cursor.setPosition(block.position())
    cursor.setBlockCharFormat(base)
    if target.kind == "list_item":
        _join_or_make_list(cursor, target)


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
    form = block.blockFormat()
    is_plain = kind_of(form) == "paragraph" and block.textList() is None
    return is_plain and not structure_of(form).quote_depth


def _join_or_make_list(cursor: QTextCursor, target: Block) -> None:
    previous = cursor.block().previous()
    while previous.isValid() and previous.textList() is not None:
        item = read_block(previous)
        same = item.ordered == target.ordered and item.quote_depth == target.quote_depth
        if item.level == target.level and same:
            previous.textList().add(cursor.block())
            form = cursor.blockFormat()
            form.setIndent(0)
            cursor.setBlockFormat(form)
            return
        if item.level < target.level:
            break
        previous = previous.previous()
    make_list(cursor, target)
