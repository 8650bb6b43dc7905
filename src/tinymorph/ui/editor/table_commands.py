"""What can be done to a table: go round its cells, add and take rows and columns, align them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QTextCursor, QTextTable

from tinymorph.text.document import Alignment, Block, Table
from tinymorph.ui.editor.commands import one_step
from tinymorph.ui.editor.document_map import is_filler
from tinymorph.ui.editor.formats import block_format, is_verbatim, structure_of
from tinymorph.ui.editor.tables import (
    ALIGNMENTS,
    alignments_of,
    block_after,
    cell_blocks,
    cell_format,
    insert_table,
    letters_of,
)

MAX_ROWS, MAX_COLUMNS = 200, 30


def put_table(cursor: QTextCursor, rows: int, columns: int) -> bool:
    """Insert an empty table below the cursor's block; False where there can be none."""
    block = cursor.block()
    if cursor.currentTable() or is_verbatim(block.blockFormat()):
        return False
    structure = structure_of(block.blockFormat())
    columns = max(1, min(columns, MAX_COLUMNS))
    cells = tuple(() for _ in range(columns))
    table = Table(("",) * columns, (cells,) * max(1, min(rows, MAX_ROWS)))
    with one_step(cursor):
        cursor.clearSelection()
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
        if not block.text() and structure.kind == "paragraph" and not is_filler(block):
            cursor.setBlockFormat(block_format(Block("paragraph"), "filler"))
        made = insert_table(cursor, Block("table", quote_depth=structure.quote_depth, table=table))
    cursor.setPosition(made.firstPosition())
    return True


def go_to_cell(cursor: QTextCursor, step: int) -> bool:
    """Go to the next or the previous cell; from the last one into a new row."""
    table = cursor.currentTable()
    if not table:
        return False
    cell = table.cellAt(cursor)
    index = cell.row() * table.columns() + cell.column() + step
    if index < 0:
        cursor.setPosition(table.firstPosition())
    elif index < table.rows() * table.columns():
        _enter(cursor, table, *divmod(index, table.columns()))
    else:
        with one_step(cursor):
            _insert_row(table, table.rows())
        _enter(cursor, table, table.rows() - 1, 0)
    return True


def go_down(cursor: QTextCursor) -> None:
    """Go to the cell below; from the last row to what stands below the table."""
    table = cursor.currentTable()
    cell = table.cellAt(cursor)
    if cell.row() + 1 < table.rows():
        _enter(cursor, table, cell.row() + 1, cell.column())
        return
    below = block_after(table)
    cursor.setPosition(below.position())
    if is_filler(below) and not below.next().isValid():
        cursor.setBlockFormat(block_format(Block("paragraph")))


def change_table(cursor: QTextCursor, change: str) -> bool:
    """Make one of `ui.actions.TABLE_COMMANDS` in the table that the cursor stands in, as one undo step; False if it is in none."""
    table = cursor.currentTable()
    if not table:
        return False
    with one_step(cursor):
        _CHANGES[change](cursor, table)
    return True


def _enter(cursor: QTextCursor, table: QTextTable, row: int, column: int) -> None:
    cell = table.cellAt(row, column)
    cursor.setPosition(cell.lastCursorPosition().position())


def _insert_row(table: QTextTable, row: int) -> None:
    table.insertRows(row, 1)
    for column, alignment in enumerate(alignments_of(table)):
        table.cellAt(row, column).firstCursorPosition().setBlockFormat(cell_format(alignment))


def _insert_column(table: QTextTable, column: int) -> None:
    alignments = alignments_of(table)
    table.insertColumns(column, 1)
    for row in range(table.rows()):
        table.cellAt(row, column).firstCursorPosition().setBlockFormat(cell_format(""))
    _set_alignments(table, (*alignments[:column], "", *alignments[column:]))


def _row_above(cursor: QTextCursor, table: QTextTable) -> None:
    """Insert a row; above the header it becomes the header."""
    row = table.cellAt(cursor).row()
    _insert_row(table, row)
    _enter(cursor, table, row, 0)


def _row_below(cursor: QTextCursor, table: QTextTable) -> None:
    row = table.cellAt(cursor).row() + 1
    _insert_row(table, row)
    _enter(cursor, table, row, 0)


def _column_left(cursor: QTextCursor, table: QTextTable) -> None:
    cell = table.cellAt(cursor)
    row, column = cell.row(), cell.column()
    _insert_column(table, column)
    _enter(cursor, table, row, column)


def _column_right(cursor: QTextCursor, table: QTextTable) -> None:
    cell = table.cellAt(cursor)
    row, column = cell.row(), cell.column() + 1
    _insert_column(table, column)
    _enter(cursor, table, row, column)


def _delete_row(cursor: QTextCursor, table: QTextTable) -> None:
    if table.rows() == 1:
        _delete_table(cursor, table)
        return
    cell = table.cellAt(cursor)
    row, column = cell.row(), cell.column()
    table.removeRows(row, 1)
    _enter(cursor, table, min(row, table.rows() - 1), column)


def _delete_column(cursor: QTextCursor, table: QTextTable) -> None:
    if table.columns() == 1:
        _delete_table(cursor, table)
        return
    cell, alignments = table.cellAt(cursor), alignments_of(table)
    row, column = cell.row(), cell.column()
    table.removeColumns(column, 1)
    _set_alignments(table, alignments[:column] + alignments[column + 1 :])
    _enter(cursor, table, row, min(column, table.columns() - 1))


def _delete_table(cursor: QTextCursor, table: QTextTable) -> None:
    """Take the table off the page; the blocks above and below stay two blocks."""
    below = block_after(table)
    first = table.firstPosition() - 1
    above = cursor.document().findBlock(first)
    kept = block_format(Block("paragraph")) if is_filler(above) else above.blockFormat()
    if not is_filler(below):
        cursor.setPosition(below.position())
        cursor.insertBlock(below.blockFormat(), below.charFormat())
    cursor.setPosition(first)
    cursor.setPosition(table.lastPosition() + 1, QTextCursor.MoveMode.KeepAnchor)
    cursor.removeSelectedText()
    cursor.setBlockFormat(kept)


def _align(alignment: Alignment) -> Callable[[QTextCursor, QTextTable], None]:
    def change(cursor: QTextCursor, table: QTextTable) -> None:
        column = table.cellAt(cursor).column()
        alignments = alignments_of(table)
        _set_alignments(table, (*alignments[:column], alignment, *alignments[column + 1 :]))
        for row in range(table.rows()):
            for block in cell_blocks(table.cellAt(row, column)):
                QTextCursor(block).setBlockFormat(cell_format(alignment))

    return change


def _set_alignments(table: QTextTable, alignments: tuple[Alignment, ...]) -> None:
    form = table.format()
    form.setProperty(ALIGNMENTS, letters_of(alignments))
    table.setFormat(form)


_CHANGES: dict[str, Callable[[QTextCursor, QTextTable], None]] = {
    "row_above": _row_above,
    "row_below": _row_below,
    "column_left": _column_left,
    "column_right": _column_right,
    "delete_row": _delete_row,
    "delete_column": _delete_column,
    "delete_table": _delete_table,
    "align_left": _align("left"),
    "align_center": _align("center"),
    "align_right": _align("right"),
    "align_none": _align(""),
}
