"""A source brought to the page: the first screens at once, the rest between the writer's keys."""

from __future__ import annotations

import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal

from tinymorph.text.markdown.slices import Slice, SliceReader, Source
from tinymorph.ui.editor.page import Editor

FIRST_SECONDS = 0.12
"""What may pass before the first page is seen; most documents are whole by then."""
STEP_SECONDS = 0.008
"""What each later step may take; less than a screen's refresh."""
BLOCKS_AT_ONCE = 24


class PageLoader(QObject):
    """Read a source slice by slice onto one page."""

    loaded = Signal(object)
    """The whole `Source`, once its last block is on the page."""

    def __init__(self, editor: Editor, text: str) -> None:
        super().__init__(editor)
        self._editor, self._text = editor, text
        self._reader = SliceReader(text)
        self._coming: Iterator[Slice] = self._reader.slices()
        self._read: list[Slice] = []
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._step)

    def so_far(self) -> tuple[Source, str]:
        """Return the source of what is on the page, and the text that it is the beginning of."""
        return Source(tuple(self._read), self._reader.references), self._text

    def start(self) -> None:
        """Show the first page; go on when the events of the moment are dealt with."""
        self._editor.begin_loading()
        if self._take(FIRST_SECONDS):
            self._finish()
        else:
            self._timer.start()

    def stop(self) -> None:
        """Leave the rest unread: another document is coming."""
        self._timer.stop()

    def _step(self) -> None:
        if self._take(STEP_SECONDS):
            self._timer.stop()
            self._finish()

    def _take(self, seconds: float) -> bool:
        """Read and show for so long; say whether that was all."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            blocks = []
            for piece in self._coming:
                self._read.append(piece)
                blocks += piece.blocks
                if len(blocks) >= BLOCKS_AT_ONCE:
                    break
            else:
                self._editor.append_loaded(blocks)
                return True
            self._editor.append_loaded(blocks)
        return False

    def _finish(self) -> None:
        self._editor.end_loading()
        self.loaded.emit(Source(tuple(self._read), self._reader.references))
