"""The line at the foot of the window: what the engine does, news, and the count of words."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from tinymorph.session.views import EngineState, EngineStatus
from tinymorph.ui.labels import set_state
from tinymorph.ui.theme import Theme

NEWS_MS = 7000
_MARKS = {
    EngineState.STARTING: "\u25cb",
    EngineState.LOADING: "\u25d4",
    EngineState.READY: "\u25cf",
    EngineState.WRITING: "\u25d1",
    EngineState.READING: "\u25d1",
    EngineState.FAILED: "\u2715",
}
_BUSY = frozenset({EngineState.LOADING, EngineState.WRITING, EngineState.READING})


class StatusLine(QFrame):
    """Show one sentence about the engine, or news that goes away by itself."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusLine")
        self._status = EngineStatus(EngineState.STARTING, "")
        self._news = ""
        self._sentence = _ElidingLabel()
        self._sentence.setAccessibleName("What the model is doing")
        self._count = QLabel()
        self._count.setAccessibleName("Number of words")
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._sentence, 1)
        self._row.addWidget(self._count)
        self._fading = QTimer(self)
        self._fading.setSingleShot(True)
        self._fading.setInterval(NEWS_MS)
        self._fading.timeout.connect(self.clear_news)
        self.set_theme(theme)

    @property
    def sentence(self) -> str:
        """Return what is said now."""
        return self._sentence.whole

    def show_status(self, status: EngineStatus) -> None:
        """Say what the engine is doing."""
        self._status = status
        if status.state in _BUSY:
            self._news = ""
        self._show()

    def show_news(self, words: str) -> None:
        """Say this for some seconds; newer news takes its place."""
        self._news = words
        self._fading.start()
        self._show()

    def clear_news(self) -> None:
        """Go back to what the engine is doing."""
        self._news = ""
        self._show()

    def show_words(self, words: int, selected: int = 0) -> None:
        """Show how many words there are, and how many are selected."""
        whole = f"{words:,} word{'' if words == 1 else 's'}"
        self._count.setText(f"{selected:,} of {whole}" if selected else whole)

    def set_theme(self, theme: Theme) -> None:
        """Keep the margins in step with the zoom."""
        self._row.setContentsMargins(theme.px(14), theme.px(5), theme.px(14), theme.px(5))
        self._row.setSpacing(theme.px(16))

    def _show(self) -> None:
        state = self._status.state
        kind = "busy" if state in _BUSY else "trouble" if state is EngineState.FAILED else ""
        set_state(self._sentence, "state", "" if self._news else kind)
        mark = f"{_MARKS[state]}  {self._status.sentence}"
        self._sentence.set_whole(self._news or mark, "" if self._news else self._status.detail)


class _ElidingLabel(QLabel):
    """A label that shortens its words to the room it has; the tip holds all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def set_whole(self, words: str, detail: str = "") -> None:
        self.whole = words
        self.setToolTip(f"{words}\n{detail}" if detail else words)
        self.setAccessibleDescription(detail)
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        metrics = self.fontMetrics()
        self.setText(metrics.elidedText(self.whole, Qt.TextElideMode.ElideRight, self.width()))
