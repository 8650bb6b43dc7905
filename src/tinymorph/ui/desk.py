"""The document on the desk: opened, saved, and never lost without a question."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Literal, Protocol

from PySide6.QtCore import QObject, Signal

from tinymorph.errors import FileProblemError, TinymorphError
from tinymorph.text.document import Document
from tinymorph.text.files import OpenedText, has_changed_on_disk, open_text, save_atomically
from tinymorph.text.markdown import normalised, read_markdown, write_markdown
from tinymorph.ui.editor.page import Editor

log = logging.getLogger(__name__)

CANNOT_HOLD = (
    "{name} has characters that the page cannot hold. This is a copy; the file stays as it is."
)

Answer = Literal["save", "discard", "cancel"]


class Questions(Protocol):
    """What the desk asks the writer; a window answers with dialogs, a test without."""

    def whether_to_save(self, name: str) -> Answer:
        """Ask what is to become of unsaved words."""
        ...

    def whether_to_overwrite(self, name: str) -> bool:
        """Ask whether to replace a file that another program changed."""
        ...

    def where_to_save(self, suggestion: Path) -> Path | None:
        """Ask for a file name; None if the writer thought better of it."""
        ...

    def what_to_open(self, folder: Path) -> Path | None:
        """Ask for a file to open."""
        ...

    def tell_trouble(self, error: TinymorphError) -> None:
        """Say that words could not be read or saved."""
        ...


class DocumentDesk(QObject):
    """Keep the page and its file together."""

    changed = Signal()
    """The name or the state of being saved is another."""
    loaded = Signal()
    """Another document is on the page."""
    news = Signal(str)

    def __init__(self, editor: Editor, questions: Questions, parent: QObject) -> None:
        super().__init__(parent)
        self._editor, self._questions = editor, questions
        self._path: Path | None = None
        self._opened: OpenedText | None = None
        editor.document().modificationChanged.connect(self.changed)

    @property
    def path(self) -> Path | None:
        """Return the file, once there is one."""
        return self._path

    @property
    def name(self) -> str:
        """Return what the window calls the document."""
        return self._path.name if self._path is not None else "Untitled"

    @property
    def is_dirty(self) -> bool:
        """Say whether words would be lost if the program ended now."""
        return self._editor.document().isModified()

    def new(self) -> None:
        """Begin an empty document."""
        if self.may_leave():
            self._show(Document(), None, None)

    def open(self) -> None:
        """Ask for a file and show it."""
        if self.may_leave():
            folder = self._path.parent if self._path is not None else Path.home()
            path = self._questions.what_to_open(folder)
            if path is not None:
                self.open_path(path)

    def open_path(self, path: Path) -> bool:
        """Show a file, or an empty page that will become it when it does not exist yet.

        What stood on the page must be safe already.
        """
        if not path.exists() and path.parent.is_dir():
            self._show(Document(), path, None)
            return True
        try:
            opened = open_text(path)
        except TinymorphError as error:
            self._questions.tell_trouble(error)
            return False
        document = read_markdown(opened.text)
        self._show(document, path, opened)
        if _texts(self._editor.document_value()) != _texts(document):
            self._path = self._opened = None
            self.changed.emit()
            self.news.emit(CANNOT_HOLD.format(name=path.name))
        return True

    def show_sample(self, path: Path) -> None:
        """Show a sample that saving will not touch."""
        self._show(read_markdown(open_text(path).text), None, None)

    def save(self) -> bool:
        """Save to the document's file, or ask for one; False if nothing was saved."""
        return self.save_as() if self._path is None else self._write(self._path)

    def save_as(self) -> bool:
        """Ask for a file name and save there."""
        suggestion = self._path or Path.home() / "Untitled.md"
        path = self._questions.where_to_save(suggestion)
        if path is None:
            return False
        if not path.suffix:
            path = path.with_suffix(".md")
        if path != self._path:
            self._opened = None
        return self._write(path)

    def may_leave(self) -> bool:
        """Ask about unsaved words, if there are any; False if the writer wants to stay."""
        if not self.is_dirty:
            return True
        answer = self._questions.whether_to_save(self.name)
        if answer == "save":
            return self.save()
        return answer == "discard"

    def save_copy(self, folder: Path) -> Path | None:
        """Save unsaved words beside everything else, when the program is in trouble."""
        if not self.is_dirty:
            return None
        stem = self._path.stem if self._path is not None else "untitled"
        path = folder / f"{stem}-{time.strftime('%Y-%m-%d-%H%M%S')}.md"
        folder.mkdir(parents=True, exist_ok=True)
        save_atomically(path, write_markdown(self._editor.document_value()))
        return path

    def _write(self, path: Path) -> bool:
        try:
            if self._opened is not None and path == self._path and self._must_not(path):
                return False
            document = self._editor.document_value()
            text = write_markdown(document)
            _check_that_nothing_is_lost(document, text)
            if self._opened is not None:
                text = text.replace("\n", self._opened.newline)
            self._opened = save_atomically(path, text, like=self._opened)
        except TinymorphError as error:
            self._questions.tell_trouble(error)
            return False
        self._path = path
        self._editor.document().setModified(False)
        self.changed.emit()
        self.news.emit(f"Saved {path.name}.")
        return True

    def _must_not(self, path: Path) -> bool:
        has_changed = self._opened is not None and has_changed_on_disk(path, self._opened)
        return has_changed and not self._questions.whether_to_overwrite(path.name)

    def _show(self, document: Document, path: Path | None, opened: OpenedText | None) -> None:
        self._path, self._opened = path, opened
        self._editor.load(document)
        self.changed.emit()
        self.loaded.emit()


def _texts(document: Document) -> list[str]:
    return [block.text for block in document.blocks] or [""]


def _check_that_nothing_is_lost(document: Document, text: str) -> None:
    """Read what is about to be written; refuse to write what would read as something else."""
    if read_markdown(text) != normalised(document):
        log.error("a document would not have read back as it was written")
        raise FileProblemError(
            "The file was not written, because reading it back would have changed your words.",
            hint="Copy the text to a safe place and report this, please.",
        )
