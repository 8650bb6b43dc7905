"""The document as OpenDocument text: real styles, lists, links and footnotes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import odfdo

from tinymorph.text.document import Block, Document, Table
from tinymorph.text.formats.addresses import heading_names
from tinymorph.text.formats.notes import notes_of
from tinymorph.text.formats.odt_inlines import TextWriter, characters
from tinymorph.text.formats.odt_styles import (
    SPACES,
    ListKind,
    automatic_styles,
    list_style,
    quotation_style,
    styles_part,
)
from tinymorph.text.formats.sources import printed_of
from tinymorph.text.formats.tree import Item, ItemList, Leaf, Node, Quote, tree_of
from tinymorph.text.formats.xml_text import MARGIN_MM, PAPER_MM, Paper, runs_right_to_left

_OF_THE_TEMPLATE = ("Configurations2/", "Thumbnails/", "manifest.rdf")
"""Parts that say nothing of the document."""


def write_odt(
    document: Document,
    *,
    title: str,
    author: str = "",
    base_folder: Path | None = None,
    paper: Paper = "A4",
) -> bytes:
    """Return the document as the bytes of an ODT file; pictures below `base_folder` within."""
    printed = printed_of(document)
    notes = notes_of(printed)
    bookmarks = {name: f"heading_{n}" for n, name in enumerate(heading_names(printed), start=1)}
    runs = TextWriter(notes, bookmarks, base_folder, PAPER_MM[paper][0] - 2 * MARGIN_MM)
    writer = _BodyWriter(runs, iter(bookmarks.values()))
    body = "".join(writer.body(tree_of(printed)))
    unmarked = [note.block for label, note in notes.items() if label not in runs.marked]
    body += "".join(writer.paragraph("Text_20_body", block) for block in unmarked)
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content {SPACES}'
        f' office:version="1.3">{automatic_styles(writer.right_to_left)}'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    package = _package(title, author)
    package.set_part("content.xml", content.encode())
    package.set_part("styles.xml", styles_part(paper, writer.lists).encode())
    for name, picture in runs.pictures.items():
        package.set_part(name, picture.data)
        package.manifest.add_full_path(name, picture.media_type)
    output = BytesIO()
    package.save(output)
    return output.getvalue()


@dataclass(slots=True)
class _BodyWriter:
    """Write nodes as the XML of paragraphs, lists and tables."""

    runs: TextWriter
    bookmarks: Iterator[str]
    """Of the headings, in their order."""
    right_to_left: set[str] = field(default_factory=set[str])
    """The styles of which a variant runs the other way."""
    lists: set[tuple[ListKind, int]] = field(default_factory=set[tuple[ListKind, int]])
    """The kinds of lists there are, each with the quotes it stands in."""
    tables: int = 0

    def body(self, nodes: tuple[Node, ...], quotes: int = 0, items: int = 0) -> Iterator[str]:
        for node in nodes:
            match node:
                case Quote(children):
                    yield from self.body(children, quotes + 1)
                case ItemList():
                    yield from self._list(node, quotes, items)
                case Leaf(block):
                    yield from self._leaf(block, quotes, items)

    def paragraph(self, style: str, block: Block, before: str = "") -> str:
        return self._words(style, before + self.runs.write(block.inlines), block.text)

    def _words(self, style: str, words: str, text: str) -> str:
        if runs_right_to_left(text):
            self.right_to_left.add(style)
            style = f"{style}_rtl"
        return f'<text:p text:style-name="{style}">{words}</text:p>'

    def _list(self, items: ItemList, quotes: int, depth: int) -> Iterator[str]:
        tasks = all(item.block.checked is not None for item in items.items)
        unordered: ListKind = "Tasks" if tasks else "Bullets"
        kind: ListKind = "Numbers" if items.is_ordered else unordered
        self.lists.add((kind, quotes))
        yield f'<text:list text:style-name="{list_style(kind, quotes)}">'
        for place, item in enumerate(items.items):
            start = f' text:start-value="{items.start}"' if place == 0 and items.is_ordered else ""
            yield f"<text:list-item{start}>{self._first_words(item, quotes)}"
            yield from self.body(item.children, quotes, depth + 1)
            yield "</text:list-item>"
        yield "</text:list>"

    def _first_words(self, item: Item, quotes: int) -> str:
        style = "Quotations_20_List" if quotes else "List_20_Contents"
        box = {None: "", True: "\u2612 ", False: "\u2610 "}[item.block.checked]
        return self.paragraph(style, item.block, box)

    def _leaf(self, block: Block, quotes: int, items: int) -> Iterator[str]:
        match block.kind:
            case "heading":
                yield self._heading(block)
            case "rule":
                yield '<text:p text:style-name="Horizontal_20_Line"/>'
            case "code":
                words = characters(block.text)
                yield f'<text:p text:style-name="Preformatted_20_Text">{words}</text:p>'
            case "source":
                yield f'<text:p text:style-name="Source">{characters(block.text)}</text:p>'
            case "table" if block.table is not None:
                yield from self._table(block.table)
            case _:
                plain = "List_20_Continue" if items else "Text_20_body"
                quoted = "Quotations_20_List" if items else quotation_style(max(quotes, 1))
                yield self.paragraph(quoted if quotes else plain, block)

    def _heading(self, block: Block) -> str:
        level = max(1, min(block.level, 6))
        style = f"Heading_20_{level}"
        if runs_right_to_left(block.text):
            self.right_to_left.add(style)
            style = f"{style}_rtl"
        name = next(self.bookmarks)
        return (
            f'<text:h text:style-name="{style}" text:outline-level="{level}"><text:bookmark-start'
            f' text:name="{name}"/>{self.runs.write(block.inlines)}<text:bookmark-end'
            f' text:name="{name}"/></text:h>'
        )

    def _table(self, table: Table) -> Iterator[str]:
        columns = max((len(row) for row in table.rows), default=0)
        if not columns:
            return
        self.tables += 1
        yield f'<table:table table:name="Table{self.tables}" table:style-name="Table">'
        yield f'<table:table-column table:number-columns-repeated="{columns}"/>'
        for number, row in enumerate(table.rows):
            yield "<table:table-header-rows>" if number == 0 else ""
            yield "<table:table-row>"
            cell_style = "HeadingCell" if number == 0 else "Cell"
            for column in range(columns):
                cell = row[column] if column < len(row) else ()
                side = table.alignments[column] if column < len(table.alignments) else ""
                name = "Table_20_Heading" if number == 0 else "Table_20_Contents"
                style = f"{name}_20_{side.title()}" if side else name
                words = self._words(style, self.runs.write(cell), "".join(run.text for run in cell))
                yield (
                    f'<table:table-cell table:style-name="{cell_style}"'
                    f' office:value-type="string">{words}</table:table-cell>'
                )
            yield "</table:table-row>"
            yield "</table:table-header-rows>" if number == 0 else ""
        yield "</table:table>"


def _package(title: str, author: str) -> odfdo.Document:
    """Return a package that says what it is, without what comes with the template."""
    package = odfdo.Document("text")
    now = datetime.now(UTC).replace(microsecond=0)
    meta = package.meta
    meta.title = _printable(title)
    meta.creator = meta.initial_creator = _printable(author)
    meta.date = meta.creation_date = now
    for part in package.get_parts():
        if part.startswith(_OF_THE_TEMPLATE):
            package.del_part(part)
    for name in package.manifest.get_paths():
        if str(name).startswith(_OF_THE_TEMPLATE):
            package.manifest.del_full_path(str(name))
    return package


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
