"""Racks that are dragged: out of the window as a file, and in as one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


class DragHandle(QLabel):
    """What the mouse takes the rack by, to drag it out of the window as a file."""

    pulled = Signal()

    def __init__(self) -> None:
        super().__init__("\u2847")
        self.setProperty("role", "soft")
        self.setAccessibleName("Drag the rack out as a file")
        self.setToolTip("Drag the rack out as a file, to share it")
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self._pressed_at: QPoint | None = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Note where the pull may begin."""
        self._pressed_at = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin the pull when the mouse has gone far enough."""
        start, least = self._pressed_at, QApplication.startDragDistance()
        if start is None:
            return
        if (event.position().toPoint() - start).manhattanLength() >= least:
            self._pressed_at = None
            self.pulled.emit()


def file_of(mime: QMimeData) -> Path | None:
    """Return the one local file that is dragged, if it is one."""
    urls = mime.urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    return Path(urls[0].toLocalFile())
