"""The question how a file's bytes are to be read, with the words as each choice reads them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from tinymorph.text.encoding import Candidate


class EncodingChoice(QDialog):
    """Show the candidates, likeliest first, and what the file says in each."""

    def __init__(
        self, name: str, candidates: tuple[Candidate, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._candidates = candidates
        self.setWindowTitle("How is this file written?")
        self.setMinimumWidth(460)
        heading = QLabel(f"{name} is not written in UTF-8.")
        heading.setProperty("role", "title")
        heading.setTextFormat(Qt.TextFormat.PlainText)
        heading.setWordWrap(True)
        why = QLabel(
            "Choose the line below in which its words read well. It is saved the same way."
        )
        why.setWordWrap(True)
        self.choices = QListWidget()
        self.choices.setObjectName("versions")
        self.choices.setAccessibleName("Encodings")
        self.choices.addItems([candidate.label for candidate in candidates])
        self.preview = QPlainTextEdit()
        self.preview.setObjectName("preview")
        self.preview.setReadOnly(True)
        self.preview.setAccessibleName("The words in this encoding")
        self.preview.setTabChangesFocus(True)
        buttons = QDialogButtonBox()
        open_button = buttons.addButton("Open", QDialogButtonBox.ButtonRole.AcceptRole)
        open_button.setProperty("kind", "primary")
        buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.choices.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 18, 18, 18)
        column.setSpacing(10)
        for widget in (heading, why, self.choices, self.preview, buttons):
            column.addWidget(widget)
        self.choices.currentRowChanged.connect(self._show_preview)
        self.choices.itemActivated.connect(self.accept)
        self.choices.setCurrentRow(0)

    @property
    def encoding(self) -> str:
        """Return what was chosen."""
        return self._candidates[max(self.choices.currentRow(), 0)].encoding

    def _show_preview(self, row: int) -> None:
        self.preview.setPlainText(self._candidates[row].preview if row >= 0 else "")
