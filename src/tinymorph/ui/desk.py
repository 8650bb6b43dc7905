"""The document on the desk: opened, saved in the background, and never lost without a question."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from tinymorph.errors import TinymorphError
from tinymorph.text.encoding import UTF_8, CharacterDoesNotFitError
from tinymorph.text.file_problems import SaveProblemError, name_of
from tinymorph.text.files import NotConfirmedError, OpenedText, open_text, save_atomically
from tinymorph.text.markdown.slices import Source, prepare, read_source
from tinymorph.text.saving import ChangedOnDiskError, Draft, save_draft
from tinymorph.ui.background import Background, Outcome
from tinymorph.ui.editor.live_document import document_of
from tinymorph.ui.editor.page import Editor
from tinymorph.ui.loading import PageLoader
from tinymorph.ui.safety.ask import Questions
from tinymorph.ui.safety.locks import DocumentLocks
from tinymorph.ui.safety.opening import Reading, read_for_page
from tinymorph.ui.safety.restoring import PageStates, joined_sources

Then = Callable[[], None]


class DocumentDesk(QObject):
    """Keep the page and its file together."""

    changed = Signal()
    """The name or the state of being saved is another."""
    loaded = Signal()
    """Another document is on the page, or its first screens are."""
    saved = Signal()
    """The file now holds what the page held when saving began."""
    news = Signal(str)

    def __init__(
        self, editor: Editor, questions: Questions, locks: DocumentLocks, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._editor, self._questions, self._locks = editor, questions, locks
        self._path: Path | None = None
        self._opened: OpenedText | None = None
        self._source = Source()
        self._loader: PageLoader | None = None
        self._waiting: list[Then] = []
        self._after_saving: list[Then] = []
        self._saves = 0
        self._background = Background(self, "saving")
        self._states = PageStates(editor)
        editor.document().modificationChanged.connect(self.changed)

    @property
    def path(self) -> Path | None:
        """Return the file, once there is one."""
        return self._path

    @property
    def opened(self) -> OpenedText | None:
        """Return the file as it was last read or written."""
        return self._opened

    @property
    def name(self) -> str:
        """Return what the window calls the document."""
        return name_of(self._path) if self._path is not None else "Untitled"

    @property
    def is_dirty(self) -> bool:
        """Say whether words would be lost if the program ended now."""
        return self._editor.document().isModified()

    @property
    def is_saving(self) -> bool:
        """Say whether a save is under way."""
        return self._saves > 0

    @property
    def is_loading(self) -> bool:
        """Say whether more of the document is still to come."""
        return self._loader is not None

    def draft(self) -> Callable[[], Draft]:
        """Take the page as it is now; what is returned makes a draft of it, on any thread.

        Only for a document that is loaded whole.
        """
        source, page = self._source, self._editor.live.snapshot()
        return lambda: Draft(source, document_of(page).blocks)

    def words(self) -> Callable[[], str]:
        """Take the words as they are now, whatever is still to come from the file among them.

        What is returned makes one text of them, on any thread.
        """
        if self._loader is None:
            take = self.draft()
            return lambda: take().text_at_any_price()
        source, text = self._loader.so_far()
        page = self._editor.live.snapshot()

        def together() -> str:
            shown = Draft(source, document_of(page).blocks).text_at_any_price()
            return shown + text[len(source.text) :]

        return together

    def new(self) -> None:
        """Begin an empty document."""
        self.leave(lambda: self._show("", None, None))

    def open(self) -> None:
        """Ask for a file and show it."""
        self.leave(self._ask_and_open)

    def open_path(self, path: Path) -> bool:
        """Show a file, or an empty page that will become it when it does not exist yet.

        What stood on the page must be safe already.
        """
        reading = read_for_page(path, self._questions, self._locks)
        if reading is not None:
            self.show_reading(reading)
        return reading is not None

    def show_reading(self, reading: Reading, *, is_modified: bool = False) -> None:
        """Show what was read; what stood on the page must be safe already."""
        if reading.path is not None and reading.may_edit:
            self._locks.hold(reading.path)
        self._show(reading.text, reading.path, reading.opened)
        self._editor.setReadOnly(not reading.may_edit)
        if is_modified:
            self._editor.document().setModified(True)
        if reading.news:
            self.news.emit(reading.news)

    def replace_text(self, text: str, opened: OpenedText | None = None) -> None:
        """Put another text on the page as one undo step; it is saved over `opened`, if given."""
        fresh = read_source(text)
        self._source, blocks = joined_sources(self._source, fresh)
        self._states.replace(blocks)
        if opened is not None:
            self.accept_file(opened)

    def accept_file(self, opened: OpenedText) -> None:
        """Take what another program wrote for known: the next save may replace it."""
        self._opened = opened
        self.mark_unsaved()

    def save_over(self) -> None:
        """Save to the document's file, whatever is there now, or nothing."""
        path = self._path
        if path is not None:
            self._when_loaded(lambda: self._begin(path, None, may_replace=True))

    def mark_unsaved(self) -> None:
        """Say that the page is not what the file has."""
        self._editor.document().setModified(True)

    def show_text(self, text: str, *, is_modified: bool = False) -> None:
        """Show Markdown that belongs to no file yet, such as the sample."""
        self.show_reading(Reading(text, None), is_modified=is_modified)

    def show_sample(self, path: Path) -> None:
        """Show a sample that saving will not touch."""
        self.show_text(open_text(path).text)

    def save(self) -> None:
        """Save to the document's file, or ask for one."""
        self._save_then(None)

    def save_as(self) -> None:
        """Ask for a file name and save there."""
        self._save_as_then(None)

    def leave(self, then: Then) -> None:
        """Go on when no word can be lost by it; ask about unsaved ones."""
        if self.is_saving:
            self._after_saving.append(lambda: self.leave(then))
            return
        if not self.is_dirty:
            then()
            return
        answer = self._questions.whether_to_save(self.name)
        if answer == "save":
            self._save_then(lambda: self.leave(then))
        elif answer == "discard":
            then()

    def save_copy(self, folder: Path) -> Path | None:
        """Save unsaved words beside everything else, at once: the program is in trouble."""
        if not self.is_dirty:
            return None
        stem = self._path.stem if self._path is not None else "untitled"
        path = folder / f"{stem}-{time.strftime('%Y-%m-%d-%H%M%S')}.md"
        folder.mkdir(parents=True, exist_ok=True)
        save_atomically(path, self.draft()().text_at_any_price())
        return path

    def close(self) -> None:
        """Let a save that has begun come to its end."""
        self._background.close()

    def _ask_and_open(self) -> None:
        folder = self._path.parent if self._path is not None else Path.home()
        path = self._questions.what_to_open(folder)
        if path is not None:
            self.open_path(path)

    def _show(self, text: str, path: Path | None, opened: OpenedText | None) -> None:
        if self._loader is not None:
            self._loader.stop()
        self._waiting.clear()
        self._states.forget()
        if path is None:
            self._locks.release()
        self._editor.setReadOnly(False)
        self._take_place(path, opened)
        self._loader = PageLoader(self._editor, text)
        self._loader.loaded.connect(self._take_source)
        self._loader.start()
        self.changed.emit()
        self.loaded.emit()

    def _take_place(self, path: Path | None, opened: OpenedText | None) -> None:
        """Note the document's file; pictures and links are looked for from its folder."""
        self._path, self._opened = path, opened
        self._editor.set_base_folder(None if path is None else path.absolute().parent)

    def _take_source(self, source: Source) -> None:
        if self._loader is not None:
            self._loader.deleteLater()
        self._loader, self._source = None, source
        self._background.run(lambda: prepare(source), _nothing)
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            then()

    def _when_loaded(self, then: Then) -> None:
        if self._loader is None:
            then()
        else:
            self.news.emit("The document is still being opened; it will be saved then.")
            self._waiting.append(then)

    def _save_then(self, then: Then | None) -> None:
        """Save, and go on if the words are safe."""
        path = self._path
        if path is None or self._editor.isReadOnly():
            self._save_as_then(then)
        else:
            self._when_loaded(lambda: self._begin(path, then))

    def _save_as_then(self, then: Then | None) -> None:
        path = self._questions.where_to_save(self._path or Path.home() / "Untitled.md")
        if path is None:
            return
        path = path if path.suffix else path.with_suffix(".md")
        self._when_loaded(lambda: self._begin(path, then))

    def _begin(self, path: Path, then: Then | None, *, may_replace: bool = False) -> None:
        """Save what the page holds now, while the writer goes on."""
        take, revision = self.draft(), self._editor.document().revision()
        opened = self._opened
        checked = None if opened is None or path != self._path else opened
        self._saves += 1

        def work() -> OpenedText:
            like = checked or opened
            return save_draft(path, take(), like, may_replace=may_replace or checked is None)

        def done(outcome: Outcome[OpenedText]) -> None:
            self._saves -= 1
            if outcome.result is not None:
                self._finish(path, outcome.result, revision, then)
            else:
                self._fail(path, outcome.error, then)
            waiting, self._after_saving = self._after_saving, []
            for after in waiting:
                after()

        self._background.run(work, done)

    def _finish(self, path: Path, opened: OpenedText, revision: int, then: Then | None) -> None:
        if self._locks.hold(path) is None:
            self._editor.setReadOnly(False)
        self._take_place(path, opened)
        if self._editor.document().revision() == revision:
            self._editor.document().setModified(False)
        self.changed.emit()
        self.saved.emit()
        self.news.emit(f"Saved {name_of(path)}.")
        if then is not None:
            then()

    def _fail(self, path: Path, error: BaseException | None, then: Then | None) -> None:
        questions = self._questions
        if isinstance(error, ChangedOnDiskError):
            if questions.whether_to_overwrite(name_of(path)):
                self._begin(path, then, may_replace=True)
        elif isinstance(error, CharacterDoesNotFitError) and self._opened is not None:
            if questions.whether_to_save_as_utf_8(error):
                self._opened = replace(self._opened, encoding=UTF_8)
                self._begin(path, then)
        elif isinstance(error, SaveProblemError):
            if questions.whether_to_save_elsewhere(error):
                self._save_as_then(then)
        elif isinstance(error, TinymorphError):
            if isinstance(error, NotConfirmedError):
                self._take_place(path, error.opened)
            questions.tell_trouble(error)
        elif error is not None:
            raise error


def _nothing(_: Outcome[None]) -> None:
    """Go on with nothing in particular: what could not be prepared is found when it is needed."""
