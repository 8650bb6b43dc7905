"""A suggestion as it would stand in the page: a ghost over its paragraph, never in the document."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QMouseEvent, QTextBlock
from PySide6.QtWidgets import QLabel, QTextEdit

from tinymorph.ui.announce import announce
from tinymorph.ui.editor.snapshot import find_block
from tinymorph.ui.theme import Theme

INSET_PX = 6
"""How far the ghost's frame stands out over the paragraph on each side."""


class Preview(QLabel):
    """Lie over one paragraph with other words for it, until something happens to the page."""

    closed = Signal()

    def __init__(self, page: QTextEdit, theme: Theme) -> None:
        super().__init__(page.viewport())
        self._page, self._theme = page, theme
        self._paragraph_id = ""
        self.setObjectName("ghost")
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setIndent(0)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setToolTip("A preview: nothing in the page has changed. Click to take it away.")
        self.setAccessibleName("Preview of a suggestion; the page has not changed")
        self.hide()
        page.viewport().installEventFilter(self)
        page.verticalScrollBar().valueChanged.connect(self._place)
        page.document().contentsChanged.connect(self.close_preview)

    @property
    def is_shown(self) -> bool:
        """Say whether a ghost is over the page."""
        return not self.isHidden()

    def show_words(self, paragraph_id: str, words: str, spoken: str) -> bool:
        """Lay rich text over a paragraph and say what it is; False if the paragraph is gone."""
        block = find_block(self._page.document(), paragraph_id)
        if block is None:
            self.close_preview()
            return False
        self._paragraph_id = paragraph_id
        self.setFont(self._page.font())
        self.setText(words)
        self.setAccessibleDescription(spoken)
        self._bring_into_view(block)
        self.show()
        self.raise_()
        self._place()
        announce(self, f"Preview, not in the page yet: {spoken}")
        return True

    def close_preview(self) -> None:
        """Take the ghost away; the page is as it was."""
        if self.is_shown:
            self.hide()
            self.closed.emit()

    def set_theme(self, theme: Theme) -> None:
        """Take the ghost away: it was drawn in other colours and sizes."""
        self._theme = theme
        self.close_preview()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay over the paragraph when the page changes its size."""
        if event.type() == QEvent.Type.Resize and self.is_shown:
            self._place()
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go away when clicked."""
        event.accept()
        self.close_preview()

    def _bring_into_view(self, block: QTextBlock) -> None:
        bar, height = self._page.verticalScrollBar(), self._page.viewport().height()
        rect = self._page.document().documentLayout().blockBoundingRect(block)
        if rect.top() < bar.value() or rect.bottom() > bar.value() + height:
            bar.setValue(max(0, int(rect.top()) - height // 3))

    def _place(self) -> None:
        block = find_block(self._page.document(), self._paragraph_id) if self.is_shown else None
        if block is None:
            return
        rect = self._page.document().documentLayout().blockBoundingRect(block).toAlignedRect()
        line = block.layout().lineAt(0)
        inset = self._theme.px(INSET_PX)
        left = rect.left() + round(line.x()) - inset
        top = rect.top() + round(line.y()) - inset - self._page.verticalScrollBar().value()
        width = min(rect.right() + inset, self._page.viewport().width()) - left
        self.setContentsMargins(inset, inset, inset, inset)
        height = max(self.heightForWidth(width), rect.height())
        self.setGeometry(left, top, width, height)
