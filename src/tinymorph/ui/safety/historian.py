"""Versions of the document on the desk, remembered in the background at the right moments."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from tinymorph.errors import TinymorphError
from tinymorph.text.history import History, Why, document_key
from tinymorph.ui.background import Background, Outcome
from tinymorph.ui.desk import DocumentDesk
from tinymorph.ui.editor.page import Editor

log = logging.getLogger(__name__)

BIG_REMOVAL = 300
"""Characters that one step takes away before the words from before it are remembered."""
THINNING_MS = 6 * 60 * 60 * 1000
SET_ASIDE = "The history of versions was damaged; it was put aside, and a new one begins."

T = TypeVar("T")


class Historian(QObject):
    """Remember what is opened, saved, and about to be changed much."""

    news = Signal(str)

    def __init__(
        self, editor: Editor, desk: DocumentDesk, history: History, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._editor, self._desk, self._history = editor, desk, history
        self._unnamed_id, self._key = "", ""
        self._last_text = ""
        """The words as they last stood somewhere safe; from before a change that is going on."""
        self._told: set[str] = set()
        self._background = Background(self, "history")
        self._thinning = QTimer(self)
        self._thinning.setInterval(THINNING_MS)
        self._thinning.timeout.connect(self.thin)
        self._thinning.start()
        desk.loaded.connect(self._note_loaded)
        desk.saved.connect(self._note_saved)
        editor.document().contentsChange.connect(self._note_change)

    @property
    def history(self) -> History:
        """Return what is remembered."""
        return self._history

    @property
    def key(self) -> str:
        """Return what the history calls the document on the desk."""
        return self._key

    def note_kept(self, text: str) -> None:
        """Take the words that have just become safe in the journal."""
        self._last_text = text

    def remember(self, text: str, why: Why, then: Callable[[], None] | None = None) -> None:
        """Remember a version in the background; then go on."""
        key = self._key

        def done(_: object) -> None:
            if then is not None:
                then()

        self._run(lambda: self._history.remember(key, text, why), done)

    def remember_page(self, why: Why, then: Callable[[], None] | None = None) -> None:
        """Remember the page as it is at this moment."""
        take, key = self._desk.words(), self._key

        def done(_: object) -> None:
            if then is not None:
                then()

        self._run(lambda: self._history.remember(key, take(), why), done)

    def set_unnamed_id(self, unnamed_id: str) -> None:
        """Say what a document is called that has no file."""
        self._unnamed_id = unnamed_id
        self._key = document_key(self._desk.path, unnamed_id)

    def thin(self) -> None:
        """Let go of what is old and close to other versions."""
        self._run(lambda: self._history.thin(datetime.now(UTC)), _nothing)

    def close(self) -> None:
        """Let what has begun come to its end."""
        self._thinning.stop()
        self._background.finish()
        self._history.close()

    def _note_loaded(self) -> None:
        opened = self._desk.opened
        self._key = document_key(self._desk.path, self._unnamed_id)
        self._last_text = opened.text if opened is not None else ""
        if opened is not None and self._desk.path is not None:
            self.remember(opened.text, "opened")

    def _note_saved(self) -> None:
        opened, key = self._desk.opened, document_key(self._desk.path, self._unnamed_id)
        if key != self._key and self._key.startswith("unnamed:"):
            old = self._key
            self._run(lambda: self._history.rename(old, key), _nothing)
        self._key = key
        if opened is not None:
            self._last_text = opened.text
            self.remember(opened.text, "saved")

    def _note_change(self, position: int, removed: int, added: int) -> None:
        """Remember the words from before a step that takes many away, such as a great paste."""
        del position, added
        if removed >= BIG_REMOVAL and not self._desk.is_loading and self._last_text:
            self.remember(self._last_text, "change")

    def _run(self, work: Callable[[], T], then: Callable[[T | None], None]) -> None:
        def done(outcome: Outcome[T]) -> None:
            self._tell(outcome.error)
            then(outcome.result)

        self._background.run(work, done)

    def _tell(self, error: BaseException | None) -> None:
        """Say once what is wrong; the document itself is safe without any history."""
        sentence = ""
        if error is not None:
            log.error("the history failed", exc_info=error)
            sentence = str(error) if isinstance(error, TinymorphError) else ""
        elif self._history.set_aside is not None:
            sentence = SET_ASIDE
        if sentence and sentence not in self._told:
            self._told.add(sentence)
            self.news.emit(sentence)


def _nothing(_: object) -> None:
    """Go on with nothing in particular."""
