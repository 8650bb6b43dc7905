"""Promises of the HTML that is exported: complete, harmless, and needing nothing beside it."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import lxml.html
import pytest
from hypothesis import example, given, settings
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - a compiled module

from helpers.rich_document import PNG, rich_document, words_missing_from
from text.formats.strategies import documents
from tinymorph.text.document import PICTURE, Block, Document, Image, Inline, Table
from tinymorph.text.formats import pictures
from tinymorph.text.formats.html import write_html
from tinymorph.text.formats.html_style import STYLE

_ALLOWED = frozenset(
    [
        "div",
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "input",
        "blockquote",
        "pre",
        "code",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "hr",
        "br",
        "img",
        "a",
        "strong",
        "em",
        "del",
        "span",
        "sup",
        "sub",
        "kbd",
        "abbr",
        "section",
        "mark",
        "u",
        "small",
    ]
)


def html(*blocks: Block, base_folder: Path | None = None) -> str:
    return write_html(Document(blocks), title="t", base_folder=base_folder, fragment=True)


def para(*runs: Inline) -> Block:
    return Block("paragraph", runs)


def parsed(fragment: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(f"<div>{fragment}</div>")


def words_in(text: str) -> list[str]:
    return re.findall(r"\w+", text)


@settings(deadline=None)
@given(documents)
@example(Document((para(Inline("a", bold=True), Inline("b", bold=True, italic=True)),)))
def test_whatever_is_written_is_well_formed_and_holds_only_known_elements(document) -> None:
    fragment = write_html(document, title="t", fragment=True)
    xml = re.sub(r"<(br|hr|img|input)((?:\s[\w-]+(?:=\"[^\"]*\")?)*)>", r"<\1\2/>", fragment)
    xml = re.sub(r" (disabled|checked)(?=[ />])", r' \1=""', re.sub("[\x01-\x08]", "", xml))
    root = etree.fromstring(f"<div>{xml}</div>")
    for element in root.iter():
        assert element.tag in _ALLOWED
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert "javascript" not in value.lower() or name != "href"
            assert name != "src"


@settings(deadline=None)
@given(documents)
def test_no_word_of_a_plain_run_is_lost(document) -> None:
    page = "".join(parsed(write_html(document, title="t", fragment=True)).itertext())
    assert words_missing_from(page, document) == []


def test_a_page_is_complete_and_needs_nothing_beside_it(tmp_path) -> None:
    (tmp_path / "cat.png").write_bytes(PNG)
    page = write_html(rich_document(), title="A <title>", base_folder=tmp_path)
    root = lxml.html.document_fromstring(page)
    assert page.startswith("<!DOCTYPE html>")
    assert root.findtext("head/title") == "A <title>"
    assert not root.xpath("//script|//link|//iframe|//object|//*[@srcset]|//@onclick")
    sources = root.xpath("//@src")
    assert sources
    assert all(source.startswith("data:image/") for source in sources)
    assert "prefers-color-scheme: dark" in page
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_a_local_picture_travels_inside_the_page(tmp_path) -> None:
    (tmp_path / "my cat.png").write_bytes(PNG)
    run = Inline(PICTURE, image=Image("my%20cat.png", 'a "cat"', "Tom"))
    image = parsed(html(para(run), base_folder=tmp_path)).find(".//img")
    assert image is not None
    assert base64.b64decode(image.get("src", "").split(",")[1]) == PNG
    assert (image.get("alt"), image.get("title")) == ('a "cat"', "Tom")


@pytest.mark.parametrize(
    "target", ["https://x.example/p.png", "//x.example/p.png", "none.png", "a.txt"]
)
def test_a_picture_that_is_not_here_is_a_link_with_its_words(target, tmp_path) -> None:
    (tmp_path / "a.txt").write_text("no picture")
    page = html(para(Inline(PICTURE, image=Image(target, "a cat"))), base_folder=tmp_path)
    assert page == f'<p dir="auto"><a href="{target}">a cat</a></p>\n'


def test_a_picture_that_is_too_large_is_a_link(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PICTURE_BYTES", 10)
    (tmp_path / "cat.png").write_bytes(PNG)
    page = html(para(Inline(PICTURE, image=Image("cat.png", "a cat"))), base_folder=tmp_path)
    assert "<img" not in page


def test_marks_that_overlap_nest() -> None:
    page = html(
        para(Inline("a", bold=True), Inline("b", bold=True, italic=True), Inline("c", italic=True))
    )
    assert page == '<p dir="auto"><strong>a<em>b</em></strong><em>c</em></p>\n'


def test_an_element_stays_one_though_a_mark_ends_within() -> None:
    kbd = (Inline("<kbd>", source=True), Inline("</kbd>", source=True))
    page = html(para(kbd[0], Inline("x", bold=True), Inline(" y"), kbd[1]))
    assert page == '<p dir="auto"><kbd><strong>x</strong> y</kbd></p>\n'


def test_unsafe_links_keep_their_words_alone() -> None:
    page = html(para(Inline("a", link="javascript:x"), Inline("b", link="x.md", link_title='"')))
    assert page == '<p dir="auto">a<a href="x.md" title="&quot;">b</a></p>\n'


def test_footnotes_lead_there_and_back() -> None:
    mark = Inline("[^n]", source=True)
    page = html(para(Inline("a"), mark, mark), Block("footnote", (Inline("note"),), info="n"))
    root = parsed(page)
    assert [a.get("href") for a in root.xpath("//sup/a")] == ["#note-1", "#note-1"]
    (note,) = root.xpath("//*[@id='note-1']")
    backs = [a.get("href", "")[1:] for a in note.xpath("a")]
    assert [a.get("id") for a in root.xpath("//sup/a")] == backs
    assert html(para(Inline("a"))).count("notes") == 0


def test_tasks_are_boxes_that_cannot_be_ticked() -> None:
    done = Block("list_item", (Inline("x"),), checked=True)
    page = html(done, Block("list_item", (Inline("y"),), checked=False))
    assert page.count('<input type="checkbox" disabled checked> x') == 1
    assert page.count('<input type="checkbox" disabled> y') == 1


def test_tables_keep_their_alignment_and_their_empty_cells() -> None:
    table = Table(
        ("", "right"), (((Inline("h"),), ()), ((Inline("1"),), (Inline("2", bold=True),)))
    )
    root = parsed(html(Block("table", table=table)))
    assert [th.text for th in root.xpath("//thead/tr/th")] == ["h", None]
    assert root.xpath("//td/@style") == ["text-align: right"]


def test_code_and_source_keep_their_lines() -> None:
    page = html(
        Block("code", (Inline("\n<a>\n"),), info="html x"), Block("source", (Inline("$$<x>$$"),))
    )
    assert page == (
        '<pre><code class="language-html">\n\n&lt;a&gt;\n</code></pre>\n'
        '<pre class="source">$$&lt;x&gt;$$</pre>\n'
    )


def test_front_matter_link_targets_and_comments_are_not_printed() -> None:
    def source(text: str) -> Block:
        return Block("source", (Inline(text),))

    assert (
        html(
            source("---\ntitle: x\n---"), source("<!-- a -->"), source("[a]: http://b\n[c]: d 'e'")
        )
        == ""
    )
    assert "$$" in html(source("$$x$$"))
    assert "---" in html(para(Inline("a")), source("---\ntitle: x\n---"))


def test_html_in_the_source_is_shown_as_a_browser_would_show_it() -> None:
    def source(text: str, **fields: object) -> Block:
        return Block("source", (Inline(text),), **fields)  # pyright: ignore[reportArgumentType]

    assert (
        html(source("<details>"), para(Inline("in")), source("</details>"))
        == '<p dir="auto">in</p>\n'
    )
    page = html(
        source(
            '<p align="center"><script>x</script><b>Hi</b> <img src="https://x.example/a.png" alt="pic"></p>'
        )
    )
    assert (
        page == '<p dir="auto"><strong>Hi</strong> <a href="https://x.example/a.png">pic</a></p>\n'
    )
    assert (
        html(source("<p>q</p>", quote_depth=1))
        == '<blockquote>\n<p dir="auto">q</p>\n</blockquote>\n'
    )


def test_a_note_of_several_paragraphs_is_a_note() -> None:
    mark = Inline("[^1]", source=True)
    page = html(para(mark), Block("source", (Inline("[^1]: First *here*.\n\n    Second."),)))
    assert "First <em>here</em>.<br>\nSecond. <a" in page
