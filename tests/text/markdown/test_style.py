"""Promises about writing in the manner of a source."""

from __future__ import annotations

import pytest

from tinymorph.text.document import Block, Inline
from tinymorph.text.markdown import read_markdown
from tinymorph.text.markdown.parser import parse
from tinymorph.text.markdown.style import DEFAULT, WritingStyle, style_of
from tinymorph.text.markdown.writer import write_blocks


def style_of_source(source: str, base: WritingStyle = DEFAULT) -> WritingStyle:
    parsed = parse(source)
    return style_of(parsed.pieces, parsed.references, base)


@pytest.mark.parametrize(
    "source",
    [
        "* one\n* two\n",
        "*   wide\n*   list\n",
        "+ a\n    + nested far\n",
        " - shifted\n - list\n",
        "1) one\n2) two\n",
        "1.  four\n\n    columns\n",
        "1. all\n1. the same\n1. number\n",
        "_a_ and __b__ but un*believ*able\n",
        "**[outside](u)** the link\n",
        "[**inside**](u) the link\n",
        "**_both_** ways and _one_\n",
        "break  \nwith spaces\n",
        "Title\n=====\n\nSubtitle\n--------\n",
        "Short\n==\n",
        "- - -\n",
        "~~~ py\ncode\n~~~\n".replace("~~~ py", "~~~py"),
        "    indented code\n",
        "| narrow | table |\n| --- | --- |\n| a | b |\n",
        "| padded | table |\n| ------ | ----- |\n| a      | b     |\n",
    ],
)
def test_a_source_is_written_as_it_was(source: str) -> None:
    blocks = read_markdown(source).blocks
    assert write_blocks(blocks, style_of_source(source)) == source


def test_what_a_piece_does_not_show_comes_from_the_document() -> None:
    document = style_of_source("* list\n\n_emphasis_\n")
    assert style_of_source("plain words", document) == document
    assert style_of_source("- list", document).bullet == "-"
    assert style_of_source("- list", document).emphasis == "_"


def test_a_style_gives_way_where_it_would_say_something_else() -> None:
    style = WritingStyle(bullet="*", emphasis="_", rule="***", indented_code=True)
    blocks = (
        Block("paragraph", (Inline("un"), Inline("believ", italic=True), Inline("able"))),
        Block("list_item", (Inline("*"),)),
        Block("code", (Inline("code"),), item_depth=1),
        Block("list_item"),
        Block("rule", item_depth=1),
        Block("code", (Inline("more"),)),
    )
    written = write_blocks(blocks, style)
    assert "un*believ*able" in written
    assert read_markdown(written).blocks == blocks


def test_lists_beside_source_that_is_a_list_take_another_marker() -> None:
    source = Block("source", (Inline("- > kept\n- as it is"),))
    item = Block("list_item", (Inline("mine"),))
    assert write_blocks((source, item)) == "- > kept\n- as it is\n\n* mine\n"
    assert write_blocks((item, source)) == "* mine\n\n- > kept\n- as it is\n"
