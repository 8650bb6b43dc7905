"""What the panel says of its state: a title, what to know, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from tinymorph.ui.announce import announce
from tinymorph.ui.labels import text_label
from tinymorph.ui.panel.view import PanelDeed, Said
from tinymorph.ui.theme import Theme


class StateNote(QFrame):
    """Show one `Said`; say a new title aloud."""

    deed_asked = Signal(object)
    """The `PanelDeed` of its button."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said: Said | None = None
        self.setObjectName("stateNote")
        self._title = text_label("", "title")
        self._hint = text_label("", "hint")
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(False)
        self._busy.setAccessibleName("The model is at work")
        self.button = QPushButton()
        self.button.clicked.connect(self._pressed)
        row = QHBoxLayout()
        row.addWidget(self.button)
        row.addStretch(1)
        self._column = QVBoxLayout(self)
        for widget in (self._title, self._busy, self._hint):
            self._column.addWidget(widget)
        self._column.addLayout(row)
        self.set_theme(theme)

    @property
    def words(self) -> str:
        """Return what is said, all of it."""
        said = self._said
        return "" if said is None else f"{said.title}\n{said.hint}".strip()

    def show_said(self, said: Said | None) -> None:
        """Say it, or nothing; the numbers in the hint change without being read out again."""
        old, self._said = self._said, said
        self.setVisible(said is not None)
        if said is None:
            return
        self._title.setText(said.title)
        self._hint.setText(said.hint)
        self._hint.setVisible(bool(said.hint))
        self._busy.setVisible(said.is_busy)
        self.button.setText(str(said.deed))
        self.button.setVisible(said.deed is not PanelDeed.NONE)
        self.setAccessibleName(said.title)
        self.setAccessibleDescription(said.hint)
        if old is not None and old.title != said.title:
            announce(self, f"{said.title}. {said.hint}")

    def set_theme(self, theme: Theme) -> None:
        """Keep lengths in step with the zoom."""
        self._column.setContentsMargins(0, theme.px(4), 0, theme.px(4))
        self._column.setSpacing(theme.px(6))
        self._busy.setFixedHeight(theme.px(3))
        self._title.setAlignment(Qt.AlignmentFlag.AlignLeft)

    def _pressed(self) -> None:
        if self._said is not None:
            self.deed_asked.emit(self._said.deed)
