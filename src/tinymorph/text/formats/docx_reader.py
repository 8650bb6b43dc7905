"""Word files as documents: styles become structure, everything else becomes words."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import OpcError
from docx.opc.part import Part
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - a compiled module

from tinymorph.errors import FileProblemError
from tinymorph.text.document import Alignment, Block, Cell, Document, Inline, Table
from tinymorph.text.formats.addresses import heading_names
from tinymorph.text.formats.docx_numbering import Numbering, Place
from tinymorph.text.formats.docx_runs import MarkStyle, RunReader
from tinymorph.text.formats.runs import joined

MAX_UNPACKED_BYTES = 1_000_000_000
_DAMAGE = (
    OpcError,
    zipfile.BadZipFile,
    zlib.error,
    etree.XMLSyntaxError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What the libraries say of a file that is not what its name says."""
_UNSAID: tuple[Alignment, ...] = ("",)
_OLD_WORD = b"\xd0\xcf\x11\xe0"
_BOX = re.compile(r"^([\u2610\u2611\u2612])\s*")
_HEADING = re.compile(r"^(?:heading|title)\s*(\d?)$")
_QUOTE = re.compile(
    r"^(?:intense |block )?(?:quote|quotations?|text quotation|block text)(?: list)?\s*(\d*)$"
)
_CODE = re.compile(
    r"^(?:code|source code|html preformatted|preformatted text|plain text)(?: in list (\d+))?$"
)
_CONTINUING = re.compile(r"^list continue\s*(\d*)$")
_TRACKED = "Its tracked changes were taken as accepted."
_PICTURES = "Its pictures were left out, and their descriptions kept."
_NOTES = (("/footnotes", "footnote", ""), ("/endnotes", "endnote", "e"))


@dataclass(frozen=True, slots=True)
class ImportedDocument:
    """A document from elsewhere, with what is to be said about it."""

    document: Document
    pictures: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """By their names; they are to be put into the folder that was named."""
    remarks: tuple[str, ...] = ()
    """Sentences for the writer."""


def read_docx(data: bytes, *, name: str = "The file", picture_folder: str = "") -> ImportedDocument:
    """Read a Word file; FileProblemError says in one sentence why it cannot be.

    Pictures are named as lying in `picture_folder`, where the caller puts them; without one they
    are left out.
    """
    word = _opened(data, name)
    try:
        return _Reader(word, picture_folder).whole()
    except _DAMAGE as error:
        raise _damaged(name, error) from error


def _opened(data: bytes, name: str) -> WordDocument:
    if data.startswith(_OLD_WORD):
        raise FileProblemError(
            f"{name} is an old Word file, or one with a password.",
            hint="Save it as .docx without a password, and open that.",
        )
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            unpacked = sum(info.file_size for info in package.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise FileProblemError(f"{name} is too large to be read: a gigabyte when unpacked.")
        return docx.Document(BytesIO(data))
    except _DAMAGE as error:
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> FileProblemError:
    return FileProblemError(
        f"{name} is not a Word file, or it is damaged.",
        hint="Open it in a word processor and save it again as .docx.",
        detail=f"{type(error).__name__}: {error}",
    )


class _Reader:
    """Walk over the body, turning paragraphs and tables into blocks."""

    def __init__(self, word: WordDocument, folder: str) -> None:
        self._word = word
        self._numbering = Numbering(word)
        self._names, marks = _styles_of(word)
        self._pictures: dict[str, bytes] = {}
        self._runs = RunReader(word.part, marks, self._pictures, folder)
        self._blocks: list[Block] = []
        self._bookmarks: dict[str, int] = {}
        self._last: tuple[int, Place] | None = None

    def whole(self) -> ImportedDocument:
        self._read_all(self._word.element.body)
        notes = [block for kind in _NOTES for block in self._notes(*kind)]
        document = self._with_links(Document((*self._blocks, *notes)))
        remarks = (_TRACKED,) if self._runs.has_tracked_changes else ()
        if self._runs.left_out_pictures:
            remarks += (_PICTURES,)
        return ImportedDocument(document, self._pictures, remarks)

    def _read_all(self, elements: Iterable[BaseOxmlElement]) -> None:
        for element in elements:
            name = str(element.tag).rpartition("}")[2]
            if name == "p":
                self._paragraph(element)
            elif name == "tbl":
                self._table(element)
            elif name in {"sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"}:
                self._read_all(element)

    def _paragraph(self, element: BaseOxmlElement) -> None:
        style_id = _style_id(element)
        name = self._names.get(style_id, "").lower()
        place = self._numbering.place_of(element, style_id)
        self._runs.checked = None
        runs = joined(self._runs.read(element))
        boxes, self._runs.boxes = self._runs.boxes, []
        block = self._block(element, name, place, runs)
        if block is not None:
            if block.kind == "heading":
                for mark in element.iter(qn("w:bookmarkStart")):
                    self._bookmarks[str(mark.get(qn("w:name")))] = len(self._blocks)
            self._add(block, place)
        for box in boxes:
            self._read_all(box)

    def _block(
        self, element: BaseOxmlElement, name: str, place: Place | None, runs: list[Inline]
    ) -> Block | None:
        text = "".join(run.text for run in runs)
        quote = _QUOTE.match(name)
        depth = int(quote[1] or 1) if quote else 0
        if (level := self._heading_level(element, name)) and text.strip():
            plain = tuple(
                replace(run, bold=False, text=run.text.replace("\n", " ")) for run in runs
            )
            return Block("heading", _stripped(plain), level)
        if code := _CODE.match(name):
            words = (Inline(text),) if text else ()
            return Block("code", words, item_depth=int(code[1] or 0))
        if name == "source":
            return Block("source", (Inline(text),))
        if not text.strip():
            has_line = element.find(f"{qn('w:pPr')}/{qn('w:pBdr')}/{qn('w:bottom')}") is not None
            return Block("rule") if has_line or name == "horizontal rule" else None
        if place is not None:
            return self._item(place, depth, runs)
        continuing = _CONTINUING.match(name)
        item_depth = int(continuing[1] or 1) if continuing else 0
        return Block("paragraph", _stripped(runs), quote_depth=depth, item_depth=item_depth)

    def _item(self, place: Place, quotes: int, runs: list[Inline]) -> Block:
        words, checked = _stripped(runs), self._runs.checked
        box = _BOX.match(words[0].text) if words and not words[0].source else None
        if box is not None:
            checked = box[1] != "\u2610" if checked is None else checked
            first = replace(words[0], text=words[0].text[box.end() :])
            words = _stripped([first, *words[1:]])
        return Block(
            "list_item", words, place.level, quotes, place.ordered,
            place.number if place.ordered else 1, checked=checked, apart=self._begins_apart(place),
        )  # fmt: skip

    def _begins_apart(self, place: Place) -> bool:
        """Say whether another list begins beside one that could have gone on."""
        if self._last is None or self._last[0] != len(self._blocks):
            return False
        last = self._last[1]
        if (last.level, last.ordered) != (place.level, place.ordered):
            return False
        follows = not place.ordered or place.number == last.number + 1
        return place.begins and follows

    def _add(self, block: Block, place: Place | None) -> None:
        last = self._blocks[-1] if self._blocks else Block("rule")
        both_code = block.kind == last.kind == "code" and block.item_depth == last.item_depth
        if both_code and "\n" not in block.text:  # a word processor's line of code is a paragraph
            self._blocks[-1] = replace(last, inlines=(Inline(f"{last.text}\n{block.text}"),))
        else:
            self._blocks.append(block)
        if place is not None:
            self._last = (len(self._blocks), place)

    def _heading_level(self, element: BaseOxmlElement, name: str) -> int:
        if found := _HEADING.match(name):
            return max(1, min(int(found[1] or 1), 6))
        said = element.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        value = str(said.get(qn("w:val"))) if said is not None else ""
        return int(value) + 1 if value.isdigit() and int(value) < 6 else 0

    def _table(self, element: BaseOxmlElement) -> None:
        cells = [list(row.iter(qn("w:tc"))) for row in element.iterchildren(qn("w:tr"))]
        if len(cells) == 1 and len(cells[0]) == 1:  # a box around paragraphs
            self._read_all(cells[0][0])
            return
        rows = [tuple(self._cells(row)) for row in element.iterchildren(qn("w:tr"))]
        width = max((len(row) for row in rows), default=0)
        if not width:
            return
        first = next(element.iterchildren(qn("w:tr")))
        sides: list[Alignment] = []
        sides.extend(self._alignment(cell) for cell in first.iterchildren(qn("w:tc")))
        sides.extend(_UNSAID * (width - len(sides)))
        filled = tuple(row + ((),) * (width - len(row)) for row in rows)
        table = Table(tuple(sides[:width]), filled)
        self._blocks.append(Block("table", table=table))

    def _cells(self, row: BaseOxmlElement) -> Iterator[Cell]:
        for cell in row.iterchildren(qn("w:tc"), qn("w:sdt")):
            properties = cell.find(qn("w:tcPr"))
            merged = properties.find(qn("w:vMerge")) if properties is not None else None
            is_below = merged is not None and merged.get(qn("w:val")) != "restart"
            yield () if is_below else self._words_of(cell)
            span = properties.find(qn("w:gridSpan")) if properties is not None else None
            count = str(span.get(qn("w:val"))) if span is not None else "1"
            yield from ((),) * (min(int(count), 100) - 1 if count.isdigit() else 0)

    def _words_of(self, element: BaseOxmlElement) -> Cell:
        """Return all words of an element, its paragraphs as lines."""
        runs: list[Inline] = []
        for paragraph in element.iter(qn("w:p")):
            words = _stripped(joined(self._runs.read(paragraph)))
            if runs and words:
                runs.append(Inline("\n"))
            runs += words
        self._runs.boxes = []
        return tuple(joined(runs))

    def _alignment(self, cell: BaseOxmlElement) -> Alignment:
        paragraph = next(iter(cell.iter(qn("w:p"))), None)
        if paragraph is None:
            return ""
        said = paragraph.find(f"{qn('w:pPr')}/{qn('w:jc')}")
        named = self._names.get(_style_id(paragraph), "").lower().rpartition(" ")[2]
        side = str(said.get(qn("w:val"))) if said is not None else named
        sides: dict[str, Alignment] = {
            "left": "left",
            "center": "center",
            "right": "right",
            "end": "right",
        }
        return sides.get(side, "")

    def _notes(self, relation: str, name: str, sign: str) -> Iterator[Block]:
        for each in self._word.part.rels.values():
            if not each.reltype.endswith(relation) or each.is_external:
                continue
            part: Part = each.target_part
            outer, self._runs = self._runs, replace(self._runs, part=part, boxes=[])
            for note in parse_xml(part.blob).iterchildren(qn(f"w:{name}")):
                if note.get(qn("w:type")) in {None, "normal"}:
                    label = f"{sign}{note.get(qn('w:id'))}"
                    yield Block("footnote", self._words_of(note), info=label)
            outer.has_tracked_changes |= self._runs.has_tracked_changes
            self._runs = outer

    def _with_links(self, document: Document) -> Document:
        """Lead links within the file to the names of the headings they meant."""
        places = [n for n, block in enumerate(document.blocks) if block.kind == "heading"]
        names = dict(zip(places, heading_names(document), strict=True))
        targets = {f"#{mark}": f"#{names[n]}" for mark, n in self._bookmarks.items() if n in names}

        def led(runs: tuple[Inline, ...]) -> tuple[Inline, ...]:
            return tuple(replace(run, link=targets.get(run.link or "", run.link)) for run in runs)

        return Document(
            tuple(replace(block, inlines=led(block.inlines)) for block in document.blocks)
        )


def _stripped(runs: Iterable[Inline]) -> tuple[Inline, ...]:
    """Take the blanks from both ends."""
    kept = [run for run in runs if run.text]
    while kept and not kept[0].source and not kept[0].text.strip():
        del kept[0]
    while kept and not kept[-1].source and not kept[-1].text.strip():
        del kept[-1]
    if kept and not kept[0].source:
        kept[0] = replace(kept[0], text=kept[0].text.lstrip())
    if kept and not kept[-1].source:
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip())
    return tuple(kept)


def _style_id(paragraph: BaseOxmlElement) -> str:
    style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return str(style.get(qn("w:val"))) if style is not None else ""


def _styles_of(word: WordDocument) -> tuple[dict[str, str], dict[str, MarkStyle]]:
    """Return the names of the paragraph styles, and what the character styles say, by id."""
    names: dict[str, str] = {}
    marks: dict[str, MarkStyle] = {}
    for style in word.styles.element.iterchildren(qn("w:style")):
        style_id, name = str(style.get(qn("w:styleId"))), style.find(qn("w:name"))
        shown = str(name.get(qn("w:val"))) if name is not None else style_id
        names[style_id] = shown
        marks[style_id] = _mark_style(shown, style.find(qn("w:rPr")))
    return names, marks


def _mark_style(name: str, properties: BaseOxmlElement | None) -> MarkStyle:
    if properties is None:
        return MarkStyle(name)
    said = {str(each.tag).rpartition("}")[2]: each for each in properties}
    align = said.get("vertAlign")
    fonts = said.get("rFonts")
    return MarkStyle(
        name,
        bold="b" in said,
        italic="i" in said,
        strike="strike" in said,
        align=str(align.get(qn("w:val"))) if align is not None else "",
        font=str(fonts.get(qn("w:ascii")) or "").lower() if fonts is not None else "",
    )
