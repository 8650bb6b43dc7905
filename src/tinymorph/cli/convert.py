"""`tinymorph convert`: a document from one format into another."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tinymorph.errors import BadInputError
from tinymorph.text.formats.kinds import Format, format_named, format_of
from tinymorph.text.formats.saving import free_picture_folder, load_bytes, save_bytes, save_pictures
from tinymorph.text.formats.xml_text import Paper

if TYPE_CHECKING:
    from tinymorph.text.document import Document
    from tinymorph.text.formats.conversion import Manner
    from tinymorph.text.formats.docx_reader import ImportedDocument

_STREAM = "-"
_PAPERS: dict[str, Paper] = {"a4": "A4", "letter": "Letter"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("convert")(convert)


def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help="A file, or - for standard input.")],
    target: Annotated[str, typer.Argument(metavar="OUT", help="A file, or - for standard output.")],
    source_format: Annotated[
        str,
        typer.Option("--from", metavar="FORMAT", help="md, html, docx or txt; by default IN's."),
    ] = "",
    target_format: Annotated[
        str,
        typer.Option(
            "--to", metavar="FORMAT", help="md, html, pdf, docx, odt or txt; by default OUT's."
        ),
    ] = "",
    paper: Annotated[str, typer.Option(help="a4 or letter, for PDF, DOCX and ODT.")] = "a4",
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it exists.")] = False,
) -> None:
    """Convert a document; pictures beside it travel with it, and none is ever fetched."""
    from tinymorph.text.formats.conversion import read_document  # noqa: PLC0415 - libraries of formats

    reading = _format(source, source_format, "--from")
    writing = _format(target, target_format, "--to")
    if paper.lower() not in _PAPERS:
        raise BadInputError(f"There is no paper called {paper}.", hint="Say a4 or letter.")
    _refuse_what_would_be_lost(source, target, writing, force=force)
    data = sys.stdin.buffer.read() if source == _STREAM else load_bytes(Path(source))
    is_kept = writing.name == "markdown" and target != _STREAM
    folder = free_picture_folder(Path(target)) if is_kept else "pictures"
    name = "Standard input" if source == _STREAM else Path(source).name
    read = read_document(reading.name, data, name=name, picture_folder=folder)
    for remark in read.remarks:
        typer.echo(remark, err=True)
    base = Path.cwd() if source == _STREAM else Path(source).absolute().parent
    written = _written(writing, read, _stem(source, target), base, _PAPERS[paper.lower()])
    if is_kept:
        save_pictures(Path(target).parent / folder, read.pictures)
    if target == _STREAM:
        sys.stdout.buffer.write(written)
        sys.stdout.buffer.flush()
    else:
        save_bytes(Path(target), written)


def _written(writing: Format, read: ImportedDocument, stem: str, base: Path, paper: Paper) -> bytes:
    """Return the bytes to save; pictures that came within the source lie in a folder meanwhile."""
    from tinymorph.text.formats.conversion import manner_of, write_document  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory(prefix="tinymorph-") as own:
        if read.pictures:
            base = Path(own)
            save_pictures(base / "pictures", read.pictures)
        manner = manner_of(read.document, stem, base, paper)
        return write_document(writing.name, read.document, manner, _write_pdf)


def _write_pdf(document: Document, manner: Manner) -> bytes:
    from tinymorph.ui.export.pdf import write_manner  # noqa: PLC0415 - Qt, which only PDF needs

    return write_manner(document, manner)


def _format(place: str, said: str, option: str) -> Format:
    """Return the format of a file, as it was said or as its name tells."""
    if said:
        return format_named(said)
    found = format_of(Path(place)) if place != _STREAM else None
    if found is None:
        what = "a stream" if place == _STREAM else f"{Path(place).name}"
        raise BadInputError(f"The format of {what} is not known.", hint=f"Say it with {option}.")
    return found


def _refuse_what_would_be_lost(source: str, target: str, writing: Format, *, force: bool) -> None:
    if target == _STREAM:
        if not writing.is_text and sys.stdout.isatty():
            raise BadInputError(
                f"{writing.label} is not for a terminal.", hint="Give it a file name."
            )
        return
    path = Path(target)
    if not path.exists():
        return
    if source != _STREAM and Path(source).exists() and path.samefile(source):
        raise BadInputError("IN and OUT are the same file.", hint="Give OUT another name.")
    if not force:
        raise BadInputError(f"{path.name} exists already.", hint="Add --force to replace it.")


def _stem(source: str, target: str) -> str:
    """Return what to call a document that has no title."""
    named = [Path(place).stem for place in (source, target) if place != _STREAM]
    return named[0] if named else "Document"
