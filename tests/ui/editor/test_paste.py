"""Pasting."""

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QTextCursor

from tinymorph.text.document import Block, Document, Inline

FOREIGN = """
<html><head><style>p {color:red; font-family:'Comic Sans MS'}</style></head><body>
<h2 style="font-size:40pt">Title</h2>
<p style="color:blue">Some <b>bold</b>, <i>slanted</i> and <a href="https://example.org">linked</a>
words<img src="https://tracker.example/pixel.gif"><script>alert(1)</script>.</p>
<ul><li>first</li><li>second</li></ul><ol><li>one</li></ol>
<a href="javascript:alert(1)">bad</a>
</body></html>
"""


def paste(editor, *, html="", text=""):
    data = QMimeData()
    if html:
        data.setHtml(html)
    if text:
        data.setText(text)
    editor.insertFromMimeData(data)


def test_rich_text_keeps_what_we_know_and_loses_the_rest(editor):
    paste(editor, html=FOREIGN)
    blocks = editor.document_value().blocks
    assert blocks[0] == Block("heading", (Inline("Title"),), level=2)
    assert Inline("bold", bold=True) in blocks[1].inlines
    assert Inline("slanted", italic=True) in blocks[1].inlines
    assert Inline("linked", link="https://example.org") in blocks[1].inlines
    assert [block.kind for block in blocks[2:5]] == ["list_item"] * 3
    assert [block.ordered for block in blocks[2:5]] == [False, False, True]
    assert [(inline.text.strip(), inline.link) for inline in blocks[-1].inlines] == [("bad", None)]
    text = "".join(block.text for block in blocks)
    assert "alert" not in text
    assert "\ufffc" not in text


def test_a_phrase_is_pasted_into_the_middle_of_a_sentence(editor):
    editor.load(Document((Block("paragraph", (Inline("One three."),)),)))
    cursor = editor.textCursor()
    cursor.setPosition(4)
    editor.setTextCursor(cursor)
    paste(editor, html="<b>two </b>")
    assert editor.document_value().blocks == (
        Block("paragraph", (Inline("One "), Inline("two ", bold=True), Inline("three."))),
    )


def test_plain_text_makes_paragraphs_at_blank_lines(editor):
    paste(editor, text="First line\nsecond line\n\nNext.\n")
    assert [block.text for block in editor.document_value().blocks] == [
        "First line\nsecond line",
        "Next.",
    ]


def test_pasting_is_one_undo_step(editor):
    editor.load(Document((Block("paragraph", (Inline("Before."),)),)))
    before = editor.document_value()
    paste(editor, html=FOREIGN)
    editor.undo()
    assert editor.document_value() == before


def test_what_is_copied_here_comes_back_whole(editor):
    blocks = (
        Block("heading", (Inline("Title"),), level=1),
        Block("paragraph", (Inline("a "), Inline("code", code=True), Inline(" b"))),
        Block("list_item", (Inline("item"),)),
        Block("paragraph", (Inline("quoted"),), quote_depth=1),
    )
    editor.load(Document(blocks))
    editor.selectAll()
    data = editor.createMimeDataFromSelection()
    editor.load(Document())
    editor.insertFromMimeData(data)
    assert editor.document_value().blocks == blocks


def test_code_takes_pasted_words_as_they_are(editor):
    editor.load(Document((Block("code", (Inline("x"),)),)))
    editor.moveCursor(QTextCursor.MoveOperation.End)
    paste(editor, html="<b>y</b>", text="y\nz")
    assert editor.document_value().blocks == (Block("code", (Inline("xy\nz"),)),)
