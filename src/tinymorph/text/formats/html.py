"""The document as one HTML page that needs nothing beside it and fetches nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tinymorph.text.document import Alignment, Block, Cell, Document, Table
from tinymorph.text.formats.addresses import heading_names
from tinymorph.text.formats.html_inlines import InlineWriter, reference_name
from tinymorph.text.formats.html_style import STYLE
from tinymorph.text.formats.notes import Note, notes_of
from tinymorph.text.formats.sources import printed_of
from tinymorph.text.formats.tree import Item, ItemList, Leaf, Node, Quote, tree_of


def write_html(
    document: Document, *, title: str, base_folder: Path | None = None, fragment: bool = False
) -> str:
    """Return the document as HTML5: no script, no address that is fetched, all of it escaped.

    Pictures below `base_folder` travel inside the page. A `fragment` is the body's content alone,
    as a clipboard takes it.
    """
    printed = printed_of(document)
    notes = notes_of(printed)
    writer = _Writer(InlineWriter(notes, base_folder), notes, iter(heading_names(printed)))
    body = "".join(f"{line}\n" for line in writer.page(tree_of(printed)))
    if fragment:
        return body
    return (
        "<!DOCTYPE html>\n<html>\n<head>\n"
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="generator" content="tinymorph">\n'
        f"<title>{escape(title, quote=False)}</title>\n"
        f"<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


@dataclass(slots=True)
class _Writer:
    """Write nodes as lines of HTML."""

    inlines: InlineWriter
    notes: Mapping[str, Note]
    names: Iterator[str]
    """Of the headings, in their order."""

    def page(self, nodes: tuple[Node, ...]) -> Iterator[str]:
        for node in nodes:
            yield from self._node(node)
        yield from self._notes()

    def _node(self, node: Node) -> Iterator[str]:
        match node:
            case Quote(children):
                yield "<blockquote>"
                for child in children:
                    yield from self._node(child)
                yield "</blockquote>"
            case ItemList():
                yield from self._list(node)
            case Leaf(block):
                yield from self._leaf(block)

    def _list(self, items: ItemList) -> Iterator[str]:
        name = "ol" if items.is_ordered else "ul"
        start = f' start="{items.start}"' if items.is_ordered and items.start != 1 else ""
        yield f"<{name}{start}>"
        for item in items.items:
            yield from self._item(item, is_loose=items.is_loose)
        yield f"</{name}>"

    def _item(self, item: Item, *, is_loose: bool) -> Iterator[str]:
        words = self.inlines.write(item.block.inlines)
        if item.block.checked is not None:
            state = " checked" if item.block.checked else ""
            words = f'<input type="checkbox" disabled{state}> {words}'
        task = ' class="task"' if item.block.checked is not None else ""
        words = f"<p>{words}</p>" if is_loose else words
        if not item.children:
            yield f'<li{task} dir="auto">{words}</li>'
            return
        yield f'<li{task} dir="auto">{words}'
        for child in item.children:
            yield from self._node(child)
        yield "</li>"

    def _leaf(self, block: Block) -> Iterator[str]:
        match block.kind:
            case "heading":
                level = max(1, min(block.level, 6))
                words = self.inlines.write(block.inlines)
                yield f'<h{level} id="{escape(next(self.names))}" dir="auto">{words}</h{level}>'
            case "rule":
                yield "<hr>"
            case "code":
                language = block.info.split()[0] if block.info.split() else ""
                known = f' class="language-{escape(language)}"' if language else ""
                yield f"<pre><code{known}>{_verbatim(block.text)}</code></pre>"
            case "source":
                yield f'<pre class="source">{_verbatim(block.text)}</pre>'
            case "table" if block.table is not None:
                yield from self._table(block.table)
            case _:
                yield f'<p dir="auto">{self.inlines.write(block.inlines)}</p>'

    def _table(self, table: Table) -> Iterator[str]:
        yield "<table>"
        for number, row in enumerate(table.rows):
            if number == 0:
                yield "<thead>"
            elif number == 1:
                yield "<tbody>"
            yield "<tr>"
            for column, cell in enumerate(row):
                alignment = table.alignments[column] if column < len(table.alignments) else ""
                yield self._cell(cell, alignment, "th" if number == 0 else "td")
            yield "</tr>"
            if number == 0:
                yield "</thead>"
        if len(table.rows) > 1:
            yield "</tbody>"
        yield "</table>"

    def _cell(self, cell: Cell, alignment: Alignment, name: str) -> str:
        style = f' style="text-align: {alignment}"' if alignment else ""
        return f'<{name} dir="auto"{style}>{self.inlines.write(cell)}</{name}>'

    def _notes(self) -> Iterator[str]:
        if not self.notes:
            return
        yield '<section class="notes" role="doc-endnotes">\n<ol>'
        words = {
            note.number: self.inlines.write(note.block.inlines) for note in self.notes.values()
        }
        for number, written in words.items():
            yield f'<li id="note-{number}" dir="auto">{written}{self._ways_back(number)}</li>'
        yield "</ol>\n</section>"

    def _ways_back(self, number: int) -> str:
        count = self.inlines.references.get(number, 0)
        return "".join(
            f' <a class="back" href="#{reference_name(number, place)}" role="doc-backlink">\u21a9</a>'
            for place in range(1, count + 1)
        )


def _verbatim(text: str) -> str:
    """Escape text inside `pre`, whose first line end a browser would drop."""
    escaped = escape(text, quote=False)
    return f"\n{escaped}" if escaped.startswith("\n") else escaped
