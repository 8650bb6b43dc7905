"""Tables on the page."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor, QTextDocument

from helpers.any_document import documents, normal
from tinymorph.text.document import Block, Document, Inline, Table
from tinymorph.ui.actions import TABLE_COMMANDS
from tinymorph.ui.editor.commands import set_kind, toggle_list, toggle_quote, toggle_task
from tinymorph.ui.editor.document_map import blocks_of, read_document, show_document
from tinymorph.ui.editor.table_commands import change_table, go_to_cell, put_table
from tinymorph.ui.editor.tables import table_at

BEFORE, AFTER = Block("paragraph", (Inline("Before."),)), Block("paragraph", (Inline("After."),))


def cell(text):
    return (Inline(text),) if text else ()


def table_of(*rows, alignments=None):
    cells = tuple(tuple(cell(text) for text in row) for row in rows)
    return Block("table", table=Table(alignments or ("",) * len(rows[0]), cells))


THREE = table_of(("a", "b"), ("c", "d"), ("e", "f"), alignments=("left", "right"))


def words(document):
    block = next(block for block in document.blocks if block.table is not None)
    return [["".join(run.text for run in cell) for cell in row] for row in block.table.rows]


@pytest.fixture
def page(editor):
    editor.load(Document((BEFORE, THREE, AFTER)))
    go_to(editor, "c")
    return editor


def go_to(editor, text):
    block = next(block for block in blocks_of(editor.document()) if block.text() == text)
    editor.setTextCursor(QTextCursor(block))


def change(editor, name):
    cursor = editor.textCursor()
    assert change_table(cursor, name)
    editor.setTextCursor(cursor)
    return words(editor.document_value())


def test_tab_goes_round_the_cells_and_the_last_one_gets_a_row(page, qtbot):
    seen = []
    for _ in range(5):
        seen.append(page.textCursor().block().text())
        qtbot.keyClick(page, Qt.Key.Key_Tab)
    assert seen == ["c", "d", "e", "f", ""]
    assert words(page.document_value())[-1] == ["", ""]
    qtbot.keyClick(page, Qt.Key.Key_Backtab)
    qtbot.keyClick(page, Qt.Key.Key_Backtab)
    assert page.textCursor().block().text() == "f"


def test_the_row_that_tab_made_goes_with_one_undo(page, qtbot):
    before = page.document_value()
    go_to(page, "f")
    qtbot.keyClick(page, Qt.Key.Key_Tab)
    page.undo()
    assert page.document_value() == before


def test_return_goes_down_and_never_parts_a_cell(page, qtbot):
    qtbot.keyClick(page, Qt.Key.Key_Return)
    assert page.textCursor().block().text() == "e"
    qtbot.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert page.textCursor().block().text() == "After."
    assert page.document_value() == Document((BEFORE, THREE, AFTER))


def test_below_a_table_that_ends_the_document_return_begins_a_paragraph(editor, qtbot):
    editor.load(Document((THREE,)))
    go_to(editor, "f")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.keyClicks(editor, "On.")
    assert editor.document_value().blocks == (THREE, Block("paragraph", (Inline("On."),)))


def test_rows_and_columns_come_and_go(page):
    assert change(page, "row_above") == [["a", "b"], ["", ""], ["c", "d"], ["e", "f"]]
    assert change(page, "delete_row") == [["a", "b"], ["c", "d"], ["e", "f"]]
    assert change(page, "row_below")[2] == ["", ""]
    assert change(page, "column_left")[0] == ["", "a", "b"]
    assert page.document_value().blocks[1].table.alignments == ("", "left", "right")
    assert change(page, "delete_column")[0] == ["a", "b"]
    assert page.document_value().blocks[1].table.alignments == ("left", "right")
    assert change(page, "column_right")[0] == ["a", "", "b"]


def test_a_column_is_aligned_for_all_its_rows(page):
    change(page, "align_center")
    assert page.document_value().blocks[1].table.alignments == ("center", "right")
    flags = {
        block.text(): block.blockFormat().alignment() & Qt.AlignmentFlag.AlignHorizontal_Mask
        for block in blocks_of(page.document())
        if table_at(block) is not None
    }
    assert {flags["a"], flags["c"], flags["e"]} == {Qt.AlignmentFlag.AlignHCenter}


@pytest.mark.parametrize("name", [key for key, _ in TABLE_COMMANDS])
def test_each_change_of_a_table_is_one_undo_step_and_redo_brings_it_again(page, name):
    before = page.document_value()
    change_table(page.textCursor(), name)
    after = page.document_value()
    assert after != before or name == "align_left"
    page.undo()
    assert page.document_value() == before
    page.redo()
    assert page.document_value() == after


def test_a_deleted_table_leaves_the_paragraphs_beside_it_apart(page):
    assert change_table(page.textCursor(), "delete_table")
    assert page.document_value().blocks == (BEFORE, AFTER)


@given(document=documents, others=st.data())
@settings(max_examples=40, deadline=None)
def test_deleting_any_table_of_any_document_takes_nothing_else(qapp, document, others):
    page = QTextDocument()
    show_document(document, page)
    whole = normal(document)
    tables = [number for number, block in enumerate(whole.blocks) if block.table is not None]
    if not tables:
        return
    chosen = others.draw(st.sampled_from(tables))
    frames = page.rootFrame().childFrames()
    cursor = frames[tables.index(chosen)].firstCursorPosition()
    change_table(cursor, "delete_table")
    kept = whole.blocks[:chosen] + whole.blocks[chosen + 1 :]
    left = [block for block in read_document(page).blocks if block != Block("paragraph")]
    assert [block.text for block in left] == [
        block.text for block in kept if block != Block("paragraph")
    ]


def test_a_new_table_stands_below_the_paragraph_and_the_caret_in_it(editor, qtbot):
    editor.load(Document((BEFORE, AFTER)))
    cursor = editor.textCursor()
    assert put_table(cursor, 2, 3)
    editor.setTextCursor(cursor)
    qtbot.keyClicks(editor, "x")
    made = table_of(("x", "", ""), ("", "", ""))
    assert editor.document_value().blocks == (BEFORE, made, AFTER)
    editor.undo()
    editor.undo()
    assert editor.document_value().blocks == (BEFORE, AFTER)


def test_a_table_takes_the_place_of_an_empty_paragraph(editor):
    cursor = editor.textCursor()
    put_table(cursor, 1, 1)
    assert editor.document_value().blocks == (table_of(("",)),)
    assert not put_table(cursor, 1, 1), "no table in a table"


def test_keys_at_the_borders_of_cells_take_nothing(page, qtbot):
    page.moveCursor(QTextCursor.MoveOperation.StartOfBlock)
    qtbot.keyClick(page, Qt.Key.Key_Backspace)
    page.moveCursor(QTextCursor.MoveOperation.EndOfBlock)
    qtbot.keyClick(page, Qt.Key.Key_Delete)
    assert page.document_value() == Document((BEFORE, THREE, AFTER))


def test_backspace_below_a_table_goes_into_it(page, qtbot):
    go_to(page, "After.")
    page.moveCursor(QTextCursor.MoveOperation.StartOfBlock)
    qtbot.keyClick(page, Qt.Key.Key_Backspace)
    assert page.textCursor().block().text() == "f"
    assert page.document_value() == Document((BEFORE, THREE, AFTER))


def test_a_cell_stays_a_cell_whatever_the_format_menu_says(page, qtbot):
    cursor = page.textCursor()
    set_kind(cursor, Block("heading", level=1))
    toggle_list(cursor, ordered=True)
    toggle_quote(cursor)
    toggle_task(cursor)
    assert page.document_value() == Document((BEFORE, THREE, AFTER))


def test_tab_outside_a_table_is_not_its_business(editor):
    editor.load(Document((BEFORE, THREE)))
    assert not go_to_cell(editor.textCursor(), 1)
