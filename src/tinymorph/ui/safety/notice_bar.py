"""A bar above the page for what the writer should decide, but not this very second."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

Choice = tuple[str, Callable[[], object]]


class NoticeBar(QFrame):
    """Say one thing with its choices; a newer notice takes the place of the older."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("noticeBar")
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.buttons: list[QPushButton] = []
        self._choices: list[Callable[[], object]] = []
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.label, 1)
        self.hide()

    def show_notice(self, sentence: str, choices: Sequence[Choice]) -> None:
        """Show a sentence and what can be done; the last choice is the one that changes nothing."""
        self.clear()
        self.label.setText(sentence)
        self._choices = [choice for _, choice in choices]
        for words, _ in choices:
            button = QPushButton(words)
            button.clicked.connect(self._choose)
            self._row.addWidget(button)
            self.buttons.append(button)
        self.setAccessibleName(sentence)
        self.show()

    def clear(self) -> None:
        """Take the notice away."""
        for button in self.buttons:
            self._row.removeWidget(button)
            button.deleteLater()
        self.buttons, self._choices = [], []
        self.hide()

    def _choose(self) -> None:
        sender = self.sender()
        if isinstance(sender, QPushButton) and sender in self.buttons:
            choice = self._choices[self.buttons.index(sender)]
            self.clear()
            choice()
