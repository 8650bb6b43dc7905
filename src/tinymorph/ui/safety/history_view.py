"""Earlier versions of a document, or of one paragraph: browsed, compared with now, restored."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from tinymorph.errors import TinymorphError
from tinymorph.text.history import History, Version, Why
from tinymorph.text.merge_texts import MergePiece, merge_texts
from tinymorph.ui.safety.changes_view import ChangesView
from tinymorph.ui.safety.moments import moment_in_words
from tinymorph.ui.theme import Theme

OCCASIONS: dict[Why, str] = {
    "opened": "as opened",
    "saved": "saved",
    "change": "before a large change",
    "restore": "before a restore",
    "merge": "before a merge",
    "recovered": "recovered",
}
NARROW_PX = 640
RESTORE_THIS = "Bring back only this"


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording of a paragraph and when it was there."""

    at: datetime
    text: str


class VersionsDialog(QDialog):
    """A list of moments, and what leads from now to the one that is chosen."""

    def __init__(self, title: str, heading: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(min(theme.px(860), parent.width()), min(theme.px(600), parent.height()))
        self.heading = QLabel(heading)
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.heading.setProperty("role", "title")
        self.heading.setWordWrap(True)
        self.list = QListWidget()
        self.list.setAccessibleName("Versions, newest first")
        self.list.setObjectName("versions")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.about = QLabel()
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setProperty("role", "hint")
        self.about.setWordWrap(True)
        self.changes = ChangesView(theme)
        self.restore_button = QPushButton("Bring this back")
        self.restore_button.setProperty("kind", "primary")
        self.restore_button.setEnabled(False)
        self.close_button = QPushButton("Close")
        self.close_button.clicked.connect(self.reject)
        self._arrange()
        self.list.currentRowChanged.connect(self.show_row)
        self.restore_button.clicked.connect(self.restore)

    def show_row(self, row: int) -> None:
        """Show the version in this row of the list."""
        raise NotImplementedError

    def restore(self) -> None:
        """Ask for the chosen version to be brought back."""
        raise NotImplementedError

    def _arrange(self) -> None:
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.addWidget(self.list)
        self.split.addWidget(self.changes)
        self.split.setChildrenCollapsible(False)
        self.split.setStretchFactor(1, 1)
        if self.width() < self._theme.px(NARROW_PX):
            self.split.setOrientation(Qt.Orientation.Vertical)
            self.split.setSizes([self._theme.px(130), self._theme.px(400)])
        else:
            self.split.setSizes([self._theme.px(290), self._theme.px(560)])
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.restore_button)
        column = QVBoxLayout(self)
        air = self._theme.px(18)
        column.setContentsMargins(air, air, air, air)
        column.setSpacing(self._theme.px(10))
        column.addWidget(self.heading)
        column.addWidget(self.about)
        column.addWidget(self.split, 1)
        column.addLayout(buttons)


class HistoryDialog(VersionsDialog):
    """The versions of a document; each can come back whole, or one change of it."""

    text_chosen = Signal(str)
    """What the whole document is to say."""

    def __init__(
        self, history: History, key: str, name: str, now: str, theme: Theme, parent: QWidget
    ) -> None:
        super().__init__("Versions", f"Earlier versions of {name}", theme, parent)
        self._history, self._now = history, now
        self._versions = _versions(history, key)
        self._text = ""
        self._pieces: tuple[MergePiece, ...] = ()
        self.list.addItems([_line(version) for version in self._versions])
        self._counted = 0
        self._counting = QTimer(self)
        self._counting.setInterval(0)
        self._counting.timeout.connect(self._count_next)
        self._counting.start()
        self.changes.piece_asked.connect(self._restore_piece)
        if self._versions:
            self.list.setCurrentRow(0)
        else:
            self.about.setText("There is none yet. A version is kept when you open and save.")
            self.changes.show_sentence("")

    def show_row(self, row: int) -> None:
        """Show what leads from the page to a version."""
        if not 0 <= row < len(self._versions):
            return
        version = self._versions[row]
        try:
            self._text = self._history.text_of(version)
        except TinymorphError as error:
            self._pieces = ()
            self.restore_button.setEnabled(False)
            self.about.setText(str(error))
            self.changes.show_sentence("")
            return
        self._pieces = merge_texts(self._now, self._now, self._text)
        self.restore_button.setEnabled(self._text != self._now)
        self.about.setText(
            f"From the page as it is now to {moment_in_words(version.at)}: struck through is what"
            " would go, underlined what would come back."
        )
        self.changes.show_pieces(self._pieces, RESTORE_THIS)

    def restore(self) -> None:
        """Ask for the whole version."""
        self.text_chosen.emit(self._text)
        self.accept()

    def _restore_piece(self, index: int) -> None:
        """Ask for the page with one piece of the version in it."""
        texts = [piece.theirs if i == index else piece.mine for i, piece in enumerate(self._pieces)]
        self.text_chosen.emit("".join(texts))
        self.accept()

    def _count_next(self) -> None:
        """Say of one more version what came and went, between the writer's clicks."""
        if self._counted + 1 >= len(self._versions):
            self._counting.stop()
            return
        version, older = self._versions[self._counted : self._counted + 2]
        with contextlib.suppress(TinymorphError):  # a damaged version says so when it is chosen
            came, went = self._history.change(older, version)
            line = _line(version, f"+{came:,} \u2212{went:,}")
            self.list.item(self._counted).setText(line)
        self._counted += 1


class ParagraphDialog(VersionsDialog):
    """The wordings that one paragraph went through."""

    wording_chosen = Signal(str)

    def __init__(
        self, now: str, wordings: Sequence[Wording], theme: Theme, parent: QWidget
    ) -> None:
        super().__init__("Versions of this paragraph", "This paragraph, earlier", theme, parent)
        self._now, self._wordings = now, tuple(wordings)
        for wording in self._wordings:
            words = " ".join(wording.text.split())
            self.list.addItem(f"since {moment_in_words(wording.at)}\n{words[:60]}")
        if self._wordings:
            self.list.setCurrentRow(0)
        else:
            self.about.setText("It has no other wording in the versions that are kept.")
            self.changes.show_sentence("")

    def show_row(self, row: int) -> None:
        """Show what leads from the paragraph to an earlier wording."""
        if 0 <= row < len(self._wordings):
            self.about.setText("Struck through is what would go, underlined what would come back.")
            self.changes.show_words(self._now, self._wordings[row].text)
            self.restore_button.setEnabled(self._wordings[row].text != self._now)

    def restore(self) -> None:
        """Ask for the wording."""
        self.wording_chosen.emit(self._wordings[self.list.currentRow()].text)
        self.accept()


def _versions(history: History, key: str) -> tuple[Version, ...]:
    try:
        return history.versions(key)
    except TinymorphError:
        return ()


def _line(version: Version, change: str = "") -> str:
    words = change or f"{version.words:,} words"
    return f"{moment_in_words(version.at)}   {words}\n{OCCASIONS.get(version.why, '')}"
