"""What commands do to any document, and that undo takes all of it back."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QTextCursor, QTextDocument

from helpers.any_document import documents
from tinymorph.text.document import Block, Document, Image, Inline
from tinymorph.ui.actions import TABLE_COMMANDS
from tinymorph.ui.editor.clipboard import paste
from tinymorph.ui.editor.commands import (
    change_marks,
    nest_items,
    set_kind,
    tick_tasks,
    toggle_list,
    toggle_quote,
    toggle_task,
)
from tinymorph.ui.editor.document_map import read_document, show_document
from tinymorph.ui.editor.insertions import put_footnote, put_picture
from tinymorph.ui.editor.table_commands import change_table, go_to_cell, put_table


def paste_html(cursor):
    data = QMimeData()
    data.setHtml("<p>one</p><ul><li>two</li></ul><table><tr><td>3</td></tr></table>")
    paste(cursor, data)


COMMANDS = {
    "bulleted": lambda cursor: toggle_list(cursor, ordered=False),
    "numbered": lambda cursor: toggle_list(cursor, ordered=True),
    "tasks": toggle_task,
    "tick": tick_tasks,
    "quote": toggle_quote,
    "heading": lambda cursor: set_kind(cursor, Block("heading", level=2)),
    "code": lambda cursor: set_kind(cursor, Block("code")),
    "in": lambda cursor: nest_items(cursor, 1),
    "out": lambda cursor: nest_items(cursor, -1),
    "bold": lambda cursor: change_marks(cursor, lambda old: Inline("", bold=not old.bold)),
    "table": lambda cursor: put_table(cursor, 2, 2),
    "cell": lambda cursor: go_to_cell(cursor, 1),
    "picture": lambda cursor: put_picture(cursor, Image("a.png", "a")),
    "footnote": lambda cursor: put_footnote(cursor, Document()),
    "paste": paste_html,
    "type": lambda cursor: cursor.insertText("x\U0001f98a"),
    "return": lambda cursor: cursor.insertBlock(),
    "cut": lambda cursor: cursor.removeSelectedText(),
    **{key: lambda cursor, key=key: change_table(cursor, key) for key, _ in TABLE_COMMANDS},
}
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(COMMANDS)), st.integers(0, 300), st.integers(0, 40)),
    min_size=1,
    max_size=8,
)


def with_origins(document):
    return [(block, block.origin) for block in document.blocks]


@given(document=documents, steps=STEPS)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_undo_takes_back_whatever_commands_did_and_redo_does_it_again(qapp, document, steps):
    page = QTextDocument()
    show_document(document, page)
    before = with_origins(read_document(page))
    for name, position, length in steps:
        cursor = QTextCursor(page)
        last = page.characterCount() - 1
        cursor.setPosition(min(position, last))
        cursor.setPosition(min(position + length, last), QTextCursor.MoveMode.KeepAnchor)
        COMMANDS[name](cursor)
    after = with_origins(read_document(page))
    while page.isUndoAvailable():
        page.undo()
    assert with_origins(read_document(page)) == before
    while page.isRedoAvailable():
        page.redo()
    assert with_origins(read_document(page)) == after


@given(document=documents, name=st.sampled_from(sorted(COMMANDS)), position=st.integers(0, 300))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_each_command_is_one_undo_step(qapp, document, name, position):
    page = QTextDocument()
    show_document(document, page)
    before = with_origins(read_document(page))
    cursor = QTextCursor(page)
    cursor.setPosition(min(position, page.characterCount() - 1))
    COMMANDS[name](cursor)
    page.undo()
    assert with_origins(read_document(page)) == before
    assert not page.isUndoAvailable()
