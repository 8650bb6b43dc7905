"""Unsaved words on their way into the recovery journal, while the writer goes on."""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from tinymorph.text.recovery import RecoveryEntry, RecoveryJournal
from tinymorph.ui.background import Background, Outcome
from tinymorph.ui.desk import DocumentDesk
from tinymorph.ui.editor.page import Editor

log = logging.getLogger(__name__)

PAUSE_MS = 700
"""After so long without a key the words are kept."""
LONGEST_MS, SHORTEST_MS = 1000, 200
"""While keys keep coming they are kept this often; with the writing itself, under two seconds."""
ROUND_MS = 1500
"""For a wait and two writings: where writing is slow, there is less time to wait for it."""


class Keeper(QObject):
    """Keep one desk's unsaved words; forget them when they are saved or given up."""

    news = Signal(str)
    kept = Signal(str)
    """The text that is safe in the journal now."""
    entry_changed = Signal(str)
    """Another document is on the desk, with another `entry_id`."""

    def __init__(
        self, editor: Editor, desk: DocumentDesk, journal: RecoveryJournal, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._editor, self._desk, self._journal = editor, desk, journal
        self._entry_id = uuid.uuid4().hex
        self._is_keeping = self._has_news = self._was_told = False
        self._has_entry = self._is_closed = False
        self._began, self._wait_ms = 0.0, LONGEST_MS
        self._pause = self._timer(PAUSE_MS)
        self._longest = self._timer(LONGEST_MS)
        self._background = Background(self, "recovery")
        editor.document().contentsChanged.connect(self._note_change)
        editor.document().modificationChanged.connect(self._note_modification)
        desk.loaded.connect(self._begin_anew)
        desk.saved.connect(self._note_saved)

    @property
    def entry_id(self) -> str:
        """Return what the journal calls the document on the desk."""
        return self._entry_id

    def keep_now(self) -> None:
        """Keep the words as they are, unless they are safe."""
        self._pause.stop()
        self._longest.stop()
        if self._is_keeping:
            self._has_news = True
        elif self._desk.is_dirty:
            self._keep()

    def adopt(self, entry: RecoveryEntry) -> None:
        """Keep recovered words as this document's own, at once."""
        self._has_entry = True
        self._journal.keep(replace(entry, entry_id=self._entry_id))

    def finish(self) -> None:
        """Forget the document: its words are saved, or given up."""
        self._forget()

    def close(self) -> None:
        """Let what was begun come to its end; what was not finished stays in the journal."""
        self._is_closed = True
        self._pause.stop()
        self._longest.stop()
        self._background.finish()

    def _keep(self) -> None:
        take, desk = self._desk.words(), self._desk
        entry_id, path, opened = self._entry_id, desk.path, desk.opened
        cursor = self._editor.textCursor().position()
        self._is_keeping, self._has_news, self._has_entry = True, False, True
        self._began = time.monotonic()

        def work() -> str:
            text = take()
            entry = RecoveryEntry(entry_id, text, path, cursor=cursor)
            if opened is not None:
                entry = RecoveryEntry(
                    entry_id,
                    text,
                    path,
                    opened.digest,
                    cursor=cursor,
                    encoding=opened.encoding,
                    has_bom=opened.has_bom,
                )
            self._journal.keep(entry)
            return text

        self._background.run(work, self._done)

    def _done(self, outcome: Outcome[str]) -> None:
        self._is_keeping = False
        self._wait_ms = longest_wait_ms((time.monotonic() - self._began) * 1000)
        if outcome.result is not None:
            self._was_told = False
            self.kept.emit(outcome.result)
        else:
            log.error("unsaved words were not kept", exc_info=outcome.error)
            if not self._was_told:
                self._was_told = True
                self.news.emit(str(outcome.error))
        if self._has_news:
            self.keep_now()

    def _note_change(self) -> None:
        if self._desk.is_dirty and not self._is_closed:
            self._pause.start()
            if not self._longest.isActive():
                self._longest.start(self._wait_ms)

    def _note_modification(self, is_modified: bool) -> None:
        """Forget what an undo took back to what the file has."""
        if not is_modified and not self._desk.is_saving:
            self._forget()

    def _note_saved(self) -> None:
        if not self._desk.is_dirty:
            self._forget()

    def _begin_anew(self) -> None:
        self._forget()
        self._entry_id, self._has_entry = uuid.uuid4().hex, False
        self.entry_changed.emit(self._entry_id)

    def _forget(self) -> None:
        """Remove the entry after whatever is being written of it now."""
        self._pause.stop()
        self._longest.stop()
        self._has_news = False
        if self._has_entry and not self._is_closed:
            entry_id = self._entry_id
            self._background.run(lambda: self._journal.forget(entry_id), _ignore)

    def _timer(self, milliseconds: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(self.keep_now)
        return timer


def longest_wait_ms(took_ms: float) -> int:
    """Return how long words may wait while keys keep coming, where keeping them took so long."""
    return round(min(LONGEST_MS, max(SHORTEST_MS, ROUND_MS - 2 * took_ms)))


def _ignore(outcome: Outcome[None]) -> None:
    if outcome.error is not None:
        log.error("an entry of the journal stays", exc_info=outcome.error)
