"""The way back: a window's earlier versions shown, and what is chosen of them on the page."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QTextCursor

from tinymorph.errors import TinymorphError
from tinymorph.text.history import Version
from tinymorph.text.markdown import read_markdown
from tinymorph.text.paragraph_versions import versions_of_paragraph
from tinymorph.ui.editor.commands import one_step
from tinymorph.ui.editor.runs import insert_inlines
from tinymorph.ui.editor.snapshot import find_block, take_snapshot
from tinymorph.ui.safety.historian import Historian
from tinymorph.ui.safety.history_view import HistoryDialog, ParagraphDialog, Wording
from tinymorph.ui.window import MainWindow

LOADING = "The document is still being opened; its versions can be seen then."
RESTORED = "The earlier words are on the page. Ctrl+Z takes them away again."
NO_PARAGRAPH = "Put the cursor into a paragraph that has words."


class Past(QObject):
    """Open the dialogs of versions, and bring back what is chosen as one undo step."""

    news = Signal(str)

    def __init__(self, window: MainWindow, historian: Historian, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._historian = window, historian
        self._paragraph_id, self._sources = "", dict[str, str]()
        self.dialog: HistoryDialog | ParagraphDialog | None = None

    def show_versions(self) -> None:
        """Show the versions of the document."""
        desk = self._window.desk
        if desk.is_loading:
            self.news.emit(LOADING)
            return
        now = desk.draft()().text_at_any_price()
        history, key = self._historian.history, self._historian.key
        theme = self._window.theme
        dialog = HistoryDialog(history, key, desk.name, now, theme, self._window)
        dialog.text_chosen.connect(self._restore)
        self._open(dialog)

    def show_paragraph_versions(self) -> None:
        """Show the wordings of the paragraph that the cursor is in."""
        editor = self._window.editor
        block = editor.textCursor().block()
        if self._window.desk.is_loading or not editor.is_prose() or not block.text().strip():
            self.news.emit(LOADING if self._window.desk.is_loading else NO_PARAGRAPH)
            return
        snapshot = take_snapshot(block)
        self._paragraph_id, self._sources = snapshot.paragraph_id, {}
        wordings: list[Wording] = []
        for found in versions_of_paragraph(snapshot.text, self._texts()):
            words = _words_of(found.text)
            if words and words != snapshot.text and words not in self._sources:
                self._sources[words] = found.text
                wordings.append(Wording(found.version.at, words))
        dialog = ParagraphDialog(snapshot.text, wordings, self._window.theme, self._window)
        dialog.wording_chosen.connect(self._restore_paragraph)
        self._open(dialog)

    def _texts(self) -> Iterator[tuple[Version, str]]:
        history = self._historian.history
        try:
            for version in history.versions(self._historian.key):
                yield version, history.text_of(version)
        except TinymorphError as error:
            self.news.emit(str(error))

    def _restore(self, text: str) -> None:
        """Remember the page, then put the other text in its place."""
        self._historian.remember_page("restore")
        self._window.desk.replace_text(text)
        self.news.emit(RESTORED)

    def _restore_paragraph(self, words: str) -> None:
        """Give the paragraph its earlier words with their marks; what it is stays."""
        document = self._window.editor.document()
        block = find_block(document, self._paragraph_id)
        read = read_markdown(self._sources.get(words, words)).blocks
        if block is None or len(read) != 1:
            self.news.emit("The paragraph is not on the page any more.")
            return
        self._historian.remember_page("restore")
        cursor = QTextCursor(block)
        with one_step(cursor):
            cursor.movePosition(
                QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor
            )
            cursor.removeSelectedText()
            insert_inlines(cursor, read[0])
        self._window.editor.setTextCursor(cursor)
        self.news.emit(RESTORED)

    def _open(self, dialog: HistoryDialog | ParagraphDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(self._forget_dialog)
        dialog.open()

    def _forget_dialog(self, _: int) -> None:
        self.dialog = None


def _words_of(source: str) -> str:
    """Return a wording as the page shows it; nothing if it is more than one block."""
    blocks = read_markdown(source).blocks
    return blocks[0].text if len(blocks) == 1 and blocks[0].table is None else ""
