"""The runs of a block as OpenDocument text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from tinymorph.text.document import Inline
from tinymorph.text.formats.addresses import in_ascii, safe_address
from tinymorph.text.formats.notes import Note
from tinymorph.text.formats.pictures import Picture, local_picture, size_mm
from tinymorph.text.formats.spans import Span, spans_of
from tinymorph.text.formats.xml_text import xml

_SPACES = re.compile(" {2,}")
_TAG_STYLES = {
    "mark": "Marked", "u": "Underlined", "ins": "Underlined", "sub": "Subscript",
    "sup": "Superscript", "kbd": "User_20_Entry", "samp": "User_20_Entry",
    "cite": "Emphasis", "dfn": "Emphasis", "var": "Emphasis",
}  # fmt: skip


@dataclass(slots=True)
class TextWriter:
    """Write runs, collecting the pictures that travel in the file."""

    notes: Mapping[str, Note]
    bookmarks: Mapping[str, str]
    base_folder: Path | None
    width_mm: float
    """No picture is wider."""
    pictures: dict[str, Picture] = field(default_factory=dict[str, Picture])
    """By their names in the file."""
    marked: set[str] = field(default_factory=set[str])
    """The labels of the notes that are written."""
    _is_in_note: bool = False
    _frames: int = 0

    def write(self, inlines: Iterable[Inline]) -> str:
        """Return a block's runs as XML."""
        output: list[str] = []
        for link, group in groupby(spans_of(inlines), key=lambda span: span.run.link):
            address = safe_address(link)
            spans = "".join(self._span(span, is_link=address is not None) for span in group)
            output.append(self._linked(spans, address) if address is not None else spans)
        return "".join(output)

    def _linked(self, spans: str, address: str) -> str:
        if address.startswith("#") and address[1:] in self.bookmarks:
            address = f"#{self.bookmarks[address[1:]]}"
        return (
            f'<text:a xlink:type="simple" xlink:href="{xml(in_ascii(address))}"'
            f' text:style-name="Internet_20_link">{spans}</text:a>'
        )

    def _span(self, span: Span, *, is_link: bool) -> str:
        match span.kind:
            case "break":
                return "<text:line-break/>"
            case "note":
                return self._note(span.text)
            case "picture":
                return self._picture(span, is_link=is_link)
            case "words" | "math":
                return _styled(span, characters(span.text))

    def _note(self, label: str) -> str:
        note = self.notes.get(label)
        if note is None:
            return xml(f"[^{label}]")
        if label in self.marked or self._is_in_note:  # the format has one mark for a note
            return (
                '<text:span text:style-name="Footnote_20_anchor"><text:note-ref text:note-class="footnote"'
                f' text:reference-format="text" text:ref-name="note{note.number}">{note.number}'
                "</text:note-ref></text:span>"
            )
        self.marked.add(label)
        self._is_in_note = True
        words = self.write(note.block.inlines)
        self._is_in_note = False
        return (
            f'<text:note text:id="note{note.number}" text:note-class="footnote">'
            f"<text:note-citation>{note.number}</text:note-citation><text:note-body>"
            f'<text:p text:style-name="Footnote">{words}</text:p>'
            "</text:note-body></text:note>"
        )

    def _picture(self, span: Span, *, is_link: bool) -> str:
        image = span.run.image
        target = image.target if image is not None else ""
        picture = local_picture(target, self.base_folder)
        size = size_mm(picture) if picture is not None else None
        if picture is not None and size is not None:
            return self._frame(span, picture, *size)
        words = _styled(span, characters(span.text or target))
        address = None if is_link else safe_address(target)
        return self._linked(words, address) if address is not None else words

    def _frame(self, span: Span, picture: Picture, width: float, height: float) -> str:
        scale = min(1.0, self.width_mm / width)
        name = f"Pictures/{len(self.pictures) + 1}.{picture.media_type.split('/')[1]}"
        known = {each.path: name for name, each in self.pictures.items()}
        name = known.get(picture.path, name)
        self.pictures[name] = picture
        self._frames += 1
        return (
            f'<draw:frame draw:style-name="Picture" draw:name="Picture {self._frames}"'
            f' text:anchor-type="as-char" svg:width="{width * scale:.2f}mm"'
            f' svg:height="{height * scale:.2f}mm"><draw:image xlink:href="{name}"'
            ' xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/>'
            f"<svg:desc>{xml(span.text)}</svg:desc></draw:frame>"
        )


def characters(text: str) -> str:
    """Return text with line ends, tabs and runs of spaces as the format has them."""
    escaped = _SPACES.sub(lambda run: f' <text:s text:c="{len(run[0]) - 1}"/>', xml(text))
    if escaped.startswith(" "):
        escaped = f"<text:s/>{escaped[1:]}"
    escaped = escaped.replace("\n ", "\n<text:s/>")
    return escaped.replace("\t", "<text:tab/>").replace("\n", "<text:line-break/>")


def _styled(span: Span, words: str) -> str:
    """Put words into the spans of their marks."""
    run = span.run
    styles = [
        ("Strong_20_Emphasis", run.bold),
        ("Emphasis", run.italic),
        ("Strikethrough", run.strike),
        ("Source_20_Text", run.code),
        ("Math_20_Source", span.kind == "math"),
    ]
    names = [name for name, is_set in styles if is_set]
    names += [_TAG_STYLES[tag.name] for tag in span.tags if tag.name in _TAG_STYLES]
    for name in reversed(names):
        words = f'<text:span text:style-name="{name}">{words}</text:span>'
    return words
