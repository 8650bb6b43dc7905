"""One document with everything that a format may be asked to carry, three pages long."""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from dataclasses import replace

from tinymorph.text.document import PICTURE, Block, Document, Image, Inline, Table


def _png(width: int, height: int) -> bytes:
    """Return a picture of colours that run into each other."""
    rows = b"".join(
        b"\0" + bytes(c for x in range(width) for c in (x * 255 // width, y * 255 // height, 160))
        for y in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


PNG = _png(120, 80)
"""The picture that the document shows, as `cat.png`."""

_LONG = (
    "The ferry left the quay a little before seven, when the light on the water was still grey and "
    "nobody on board had much to say. We stood at the rail and watched the town grow small, first "
    "the warehouses, then the church, and at last the long line of poplars behind the school."
)


def rich_document() -> Document:
    """Return the document; `cat.png` is to lie beside it."""
    return Document((*_words(), *_lists(), *_quotes_and_code(), *_tables(), *_pages(), *_notes()))


def _t(text: str, **marks: object) -> Inline:
    return replace(Inline(text), **marks)  # pyright: ignore[reportArgumentType]


def _s(text: str) -> Inline:
    return Inline(text, source=True)


def _b(kind: str, *runs: Inline | str, **fields: object) -> Block:
    inlines = tuple(_t(run) if isinstance(run, str) else run for run in runs)
    return Block(kind, inlines, **fields)  # pyright: ignore[reportArgumentType]


def _words() -> tuple[Block, ...]:
    return (
        _b("heading", "The ", _t("whole", italic=True), " letter", level=1),
        _b(
            "paragraph",
            "Plain, ", _t("bold", bold=True), ", ", _t("italic", italic=True), ", ",
            _t("both", bold=True, italic=True), ", ", _t("struck", strike=True), ", ",
            _t("code()", code=True), " and ", _t("a ", link="https://example.org/a?b=1&c=2"),
            _t("bold", bold=True, link="https://example.org/a?b=1&c=2"),
            _t(" link", link="https://example.org/a?b=1&c=2"), ".",
        ),
        _b("heading", "Words of other kinds", level=2),
        _b("paragraph", "Press ", _s("<kbd>"), "Ctrl", _s("</kbd>"), " and see H", _s("<sub>"), "2",
           _s("</sub>"), "O, x", _s("<sup>"), "2", _s("</sup>"), ", ", _s("<mark>"), "marked",
           _s("</mark>"), " words, ", _s("<u>"), "underlined", _s("</u>"), " ones, and ",
           _s("<blink>"), "shown tags."),
        _b("paragraph", "A first line,\na second one, and math: ", _s("$a^2 + b^2 = c^2$"), "."),
        _b("paragraph", "An emoji 😀, a family 👩‍👩‍👧, accents é e\u0301, and 中文 beside it."),
        _b("paragraph", "שלום עולם, זה טקסט מימין לשמאל."),
        _b("paragraph", "See ", _t("the tables", link="#tables"), " below.", _s("[^first]"),
           " And once more.", _s("[^second]")),
    )  # fmt: skip


def _lists() -> tuple[Block, ...]:
    return (
        _b("heading", "Lists", level=2),
        _b("list_item", "Apples"),
        _b("list_item", "Pears"),
        _b("list_item", "of the ", _t("early", italic=True), " kind", level=1),
        _b("list_item", "and the late", level=1),
        _b("list_item", "deep down", level=2),
        _b("list_item", "Plums"),
        _b("paragraph", "A numbered one that begins at three:"),
        _b("list_item", "third", ordered=True, number=3),
        _b("list_item", "fourth", ordered=True, number=4),
        _b("list_item", "within", level=1, ordered=True),
        _b("paragraph", "More about the fourth.", item_depth=1),
        _b("list_item", "fifth", ordered=True, number=5),
        _b("paragraph", "And tasks:"),
        _b("list_item", "done", checked=True),
        _b("list_item", "to do", checked=False),
    )


def _quotes_and_code() -> tuple[Block, ...]:
    return (
        _b("heading", "Quotes and code", level=2),
        _b("paragraph", "Somebody said this,", quote_depth=1),
        _b("list_item", "with a list", quote_depth=1),
        _b("paragraph", "and somebody else before.", quote_depth=2),
        _b("code", "def greet(name):\n    return f'Hello <{name}>'\n\nprint(greet('world'))",
           info="python"),
        _b("rule"),
        _b("source", "$$\n\\int_0^1 x\\,dx\n$$"),
    )  # fmt: skip


def _tables() -> tuple[Block, ...]:
    def cell(text: str, **marks: object) -> tuple[Inline, ...]:
        return (_t(text, **marks),) if text else ()

    table = Table(
        ("left", "center", "right", ""),
        (
            (cell("Fruit"), cell("Colour"), cell("Price"), cell("Note")),
            (cell("Apple"), cell("red", bold=True), cell("1.20"), cell("")),
            (cell("Plum"), cell("blue"), cell("10.05"), cell("ripe", link="https://example.org/")),
        ),
    )
    picture = _t(PICTURE, image=Image("cat.png", "A cat of colours"))
    remote = _t(PICTURE, image=Image("https://example.org/dog.png", "a dog far away"))
    return (
        _b("heading", "Tables", level=2),
        Block("table", table=table),
        _b("heading", "Pictures", level=3),
        _b("paragraph", "Here is one: ", picture, " and there is ", remote, "."),
    )


def _pages() -> tuple[Block, ...]:
    blocks: list[Block] = []
    for chapter in ("The first crossing", "The second crossing", "The third crossing"):
        blocks.append(_b("heading", chapter, level=2))
        blocks += [_b("paragraph", f"{chapter}, part {part}. {_LONG}") for part in range(1, 7)]
    return tuple(blocks)


def _notes() -> tuple[Block, ...]:
    return (
        _b("footnote", "A note with ", _t("marks", bold=True), ".", info="first"),
        _b("footnote", "Another note, with ", _t("a link", link="https://example.org/n"), ".",
           info="second"),
    )  # fmt: skip


NOTES = ["1", "A", "note", "with", "marks", "2", "Another", "note", "with", "a", "link"]
"""The words of the notes, with their numbers."""


def rich_words(*, with_notes: bool) -> list[str]:
    """Return every word that a reader of the document meets, in order, notes at the end.

    Numbers of list items and of notes count, marks and bullets do not.
    """
    text: list[str] = []
    for block in rich_document().blocks:
        if block.kind == "list_item" and block.ordered:
            text.append(f"{block.number}. ")
        if block.table is not None:
            cells = (cell for row in block.table.rows for cell in row)
            text += [f" {''.join(run.text for run in cell)} " for cell in cells]
        if block.kind == "footnote":
            if not with_notes:
                continue
            text.append({"first": "1 ", "second": "2 "}[block.info])
        for run in block.inlines:
            if run.image is not None:
                text.append("" if run.image.target == "cat.png" else run.image.alt)
            elif run.source:
                shown = {"[^first]": "1", "[^second]": "2"}.get(run.text, run.text)
                text.append("" if shown.startswith("<") and "blink" not in shown else shown)
            else:
                text.append(run.text)
        text.append("\n")
    return words_of("".join(text))


def words_of(text: str) -> list[str]:
    """Return the words of a text, for comparing what stays of it elsewhere."""
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text))


def words_missing_from(text: str, document: Document) -> list[str]:
    """Return the words of a document's plain runs that a text does not hold."""
    whole = unicodedata.normalize("NFKC", text)
    return [
        word
        for block in document.blocks
        if block.kind not in {"source", "rule"}
        for run in block.inlines
        if not run.source and run.image is None
        for word in words_of(run.text)
        if word not in whole
    ]
