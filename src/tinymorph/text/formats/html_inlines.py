"""The runs of a block as HTML: every character escaped, every mark closed."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from tinymorph.text.document import Inline
from tinymorph.text.formats.addresses import safe_address
from tinymorph.text.formats.notes import Note
from tinymorph.text.formats.pictures import local_picture
from tinymorph.text.formats.spans import Span, spans_of

MAX_PICTURES_BYTES = 100_000_000
"""Of all pictures inside one page; later ones are led to by their names."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """An element around some spans; two of one kind beside each other differ by their place."""

    name: str
    attributes: str = ""
    place: int = 0


@dataclass(slots=True)
class InlineWriter:
    """Write runs as HTML, remembering which footnotes were referred to."""

    notes: Mapping[str, Note]
    base_folder: Path | None
    references: dict[int, int] = field(default_factory=dict[int, int])
    """How often each note was referred to so far."""
    picture_bytes: int = 0

    def write(self, inlines: Iterable[Inline]) -> str:
        """Return a block's runs as HTML."""
        pieces = _nested(spans_of(inlines))
        return "".join(
            piece if isinstance(piece, str) else self._content(piece) for piece in pieces
        )

    def _content(self, span: Span) -> str:
        match span.kind:
            case "words":
                return escape(span.text, quote=False)
            case "break":
                return "<br>\n"
            case "math":
                return f'<span class="math">{escape(span.text, quote=False)}</span>'
            case "note":
                return self._reference(span.text)
            case "picture":
                return self._picture(span)

    def _reference(self, label: str) -> str:
        note = self.notes.get(label)
        if note is None:
            return escape(f"[^{label}]", quote=False)
        count = self.references[note.number] = self.references.get(note.number, 0) + 1
        return (
            f'<sup class="note"><a id="{reference_name(note.number, count)}"'
            f' href="#note-{note.number}" role="doc-noteref">{note.number}</a></sup>'
        )

    def _picture(self, span: Span) -> str:
        image = span.run.image
        target = image.target if image is not None else ""
        title = f' title="{escape(image.title)}"' if image is not None and image.title else ""
        picture = local_picture(target, self.base_folder)
        if picture is not None and self.picture_bytes + len(picture.data) <= MAX_PICTURES_BYTES:
            self.picture_bytes += len(picture.data)
            data = base64.b64encode(picture.data).decode("ascii")
            source = f"data:{picture.media_type};base64,{data}"
            return f'<img src="{source}" alt="{escape(span.text)}"{title}>'
        words = escape(span.text or target, quote=False)
        address = safe_address(target)
        if address is None or span.run.link is not None:
            return words
        return f'<a href="{escape(address)}"{title}>{words}</a>'


def reference_name(number: int, count: int) -> str:
    """Return the name of a place where a note is referred to."""
    return f"reference-{number}" if count == 1 else f"reference-{number}-{count}"


def _nested(spans: Sequence[Span]) -> Iterator[str | Span]:
    """Yield tags and spans; of marks that lie over each other the longest is opened first."""
    marks = [_marks_of(span) for span in spans]
    reaches = _reaches(marks)
    opened: list[_Mark] = []
    for span, wanted, reach in zip(spans, marks, reaches, strict=True):
        while any(mark not in wanted for mark in opened):
            yield f"</{opened.pop().name}>"
        new = [mark for mark in wanted if mark not in opened]
        for mark in sorted(new, key=reach.__getitem__, reverse=True):
            opened.append(mark)
            yield f"<{mark.name}{mark.attributes}>"
        yield span
    yield from (f"</{mark.name}>" for mark in reversed(opened))


def _marks_of(span: Span) -> list[_Mark]:
    run = span.run
    marks: list[_Mark] = []
    address = safe_address(run.link)
    if address is not None and span.kind != "note":
        title = f' title="{escape(run.link_title)}"' if run.link_title else ""
        marks.append(_Mark("a", f' href="{escape(address)}"{title}'))
    for name, is_set in (("strong", run.bold), ("em", run.italic), ("del", run.strike)):
        if is_set:
            marks.append(_Mark(name))
    for tag in span.tags:
        title = f' title="{escape(tag.title)}"' if tag.title else ""
        marks.append(_Mark(tag.name, title, tag.place + 1))
    if run.code and span.kind == "words":
        marks.append(_Mark("code"))
    return marks


def _reaches(marks: Sequence[Sequence[_Mark]]) -> list[dict[_Mark, int]]:
    """Return, for each span, how many spans each of its marks lasts from there."""
    result: list[dict[_Mark, int]] = []
    following: dict[_Mark, int] = {}
    for own in reversed(marks):
        following = {mark: following.get(mark, 0) + 1 for mark in own}
        result.append(following)
    return result[::-1]
