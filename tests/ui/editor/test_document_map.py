"""Document to page and back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QTextCursor, QTextDocument

from helpers.any_document import documents, normal, texts
from tinymorph.text.document import Block, Document, Inline
from tinymorph.ui.editor.document_map import (
    blocks_of,
    insert_blocks,
    read_block,
    read_document,
    show_document,
)
from tinymorph.ui.editor.numbering import PageNumbers

MARKED = (
    Inline("plain, "),
    Inline("bold", bold=True),
    Inline(" and "),
    Inline("both", bold=True, italic=True),
    Inline(" struck", strike=True),
    Inline(" code", code=True),
    Inline(" linked", link="https://example.org/a"),
    Inline(" linked bold", bold=True, link="https://example.org/b"),
)

DOCUMENTS = {
    "paragraphs": (Block("paragraph", (Inline("One."),)), Block("paragraph", (Inline("Two."),))),
    "marks": (Block("paragraph", MARKED),),
    "headings": tuple(
        Block("heading", (Inline(f"Level {n} "), Inline("bold", bold=True)), level=n)
        for n in range(1, 7)
    ),
    "nested lists": (
        Block("list_item", (Inline("a"),)),
        Block("list_item", (Inline("b"),), level=1),
        Block("list_item", (Inline("c"),), level=2),
        Block("list_item", (Inline("d"),)),
        Block("paragraph", (Inline("between"),)),
        Block("list_item", (Inline("three"),), ordered=True, number=3),
        Block("list_item", (Inline("inside"),), level=1),
        Block("list_item", (Inline("four"),), ordered=True, number=4),
    ),
    "quotes": (
        Block("paragraph", (Inline("one deep"),), quote_depth=1),
        Block("paragraph", (Inline("two deep"),), quote_depth=2),
        Block("list_item", (Inline("item in a quote"),), quote_depth=1),
    ),
    "code and source": (
        Block("code", (Inline("def f():\n    return 1\n\nf()"),), info="python"),
        Block("source", (Inline("| a | b |\n|---|---|"),)),
        Block("rule"),
        Block("paragraph", (Inline("end"),)),
    ),
    "line breaks and wide characters": (
        Block("paragraph", (Inline("one\ntwo \U0001f98a"), Inline("\U0001f98a bold", bold=True))),
    ),
    "a space that must not break": (Block("paragraph", (Inline("5\u00a0km"),)),),
}


@pytest.mark.parametrize("blocks", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_a_document_comes_back_from_the_page_as_it_went(qapp, blocks):
    page = QTextDocument()
    show_document(Document(blocks), page)
    assert read_document(page).blocks == blocks


def test_showing_a_document_leaves_nothing_to_undo_and_nothing_to_save(qapp):
    page = QTextDocument()
    show_document(Document(DOCUMENTS["nested lists"]), page)
    assert not page.isUndoAvailable()
    assert not page.isModified()


def test_words_typed_on_a_rule_are_not_lost(qapp):
    page = QTextDocument()
    show_document(Document((Block("rule"),)), page)
    block = page.begin()
    QTextCursor(block).insertText("words")
    assert read_document(page).blocks == (Block("paragraph", (Inline("words"),)),)


def test_showing_another_document_forgets_the_first(qapp):
    page = QTextDocument()
    show_document(Document(DOCUMENTS["quotes"]), page)
    show_document(Document(), page)
    assert read_document(page).blocks == (Block("paragraph"),)


def with_origins(document):
    return [(block, block.origin) for block in document.blocks]


@given(document=documents)
@settings(max_examples=150, deadline=None)
def test_any_document_comes_back_from_the_page_as_it_went(qapp, document):
    page = QTextDocument()
    show_document(document, page)
    assert with_origins(read_document(page)) == with_origins(normal(document))


@given(first=documents, second=documents)
@settings(max_examples=50, deadline=None)
def test_a_document_that_arrives_in_parts_is_the_same(qapp, first, second):
    whole, parts, numbers = QTextDocument(), QTextDocument(), PageNumbers()
    blocks = normal(first).blocks + second.blocks
    show_document(Document(blocks), whole)
    cursor = QTextCursor(parts)
    insert_blocks(cursor, normal(first).blocks, is_first=True, numbers=numbers)
    insert_blocks(cursor, second.blocks, numbers=numbers)
    assert with_origins(read_document(parts)) == with_origins(read_document(whole))
    assert list(map(read_block, blocks_of(parts))) == list(map(read_block, blocks_of(whole)))


@given(document=documents, position=st.integers(0), words=texts)
@settings(max_examples=50, deadline=None)
def test_undo_back_to_the_start_brings_the_first_document_and_its_origins(
    qapp, document, position, words
):
    page = QTextDocument()
    show_document(document, page)
    before = with_origins(read_document(page))
    cursor = QTextCursor(page)
    cursor.setPosition(position % page.characterCount())
    cursor.insertText(words)
    cursor.insertBlock()
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.removeSelectedText()
    while page.isUndoAvailable():
        page.undo()
    assert with_origins(read_document(page)) == before


def test_numbers_follow_the_list_when_an_item_goes(qapp):
    page = QTextDocument()
    items = (
        Block("list_item", (Inline(word),), ordered=True, number=n)
        for n, word in enumerate("abcd", 3)
    )
    show_document(Document(tuple(items)), page)
    cursor = QTextCursor(page.begin())
    cursor.movePosition(QTextCursor.MoveOperation.NextBlock, QTextCursor.MoveMode.KeepAnchor)
    cursor.removeSelectedText()
    assert [(block.text, block.number) for block in read_document(page).blocks] == [
        ("b", 3),
        ("c", 4),
        ("d", 5),
    ]


def test_half_a_character_is_left_out_and_nothing_else_is(qapp):
    page = QTextDocument()
    cursor = QTextCursor(page)
    cursor.insertText("a \U0001f600 b \U0001f600")
    cursor.setPosition(3)
    cursor.deleteChar()
    assert read_document(page).blocks[0].text == "a  b \U0001f600"
