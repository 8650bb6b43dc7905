"""Words that the writer protected by hand: pinned to the page, marked, and never rewritten."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QTextBlock, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit

from tinymorph.schema.request import Protected
from tinymorph.ui.editor.snapshot import selected_span
from tinymorph.ui.theme import Theme


class HandProtection(QObject):
    """Keep parts of one page from being rewritten while its document is open.

    Each is held by a cursor, so it moves with its words; a part whose words are all deleted is
    forgotten. Nothing of it is written into the document.
    """

    def __init__(self, page: QTextEdit, theme: Theme) -> None:
        super().__init__(page)
        self._page, self._theme = page, theme
        self._parts: list[QTextCursor] = []
        page.document().contentsChanged.connect(self._show)

    def words(self) -> tuple[str, ...]:
        """Return the protected words, in the order of the text."""
        return tuple(part.selectedText() for part in self._held())

    def toggle(self) -> str:
        """Protect what is selected, or free what the selection or the caret touches; say what."""
        cursor = self._page.textCursor()
        touched = [part for part in self._held() if _touch(part, cursor)]
        if touched:
            for part in touched:
                self._parts.remove(part)
            self._show()
            return f"No longer protected: \u201c{touched[0].selectedText()}\u201d."
        if not cursor.selectedText().strip():
            return "Select the words to protect first."
        for part in _parts_of(cursor):
            part.setKeepPositionOnInsert(True)
            self._parts.append(part)
        self._show()
        return (
            f"Protected: \u201c{_parts_of(cursor)[0].selectedText()}\u201d. No rewrite changes it."
        )

    def parts_in(self, block: QTextBlock) -> tuple[Protected, ...]:
        """Return what is protected of a block, as spans of its words."""
        return tuple(
            Protected(span=selected_span(part), kind="chosen")
            for part in self._held()
            if part.block() == block
        )

    def clear(self) -> None:
        """Protect nothing any more: another document comes."""
        self._parts.clear()
        self._show()

    def set_theme(self, theme: Theme) -> None:
        """Mark the parts in another theme."""
        self._theme = theme
        self._show()

    def _held(self) -> list[QTextCursor]:
        """Return the parts that still have words, in the order of the text."""
        self._parts = [part for part in self._parts if part.selectedText().strip()]
        return sorted(self._parts, key=QTextCursor.selectionStart)

    def _show(self) -> None:
        """Mark the parts by a line of dots and a wash, which need no colour to be seen."""
        marked = self._page.extraSelections()
        if not self._parts and not marked:
            return
        shown: list[QTextEdit.ExtraSelection] = []
        for part in self._held():
            selection = QTextEdit.ExtraSelection()
            selection.cursor = QTextCursor(part)
            selection.format = self._format()
            shown.append(selection)
        self._page.setExtraSelections(shown)

    def _format(self) -> QTextCharFormat:
        found = QTextCharFormat()
        found.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        found.setUnderlineColor(QColor(self._theme.colours.warn_ink))
        found.setBackground(QColor(self._theme.colours.warn_wash))
        found.setToolTip("Protected: no rewrite changes it (Ctrl+L)")
        return found


def _parts_of(cursor: QTextCursor) -> list[QTextCursor]:
    """Return a cursor over what is selected of each block."""
    parts: list[QTextCursor] = []
    block = cursor.document().findBlock(cursor.selectionStart())
    while block.isValid() and block.position() < cursor.selectionEnd():
        part = QTextCursor(block)
        part.setPosition(max(block.position(), cursor.selectionStart()))
        end = min(block.position() + block.length() - 1, cursor.selectionEnd())
        part.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        if part.selectedText().strip():
            parts.append(part)
        block = block.next()
    return parts


def _touch(part: QTextCursor, cursor: QTextCursor) -> bool:
    """Say whether a selection has a character of a part, or the caret stands in it."""
    start, end = cursor.selectionStart(), cursor.selectionEnd()
    if start == end:
        return part.selectionStart() <= start <= part.selectionEnd()
    return part.selectionStart() < end and start < part.selectionEnd()
