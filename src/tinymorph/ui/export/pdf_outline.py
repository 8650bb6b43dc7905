"""The outline of a PDF, which Qt's writer does not make: readers show it beside the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from pypdf import PdfReader, PdfWriter
from pypdf.generic import Fit, IndirectObject


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of the outline."""

    level: int
    words: str
    name: str
    """Of its place in the file."""


def with_outline(data: bytes, headings: Sequence[Heading]) -> bytes:
    """Return a PDF with its headings as outline; the pages stay as they are."""
    if not headings:
        return data
    reader = PdfReader(BytesIO(data))
    places = reader.named_destinations
    writer = PdfWriter(clone_from=reader)
    open_items: list[tuple[int, IndirectObject]] = []
    for heading in headings:
        place = places.get(heading.name)
        page = reader.get_destination_page_number(place) if place is not None else None
        if place is None or page is None:
            continue
        while open_items and open_items[-1][0] >= heading.level:
            open_items.pop()
        parent = open_items[-1][1] if open_items else None
        fit = Fit("/XYZ", (None, place.top, None))
        item = writer.add_outline_item(
            title=heading.words, page_number=page, parent=parent, fit=fit
        )
        open_items.append((heading.level, item))
    writer.page_mode = "/UseOutlines"
    output = BytesIO()
    writer.write(output)
    return output.getvalue()
