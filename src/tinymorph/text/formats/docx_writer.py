"""The document as a Word file: real styles, lists, links and footnotes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Literal, cast

import docx
from docx.document import Document as WordDocument
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import XmlPart
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import parse_xml
from docx.package import Package
from docx.shared import Mm

from tinymorph.text.document import Block, Document, Table
from tinymorph.text.formats.addresses import heading_names
from tinymorph.text.formats.docx_inlines import RunWriter, text_runs
from tinymorph.text.formats.docx_styles import (
    INDENT,
    MAX_LEVELS,
    TABLE_STYLE,
    add_styles,
    code_style,
    continuing_style,
    quote_style,
)
from tinymorph.text.formats.notes import Note, notes_of
from tinymorph.text.formats.sources import printed_of
from tinymorph.text.formats.tree import Item, ItemList, Leaf, Node, Quote, tree_of
from tinymorph.text.formats.xml_text import MARGIN_MM, PAPER_MM, Paper, runs_right_to_left

_SPACES = nsdecls("w", "r", "wp", "a", "pic")
_CHECKBOX_SPACE = "http://schemas.microsoft.com/office/word/2010/wordml"
_BULLETS = "\u2022\u25e6\u25aa"
_SEPARATORS = (("separator", -1), ("continuationSeparator", 0))


def write_docx(
    document: Document,
    *,
    title: str,
    author: str = "",
    base_folder: Path | None = None,
    paper: Paper = "A4",
) -> bytes:
    """Return the document as the bytes of a Word file; pictures below `base_folder` within."""
    printed = printed_of(document)
    notes = notes_of(printed)
    word = docx.Document()
    _describe(word, title, author, paper)
    names = heading_names(printed)
    bookmarks = {name: f"heading_{place}" for place, name in enumerate(names, start=1)}
    width_mm = PAPER_MM[paper][0] - 2 * MARGIN_MM
    runs = RunWriter(word.part, notes, bookmarks, base_folder, width_mm)
    writer = _BodyWriter(runs, iter(bookmarks.values()))
    body = "".join(writer.body(tree_of(printed)))
    marked = {label: note for label, note in notes.items() if label in runs.marked}
    unmarked = tuple(Leaf(note.block) for label, note in notes.items() if label not in marked)
    _fill(word, body + "".join(writer.body(unmarked)))
    _number(word, writer.lists)
    if marked:
        _add_notes(word, RunWriter(word.part, notes, bookmarks, None, 0.0), marked)
    add_styles(word, writer.used_styles)
    output = BytesIO()
    word.save(output)
    return output.getvalue()


_ListKind = Literal["bullet", "decimal", "task"]


@dataclass(frozen=True, slots=True)
class _List:
    """One list as the numbering part has to know it."""

    kind: _ListKind
    level: int
    start: int
    quote_depth: int


@dataclass(slots=True)
class _BodyWriter:
    """Write nodes as the XML of paragraphs and tables."""

    runs: RunWriter
    bookmarks: Iterator[str]
    """Of the headings, in their order."""
    lists: list[_List] = field(default_factory=list[_List])
    used_styles: set[str] = field(default_factory=set[str])
    bookmark_count: int = 0

    def body(self, nodes: tuple[Node, ...], quotes: int = 0, items: int = 0) -> Iterator[str]:
        for node in nodes:
            match node:
                case Quote(children):
                    yield from self.body(children, quotes + 1)
                case ItemList():
                    yield from self._list(node, quotes, items)
                case Leaf(block):
                    yield from self._leaf(block, quotes, items)

    def _list(self, items: ItemList, quotes: int, depth: int) -> Iterator[str]:
        level = min(depth, MAX_LEVELS - 1)
        tasks = all(item.block.checked is not None for item in items.items)
        kind: _ListKind = "task" if tasks else "bullet"
        self.lists.append(
            _List("decimal" if items.is_ordered else kind, level, items.start, quotes)
        )
        number = len(self.lists)
        for item in items.items:
            yield self._item(item, number, level, quotes)
            yield from self.body(item.children, quotes, depth + 1)

    def _item(self, item: Item, number: int, level: int, quotes: int) -> str:
        block = item.block
        style = "ListNumber" if block.ordered else "ListBullet"
        form = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
        box = "" if block.checked is None else _checkbox(is_checked=block.checked)
        words = self.runs.write(block.inlines)
        return self._paragraph(
            quote_style(quotes) if quotes else style, box + words, block.text, form
        )

    def _leaf(self, block: Block, quotes: int, items: int) -> Iterator[str]:
        match block.kind:
            case "heading":
                level = max(1, min(block.level, 6))
                words = self._bookmarked(self.runs.write(block.inlines))
                yield self._paragraph(f"Heading{level}", words, block.text)
            case "rule":
                yield self._paragraph("HorizontalRule", "", "")
            case "code":
                style = code_style(min(items, MAX_LEVELS))
                yield self._paragraph(style, text_runs(block.text), "")
            case "source":
                yield self._paragraph("Source", text_runs(block.text), "")
            case "table" if block.table is not None:
                yield from self._table(block.table, quotes + items)
            case _:
                style = "Normal"
                if items:
                    style = continuing_style(min(items, MAX_LEVELS))
                elif quotes:
                    style = quote_style(quotes)
                yield self._paragraph(style, self.runs.write(block.inlines), block.text)

    def _paragraph(self, style: str, runs: str, text: str, form: str = "") -> str:
        self.used_styles.add(style)
        known = f'<w:pStyle w:val="{style}"/>' if style != "Normal" else ""
        direction = "<w:bidi/>" if runs_right_to_left(text) else ""
        properties = f"{known}{form}{direction}"
        return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{runs}</w:p>"

    def _bookmarked(self, runs: str) -> str:
        self.bookmark_count += 1
        number = self.bookmark_count
        return (
            f'<w:bookmarkStart w:id="{number}" w:name="{next(self.bookmarks)}"/>{runs}'
            f'<w:bookmarkEnd w:id="{number}"/>'
        )

    def _table(self, table: Table, depth: int) -> Iterator[str]:
        columns = max((len(row) for row in table.rows), default=0)
        if not columns:
            return
        width = round(self.runs.width_mm / 25.4 * 1440) - depth * INDENT
        indent = f'<w:tblInd w:w="{depth * INDENT}" w:type="dxa"/>' if depth else ""
        yield (
            f'<w:tbl><w:tblPr><w:tblStyle w:val="{TABLE_STYLE}"/><w:tblW w:w="0" w:type="auto"/>'
            f'{indent}<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0"'
            ' w:lastColumn="0" w:noHBand="1" w:noVBand="1"/></w:tblPr><w:tblGrid>'
            + f'<w:gridCol w:w="{width // columns}"/>' * columns
            + "</w:tblGrid>"
        )
        for number, row in enumerate(table.rows):
            yield "<w:tr>"
            yield "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>" if number == 0 else ""
            for column in range(columns):
                cell = row[column] if column < len(row) else ()
                side = table.alignments[column] if column < len(table.alignments) else ""
                style = f"{'TableHeading' if number == 0 else 'TableText'}{side.title()}"
                words = "".join(run.text for run in cell)
                yield f"<w:tc>{self._paragraph(style, self.runs.write(cell), words)}</w:tc>"
            yield "</w:tr>"
        yield f"</w:tbl>{self._paragraph('TableGap', '', '')}"


def _checkbox(*, is_checked: bool) -> str:
    """Return a box that can be ticked in Word, and the space after it."""
    sign = "\u2612" if is_checked else "\u2610"
    return (
        f'<w:sdt><w:sdtPr><w14:checkbox xmlns:w14="{_CHECKBOX_SPACE}">'
        f'<w14:checked w14:val="{int(is_checked)}"/>'
        '<w14:checkedState w14:val="2612" w14:font="MS Gothic"/>'
        '<w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/></w14:checkbox></w:sdtPr>'
        f"<w:sdtContent><w:r><w:t>{sign}</w:t></w:r></w:sdtContent></w:sdt>"
        '<w:r><w:t xml:space="preserve"> </w:t></w:r>'
    )


def _describe(word: WordDocument, title: str, author: str, paper: Paper) -> None:
    """Say what the file is, and on which paper."""
    properties = word.core_properties
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    properties.title, properties.author, properties.comments = (
        _printable(title),
        _printable(author),
        "",
    )
    properties.created = properties.modified = now
    properties.last_modified_by = _printable(author)
    section = word.sections[0]
    width, height = PAPER_MM[paper]
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.left_margin = section.right_margin = Mm(MARGIN_MM)
    section.top_margin = section.bottom_margin = Mm(MARGIN_MM)
    modern = (
        f'<w:compat {nsdecls("w")}><w:compatSetting w:name="compatibilityMode"'
        ' w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
    )
    settings = word.settings.element
    for old in settings.findall(qn("w:compat")):
        settings.replace(old, parse_xml(modern))
    package = _package(word)
    for key, relation in list(package.rels.items()):
        if relation.reltype == RELATIONSHIP_TYPE.THUMBNAIL:
            del package.rels[key]  # a picture of the template


def _package(word: WordDocument) -> Package:
    """Return what holds all parts; the stubs think that a part may have none."""
    return cast("Package", word.part.package)


def _printable(text: str) -> str:
    """Return text without what XML cannot hold, short enough for a property."""
    return "".join(c for c in text if c.isprintable())[:255]


def _fill(word: WordDocument, body: str) -> None:
    """Put written blocks before the section's properties, which come last."""
    element = word.element.body
    made = parse_xml(f"<w:body {_SPACES}>{body}</w:body>")
    for place, child in enumerate(list(made)):
        element.insert(place, child)


def _number(word: WordDocument, lists: list[_List]) -> None:
    """Write the numbering part: how lists look, and where each one starts."""
    kinds: list[tuple[_ListKind, int]] = []
    for each in lists:
        if (each.kind, each.quote_depth) not in kinds:
            kinds.append((each.kind, each.quote_depth))
    abstract = [_abstract(number, *kinds[number]) for number in range(len(kinds))]
    numbers = [
        f'<w:num w:numId="{place}"><w:abstractNumId'
        f' w:val="{kinds.index((each.kind, each.quote_depth))}"/>'
        f'<w:lvlOverride w:ilvl="{each.level}"><w:startOverride w:val="{each.start}"/>'
        "</w:lvlOverride></w:num>"
        for place, each in enumerate(lists, start=1)
    ]
    element = word.part.numbering_part.element
    for child in list(element):
        element.remove(child)
    for child in list(
        parse_xml(f"<w:numbering {_SPACES}>{''.join(abstract + numbers)}</w:numbering>")
    ):
        element.append(child)


def _abstract(number: int, kind: _ListKind, quote_depth: int) -> str:
    """Return how a kind of list looks on each of its levels; the tasks' boxes are their marks."""
    form = "decimal" if kind == "decimal" else "bullet"
    follow = '<w:suff w:val="nothing"/>' if kind == "task" else ""
    levels: list[str] = []
    for level in range(MAX_LEVELS):
        left = INDENT * (level + 1 + quote_depth)
        bullet = "" if kind == "task" else _BULLETS[level % len(_BULLETS)]
        text = f"%{level + 1}." if kind == "decimal" else bullet
        levels.append(
            f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{follow}'
            f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
            f'<w:pPr><w:ind w:left="{left}" w:hanging="{INDENT}"/></w:pPr></w:lvl>'
        )
    return (
        f'<w:abstractNum w:abstractNumId="{number}"><w:multiLevelType w:val="multilevel"/>'
        f"{''.join(levels)}</w:abstractNum>"
    )


def _add_notes(word: WordDocument, runs: RunWriter, notes: Mapping[str, Note]) -> None:
    """Add the part that holds footnotes; python-docx has none of its own."""
    name, kind = PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES
    root = parse_xml(f"<w:footnotes {_SPACES}/>")
    part = XmlPart(name, kind, root, _package(word))
    word.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    runs.part = part
    written = [
        f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:r><w:{kind}/></w:r></w:p></w:footnote>'
        for kind, number in _SEPARATORS
    ]
    for note in notes.values():
        mark = '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>'
        direction = "<w:bidi/>" if runs_right_to_left(note.block.text) else ""
        written.append(
            f'<w:footnote w:id="{note.number}"><w:p><w:pPr><w:pStyle w:val="FootnoteText"/>'
            f'{direction}</w:pPr>{mark}<w:r><w:t xml:space="preserve"> </w:t></w:r>'
            f"{runs.write(note.block.inlines)}</w:p></w:footnote>"
        )
    for child in list(parse_xml(f"<w:footnotes {_SPACES}>{''.join(written)}</w:footnotes>")):
        root.append(child)
