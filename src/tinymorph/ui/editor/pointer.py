"""What the mouse does on the page beyond placing the caret: ticking tasks, following links."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QDesktopServices, QMouseEvent, QTextBlock, QTextCursor

from tinymorph.ui.editor.backdrop import Backdrop
from tinymorph.ui.editor.commands import tick_tasks
from tinymorph.ui.editor.formats import marks_of
from tinymorph.ui.editor.links import followed

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTextEdit

BOX_REACH_PX = 5
"""How far beside a box a click still counts."""


class Pointer:
    """Act on clicks on one page."""

    def __init__(self, page: QTextEdit, backdrop: Backdrop) -> None:
        self._page, self._backdrop = page, backdrop
        self.base_folder: Path | None = None
        page.viewport().setMouseTracking(True)

    def press(self, event: QMouseEvent) -> bool:
        """Act on a press; False if it only places the caret."""
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        has_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        link = self.link_at(event.position().toPoint())
        if has_control and link is not None:
            return self.follow(link)
        task = self._task_at(event.position())
        return task is not None and tick_tasks(QTextCursor(task))

    def hover(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Show a hand over a box, and with Ctrl over a link; say in a tip where a link leads."""
        link = self.link_at(at.toPoint())
        has_control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        can_click = (link is not None and has_control) or self._task_at(at) is not None
        shape = Qt.CursorShape.PointingHandCursor if can_click else Qt.CursorShape.IBeamCursor
        viewport = self._page.viewport()
        if viewport.cursor().shape() != shape:
            viewport.setCursor(shape)
        tip = "" if link is None else f"{link}\nCtrl and a click open it"
        if viewport.toolTip() != tip:
            viewport.setToolTip(tip)

    def link_at(self, at: QPoint) -> str | None:
        """Return where the link under a point of the page leads."""
        return self._page.anchorAt(at) or None

    def link_at_caret(self) -> str | None:
        """Return where the link at the caret leads."""
        return marks_of(self._page.textCursor().charFormat()).link

    def can_follow(self, link: str) -> bool:
        """Say whether a link may be opened."""
        return followed(link, self.base_folder) is not None

    def follow(self, link: str) -> bool:
        """Open a link in the program for it; False if it leads where we do not go."""
        url = followed(link, self.base_folder)
        return url is not None and QDesktopServices.openUrl(url)

    def _task_at(self, at: QPointF) -> QTextBlock | None:
        block = self._page.cursorForPosition(at.toPoint()).block()
        box = self._backdrop.box_of(block)
        if box is None:
            return None
        reach = QRectF(box).adjusted(-BOX_REACH_PX, -BOX_REACH_PX, BOX_REACH_PX, BOX_REACH_PX)
        shift = QPointF(0, self._page.verticalScrollBar().value())
        return block if reach.contains(at + shift) else None
