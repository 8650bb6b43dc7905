"""Promises of plain text, out and in."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.rich_document import rich_document, words_missing_from
from text.formats.strategies import documents
from tinymorph.text.document import Block, Document, Inline, Table
from tinymorph.text.formats.plain import read_plain, width_of, write_plain
from tinymorph.text.markdown import read_markdown, write_markdown


def para(*runs: Inline) -> Block:
    return Block("paragraph", runs)


def test_the_rich_document_reads_well() -> None:
    text = write_plain(rich_document())
    assert (
        "The whole letter\n================\n\n"
        "Plain, bold, italic, both, struck, code() and a bold link (https://example.org/a?b=1&c=2).\n"
    ) in text
    assert (
        "Press Ctrl and see H2O, x2, marked words, underlined ones, and <blink>shown tags.\n"
        in text
    )
    assert "A first line,\na second one, and math: $a^2 + b^2 = c^2$.\n" in text
    assert (
        "• Apples\n• Pears\n  ◦ of the early kind\n  ◦ and the late\n    ▪ deep down\n• Plums\n"
        in text
    )
    assert "3. third\n4. fourth\n   1. within\n\n   More about the fourth.\n5. fifth\n" in text
    assert "• [x] done\n• [ ] to do\n" in text
    assert "> Somebody said this,\n>\n> • with a list\n>\n> > and somebody else before.\n" in text
    assert "    def greet(name):\n        return f'Hello <{name}>'\n\n    print" in text
    assert (
        "Fruit  Colour  Price  Note\n"
        "-----  ------  -----  ---------------------------\n"
        "Apple   red     1.20\n"
        "Plum    blue   10.05  ripe (https://example.org/)\n"
    ) in text
    assert "See the tables below.[1] And once more.[2]\n" in text
    assert text.endswith(
        "[1] A note with marks.\n[2] Another note, with a link (https://example.org/n).\n"
    )
    assert "[A cat of colours]" in text


@settings(deadline=None)
@given(documents)
def test_no_word_of_a_plain_run_is_lost(document) -> None:
    text = write_plain(document)
    assert words_missing_from(text, document) == []


def test_an_address_that_is_said_already_is_not_said_twice() -> None:
    address = "https://example.org"
    runs = (
        Inline(address, link=address),
        Inline(" a@b.c", link="mailto:a@b.c"),
        Inline("x", link="#x"),
    )
    assert write_plain(Document((para(*runs),))) == "https://example.org a@b.cx\n"


def test_wide_letters_take_two_columns_and_combining_ones_none() -> None:
    assert (width_of("中文"), width_of("e\u0301"), width_of("a")) == (4, 1, 1)
    table = Table(
        ("", ""), (((Inline("中文"),), (Inline("b"),)), ((Inline("abcd"),), (Inline("c"),)))
    )
    lines = write_plain(Document((Block("table", table=table),))).split("\n")
    assert lines[0] == "中文  b"
    assert lines[2] == "abcd  c"


def test_paragraphs_are_parted_at_blank_lines_and_lines_are_kept() -> None:
    text = "One\r\ntwo\r\n \t\r\n\r\n  Three \n\n"
    assert read_plain(text).blocks == (para(Inline("One\ntwo")), para(Inline("Three")))


@given(st.text(alphabet="ab *_#>-+1.)|`~[](){}!&;<:\\\n\t é中😀=", max_size=60))
def test_nothing_of_plain_text_is_read_as_markdown(text) -> None:
    document = read_plain(text)
    again = read_markdown(write_markdown(document))
    assert all(block.kind == "paragraph" for block in again.blocks)
    words = ["".join(block.text.split()) for block in again.blocks]
    assert "".join(words) == "".join(text.split())
