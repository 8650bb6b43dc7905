"""Tables of the document as tables of the page, and back."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QTextBlock,
    QTextBlockFormat,
    QTextCursor,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
    QTextTableCell,
    QTextTableFormat,
)

from tinymorph.text.document import Alignment, Block, Cell, Inline, Table
from tinymorph.ui.editor.formats import (
    ORIGIN,
    PARAGRAPH_GAP_PX,
    STRUCTURE,
    block_format,
    indent_of,
    structure_of,
    structure_text,
)
from tinymorph.ui.editor.runs import inlines_of, insert_inlines, joined

ALIGNMENTS = QTextFormat.Property.UserProperty.value + 4
"""One letter for each column of a table: l, c, r, or - for none."""
CELL_PADDING_PX = 7.0
INDENT_PX = 30.0

_LETTER_OF: dict[Alignment, str] = {"": "-", "left": "l", "center": "c", "right": "r"}
_ALIGNMENT_OF: dict[str, Alignment] = {letter: name for name, letter in _LETTER_OF.items()}
_FLAG_OF: dict[Alignment, Qt.AlignmentFlag] = {
    "left": Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute,
    "center": Qt.AlignmentFlag.AlignHCenter,
    "right": Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute,
}
_CELL = Block("paragraph")


def table_at(block: QTextBlock) -> QTextTable | None:
    """Return the table that a block of the page stands in."""
    found = QTextCursor(block).currentTable()
    return found or None


def block_after(table: QTextTable) -> QTextBlock:
    """Return the first block of the page below a table.

    Never by `table.document()`: PySide lets the document's wrapper die with the table's.
    """
    return table.lastCursorPosition().block().next()


def insert_table(cursor: QTextCursor, block: Block) -> QTextTable:
    """Insert a table below the cursor's block, where the cursor is at its end.

    The cursor comes to stand in an empty filler below the table, for Qt needs a line there.
    """
    table = block.table or Table(("",), (((),),))
    columns = max(len(table.alignments), *(len(row) for row in table.rows), 1)
    alignments = table.alignments + ("",) * (columns - len(table.alignments))
    made = cursor.insertTable(max(len(table.rows), 1), columns, table_format(block, alignments))
    forms = [cell_format(alignment) for alignment in alignments]
    for row, cells in enumerate(table.rows):
        for column, form in enumerate(forms):
            inside = made.cellAt(row, column).firstCursorPosition()
            inside.setBlockFormat(form)
            if column < len(cells):
                insert_inlines(inside, Block("paragraph", cells[column]))
    cursor.setPosition(made.lastPosition() + 1)
    if cursor.block().length() <= 1:
        cursor.setBlockFormat(block_format(_CELL, "filler"))
    return made


def read_table(table: QTextTable) -> Block:
    """Return a table of the page as a block."""
    form = table.format()
    structure = structure_of(form)
    rows = tuple(
        tuple(_read_cell(table.cellAt(row, column)) for column in range(table.columns()))
        for row in range(table.rows())
    )
    return Block(
        "table",
        quote_depth=structure.quote_depth,
        item_depth=structure.item_depth,
        apart=structure.apart,
        table=Table(alignments_of(table), rows),
        origin=structure.origin,
    )


def table_format(block: Block, alignments: tuple[Alignment, ...]) -> QTextTableFormat:
    """Return the format that says what a table is; its lines are drawn by the page."""
    result = QTextTableFormat()
    result.setProperty(STRUCTURE, structure_text(block))
    if block.origin is not None:
        result.setProperty(ORIGIN, block.origin)
    result.setProperty(ALIGNMENTS, letters_of(alignments))
    result.setBorder(0)
    result.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_None)
    result.setCellSpacing(0)
    result.setCellPadding(CELL_PADDING_PX)
    result.setTopMargin(PARAGRAPH_GAP_PX)
    result.setBottomMargin(PARAGRAPH_GAP_PX)
    result.setLeftMargin(INDENT_PX * indent_of(block))
    result.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    result.setHeaderRowCount(1)
    return result


def cell_format(alignment: Alignment) -> QTextBlockFormat:
    """Return the format of a block in a cell."""
    result = block_format(_CELL, "cell")
    if alignment:
        result.setAlignment(_FLAG_OF[alignment])
    return result


def alignments_of(table: QTextTable) -> tuple[Alignment, ...]:
    """Return the alignment of each column of a table."""
    letters = str(table.format().property(ALIGNMENTS) or "")
    letters = letters[: table.columns()].ljust(table.columns(), "-")
    return tuple(_ALIGNMENT_OF[letter] for letter in letters)


def letters_of(alignments: tuple[Alignment, ...]) -> str:
    """Return alignments as the table's format holds them."""
    return "".join(_LETTER_OF[alignment] for alignment in alignments)


def cell_blocks(cell: QTextTableCell) -> Iterator[QTextBlock]:
    """Yield the blocks of a cell; ours have one, but Qt can make more."""
    block, last = cell.firstCursorPosition().block(), cell.lastPosition()
    while block.isValid() and block.position() <= last:
        yield block
        block = block.next()


def _read_cell(cell: QTextTableCell) -> Cell:
    found: list[Inline] = []
    for number, block in enumerate(cell_blocks(cell)):
        if number:
            found.append(Inline("\n"))
        found.extend(inlines_of(block))
    return joined(found) if len(found) > 1 else tuple(found)
