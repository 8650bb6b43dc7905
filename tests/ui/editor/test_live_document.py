"""Promises of the page's mirror in values."""

from __future__ import annotations

from collections.abc import Callable
from operator import is_

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor, QTextDocument

from text.markdown.strategies import documents
from tinymorph.text.document import Block, Document, Inline, Table
from tinymorph.text.markdown import normalised, read_markdown
from tinymorph.text.markdown.slices import read_source
from tinymorph.ui.editor.commands import set_kind, toggle_list
from tinymorph.ui.editor.document_map import read_document, show_document
from tinymorph.ui.editor.live_document import LiveDocument

TABLE = Block(
    "table",
    table=Table(("", "right"), (((Inline("a"),), (Inline("b"),)), ((Inline("1"),), ()))),
)
RICH = Document(
    (
        Block("heading", (Inline("Title"),), 1),
        Block("paragraph", (Inline("some "), Inline("bold", bold=True))),
        TABLE,
        TABLE,
        Block("list_item", (Inline("one"),), ordered=True, number=3),
        Block("list_item", (Inline("two"),), ordered=True, number=4),
        Block("paragraph", (Inline("last"),)),
    )
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["type", "return", "delete", "backspace", "undo", "redo", "cut", "list", "heading"]
        ),
        st.integers(0, 400),
        st.integers(0, 60),
    ),
    max_size=12,
)


def take_step(document: QTextDocument, kind: str, at: int, length: int) -> None:
    """Do one thing to the page, somewhere."""
    cursor = QTextCursor(document)
    end = document.characterCount() - 1
    cursor.setPosition(min(at, end))
    if kind in {"cut", "list"}:
        cursor.setPosition(min(at + length, end), QTextCursor.MoveMode.KeepAnchor)
    in_table = cursor.currentTable() is not None
    things: dict[str, Callable[[], object]] = {
        "type": lambda: cursor.insertText("wörd \U0001f600"),
        "return": cursor.insertBlock,
        "delete": cursor.deleteChar,
        "backspace": cursor.deletePreviousChar,
        "cut": cursor.removeSelectedText,
        "list": lambda: in_table or toggle_list(cursor, ordered=True),
        "heading": lambda: in_table or set_kind(cursor, Block("heading", level=2)),
        "undo": document.undo,
        "redo": document.redo,
    }
    things[kind]()


@given(document=documents(), steps=STEPS, looks_often=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_mirror_equals_the_page_after_any_steps(
    qapp,
    document: Document,
    steps: list[tuple[str, int, int]],
    looks_often: bool,
) -> None:
    page = QTextDocument()
    show_document(Document((*document.blocks, *RICH.blocks)), page)
    live = LiveDocument(page)
    for kind, at, length in steps:
        take_step(page, kind, at, length)
        if looks_often:
            live.snapshot()
    assert live.value() == read_document(page)


def test_what_was_loaded_stays_the_very_same_blocks(editor, qtbot) -> None:
    document = read_markdown("# A\n\nb *c*\n\n- d\n\n`e`\n")
    editor.load(document)
    qtbot.keyClicks(editor, "x")
    value = editor.document_value()
    assert value.blocks[0].text == "xA"
    assert all(new is old for new, old in zip(value.blocks[1:], document.blocks[1:], strict=True))


def test_only_what_changed_is_read_again(editor, qtbot, monkeypatch) -> None:
    editor.load(Document(tuple(Block("paragraph", (Inline(f"p{i}"),)) for i in range(500))))
    editor.document_value()
    read: list[int] = []
    whole = LiveDocument._read
    monkeypatch.setattr(
        LiveDocument, "_read", lambda self, index: read.append(index) or whole(self, index)
    )
    qtbot.keyClicks(editor, "xy")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    editor.document_value()
    assert read == [0, 1]


def test_parts_that_arrive_while_somebody_types_make_the_whole_document(editor, qtbot) -> None:
    parts = [[Block("paragraph", (Inline(f"{i} {j}"),)) for j in range(5)] for i in range(4)]
    editor.begin_loading()
    for part in parts:
        editor.append_loaded(part)
        qtbot.keyClicks(editor, "k")
    editor.end_loading()
    expected = [block.text for part in parts for block in part]
    expected[0] = "kkkk" + expected[0]
    assert [block.text for block in editor.document_value().blocks] == expected
    assert editor.document().isModified()


def test_words_typed_at_the_very_end_stay_there_while_more_arrives(editor, qtbot) -> None:
    editor.begin_loading()
    editor.append_loaded([Block("paragraph", (Inline("one"),))])
    editor.moveCursor(QTextCursor.MoveOperation.End)
    editor.append_loaded([Block("paragraph", (Inline("two"),))])
    qtbot.keyClicks(editor, "!")
    editor.end_loading()
    assert [block.text for block in editor.document_value().blocks] == ["one!", "two"]


def test_an_undone_document_is_the_one_that_was_loaded(editor, qtbot) -> None:
    editor.load(RICH)
    before = editor.document_value()
    qtbot.keyClicks(editor, "xyz")
    while editor.document().isUndoAvailable():
        editor.undo()
    assert editor.document_value() == before
    assert normalised(editor.document_value()) == normalised(RICH)


def test_what_came_in_parts_and_what_is_undone_are_the_very_blocks_that_were_loaded(editor) -> None:
    blocks = read_source("one\n\n*two*\n\n- a\n- b\n\n> c\n").blocks
    editor.begin_loading()
    for block in blocks:
        editor.append_loaded([block])
    editor.end_loading()
    assert all(map(is_, editor.live.snapshot(), blocks))
    cursor = QTextCursor(editor.document())
    cursor.insertText("x")
    assert editor.live.snapshot()[0] != blocks[0]
    editor.undo()
    assert all(map(is_, editor.live.snapshot(), blocks))
