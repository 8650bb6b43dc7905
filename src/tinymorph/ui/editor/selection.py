"""The selected part of the page as a document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from PySide6.QtGui import QTextCursor, QTextTable

from tinymorph.text.document import Block, Document, Table
from tinymorph.ui.editor.document_map import is_filler, read_part
from tinymorph.ui.editor.numbering import numbered
from tinymorph.ui.editor.tables import block_after, read_table, table_at


def selected_document(cursor: QTextCursor) -> Document:
    """Return what is selected; of a table that is cut through, the rows and columns it takes."""
    table = cursor.currentTable()
    if table and cursor.hasComplexSelection():
        return Document((_selected_cells(cursor, table),))
    return Document(tuple(replace(block, origin=None) for block in numbered(_parts(cursor))))


def _parts(cursor: QTextCursor) -> Iterator[Block]:
    start, end = cursor.selectionStart(), cursor.selectionEnd()
    block = cursor.document().findBlock(start)
    is_within_cell = bool(cursor.currentTable())
    while block.isValid() and block.position() <= end:
        table = None if is_within_cell else table_at(block)
        if table is not None:
            yield read_table(table)
            block = block_after(table)
            continue
        if not is_filler(block):
            first = max(start - block.position(), 0)
            yield read_part(block, first, min(end - block.position(), block.length() - 1))
        block = block.next()


def _selected_cells(cursor: QTextCursor, table: QTextTable) -> Block:
    found = cast("tuple[int, int, int, int]", cursor.selectedTableCells())  # the stubs say object
    first_row, rows, first_column, columns = found
    whole = read_table(table)
    held = whole.table or Table((), ())
    cut = slice(first_column, first_column + columns)
    cells = tuple(row[cut] for row in held.rows[first_row : first_row + rows])
    return replace(whole, table=Table(held.alignments[cut], cells), origin=None)
