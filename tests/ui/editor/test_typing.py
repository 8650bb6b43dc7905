"""What keys do on the page."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor

from tinymorph.text.document import Block, Document, Inline

RETURN = Qt.Key.Key_Return


def kinds(editor):
    return [(block.kind, block.text) for block in editor.document_value().blocks]


def test_a_paragraph_follows_a_heading(editor, qtbot):
    qtbot.keyClicks(editor, "# Title")
    qtbot.keyClick(editor, RETURN)
    qtbot.keyClicks(editor, "Words.")
    assert kinds(editor) == [("heading", "Title"), ("paragraph", "Words.")]


def test_a_dash_makes_a_list_and_an_empty_item_ends_it(editor, qtbot):
    qtbot.keyClicks(editor, "- one")
    qtbot.keyClick(editor, RETURN)
    qtbot.keyClicks(editor, "two")
    qtbot.keyClick(editor, RETURN)
    qtbot.keyClick(editor, RETURN)
    qtbot.keyClicks(editor, "after")
    assert kinds(editor) == [("list_item", "one"), ("list_item", "two"), ("paragraph", "after")]


def test_numbers_make_a_numbered_list(editor, qtbot):
    qtbot.keyClicks(editor, "3. three")
    qtbot.keyClick(editor, RETURN)
    qtbot.keyClicks(editor, "four")
    blocks = editor.document_value().blocks
    assert [(block.ordered, block.number) for block in blocks] == [(True, 3), (True, 4)]


def test_tab_nests_an_item_and_shift_tab_brings_it_back(editor, qtbot):
    qtbot.keyClicks(editor, "- one")
    qtbot.keyClick(editor, RETURN)
    qtbot.keyClicks(editor, "two")
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert [block.level for block in editor.document_value().blocks] == [0, 1]
    qtbot.keyClick(editor, Qt.Key.Key_Backtab)
    assert [block.level for block in editor.document_value().blocks] == [0, 0]


def test_backspace_at_the_start_takes_the_style_and_keeps_the_words(editor, qtbot):
    qtbot.keyClicks(editor, "> quoted")
    assert editor.document_value().blocks[0].quote_depth == 1
    editor.moveCursor(QTextCursor.MoveOperation.StartOfBlock)
    qtbot.keyClick(editor, Qt.Key.Key_Backspace)
    assert editor.document_value().blocks == (Block("paragraph", (Inline("quoted"),)),)


def test_return_in_code_begins_a_line_and_twice_leaves_it(editor, qtbot):
    editor.load(Document((Block("code", (Inline("a"),)),)))
    editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClick(editor, RETURN)
    qtbot.keyClicks(editor, "b")
    qtbot.keyClick(editor, RETURN)
    qtbot.keyClick(editor, RETURN)
    qtbot.keyClicks(editor, "after")
    assert kinds(editor) == [("code", "a\nb"), ("paragraph", "after")]


def test_words_typed_after_a_link_are_not_part_of_it(editor, qtbot):
    link = Inline("here", link="https://example.org")
    editor.load(Document((Block("paragraph", (link,)),)))
    editor.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(editor, " now")
    assert editor.document_value().blocks[0].inlines == (link, Inline(" now"))


def test_typing_at_a_rule_goes_below_it(editor, qtbot):
    editor.load(Document((Block("rule"),)))
    qtbot.keyClicks(editor, "words")
    assert kinds(editor) == [("rule", ""), ("paragraph", "words")]


def test_each_shorthand_is_one_undo_step(editor, qtbot):
    qtbot.keyClicks(editor, "## ")
    assert kinds(editor) == [("heading", "")]
    editor.undo()
    assert kinds(editor) == [("paragraph", "##")]
