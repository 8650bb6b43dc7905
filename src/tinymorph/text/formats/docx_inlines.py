"""The runs of a block as WordprocessingML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from itertools import groupby
from pathlib import Path

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.part import Part
from docx.parts.story import StoryPart

from tinymorph.text.document import Inline
from tinymorph.text.formats.addresses import in_ascii, safe_address
from tinymorph.text.formats.notes import Note
from tinymorph.text.formats.pictures import EMU_PER_MM, Picture, local_picture, size_mm
from tinymorph.text.formats.spans import Span, spans_of
from tinymorph.text.formats.xml_text import runs_right_to_left, xml

_PICTURE_URI = "http://schemas.openxmlformats.org/drawingml/2006/picture"


@dataclass(slots=True)
class RunWriter:
    """Write runs for one part of a Word package, which holds their links and pictures."""

    part: Part
    notes: Mapping[str, Note]
    bookmarks: Mapping[str, str]
    """The bookmark of each heading, by the heading's name."""
    base_folder: Path | None
    width_mm: float
    """No picture is wider."""
    marked: set[str] = field(default_factory=set[str])
    """The labels of the notes whose marks are written."""
    pictures: int = 0
    _links: dict[str, str] = field(default_factory=dict[str, str])

    def write(self, inlines: Iterable[Inline]) -> str:
        """Return a block's runs as XML."""
        output: list[str] = []
        for link, group in groupby(spans_of(inlines), key=lambda span: span.run.link):
            address = safe_address(link)
            runs = "".join(self._span(span, is_link=address is not None) for span in group)
            output.append(self._linked(runs, address) if address is not None else runs)
        return "".join(output)

    def _linked(self, runs: str, address: str) -> str:
        if address.startswith("#") and address[1:] in self.bookmarks:
            bookmark = self.bookmarks[address[1:]]
            return f'<w:hyperlink w:anchor="{bookmark}" w:history="1">{runs}</w:hyperlink>'
        if address not in self._links:
            kind = RELATIONSHIP_TYPE.HYPERLINK
            self._links[address] = self.part.relate_to(in_ascii(address), kind, is_external=True)
        return f'<w:hyperlink r:id="{self._links[address]}" w:history="1">{runs}</w:hyperlink>'

    def _span(self, span: Span, *, is_link: bool) -> str:
        match span.kind:
            case "break":
                return "<w:r><w:br/></w:r>"
            case "note":
                return self._note(span)
            case "picture":
                return self._picture(span, is_link=is_link)
            case "words" | "math":
                return _run(span, span.text, is_link=is_link)

    def _note(self, span: Span) -> str:
        note = self.notes.get(span.text)
        if note is None:
            return _run(span, f"[^{span.text}]", is_link=False)
        style = '<w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr>'
        if span.text in self.marked or not isinstance(self.part, StoryPart):
            return f"<w:r>{style}<w:t>{note.number}</w:t></w:r>"  # Word knows one mark for a note
        self.marked.add(span.text)
        return f'<w:r>{style}<w:footnoteReference w:id="{note.number}"/></w:r>'

    def _picture(self, span: Span, *, is_link: bool) -> str:
        image = span.run.image
        target = image.target if image is not None else ""
        picture = local_picture(target, self.base_folder)
        size = size_mm(picture) if picture is not None else None
        if picture is not None and size is not None and isinstance(self.part, StoryPart):
            return self._drawing(self.part, span, picture, *size)
        address = None if is_link else safe_address(target)
        words = _run(span, span.text or target, is_link=is_link or address is not None)
        return self._linked(words, address) if address is not None else words

    def _drawing(
        self, part: StoryPart, span: Span, picture: Picture, width_mm: float, height_mm: float
    ) -> str:
        relation, _ = part.get_or_add_image(BytesIO(picture.data))
        scale = min(1.0, self.width_mm / width_mm) * EMU_PER_MM
        width, height = max(1, round(width_mm * scale)), max(1, round(height_mm * scale))
        self.pictures += 1
        title = span.run.image.title if span.run.image is not None else ""
        names = f'id="{self.pictures}" name="Picture {self.pictures}"'
        return (
            f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
            f'<wp:extent cx="{width}" cy="{height}"/>'
            f'<wp:docPr {names} descr="{xml(span.text)}" title="{xml(title)}"/>'
            f'<a:graphic><a:graphicData uri="{_PICTURE_URI}"><pic:pic>'
            f"<pic:nvPicPr><pic:cNvPr {names}/><pic:cNvPicPr/></pic:nvPicPr>"
            f'<pic:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch>'
            f'</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/>'
            f'<a:ext cx="{width}" cy="{height}"/></a:xfrm>'
            '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
            "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
        )


def text_runs(text: str) -> str:
    """Return verbatim text as one run, its lines parted by breaks."""
    return f"<w:r>{_characters(text)}</w:r>" if text else ""


def _run(span: Span, text: str, *, is_link: bool) -> str:
    return (
        f"<w:r>{_properties(span, text, is_link=is_link)}{_characters(text)}</w:r>" if text else ""
    )


def _characters(text: str) -> str:
    """Return text with line ends and tabs as Word has them."""
    pieces: list[str] = []
    for number, line in enumerate(text.split("\n")):
        if number:
            pieces.append("<w:br/>")
        for place, piece in enumerate(line.split("\t")):
            if place:
                pieces.append("<w:tab/>")
            if piece:
                pieces.append(f'<w:t xml:space="preserve">{xml(piece)}</w:t>')
    return "".join(pieces)


def _properties(span: Span, text: str, *, is_link: bool) -> str:
    """Return a run's marks, in the order that the format asks for."""
    run = span.run
    style = ""
    if span.kind == "math":
        style = "MathSource"
    elif span.has_tag("kbd", "samp"):
        style = "Keyboard"
    elif run.code:
        style = "CodeCharacter"
    elif is_link:
        style = "Hyperlink"
    marks = [
        (f'<w:rStyle w:val="{style}"/>', bool(style)),
        ("<w:b/><w:bCs/>", run.bold),
        ("<w:i/><w:iCs/>", run.italic or span.has_tag("cite", "dfn", "var")),
        ("<w:strike/>", run.strike),
        ('<w:highlight w:val="yellow"/>', span.has_tag("mark")),
        ('<w:u w:val="single"/>', span.has_tag("u", "ins")),
        ('<w:vertAlign w:val="subscript"/>', span.has_tag("sub")),
        ('<w:vertAlign w:val="superscript"/>', span.has_tag("sup") and not span.has_tag("sub")),
        ("<w:rtl/>", runs_right_to_left(text)),
    ]
    written = "".join(mark for mark, is_set in marks if is_set)
    return f"<w:rPr>{written}</w:rPr>" if written else ""
