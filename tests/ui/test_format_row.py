"""The row of formatting controls follows the cursor, and is left alone while keys come."""

import pytest
from PySide6.QtWidgets import QComboBox

from tinymorph.text.markdown.whole import read_markdown
from tinymorph.ui.format_row import FormatRow


@pytest.fixture
def window(workplace):
    window = workplace.window
    window.editor.load(read_markdown("# Title\n\nplain **bold** words\n"))
    return window


def go_to(window, position):
    cursor = window.editor.textCursor()
    cursor.setPosition(position)
    window.editor.setTextCursor(cursor)


def test_the_controls_show_the_marks_and_the_kind_at_the_cursor(window, qtbot):
    style = window.findChild(FormatRow).findChild(QComboBox)
    go_to(window, 0)
    qtbot.waitUntil(lambda: style.currentText() == "Heading 1")
    go_to(window, len("Title\nplain bo"))
    qtbot.waitUntil(lambda: style.currentText() == "Paragraph")
    assert window.actions_by_key["bold"].isChecked()
    go_to(window, len("Title\npl"))
    qtbot.waitUntil(lambda: not window.actions_by_key["bold"].isChecked())


def test_a_mark_is_put_on_at_once_though_the_row_is_still_to_follow(window, qtbot):
    go_to(window, len("Title\nplain bo"))
    window.actions_by_key["bold"].trigger()
    qtbot.keyClicks(window.editor, "x")
    runs = window.editor.document_value().blocks[1].inlines
    assert [(run.text, run.bold) for run in runs][1:4] == [
        ("bo", True),
        ("x", False),
        ("ld", True),
    ]
