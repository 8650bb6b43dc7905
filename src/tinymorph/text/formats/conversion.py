"""One way into and out of every format, for the command line and for the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tinymorph.errors import FileProblemError
from tinymorph.text.document import Document
from tinymorph.text.encoding import decode
from tinymorph.text.formats.docx_reader import ImportedDocument, read_docx
from tinymorph.text.formats.docx_writer import write_docx
from tinymorph.text.formats.html import write_html
from tinymorph.text.formats.html_reader import read_html
from tinymorph.text.formats.kinds import FormatName
from tinymorph.text.formats.odt_writer import write_odt
from tinymorph.text.formats.plain import read_plain, write_plain
from tinymorph.text.formats.sources import front_matter_of
from tinymorph.text.formats.spans import plain_text
from tinymorph.text.formats.xml_text import Paper
from tinymorph.text.markdown import read_markdown, write_markdown


@dataclass(frozen=True, slots=True)
class Manner:
    """What a written file is to say besides the words."""

    title: str
    author: str = ""
    base_folder: Path | None = None
    """Where the document's pictures are looked for."""
    paper: Paper = "A4"


PdfWriter = Callable[[Document, Manner], bytes]
"""Writes PDF, which needs Qt."""


def read_document(
    kind: FormatName, data: bytes, *, name: str, picture_folder: str = ""
) -> ImportedDocument:
    """Read a document from a file's bytes; FileProblemError says in a sentence why it cannot be."""
    match kind:
        case "docx":
            return read_docx(data, name=name, picture_folder=picture_folder)
        case "html":
            return ImportedDocument(read_html(data))
        case "markdown":
            return ImportedDocument(read_markdown(decode(Path(name), data).text))
        case "text":
            return ImportedDocument(read_plain(decode(Path(name), data).text))
        case "pdf" | "odt":
            raise FileProblemError(
                f"{name} cannot be read: tinymorph writes {kind.upper()} but does not read it.",
                hint="Save it as .docx or .html in the program it came from.",
            )


def write_document(kind: FormatName, document: Document, manner: Manner, pdf: PdfWriter) -> bytes:
    """Return the document as the bytes of a file; `pdf` writes the one that needs Qt."""
    said = (manner.title, manner.author, manner.base_folder, manner.paper)
    title, author, folder, paper = said
    match kind:
        case "markdown":
            return write_markdown(document).encode()
        case "html":
            return write_html(document, title=title, base_folder=folder).encode("utf-8", "replace")
        case "text":
            return write_plain(document).encode("utf-8", "replace")
        case "docx":
            return write_docx(document, title=title, author=author, base_folder=folder, paper=paper)
        case "odt":
            return write_odt(document, title=title, author=author, base_folder=folder, paper=paper)
        case "pdf":
            return pdf(document, manner)


def manner_of(document: Document, fallback: str, base_folder: Path | None, paper: Paper) -> Manner:
    """Return the title and author that a document says it has; else its first heading, or its file."""
    said = front_matter_of(document.blocks)
    headings = (block for block in document.blocks if block.kind == "heading" and block.level == 1)
    first = next(headings, None)
    heading = plain_text(first.inlines).strip() if first is not None else ""
    title = said.get("title") or heading or fallback
    return Manner(title, said.get("author", ""), base_folder, paper)
