"""What is done with recovered words: opened, copied, thrown away, or left for later."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from tinymorph.errors import TinymorphError
from tinymorph.text.file_problems import name_of
from tinymorph.text.files import OpenedText, newline_of, save_atomically
from tinymorph.text.recovery import Orphan, RecoveryJournal
from tinymorph.ui.safety.keeper import Keeper
from tinymorph.ui.safety.opening import Reading
from tinymorph.ui.safety.recovered import RecoveredDialog
from tinymorph.ui.window import MainWindow

log = logging.getLogger(__name__)

DAMAGED = "Some unsaved words of an earlier start could not be read; what is left is in {folder}."
IS_OPEN = "These are the recovered words, not saved yet."


class RecoveryOffer(QObject):
    """Look for words of ended programs, and do with each what the writer says."""

    news = Signal(str)

    def __init__(
        self, window: MainWindow, journal: RecoveryJournal, keeper: Keeper, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._window, self._journal, self._keeper = window, journal, keeper
        self.dialog: RecoveredDialog | None = None

    def begin(self) -> None:
        """Offer what there is."""
        orphans = self._journal.orphans()
        if self._journal.has_damaged:
            bar = self._window.notice_bar
            sentence = DAMAGED.format(folder=self._journal.damaged_folder)
            bar.show_notice(sentence, [("OK", bar.clear)])
        if not orphans:
            return
        dialog = RecoveredDialog(orphans, self._window.theme, self._window)
        dialog.open_asked.connect(self._open)
        dialog.copy_asked.connect(self._copy)
        dialog.discard_asked.connect(self._discard)
        dialog.finished.connect(self._forget_dialog)
        self.dialog = dialog
        dialog.open()

    def _open(self, orphan: Orphan) -> None:
        self._window.desk.leave(lambda: self._show(orphan))

    def _show(self, orphan: Orphan) -> None:
        """Bring the words to the page, and into our own journal before the old one goes."""
        entry = orphan.entry
        opened = None
        if entry.path is not None and (entry.base_digest or entry.path.exists()):
            opened = OpenedText(
                entry.text,
                newline_of(entry.text),
                entry.has_bom,
                entry.base_digest,
                encoding=entry.encoding,
            )
        reading = Reading(entry.text, entry.path, opened, news=IS_OPEN)
        self._window.desk.show_reading(reading, is_modified=True)
        try:
            self._keeper.adopt(entry)
        except TinymorphError as error:
            log.exception("recovered words stay in the old journal")
            self.news.emit(str(error))
            self._take_out(orphan)
            return
        orphan.discard()
        self._take_out(orphan)

    def _copy(self, orphan: Orphan) -> None:
        entry = orphan.entry
        stem = entry.path.stem if entry.path is not None else "Untitled"
        folder = entry.path.parent if entry.path is not None else Path.home()
        path = self._window.questions.where_to_save(folder / f"{stem} (recovered).md")
        if path is None:
            return
        try:
            save_atomically(path, entry.text)
        except TinymorphError as error:
            self._window.questions.tell_trouble(error)
            return
        self.news.emit(f"The recovered words are in {name_of(path)}.")
        orphan.discard()
        self._take_out(orphan)

    def _discard(self, orphan: Orphan) -> None:
        entry = orphan.entry
        name = name_of(entry.path) if entry.path is not None else "a document without a name"
        if self._window.questions.whether_to_discard(name, len(entry.text.split())):
            orphan.discard()
            self._take_out(orphan)

    def _take_out(self, orphan: Orphan) -> None:
        if self.dialog is not None:
            self.dialog.take_out(orphan)

    def _forget_dialog(self, _: int) -> None:
        self.dialog = None
