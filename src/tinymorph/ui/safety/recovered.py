"""Words that were not saved when the program ended, offered at the next start."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from tinymorph.errors import TinymorphError
from tinymorph.text.file_problems import name_of
from tinymorph.text.files import open_text
from tinymorph.text.merge_texts import merge_texts
from tinymorph.text.recovery import Orphan, RecoveryEntry
from tinymorph.ui.safety.changes_view import ChangesView
from tinymorph.ui.safety.moments import moment_in_words
from tinymorph.ui.theme import Theme

HEADING = "tinymorph ended before these words were saved"
EXPLANATION = (
    "Nothing is lost: choose what is to become of them. The files themselves are as they were"
    " and stay so until you save."
)


class RecoveredDialog(QDialog):
    """Show what was recovered beside what the file has now, and ask what to do with it."""

    open_asked = Signal(object)
    copy_asked = Signal(object)
    discard_asked = Signal(object)

    def __init__(self, orphans: Sequence[Orphan], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._orphans = list(orphans)
        self.setWindowTitle("Recovered words")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(theme.px(760), theme.px(560))
        self.list = QListWidget()
        self.list.setAccessibleName("Documents with unsaved words")
        self.list.setObjectName("versions")
        self.list.setMaximumHeight(theme.px(110))
        self.about = _label("", "soft")
        self.changes = ChangesView(theme)
        self.open_button = QPushButton("Open as unsaved changes")
        self.open_button.setProperty("kind", "primary")
        self.copy_button = QPushButton("Save a copy\u2026")
        self.discard_button = QPushButton("Throw away\u2026")
        self.later_button = QPushButton("Later")
        self.later_button.setToolTip("Ask again at the next start")
        self._arrange(theme.px(18), theme.px(10))
        self.list.currentRowChanged.connect(self._show_row)
        self.open_button.clicked.connect(lambda: self._ask(self.open_asked))
        self.copy_button.clicked.connect(lambda: self._ask(self.copy_asked))
        self.discard_button.clicked.connect(lambda: self._ask(self.discard_asked))
        self.later_button.clicked.connect(self.reject)
        for orphan in self._orphans:
            self.list.addItem(_line(orphan.entry))
        self.list.setVisible(len(self._orphans) > 1)
        self.list.setCurrentRow(0)
        self.open_button.setDefault(True)

    def take_out(self, orphan: Orphan) -> None:
        """Show it no more: it is dealt with."""
        row = self._orphans.index(orphan)
        self._orphans.pop(row)
        self.list.takeItem(row)
        if not self._orphans:
            self.accept()

    def _ask(self, signal: SignalInstance) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._orphans):
            signal.emit(self._orphans[row])

    def _show_row(self, row: int) -> None:
        if not 0 <= row < len(self._orphans):
            return
        entry = self._orphans[row].entry
        now, sentence = _file_now(entry)
        self.about.setText(sentence)
        self.changes.show_pieces(merge_texts(now, now, entry.text))

    def _arrange(self, air: int, spacing: int) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.discard_button)
        buttons.addStretch(1)
        for button in (self.later_button, self.copy_button, self.open_button):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(air, air, air, air)
        column.setSpacing(spacing)
        for widget in (
            _label(HEADING, "title"),
            _label(EXPLANATION, "hint"),
            self.list,
            self.about,
        ):
            column.addWidget(widget)
        column.addWidget(self.changes, 1)
        column.addLayout(buttons)


def _label(words: str, role: str) -> QLabel:
    label = QLabel(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    label.setWordWrap(True)
    return label


def _line(entry: RecoveryEntry) -> str:
    name = name_of(entry.path) if entry.path is not None else "A document without a name"
    count = len(entry.text.split())
    return f"{name}   {count:,} words, {moment_in_words(entry.kept_at)}"


def _file_now(entry: RecoveryEntry) -> tuple[str, str]:
    """Return what the file says at this moment, and a sentence on how the two compare."""
    line = _line(entry)
    if entry.path is None:
        return "", f"{line}. It was in no file yet."
    try:
        opened = open_text(entry.path, entry.encoding)
    except TinymorphError:
        return "", f"{line}. The file {entry.path} cannot be read now."
    changed = opened.digest != entry.base_digest
    since = " The file was changed since; saving will ask before it is replaced." if changed else ""
    return opened.text, f"{line}. Below: what leads from the file to the recovered words.{since}"
