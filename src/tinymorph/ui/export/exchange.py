"""The document on the desk out to other programs, and their documents in."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from tinymorph.errors import FileProblemError, TinymorphError
from tinymorph.text.document import Document
from tinymorph.text.formats.kinds import Format, format_of
from tinymorph.ui.background import Background, Outcome
from tinymorph.ui.desk import DocumentDesk
from tinymorph.ui.export.dialogs import ExchangeQuestions

log = logging.getLogger(__name__)

STILL_OPENING = "The document is still being opened; export it when it is all there."


class Exchange(QObject):
    """Export and import in the background; the page stays the writer's."""

    news = Signal(str)
    exported = Signal(object)
    """The `Path` that is written now."""

    def __init__(self, desk: DocumentDesk, questions: ExchangeQuestions, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._questions = desk, questions
        self._background = Background(self, "exchange")

    def export(self) -> None:
        """Ask for a file name and write the document there, in the format that it tells."""
        if self._desk.is_loading:
            self.news.emit(STILL_OPENING)
            return
        source = self._desk.path
        suggestion = (
            source.with_suffix(".pdf") if source is not None else Path.home() / "Untitled.pdf"
        )
        path = self._questions.where_to_export(suggestion)
        found = format_of(path) if path is not None else None
        if path is None or found is None:
            return
        if source is not None and path.exists() and source.exists() and path.samefile(source):
            self._questions.tell_trouble(
                FileProblemError(
                    f"{path.name} is the document itself.", hint="Save it, or choose another name."
                )
            )
            return
        self._export(path, found, source)

    def import_file(self) -> None:
        """Ask for a file of another program and show it as a new document."""
        here = self._desk.path
        path = self._questions.what_to_import(here.parent if here is not None else Path.home())
        if path is not None:
            self._background.run(lambda: _read(path), self._show_imported)

    def close(self) -> None:
        """Let what has begun come to its end."""
        self._background.close()

    def _export(self, path: Path, found: Format, source: Path | None) -> None:
        take = self._desk.draft()
        folder = source.parent if source is not None else None
        fallback = source.stem if source is not None else path.stem

        def work() -> Path:
            _write(path, found, Document(tuple(take().blocks)), fallback, folder)
            return path

        self.news.emit(f"Writing {path.name}\u2026")
        self._background.run(work, self._tell_exported)

    def _tell_exported(self, outcome: Outcome[Path]) -> None:
        if outcome.result is not None:
            self.news.emit(f"Exported {outcome.result.name}.")
            self.exported.emit(outcome.result)
        else:
            self._tell(outcome.error)

    def _show_imported(self, outcome: Outcome[tuple[str, str]]) -> None:
        if outcome.result is None:
            self._tell(outcome.error)
            return
        text, remark = outcome.result

        def show() -> None:
            self._desk.show_text(text, is_modified=True)
            self.news.emit(remark)

        self._desk.leave(show)

    def _tell(self, error: BaseException | None) -> None:
        """Say what went wrong; what nobody foresaw is in the log, whole."""
        if isinstance(error, TinymorphError):
            self._questions.tell_trouble(error)
            return
        log.error("an export or import failed", exc_info=error)
        unforeseen = f"Something went wrong inside tinymorph ({type(error).__name__})."
        self._questions.tell_trouble(TinymorphError(unforeseen, detail=str(error)))


def _write(
    path: Path, found: Format, document: Document, fallback: str, folder: Path | None
) -> None:
    from tinymorph.text.formats.conversion import manner_of, write_document  # noqa: PLC0415 - the window is first
    from tinymorph.text.formats.saving import save_bytes  # noqa: PLC0415 - as above
    from tinymorph.ui.export.pdf import write_manner  # noqa: PLC0415 - as above

    manner = manner_of(document, fallback, folder, "A4")
    save_bytes(path, write_document(found.name, document, manner, write_manner))


def _read(path: Path) -> tuple[str, str]:
    """Return a file as Markdown, and what is to be said about it; its pictures go beside it."""
    from tinymorph.text.formats.conversion import read_document  # noqa: PLC0415 - the window is first
    from tinymorph.text.formats.saving import (  # noqa: PLC0415 - as above
        free_picture_folder,
        load_bytes,
        save_pictures,
    )
    from tinymorph.text.markdown import write_markdown  # noqa: PLC0415 - as above

    found = format_of(path)
    if found is None:
        raise FileProblemError(
            f"{path.name} is of a kind that cannot be imported.",
            hint="Choose a .docx, .html or .txt file.",
        )
    folder = free_picture_folder(path)
    read = read_document(found.name, load_bytes(path), name=path.name, picture_folder=folder)
    save_pictures(path.parent / folder, read.pictures)
    remarks = list(read.remarks)
    if read.pictures:
        remarks.append(f"Its pictures are in {folder}; save the document beside it.")
    return write_markdown(read.document), " ".join([f"Imported {path.name}.", *remarks])
