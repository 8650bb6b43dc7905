"""Promises of the HTML that is imported: words and structure in, everything else left out."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.rich_document import PNG, rich_document, words_missing_from
from text.formats.strategies import documents
from tinymorph.text.document import PICTURE, Block, Document, Image, Inline
from tinymorph.text.formats.html import write_html
from tinymorph.text.formats.html_reader import read_html


def blocks(source: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in read_html(source).blocks]


def runs(source: str) -> tuple[Inline, ...]:
    (block,) = read_html(source).blocks
    return block.inlines


def test_our_own_page_is_read_as_the_document_it_was(tmp_path) -> None:
    original = rich_document()
    page = write_html(original, title="t", base_folder=None)
    again = read_html(page)
    assert len(again.blocks) == len(original.blocks)
    changed = [
        (before.text, after.text)
        for before, after in zip(original.blocks, again.blocks, strict=True)
        if before != after
    ]
    named = {"first": "1", "second": "2"}
    assert [after for _, after in changed] == [
        (
            "Press <kbd>Ctrl</kbd> and see H<sub>2</sub>O, x<sup>2</sup>, <mark>marked</mark> words, "
            "<u>underlined</u> ones, and <blink>shown tags."
        ),  # no source, but the words it is shown as
        "See the tables below.[^1] And once more.[^2]",  # notes go by their numbers
        "Here is one: A cat of colours and there is a dog far away.",  # not found, so led to
        *(block.text for block in original.blocks if block.info in named),
    ]


def test_scripts_styles_and_hidden_parts_are_dropped() -> None:
    page = """<html><head><title>T</title><style>p{}</style></head><body onload="x()">
    <script>alert(1)</script><p style="display: none">secret</p><p hidden>secret</p>
    <p onclick="x()">Said<span style="visibility:hidden">secret</span>.</p><!-- secret -->
    <noscript>secret</noscript><iframe src="x">secret</iframe><svg><text>secret</text></svg>
    <textarea>secret</textarea><template><p>secret</p></template></body></html>"""
    assert blocks(page) == [("paragraph", "Said.")]


def test_links_and_pictures_are_kept_by_their_addresses_if_these_are_safe() -> None:
    page = "<p><a href='https://a.example' title='T'>a</a> <a href='javascript:x'>b</a> <img src='p.png' alt='c'>"
    page += "<img src='data:image/png;base64,AAAA' alt='d'></p>"
    assert runs(page) == (
        Inline("a", link="https://a.example", link_title="T"),
        Inline(" b "),
        Inline(PICTURE, image=Image("p.png", "c")),
        Inline("d"),
    )


def test_marks_are_read_from_elements_and_from_styles() -> None:
    page = (
        "<b style='font-weight:normal'>plain <span style='font-weight:700'>bold</span>"
        "<span style='font-style:italic'> slanted</span> <s>gone</s> <code>x  y</code></b>"
    )
    assert runs(page) == (
        Inline("plain "),
        Inline("bold", bold=True),
        Inline(" slanted", italic=True),
        Inline(" "),
        Inline("gone", strike=True),
        Inline(" "),
        Inline("x y", code=True),
    )


def test_lists_keep_levels_numbers_tasks_and_what_stands_in_items() -> None:
    page = (
        "<ol start=3><li>a<ul><li>b</li></ul></li><li><p>c</p><pre class=x>d</pre></li></ol>"
        "<ul><li><input type=checkbox checked> e</li><li><input type=checkbox>f</ul>"
    )
    read = read_html(page).blocks
    assert [
        (
            block.kind,
            block.text,
            block.level,
            block.ordered,
            block.number,
            block.checked,
            block.item_depth,
        )
        for block in read
    ] == [
        ("list_item", "a", 0, True, 3, None, 0),
        ("list_item", "b", 1, False, 1, None, 0),
        ("list_item", "c", 0, True, 4, None, 0),
        ("code", "d", 0, False, 1, None, 1),
        ("list_item", "e", 0, False, 1, True, 0),
        ("list_item", "f", 0, False, 1, False, 0),
    ]


def test_two_lists_beside_each_other_stay_two() -> None:
    read = read_html(
        "<ul><li>a</ul><ul><li>b</ul><blockquote>c</blockquote><blockquote>d</blockquote>"
    )
    assert [block.apart for block in read.blocks] == [False, True, False, True]


def test_word_processors_paragraphs_with_signs_are_list_items() -> None:
    page = (
        "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><![if !supportLists]>"
        "<span style='mso-list:Ignore'>2.<span>&nbsp;</span></span><![endif]>one</p>"
        "<p style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>·</span>two</p>"
    )
    assert [(b.kind, b.text, b.level, b.ordered, b.number) for b in read_html(page).blocks] == [
        ("list_item", "one", 0, True, 2),
        ("list_item", "two", 1, False, 1),
    ]


def test_tables_keep_their_grid() -> None:
    page = (
        "<table><tr><th align=right>a<th>b</tr><tr><td rowspan=2>c<td>d<br>e</tr><tr><td>f</tr>"
        "<tr><td colspan=2>g</tr></table>"
    )
    (block,) = read_html(page).blocks
    assert block.table is not None
    assert block.table.alignments == ("right", "")
    assert [["".join(r.text for r in cell) for cell in row] for row in block.table.rows] == [
        ["a", "b"],
        ["c", "d\ne"],
        ["", "f"],
        ["g", ""],
    ]


def test_tables_that_only_place_things_are_read_as_what_stands_in_them() -> None:
    page = "<table><tr><td><h1>T</h1><p>one</p></td><td><p>two</p></td></tr></table>"
    assert blocks(page) == [("heading", "T"), ("paragraph", "one"), ("paragraph", "two")]


def test_white_space_is_as_a_browser_shows_it() -> None:
    assert blocks("<p>\n a\n  <b> b </b>\n c&nbsp; <br> d </p>e<div>f</div>") == [
        ("paragraph", "a b c\u00a0\nd"),
        ("paragraph", "e"),
        ("paragraph", "f"),
    ]
    assert blocks("<pre>  a\n\n b</pre>") == [("code", "  a\n\n b")]


def test_footnotes_of_other_writers_are_footnotes() -> None:
    page = (
        '<p>a<sup><a href="#fn1" class="footnote-ref">1</a></sup></p><section class="footnotes"><ol>'
        '<li id="fn1"><p>note <a href="#r" class="footnote-back">^</a></p></li></ol></section>'
    )
    assert read_html(page).blocks == (
        Block("paragraph", (Inline("a"), Inline("[^1]", source=True))),
        Block("footnote", (Inline("note"),), info="1"),
    )


def test_the_encoding_is_what_the_page_says() -> None:
    page = '<meta charset="iso-8859-1"><p>caf\xe9</p>'
    assert blocks(page) == [("paragraph", "café")]
    assert read_html(page.encode("iso-8859-1")).blocks[0].text == "café"
    assert read_html("<p>café</p>".encode()).blocks[0].text == "café"
    assert read_html('<?xml version="1.0" encoding="utf-8"?><p>é</p>').blocks[0].text == "é"


@pytest.mark.parametrize("page", ["", "   ", "<!-- x -->", "<", "<html></html>", "\x00"])
def test_a_page_without_words_is_an_empty_document(page) -> None:
    assert all(not block.text.strip("<\ufffd") for block in read_html(page).blocks)


@given(st.text(alphabet="<>/pulioltdbrea =\"'x&;\n!-", max_size=80))
def test_no_page_is_refused(page) -> None:
    read_html(page)


@settings(deadline=None)
@given(documents)
def test_what_we_write_keeps_its_words_when_read(document) -> None:
    again = "".join(block.text for block in read_html(write_html(document, title="t")).blocks)
    assert words_missing_from(again, document) == []


def test_deep_and_long_pages_take_time_in_proportion() -> None:
    begin = time.process_time()
    read_html("<div>" * 20_000 + "deep" + "</div>" * 20_000)
    read_html("<b>" * 5_000 + "x")
    read_html("<ul><li>" * 5_000 + "x")
    read_html("<table><tr><td>" * 2_000 + "x")
    read_html("<p>a <b>b</b></p>" * 20_000)
    assert time.process_time() - begin < 20


def test_a_picture_in_a_page_of_ours_is_named_by_its_words(tmp_path) -> None:
    (tmp_path / "cat.png").write_bytes(PNG)
    page = write_html(rich_document(), title="t", base_folder=tmp_path)
    assert "Here is one: A cat of colours and there" in " ".join(text for _, text in blocks(page))


def test_quotes_hold_lists_but_lists_hold_no_quotes() -> None:
    page = "<blockquote>a<ul><li>b<blockquote>c</blockquote></ul><blockquote>d</blockquote></blockquote>"
    read = read_html(page)
    assert [(b.text, b.quote_depth, b.item_depth) for b in read.blocks] == [
        ("a", 1, 0),
        ("b", 1, 0),
        ("c", 1, 1),
        ("d", 2, 0),
    ]
    assert replace(read.blocks[0], quote_depth=0) == Block("paragraph", (Inline("a"),))
    assert isinstance(read, Document)
