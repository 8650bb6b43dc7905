"""Promises of the Markdown reader and writer."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from text.markdown.strategies import documents, markdown_texts
from tinymorph.text.document import PICTURE, Block, Document, Image, Inline, Table
from tinymorph.text.markdown import normalised, read_markdown, same_meaning, write_markdown


def words_of(text: str) -> list[str]:
    """Return the words a reader sees, whatever marks stand between their letters."""
    return re.findall(r"[^\W_]+", text)


def one(kind: str, *inlines: Inline, **fields: object) -> Block:
    return Block(kind, inlines, **fields)  # pyright: ignore[reportArgumentType]


def test_reads_every_kind_of_block() -> None:
    source = (
        "# Title\n\nWords.\n\n- one\n\n  3. three\n\n> said\n\n```py\nx = 1\n```\n\n---\n\n"
        "| a | *b* |\n|---|--:|\n| 1 |\n\n[^n]: A note.\n\n<div>\n"
    )
    assert read_markdown(source).blocks == (
        one("heading", Inline("Title"), level=1),
        one("paragraph", Inline("Words.")),
        one("list_item", Inline("one"), level=0, loose=True),
        one("list_item", Inline("three"), level=1, ordered=True, number=3),
        one("paragraph", Inline("said"), quote_depth=1),
        one("code", Inline("x = 1"), info="py"),
        one("rule"),
        one(
            "table",
            table=Table(
                ("", "right"),
                (
                    ((Inline("a"),), (Inline("b", italic=True),)),
                    ((Inline("1"),), ()),
                ),
            ),
        ),
        one("footnote", Inline("A note."), info="n"),
        one("source", Inline("<div>")),
    )


def test_reads_every_mark() -> None:
    source = (
        'a **b** *i* ~~s~~ `c` [l](http://x)\\\nnext\nsame line [![alt](p.png)](/u "t")<br>$x$[^1]'
    )
    assert read_markdown(source).blocks[0].inlines == (
        Inline("a "),
        Inline("b", bold=True),
        Inline(" "),
        Inline("i", italic=True),
        Inline(" "),
        Inline("s", strike=True),
        Inline(" "),
        Inline("c", code=True),
        Inline(" "),
        Inline("l", link="http://x"),
        Inline("\nnext same line "),
        Inline(PICTURE, link="/u", link_title="t", image=Image("p.png", "alt")),
        Inline("<br>$x$[^1]", source=True),
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("- [ ] a\n- [x] b\n- [X]\n", [(0, "a", False), (0, "b", True), (0, "", True)]),
        ("1. a\n   - b\n2. c\n", [(0, "a", None), (1, "b", None), (0, "c", None)]),
    ],
)
def test_reads_lists_and_tasks(source: str, expected: list[tuple[int, str, bool | None]]) -> None:
    blocks = read_markdown(source).blocks
    assert [(block.level, block.text, block.checked) for block in blocks] == expected


@pytest.mark.parametrize(
    "inner",
    [
        "words",
        "# heading",
        "```\ncode\n```",
        "***",
        "| a   |\n| --- |",
        "> quoted",
        "<div>",
        "$$\nx\n$$",
    ],
)
def test_a_list_item_holds_more_than_its_words(inner: str) -> None:
    indented = inner.replace("\n", "\n  ")
    source = f"- item\n\n  {indented}\n\n- next\n"
    blocks = read_markdown(source).blocks
    assert [block.kind for block in blocks][::2] == ["list_item", "list_item"]
    assert blocks[1].item_depth == 1
    assert blocks[0].loose
    assert write_markdown(Document(blocks)) == source


@pytest.mark.parametrize(
    "source",
    [
        "- one\n\n* another\n",
        "1. one\n2. two\n\n3) other\n",
        "> one\n\n> another\n",
        "- one\n  - two\n  * three\n",
    ],
)
def test_lists_and_quotes_that_stand_apart_stay_apart(source: str) -> None:
    document = read_markdown(source)
    assert [block.apart for block in document.blocks].count(True) == 1
    assert write_markdown(document) == source


@pytest.mark.parametrize(
    "source",
    [
        "<div>\nraw\n</div>",
        "[^1]: A note.\n\n    Its second paragraph.",
        "[label]: http://x",
        "*a *b* c*",
        "[](http://x)",
        "[a](x)[b](x)",
        "$$\nx\n$$",
        "| a |\n|---|\n| 1 | lost in HTML |",
        "> ",
        "words </pre>",
    ],
)
def test_what_blocks_cannot_hold_is_kept_as_it_is(source: str) -> None:
    document = read_markdown(source + "\n")
    assert document.blocks == (one("source", Inline(source)),)
    assert write_markdown(document) == source + "\n"


def test_a_part_that_blocks_cannot_hold_is_source_within_its_quote_or_list() -> None:
    source = "> words\n>\n> *a *b* c*\n\n- <div>\n\n- more\n"
    assert [
        (block.kind, block.text, block.quote_depth, block.item_depth)
        for block in read_markdown(source).blocks
    ] == [
        ("paragraph", "words", 1, 0),
        ("source", "*a *b* c*", 1, 0),
        ("list_item", "", 0, 0),
        ("source", "<div>", 0, 1),
        ("list_item", "more", 0, 0),
    ]
    assert write_markdown(read_markdown(source)) == source


def test_front_matter_is_kept_as_it_is() -> None:
    source = "---\ntitle: A Letter\n---\n\n# Dear you\n"
    assert read_markdown(source).blocks[0] == one("source", Inline("---\ntitle: A Letter\n---"))
    assert write_markdown(read_markdown(source)) == source


def test_a_rule_at_the_top_is_not_taken_for_front_matter() -> None:
    written = write_markdown(Document((one("rule"), one("paragraph", Inline("a: b")), one("rule"))))
    assert [block.kind for block in read_markdown(written).blocks] == ["rule", "paragraph", "rule"]


def test_untouched_prose_is_written_as_it_was() -> None:
    source = (
        "# A Letter\n\nDear *Ada* — it's 3 * 4 o'clock [sic]; see [my page](http://x.y/z_(1)).\n\n"
        "- [ ] answer & send\n- snake_case and a_b\n  1. first\n\n> Quoted **words** **each**.\n\n"
        "<https://tinymorph.example> costs $5_000.[^1]\n\n[^1]: A note.\n"
    )
    assert write_markdown(read_markdown(source)) == source


def test_reference_links_keep_their_targets_and_definitions() -> None:
    document = read_markdown("See [it][r] and [r].\n\n[r]: http://x\n[s]: http://y\n")
    assert document.blocks[0].inlines[1] == Inline("it", link="http://x")
    assert document.blocks[1].text == "[r]: http://x\n[s]: http://y"


def test_brackets_are_not_turned_into_links_by_a_definition() -> None:
    document = Document(
        (one("paragraph", Inline("Not [r] at all")), one("source", Inline("[r]: http://x")))
    )
    assert read_markdown(write_markdown(document)) == document


@pytest.mark.parametrize("depth", [50, 99, 101, 1_000])
@pytest.mark.parametrize(
    "unit", ["> ", "- ", "1. ", "[", "![", "*", "**a ", "a`", "<", "((", "~~a "]
)
def test_deep_nesting_neither_crashes_nor_loses_words(unit: str, depth: int) -> None:
    source = unit * depth + "words"
    document = read_markdown(source)
    assert "words" in document.blocks[-1].text
    assert same_meaning(write_markdown(document), source)


def test_nested_images_become_a_source_block() -> None:
    source = "![" * 400 + "words" + "](x)" * 400
    assert read_markdown(source).blocks == (one("source", Inline(source)),)


def test_marks_in_the_middle_of_words_and_beside_punctuation_survive() -> None:
    inlines = (
        Inline("un"),
        Inline("believ", bold=True),
        Inline("able", bold=True, italic=True),
        Inline("!", italic=True),
        Inline("b"),
        Inline("“q”", strike=True),
        Inline("e"),
    )
    document = Document((one("paragraph", *inlines),))
    assert read_markdown(write_markdown(document)) == document


def test_wide_space_at_the_edge_of_a_paragraph_survives() -> None:
    document = Document((one("paragraph", Inline("\u3000全角\u00a0")),))
    assert read_markdown(write_markdown(document)) == document


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("*a* b", "_a_\nb", True),
        ("- a\n- b", "* a\n* b", True),
        ("- a\n- b", "* a\n\n* b", False),
        ("- [ ] a", "- [x] a", False),
        ("![a](x)", "![b](x)", False),
        ("[a](x)", "[a](x 'y')", False),
        ("| a |\n|---|", "|a|\n|:-:|", False),
        ("| a |\n|---|", "a|\n-|", True),
        ("[a][r]\n\n[r]: x", "[a](x)\n\n[r]: x", True),
        ("Title\n=====", "# Title", True),
        ("a b", "a c", False),
        ("*a*", "**a**", False),
        ("[a](x)", "[a](y)", False),
        ("- a\n- b", "- a\n\nb", False),
        ("1. a", "2. a", False),
        ("[r]: x", "", False),
        ("> a\n\n> b", "> a\n>\n> b", False),
        ("a\\\nb", "a b", False),
    ],
)
def test_same_meaning_knows_writing_from_saying(a: str, b: str, expected: bool) -> None:
    assert same_meaning(a, b) is expected


@settings(max_examples=150, deadline=None)
@given(documents())
def test_a_written_document_reads_as_itself(document: Document) -> None:
    normal = normalised(document)
    assert normalised(normal) == normal
    assert read_markdown(write_markdown(document)) == normal


@settings(max_examples=150, deadline=None)
@given(documents())
def test_writing_loses_no_word(document: Document) -> None:
    shown = " ".join(block.text for block in read_markdown(write_markdown(document)).blocks)
    assert words_of(shown) == words_of(" ".join(block.text for block in document.blocks))


def test_a_wide_space_after_an_escaped_bar_stays_in_its_cell() -> None:
    (table,) = read_markdown("| a |\n|---|\n| `\\|\xa0b` |\n").blocks
    assert (table.kind, table.text) == ("table", "a\n|\xa0b")


@settings(max_examples=250, deadline=None)
@given(markdown_texts())
@example("- a\n\n   <div>")
@example("-    a\n   <div>\nb")
@example("* a\n\n- b\n\n  c")
def test_any_text_is_read_and_written_with_its_meaning(source: str) -> None:
    document = read_markdown(source)
    written = write_markdown(document)
    assert same_meaning(written, source)
    assert read_markdown(written) == document
    assert write_markdown(read_markdown(written)) == written


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_characters_are_read_without_loss(source: str) -> None:
    document = read_markdown(source)
    assert read_markdown(write_markdown(document)) == document
    assert same_meaning(write_markdown(document), source)
