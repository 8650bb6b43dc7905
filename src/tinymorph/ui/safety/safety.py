"""What keeps one window's words safe, tied together."""

from __future__ import annotations

from PySide6.QtCore import QObject

from tinymorph.text.history import History
from tinymorph.text.recovery import RecoveryJournal
from tinymorph.ui.safety.disk_changes import DiskChanges
from tinymorph.ui.safety.historian import Historian
from tinymorph.ui.safety.keeper import Keeper
from tinymorph.ui.safety.past import Past
from tinymorph.ui.safety.recovery_offer import RecoveryOffer
from tinymorph.ui.window import MainWindow


class Safety(QObject):
    """The journal and the history of one window's document."""

    def __init__(self, window: MainWindow, journal: RecoveryJournal, history: History) -> None:
        super().__init__(window)
        self._window, self._journal = window, journal
        self.historian = Historian(window.editor, window.desk, history, self)
        self.keeper = Keeper(window.editor, window.desk, journal, self)
        self.historian.set_unnamed_id(self.keeper.entry_id)
        self.keeper.kept.connect(self.historian.note_kept)
        self.keeper.entry_changed.connect(self.historian.set_unnamed_id)
        self.past = Past(window, self.historian, self)
        self.disk = DiskChanges(window, self.historian, self)
        self.offer = RecoveryOffer(window, journal, self.keeper, self)
        window.versions_asked.connect(self.past.show_versions)
        window.paragraph_versions_asked.connect(self.past.show_paragraph_versions)
        for part in (self.keeper, self.historian, self.past, self.disk, self.offer):
            part.news.connect(window.status.show_news)
        window.closing.connect(self.keeper.finish)
        self._is_closed = False

    def begin(self) -> None:
        """Offer what an earlier start left unsaved, and tidy up."""
        self.offer.begin()
        self.historian.thin()

    def close(self) -> None:
        """Let everything that was begun reach the disk; after this nothing is kept."""
        if self._is_closed:
            return
        self._is_closed = True
        self.disk.close()
        self.keeper.close()
        self.historian.close()
        self._journal.close()
