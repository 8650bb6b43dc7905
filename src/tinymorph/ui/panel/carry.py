"""Words of a suggestion on their way to the page or elsewhere: they say where they come from."""

from __future__ import annotations

import json

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QSizePolicy, QWidget

from tinymorph.ui.editor.receipts import RECEIPTS_MIME_TYPE


def mime_of(words: str, receipt: str) -> QMimeData:
    """Return words for the clipboard; pasted into a page they keep their receipt."""
    made = QMimeData()
    made.setText(words)
    if receipt:
        whole = {"text": words, "runs": [[0, len(words.encode("utf-16-le")) // 2, receipt]]}
        made.setData(RECEIPTS_MIME_TYPE, json.dumps(whole).encode("ascii"))
    return made


def drag_words(source: QWidget, words: str, receipt: str) -> bool:
    """Let the words be dragged from a widget; say whether they were dropped somewhere."""
    drag = QDrag(source)
    drag.setMimeData(mime_of(words, receipt))
    drag.setPixmap(source.grab())
    return drag.exec(Qt.DropAction.CopyAction) == Qt.DropAction.CopyAction


class CarryTag(QLabel):
    """The number of a card, by which its words can be dragged into the page."""

    carried = Signal(str)
    """The receipt of words that were dropped somewhere."""

    def __init__(self, number: int) -> None:
        super().__init__(str(number))
        self.setProperty("role", "number")
        self.setIndent(0)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip("Drag these words to where you want them")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._words, self._receipt = "", ""
        self._pressed_at: QPoint | None = None

    def set_words(self, words: str, receipt: str) -> None:
        """Carry these words from now on; none cannot be carried."""
        self._words, self._receipt = words, receipt

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Be ready to be dragged."""
        self._pressed_at = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin to drag when the mouse has gone far enough."""
        if self._pressed_at is None or not self._words:
            return
        way = (event.position().toPoint() - self._pressed_at).manhattanLength()
        if way >= QApplication.startDragDistance():
            self._pressed_at = None
            if drag_words(self, self._words, self._receipt):
                self.carried.emit(self._receipt)
