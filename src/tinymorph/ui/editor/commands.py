"""What the Format menu does to the words and blocks under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from PySide6.QtGui import QTextBlock, QTextCharFormat, QTextCursor

from tinymorph.text.document import PICTURE, Block, Inline
from tinymorph.ui.editor.characters import to_page
from tinymorph.ui.editor.formats import (
    VERBATIM,
    base_char_format,
    block_format,
    char_format,
    is_literal,
    marks_of,
    structure_of,
)
from tinymorph.ui.editor.numbering import start_of
from tinymorph.ui.editor.receipts import receipt_of, signed
from tinymorph.ui.editor.runs import inlines_of
from tinymorph.ui.editor.tables import table_at

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
                fmt = char_format(changed, structure, is_literal=literal)
                pieces.append((first, last, signed(fmt, receipt_of(run.format))))
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
    """Turn every block in the selection into what `change` says, as one undo step.

    Cells of tables stay what they are: paragraphs.
    """
    with one_step(cursor):
        for block in selected_blocks(cursor):
            if table_at(block) is None:
                restyle_block(block, change(structure_of(block.blockFormat())))


def restyle_block(block: QTextBlock, target: Block) -> None:
    """Give one block another kind; its words, their marks and its origin stay."""
    cursor = QTextCursor(block)
    if target.kind in VERBATIM:
        _spell_out_pictures(block)
    origin = structure_of(block.blockFormat()).origin
    target = replace(joined(block, target), origin=origin, inlines=inlines_of(block))
    cursor.setBlockFormat(block_format(target))
    start = block.position()
    runs = [
        (start + run.start, run.length, QTextCharFormat(run.format)) for run in block.textFormats()
    ]
    for position, length, old in runs:
        cursor.setPosition(position)
        cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
        fmt = char_format(marks_of(old), target, is_literal=is_literal(old))
        cursor.setCharFormat(signed(fmt, receipt_of(old)))
    cursor.setPosition(start)
    cursor.setBlockCharFormat(base_char_format(target))


def joined(block: QTextBlock, item: Block) -> Block:
    """Return a numbered item for `block` that goes on with the list above, if one is open."""
    if item.kind != "list_item" or not item.ordered or item.apart:
        return item
    above = block.previous()
    while above.isValid():
        structure = structure_of(above.blockFormat())
        depth = _depth_of(structure)
        if structure.quote_depth != item.quote_depth or depth < item.level:
            break
        if structure.kind == "list_item" and depth == item.level:
            return replace(item, number=start_of(structure.number)) if structure.ordered else item
        if structure.kind != "list_item" and depth == item.level:
            break
        above = above.previous()
    return item


def toggle_list(cursor: QTextCursor, *, ordered: bool) -> None:
    """Make the selected blocks a list of this kind, or paragraphs if they are one already."""
    read = [structure_of(block.blockFormat()) for block in selected_blocks(cursor)]
    is_list = all(block.kind == "list_item" and block.ordered == ordered for block in read)

    def change(block: Block) -> Block:
        if is_list:
            return Block("paragraph", quote_depth=block.quote_depth)
        return _as_item(block, ordered=ordered)

    restyle_blocks(cursor, change)


def _spell_out_pictures(block: QTextBlock) -> None:
    """Put a picture's Markdown in its place, for code holds words alone."""
    runs = [(run.start, run.length, marks_of(run.format).image) for run in block.textFormats()]
    for start, length, image in reversed(runs):
        if image is not None:
            cursor = QTextCursor(block)
            cursor.setPosition(block.position() + start)
            cursor.setPosition(block.position() + start + length, QTextCursor.MoveMode.KeepAnchor)
            words = cursor.selectedText().replace(PICTURE, f"![{image.alt}]({image.target})")
            cursor.insertText(to_page(words), QTextCharFormat())


def toggle_task(cursor: QTextCursor) -> None:
    """Make the selected blocks tasks, or plain items if they are tasks already."""
    read = [structure_of(block.blockFormat()) for block in selected_blocks(cursor)]
    are_tasks = all(block.checked is not None for block in read)

    def change(block: Block) -> Block:
        item = block if block.kind == "list_item" else _as_item(block, ordered=False)
        is_done = bool(block.checked)
        return replace(item, checked=None if are_tasks else is_done)

    restyle_blocks(cursor, change)


def tick_tasks(cursor: QTextCursor) -> bool:
    """Tick the selected tasks, or untick them if all are ticked; False if there is none."""
    tasks = [block for block in selected_blocks(cursor) if _is_task(block)]
    is_done = not all(structure_of(block.blockFormat()).checked for block in tasks)
    with one_step(cursor):
        for block in tasks:
            structure = structure_of(block.blockFormat())
            QTextCursor(block).setBlockFormat(block_format(replace(structure, checked=is_done)))
    return bool(tasks)


def toggle_quote(cursor: QTextCursor) -> None:
    """Quote the selected blocks, or take the quote away if all are quoted."""
    read = [structure_of(block.blockFormat()) for block in selected_blocks(cursor)]
    depth = 0 if all(block.quote_depth for block in read) else 1
    restyle_blocks(cursor, lambda block: replace(block, quote_depth=depth))


def set_kind(cursor: QTextCursor, block: Block) -> None:
    """Make the selected blocks headings, code or plain paragraphs; quotes are kept."""
    restyle_blocks(cursor, lambda old: replace(block, quote_depth=old.quote_depth))


def nest_items(cursor: QTextCursor, by: int) -> bool:
    """Move list items, with all that stands in them, a level in or out; False outside lists."""
    blocks = selected_blocks(cursor)
    read = [structure_of(block.blockFormat()) for block in blocks]
    if not all(block.kind == "list_item" for block in read):
        return False
    if (by < 0 and not read[0].level) or (by > 0 and read[0].level >= MAX_LIST_LEVEL):
        return True
    blocks += _blocks_within(blocks[-1], read[-1].level)
    with one_step(cursor):
        for block in blocks:
            structure = structure_of(block.blockFormat())
            if structure.kind == "list_item":
                level = max(structure.level + by, 0)
                moved = joined(block, replace(structure, level=level, number=1, apart=False))
            else:
                moved = replace(structure, item_depth=max(structure.item_depth + by, 0))
            QTextCursor(block).setBlockFormat(block_format(moved))
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
    is_inside = structure.quote_depth or structure.item_depth
    return structure.kind == "paragraph" and not is_inside


def _as_item(block: Block, *, ordered: bool) -> Block:
    level = block.level if block.kind == "list_item" else 0
    return Block(
        "list_item",
        level=level,
        quote_depth=block.quote_depth,
        ordered=ordered,
        checked=block.checked,
        loose=block.loose,
    )


def _is_task(block: QTextBlock) -> bool:
    structure = structure_of(block.blockFormat())
    return structure.kind == "list_item" and structure.checked is not None


def _depth_of(structure: Block) -> int:
    return structure.level if structure.kind == "list_item" else structure.item_depth


def _blocks_within(block: QTextBlock, level: int) -> list[QTextBlock]:
    """Return the blocks that stand in the item at `block`, which is `level` deep."""
    result: list[QTextBlock] = []
    below = block.next()
    while below.isValid():
        structure = structure_of(below.blockFormat())
        if _depth_of(structure) <= level:
            break
        result.append(below)
        below = below.next()
    return result
