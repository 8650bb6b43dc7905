"""What to do when another program changed, removed or doubled the file that is on the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from tinymorph.errors import TinymorphError
from tinymorph.text.file_problems import name_of
from tinymorph.text.files import OpenedText, has_changed_on_disk, newline_of, open_text
from tinymorph.text.merge_texts import MergePiece, merge_texts
from tinymorph.ui.background import Background, Outcome
from tinymorph.ui.safety.historian import Historian
from tinymorph.ui.safety.merge_view import MergeDialog
from tinymorph.ui.safety.notice_bar import NoticeBar
from tinymorph.ui.safety.watcher import FileWatcher
from tinymorph.ui.window import MainWindow

CHANGED = "Another program changed {name}."
CHANGED_BOTH = "Another program changed {name}, and so did you."
GONE = "{name} is gone from its folder. Your words are still on the page."
CONFLICTED = "A sync program left another version beside this file: {name}."

_LINE_END = re.compile(r"\r\n|\r|\n")


class DiskChanges(QObject):
    """Offer to reload, keep or merge; nothing is decided without the writer."""

    news = Signal(str)

    def __init__(self, window: MainWindow, historian: Historian, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._desk, self._historian = window, window.desk, historian
        self.bar: NoticeBar = window.notice_bar
        self.dialog: MergeDialog | None = None
        self._theirs: OpenedText | None = None
        self._other: Path | None = None
        self._background = Background(self, "disk")
        self.watcher = FileWatcher(self)
        self.watcher.touched.connect(self._look)
        self.watcher.conflicts_found.connect(self._tell_conflicts)
        self._desk.loaded.connect(self._begin)
        self._desk.saved.connect(self._note_saved)

    def close(self) -> None:
        """Look no more."""
        self.watcher.watch(None)
        self._background.close()

    def compare(self) -> None:
        """Show both sides' changes since the file was opened, and merge them."""
        theirs, base, path = self._theirs, self._desk.opened, self._desk.path
        if theirs is None or base is None or path is None or self._desk.is_loading:
            return
        mine = self._desk.draft()().text_at_any_price()
        pieces = merge_texts(_as_in(theirs, base.text), _as_in(theirs, mine), theirs.text)
        heading = f"{name_of(path)}: your version and the one on the disk"
        self._open_dialog(heading, pieces, self._take_merged)

    def compare_conflicted(self) -> None:
        """Show what a conflicted copy has that the page has not; every place is a question."""
        path = self._other
        if path is None or self._desk.is_loading:
            return
        try:
            other = open_text(path, self._desk.opened.encoding if self._desk.opened else None)
        except TinymorphError as error:
            self._window.questions.tell_trouble(error)
            return
        mine = self._desk.draft()().text_at_any_price()
        pieces = [_asked(piece) for piece in merge_texts(mine, mine, other.text)]
        heading = f"Your version, and {name_of(path)}"
        self._open_dialog(heading, pieces, self._take_from_copy)

    def reload(self) -> None:
        """Show the file as it is now; the page is in the history before."""
        path = self._desk.path
        if path is None:
            return
        self._historian.remember_page("merge", then=lambda: self._show_again(path))

    def keep_mine(self) -> None:
        """Go on with the page; the next save replaces what the other program wrote."""
        if self._theirs is not None:
            self._historian.remember(self._theirs.text, "merge")
            self._desk.accept_file(self._theirs)

    def _show_again(self, path: Path) -> None:
        if path == self._desk.path:
            self._desk.open_path(path)

    def _begin(self) -> None:
        self._theirs = None
        self.bar.clear()
        self.watcher.watch(self._desk.path)

    def _note_saved(self) -> None:
        if self.watcher.path == self._desk.path:
            self.watcher.note_own_write()
            self._look()
        else:
            self._begin()

    def _look(self) -> None:
        """Compare the bytes: a time stamp alone says little."""
        path, opened = self._desk.path, self._desk.opened
        if path is None or opened is None or self._desk.is_saving:
            return
        if not path.exists():
            self._tell_gone(path)
            return

        def compared(outcome: Outcome[OpenedText | None]) -> None:
            if self._desk.path == path and self._desk.opened is opened:
                self._take_look(path, outcome)

        self._background.run(lambda: _changed_text(path, opened), compared)

    def _take_look(self, path: Path, outcome: Outcome[OpenedText | None]) -> None:
        """Offer what another program wrote; there is no result where it wrote nothing."""
        if self._desk.is_saving:
            return
        if isinstance(outcome.error, TinymorphError):
            self.news.emit(str(outcome.error))
            return
        if outcome.error is not None:
            raise outcome.error
        now = outcome.result
        if now is None:
            self.bar.clear()
            return
        self._theirs = now
        sentence = CHANGED_BOTH if self._desk.is_dirty else CHANGED
        choices = [("Reload", self.reload), ("Keep mine", self.keep_mine)]
        choices.insert(1, ("Compare and merge\u2026", self.compare))
        self.bar.show_notice(sentence.format(name=name_of(path)), choices)

    def _tell_gone(self, path: Path) -> None:
        self._desk.mark_unsaved()
        choices = [
            ("Save it again", self._desk.save_over),
            ("Save somewhere else\u2026", self._desk.save_as),
        ]
        self.bar.show_notice(GONE.format(name=name_of(path)), choices)

    def _tell_conflicts(self, paths: list[Path]) -> None:
        self._other = paths[-1]
        choices = [("Compare\u2026", self.compare_conflicted), ("Not now", self.bar.clear)]
        self.bar.show_notice(CONFLICTED.format(name=name_of(self._other)), choices)

    def _open_dialog(
        self, heading: str, pieces: Sequence[MergePiece], take: Callable[[str], None]
    ) -> None:
        dialog = MergeDialog(heading, pieces, self._window.theme, self._window)
        dialog.text_chosen.connect(take)
        dialog.finished.connect(self._forget_dialog)
        self.dialog = dialog
        dialog.open()

    def _take_merged(self, text: str) -> None:
        theirs = self._theirs
        if theirs is None:
            return
        self._historian.remember_page("merge")
        self._historian.remember(theirs.text, "merge")
        self._desk.replace_text(text, theirs)
        self.bar.clear()
        self.news.emit("Both versions are put together on the page; save to keep it so.")

    def _take_from_copy(self, text: str) -> None:
        self._historian.remember_page("merge")
        self._desk.replace_text(text)
        self.news.emit("What you chose is on the page; the other file stays as it is.")

    def _forget_dialog(self, _: int) -> None:
        """Ask again if nothing was decided."""
        self.dialog = None
        self._look()


def _changed_text(path: Path, opened: OpenedText) -> OpenedText | None:
    """Read what another program wrote, on any thread; None if the bytes are those we know."""
    if not has_changed_on_disk(path, opened):
        return None
    return open_text(path, opened.encoding)


def _as_in(theirs: OpenedText, text: str) -> str:
    """Return a text with the line ends of another, so that these are no difference."""
    return text if newline_of(text) == theirs.newline else _LINE_END.sub(theirs.newline, text)


def _asked(piece: MergePiece) -> MergePiece:
    return replace(piece, kind="conflict") if piece.kind == "theirs" else piece
