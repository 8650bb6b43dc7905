"""What stands around a paragraph goes along when rewrites of it are asked for."""

import pytest

from tinymorph.text.markdown.whole import read_markdown
from tinymorph.ui.editor.page import Editor
from tinymorph.ui.editor.snapshot import CHARACTERS_AROUND
from tinymorph.ui.theme import load_theme

TEXT = "# Title\n\nabove **it**\n\n- first item\n- second item\n\nbelow\n\n| a | b |\n|---|---|\n| c | d |\n"


@pytest.fixture
def editor(qtbot):
    editor = Editor(load_theme("light"))
    qtbot.addWidget(editor)
    editor.load(read_markdown(TEXT))
    return editor


def around(editor, words):
    cursor = editor.document().find(words)
    assert not cursor.isNull()
    editor.setTextCursor(cursor)
    return editor.surroundings()


def test_a_paragraph_comes_with_the_words_above_and_below_it(editor):
    found = around(editor, "above")
    assert found.form == "paragraph"
    assert found.before == "Title"
    assert found.after.startswith("first item\n\nsecond item\n\nbelow")


def test_a_list_item_and_a_table_cell_are_told_as_what_they_are(editor):
    found = around(editor, "second item")
    assert (found.form, found.before) == ("list_item", "Title\n\nabove it\n\nfirst item")
    cursor = editor.document().find("c", editor.document().find("below").position())
    editor.setTextCursor(cursor)
    assert editor.surroundings().form == "table_cell"


def test_of_a_long_document_only_what_is_near_goes_along(editor):
    editor.load(read_markdown("\n\n".join(f"Paragraph {number} of many." for number in range(900))))
    found = around(editor, "Paragraph 450 ")
    assert found.before.endswith("Paragraph 449 of many.")
    assert found.after.startswith("Paragraph 451 of many.")
    assert len(found.before) < 2 * CHARACTERS_AROUND


def test_the_request_carries_what_is_around(workplace, qtbot):
    window, session = workplace.window, workplace.session
    window.editor.load(read_markdown(TEXT))
    window.editor.setTextCursor(window.editor.document().find("second item"))
    window.conductor.suggest()
    request = session.suggestion_request
    assert request.form == "list_item"
    assert "first item" in request.before
    assert "below" in request.after
