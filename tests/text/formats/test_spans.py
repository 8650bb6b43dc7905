"""Promises of what inline source becomes, and of footnotes' numbers."""

from __future__ import annotations

import time

from tinymorph.text.document import PICTURE, Block, Document, Image, Inline
from tinymorph.text.formats.addresses import heading_names, safe_address
from tinymorph.text.formats.html import write_html
from tinymorph.text.formats.notes import notes_of
from tinymorph.text.formats.spans import plain_text, spans_of


def source(text: str) -> Inline:
    return Inline(text, source=True)


def shown(*runs: Inline) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(s.kind, s.text, tuple(t.name for t in s.tags)) for s in spans_of(runs)]


def test_harmless_tags_mark_the_words_between_them() -> None:
    assert shown(
        source("<kbd>"), Inline("a"), source("<sub>"), Inline("b"), source("</sub></kbd>")
    ) == [
        ("words", "a", ("kbd",)),
        ("words", "b", ("kbd", "sub")),
    ]


def test_one_run_of_source_may_hold_a_whole_element() -> None:
    assert shown(source("<kbd>Ctrl</kbd><kbd>C</kbd>")) == [
        ("words", "Ctrl", ("kbd",)),
        ("words", "C", ("kbd",)),
    ]


def test_tags_without_a_partner_and_unknown_tags_are_shown() -> None:
    assert shown(source("<kbd>"), Inline("a"), source("</sub>"), source("<blink>")) == [
        ("words", "<kbd>a</sub><blink>", ())
    ]


def test_tags_that_are_marks_become_marks() -> None:
    (span,) = spans_of((source("<b><a href='x.md'>"), Inline("a"), source("</a></b>")))
    assert (span.run.bold, span.run.link, span.tags) == (True, "x.md", ())


def test_breaks_notes_math_pictures_and_comments_are_told_apart() -> None:
    picture = Inline(f"a{PICTURE}", image=Image("p.png", "alt"))
    assert shown(
        source("<br/>"), source("[^n]"), source("$a<b>$"), source("<!-- no -->"), picture
    ) == [
        ("break", "", ()),
        ("note", "n", ()),
        ("math", "$a<b>$", ()),
        ("words", "a", ()),
        ("picture", "alt", ()),
    ]


def test_code_keeps_every_character() -> None:
    assert shown(Inline("<b>\n$x$", code=True)) == [("words", "<b>\n$x$", ())]


def test_many_tags_take_time_in_proportion() -> None:
    begin = time.process_time()
    for name in ("b", "kbd"):
        many = [source(f"<{name}>")] * 5_000 + [Inline("x")] + [source(f"</{name}>")] * 5_000
        document = Document((Block("paragraph", tuple(many)),))
        write_html(document, title="")
    spans_of([source("<" * 50_000), source("$" + "a" * 100_000), source("<a " + "a= " * 20_000)])
    assert time.process_time() - begin < 3


def test_notes_are_numbered_as_readers_meet_them() -> None:
    document = Document(
        (
            Block("footnote", (Inline("unused"),), info="u"),
            Block("footnote", (Inline("first"), source("[^inner]")), info="a"),
            Block("footnote", (Inline("inner"),), info="inner"),
            Block("footnote", (Inline("second"),), info="b"),
            Block("paragraph", (source("[^b]"), source("[^a]"), source("[^b]"), source("[^x]"))),
        )
    )
    notes = notes_of(document)
    assert [(label, note.number) for label, note in notes.items()] == [
        ("b", 1), ("a", 2), ("inner", 3), ("u", 4),
    ]  # fmt: skip


def test_of_two_notes_with_one_label_none_is_lost() -> None:
    document = Document(tuple(Block("footnote", (Inline(word),), info="1") for word in "ab"))
    assert [note.block.text for note in notes_of(document).values()] == ["a", "b"]


def test_headings_are_named_as_code_hosts_name_them() -> None:
    words = ["Bread & butter", "Bread & butter", "Über “uns”", "1.2 Do_it", "!!!"]
    document = Document(tuple(Block("heading", (Inline(word),), 1) for word in words))
    assert heading_names(document) == (
        "bread--butter", "bread--butter-1", "über-uns", "12-do_it", "section",
    )  # fmt: skip


def test_links_lead_only_where_a_document_may_lead() -> None:
    for address in (
        "https://a.example",
        "mailto:a@b",
        "a.md#x",
        "#x",
        "//host/x",
        "?a=b",
        "tel:+1",
    ):
        assert safe_address(address) == address
    for address in ("javascript:x", "JaVaScript:x", " java\nscript:x", "java\tscript:x", "data:text/html,x",
                    "vbscript:x", "file:///etc/passwd", "\x01javascript:x", "", None,
                    "java%73cript:x"):  # fmt: skip
        assert safe_address(address) is None, address


def test_plain_text_is_what_is_read_aloud() -> None:
    picture = Inline(PICTURE, image=Image("p.png", "a cat"))
    assert (
        plain_text((Inline("See\n", bold=True), picture, source("[^1]"), source("$x$")))
        == "See a cat$x$"
    )
