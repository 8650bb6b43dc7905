"""Document to QTextDocument and back: every block and mark, nothing of Qt's own Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

from tinymorph.text.document import Block, Document, Inline
from tinymorph.ui.editor.formats import (
    VERBATIM,
    base_char_format,
    block_format,
    filled,
    page_kind_of,
    structure_of,
)
from tinymorph.ui.editor.numbering import PageNumbers, numbered
from tinymorph.ui.editor.runs import inlines_of, insert_inlines
from tinymorph.ui.editor.tables import block_after, insert_table, read_table, table_at


def show_document(document: Document, target: QTextDocument, margin: float = 0.0) -> None:
    """Replace everything in `target`; this is where its undo history begins."""
    target.setUndoRedoEnabled(False)
    target.clear()
    target.setDocumentMargin(margin)
    cursor = QTextCursor(target)
    cursor.beginEditBlock()
    insert_blocks(cursor, document.blocks or (Block("paragraph"),), is_first=True)
    cursor.endEditBlock()
    target.setUndoRedoEnabled(True)
    target.setModified(False)


def insert_blocks(
    cursor: QTextCursor,
    blocks: Iterable[Block],
    *,
    is_first: bool = False,
    numbers: PageNumbers | None = None,
) -> None:
    """Insert each block as a block of its own; the first takes the cursor's if `is_first`.

    Who appends one document in several calls gives the same `numbers` to each, so that a list
    goes on over the seam.
    """
    takes_block = is_first or is_filler(cursor.block())
    for block in (numbers or PageNumbers()).each(blocks):
        if block.table is not None:
            if takes_block:
                cursor.setBlockFormat(block_format(Block("paragraph"), "filler"))
            insert_table(cursor, block)
            takes_block = True
            continue
        base = base_char_format(block)
        if takes_block:
            cursor.setBlockFormat(block_format(block))
            cursor.setBlockCharFormat(base)
        else:
            cursor.insertBlock(block_format(block), base)
        takes_block = False
        insert_inlines(cursor, block)


def read_document(source: QTextDocument) -> Document:
    """Return what the page holds."""
    return Document(numbered(_unnumbered(source)))


def blocks_of(source: QTextDocument) -> Iterator[QTextBlock]:
    """Yield every block, first to last, those in tables too."""
    block = source.begin()
    while block.isValid():
        yield block
        block = block.next()


def read_block(block: QTextBlock) -> Block:
    """Return one block with its marks, from nothing but itself; not for blocks in tables.

    A numbered item says where its list starts; `numbered` gives a row of blocks their numbers.
    A rule that somebody typed into is a paragraph.
    """
    return _with_words(block, inlines_of(block))


def read_part(block: QTextBlock, first: int, last: int) -> Block:
    """Return what `read_block` does with the words between two of Qt's positions in the block."""
    return _with_words(block, inlines_of(block, first, last))


def is_filler(block: QTextBlock) -> bool:
    """Say whether a block is no part of the document: the empty line that Qt needs by a table."""
    return block.length() <= 1 and page_kind_of(block.blockFormat()) == "filler"


def _with_words(block: QTextBlock, inlines: tuple[Inline, ...]) -> Block:
    structure = structure_of(block.blockFormat())
    if not inlines:
        return structure
    if structure.kind in VERBATIM:
        inlines = (Inline("".join(inline.text for inline in inlines)),)
    elif structure.kind == "rule":
        structure = replace(structure, kind="paragraph")
    return filled(structure, inlines, structure.origin)


def _unnumbered(source: QTextDocument) -> Iterator[Block]:
    has_tables = bool(source.rootFrame().childFrames())
    block = source.begin()
    while block.isValid():
        table = table_at(block) if has_tables else None
        if table is not None:
            yield read_table(table)
            block = block_after(table)
            continue
        if not is_filler(block):
            yield read_block(block)
        block = block.next()
