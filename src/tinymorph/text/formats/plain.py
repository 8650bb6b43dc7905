"""The document as text that can be read anywhere, and text from anywhere as a document."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from tinymorph.text.document import Alignment, Block, Document, Inline, Table
from tinymorph.text.formats.addresses import safe_address
from tinymorph.text.formats.notes import Note, notes_of
from tinymorph.text.formats.sources import printed_of
from tinymorph.text.formats.spans import Span, spans_of
from tinymorph.text.formats.tree import Item, ItemList, Leaf, Node, Quote, tree_of

_UNDERLINES = {1: "=", 2: "-"}
_BULLETS = "\u2022\u25e6\u25aa"
_CODE_INDENT = "    "
_NO_ALIGNMENT: tuple[Alignment, ...] = ("",)
_COLUMN_GAP = "  "
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")


def write_plain(document: Document) -> str:
    """Return the document as plain text; one line for each paragraph, notes at the end."""
    printed = printed_of(document)
    writer = _Writer(notes_of(printed))
    lines = list(writer.blocks(tree_of(printed), depth=0))
    notes = list(writer.notes_at_the_end())
    if notes:
        lines += ["", *notes] if lines else notes
    return "".join(f"{line}\n" for line in lines)


def read_plain(text: str) -> Document:
    """Return plain text as paragraphs, parted at blank lines; a line end within is kept.

    Nothing in it is read as Markdown: a star stays a star.
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    parts = _BLANK_LINES.split(unified.strip("\n"))
    lines = (
        ("\n".join(line.strip(" \t") for line in part.split("\n"))).strip("\n") for part in parts
    )
    return Document(tuple(Block("paragraph", (Inline(line),)) for line in lines if line.strip()))


@dataclass(frozen=True, slots=True)
class _Writer:
    """Write nodes as lines."""

    notes: Mapping[str, Note]

    def blocks(self, nodes: Iterable[Node], *, depth: int) -> Iterator[str]:
        """Yield the lines of nodes with a blank line between them."""
        for place, node in enumerate(nodes):
            if place:
                yield ""
            yield from self._node(node, depth)

    def notes_at_the_end(self) -> Iterator[str]:
        for note in self.notes.values():
            yield f"[{note.number}] {self._words(note.block.inlines)}"

    def _node(self, node: Node, depth: int) -> Iterator[str]:
        match node:
            case Quote(children):
                yield from (f"> {line}".rstrip(" ") for line in self.blocks(children, depth=0))
            case ItemList():
                yield from self._list(node, depth)
            case Leaf(block):
                yield from self._leaf(block)

    def _list(self, items: ItemList, depth: int) -> Iterator[str]:
        for place, item in enumerate(items.items):
            if place and items.is_loose:
                yield ""
            yield from self._item(item, depth)

    def _item(self, item: Item, depth: int) -> Iterator[str]:
        block = item.block
        marker = f"{block.number}." if block.ordered else _BULLETS[depth % len(_BULLETS)]
        box = "" if block.checked is None else "[x] " if block.checked else "[ ] "
        indent = " " * (len(marker) + 1)
        first, *others = (box + self._words(block.inlines)).split("\n")
        yield f"{marker} {first}".rstrip(" ")
        yield from (indent + line for line in others)
        for child in item.children:
            if not isinstance(child, ItemList):
                yield ""
            yield from (f"{indent}{line}" if line else "" for line in self._node(child, depth + 1))

    def _leaf(self, block: Block) -> Iterator[str]:
        match block.kind:
            case "heading":
                words = self._words(block.inlines).replace("\n", " ")
                yield words
                if block.level in _UNDERLINES:
                    yield _UNDERLINES[block.level] * max(3, width_of(words))
            case "rule":
                yield "* * *"
            case "code" | "source":
                yield from (f"{_CODE_INDENT}{line}".rstrip(" ") for line in block.text.split("\n"))
            case "table" if block.table is not None:
                yield from self._table(block.table)
            case _:
                yield from self._words(block.inlines).split("\n")

    def _table(self, table: Table) -> Iterator[str]:
        rows = [[self._words(cell).replace("\n", " ") for cell in row] for row in table.rows]
        count = max((len(row) for row in rows), default=0)
        rows = [row + [""] * (count - len(row)) for row in rows]
        widths = [max(3, *(width_of(row[column]) for row in rows)) for column in range(count)]
        alignments = table.alignments + _NO_ALIGNMENT * count
        for number, row in enumerate(rows):
            cells = map(_padded, row, widths, alignments)
            yield _COLUMN_GAP.join(cells).rstrip(" ")
            if number == 0:
                yield _COLUMN_GAP.join("-" * width for width in widths)

    def _words(self, inlines: Iterable[Inline]) -> str:
        """Return runs as words, each link followed by its address."""
        output: list[str] = []
        for link, group in groupby(spans_of(inlines), key=lambda span: span.run.link):
            words = "".join(self._content(span) for span in group)
            output.append(words)
            address = safe_address(link)
            if address and words.strip() and not _is_said(address, words):
                output.append(f" ({address.removeprefix('mailto:')})")
        return "".join(output)

    def _content(self, span: Span) -> str:
        match span.kind:
            case "words" | "math":
                return span.text
            case "break":
                return "\n"
            case "note":
                note = self.notes.get(span.text)
                return f"[{note.number}]" if note is not None else f"[^{span.text}]"
            case "picture":
                target = span.run.image.target if span.run.image is not None else ""
                return f"[{span.text or target}]"


def width_of(text: str) -> int:
    """Return how many columns a terminal needs for a text."""
    return sum(_width_of_character(character) for character in text)


def _width_of_character(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Me", "Mn"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _padded(cell: str, width: int, alignment: Alignment) -> str:
    room = width - width_of(cell)
    left = {"right": room, "center": room // 2}.get(alignment, 0)
    return " " * left + cell + " " * (room - left)


def _is_said(address: str, words: str) -> bool:
    """Say whether the words are the address already, or it leads within the document."""
    return address.startswith("#") or words.strip() in {address, address.removeprefix("mailto:")}
