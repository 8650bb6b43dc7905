"""Whose the words of the document are: kept over closing and opening, shown, and reported."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from tinymorph.errors import FileProblemError, TinymorphError
from tinymorph.session.authorship_report import AuthorshipReport, as_json, as_markdown, make_report
from tinymorph.session.journal import DecisionJournal, local_time_now
from tinymorph.text.atomic import replace_file
from tinymorph.text.authorship_file import AuthorshipFiles
from tinymorph.ui.desk import DocumentDesk
from tinymorph.ui.editor.page import Editor
from tinymorph.ui.editor.receipts import sign_again, signed_texts

log = logging.getLogger(__name__)

FILTERS = "Markdown (*.md);;JSON, with whole receipts (*.json)"


class Authors(QObject):
    """Keep the receipts of one desk's document with its file."""

    news = Signal(str)

    def __init__(
        self,
        editor: Editor,
        desk: DocumentDesk,
        files: AuthorshipFiles,
        journal: DecisionJournal,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._editor, self._desk, self._files, self._journal = editor, desk, files, journal
        editor.loaded_whole.connect(self._sign_again)
        desk.saved.connect(self.keep)

    def keep(self) -> None:
        """Write down which words of the page were accepted, if the document has a file."""
        path = self._desk.path
        if path is None or self._desk.is_loading:
            return
        try:
            self._files.save(path, list(signed_texts(self._editor.document())))
        except OSError as error:
            log.warning("whose words are whose could not be kept: %s", error)
            self.news.emit("Which words were accepted could not be written down.")

    def show(self, *, is_on: bool) -> None:
        """Mark the accepted words on the page, or no more; say how many there are."""
        self._editor.show_receipts(is_on=is_on)
        if is_on:
            self.news.emit(sentence(self.report()))

    def report(self) -> AuthorshipReport:
        """Count the document's words by author."""
        blocks = list(signed_texts(self._editor.document()))
        return make_report(self._desk.name, local_time_now(), blocks, self._journal.read())

    def ask_and_report(self, window: QWidget) -> None:
        """Ask for a file and write the report there."""
        if self._desk.is_loading:
            self.news.emit("The document is still being opened; report when it is whole.")
            return
        folder = self._desk.path.parent if self._desk.path is not None else Path.home()
        first = folder / f"{Path(self._desk.name).stem}-authors.md"
        said, chosen = QFileDialog.getSaveFileName(window, "Authorship report", str(first), FILTERS)
        if not said:
            return
        path = Path(said)
        if not path.suffix:
            path = path.with_suffix(".json" if chosen.startswith("JSON") else ".md")
        try:
            self.write_report(path)
        except TinymorphError as error:
            self.news.emit(str(error))

    def write_report(self, path: Path) -> None:
        """Write the report as Markdown, or as JSON if the name says so."""
        report = self.report()
        text = as_json(report) if path.suffix.lower() == ".json" else as_markdown(report)
        try:
            replace_file(path, text.encode("utf-8", "surrogatepass"))
        except OSError as error:
            raise FileProblemError(
                f"The report could not be written to {path}.",
                hint="Choose another folder.",
                detail=str(error),
            ) from error
        self.news.emit(f"The report is in {path.name}. {sentence(report)}")

    def _sign_again(self) -> None:
        path = self._desk.path
        if path is not None:
            sign_again(self._editor.document(), self._files.load(path))


def sentence(report: AuthorshipReport) -> str:
    """Say in one sentence whose the words are."""
    total, accepted = report.total.words, report.accepted_share.words
    if not report.accepted:
        return "Every word of this document is yours; none was accepted from a suggestion."
    parts = "one suggestion" if len(report.accepted) == 1 else f"{len(report.accepted)} suggestions"
    return f"{accepted:,} of {total:,} words were accepted, from {parts}."
