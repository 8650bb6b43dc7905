"""Two versions of a document put together, each conflict shown and chosen one by one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from tinymorph.text.merge_texts import Choice, MergePiece, conflicts_of, merged
from tinymorph.ui.safety.changes_view import ChangesView
from tinymorph.ui.theme import Theme

CHOICES: tuple[tuple[Choice, str], ...] = (
    ("mine", "Keep mine"),
    ("theirs", "Take the other"),
    ("both", "Keep both, mine first"),
)


class MergeDialog(QDialog):
    """Show what both sides changed; nothing is put together before every conflict is chosen."""

    text_chosen = Signal(str)

    def __init__(
        self, heading: str, pieces: Sequence[MergePiece], theme: Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._pieces = tuple(pieces)
        self._conflicts = conflicts_of(pieces)
        self._chosen: list[Choice | None] = [None] * len(self._conflicts)
        self._at = 0
        self.setWindowTitle("Two versions")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(min(theme.px(780), parent.width()), min(theme.px(600), parent.height()))
        self.heading = QLabel(heading)
        self.heading.setProperty("role", "title")
        self.about = QLabel()
        self.about.setProperty("role", "hint")
        for label in (self.heading, self.about):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.changes = ChangesView(theme)
        self.group = QButtonGroup(self)
        for index, (_, words) in enumerate(CHOICES):
            self.group.addButton(QRadioButton(words), index)
        self.back_button, self.next_button = QPushButton("Back"), QPushButton("Next")
        self.use_button = QPushButton("Put together")
        self.use_button.setProperty("kind", "primary")
        self.cancel_button = QPushButton("Cancel")
        self._arrange(theme)
        self.group.idClicked.connect(self._choose)
        self.back_button.clicked.connect(lambda: self._go(-1))
        self.next_button.clicked.connect(lambda: self._go(1))
        self.use_button.clicked.connect(self._use)
        self.cancel_button.clicked.connect(self.reject)
        self._show()

    def _arrange(self, theme: Theme) -> None:
        choices = QHBoxLayout()
        for button in self.group.buttons():
            choices.addWidget(button)
            button.setVisible(bool(self._conflicts))
        choices.addStretch(1)
        buttons = QHBoxLayout()
        for button in (self.back_button, self.next_button):
            buttons.addWidget(button)
            button.setVisible(len(self._conflicts) > 1)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.use_button)
        column = QVBoxLayout(self)
        air = theme.px(18)
        column.setContentsMargins(air, air, air, air)
        column.setSpacing(theme.px(10))
        column.addWidget(self.heading)
        column.addWidget(self.about)
        column.addWidget(self.changes, 1)
        column.addLayout(choices)
        column.addLayout(buttons)

    def _show(self) -> None:
        """Show the conflict of the moment; without any, all that the other side changed."""
        if not self._conflicts:
            self.about.setText(
                "The two changed different places. Below: what the other version brings to yours."
            )
            self.changes.show_pieces([_seen_from_mine(piece) for piece in self._pieces])
        else:
            piece, count = self._conflicts[self._at], len(self._conflicts)
            self.about.setText(
                f"Place {self._at + 1} of {count} that both changed: struck through is yours,"
                " underlined the other. What only one side changed is taken over as it is."
            )
            self.changes.show_pieces([piece])
            chosen = self._chosen[self._at]
            self.group.setExclusive(False)
            for index, (choice, _) in enumerate(CHOICES):
                self.group.button(index).setChecked(choice == chosen)
            self.group.setExclusive(True)
        self.back_button.setEnabled(self._at > 0)
        self.next_button.setEnabled(self._at + 1 < len(self._conflicts))
        self.use_button.setEnabled(None not in self._chosen)

    def _choose(self, index: int) -> None:
        self._chosen[self._at] = CHOICES[index][0]
        self.use_button.setEnabled(None not in self._chosen)

    def _go(self, step: int) -> None:
        self._at = min(max(self._at + step, 0), len(self._conflicts) - 1)
        self._show()

    def _use(self) -> None:
        choices: list[Choice] = [choice for choice in self._chosen if choice is not None]
        self.text_chosen.emit(merged(self._pieces, choices))
        self.accept()


def _seen_from_mine(piece: MergePiece) -> MergePiece:
    """Leave out what only I changed: it stays as it is."""
    if piece.kind == "theirs":
        return piece
    return MergePiece("same", piece.base, piece.mine, piece.mine)
