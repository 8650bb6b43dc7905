"""Alternatives side by side with the writer's own words, those of now and those of before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from tinymorph.schema.suggestion import Suggestion
from tinymorph.session.card import diff_of
from tinymorph.session.views import HunkView
from tinymorph.text.diff import diff_words
from tinymorph.text.measures import measure
from tinymorph.ui.labels import text_label
from tinymorph.ui.panel.carry import mime_of
from tinymorph.ui.panel.diff_view import diff_html, hunks_html, plain_html
from tinymorph.ui.panel.wording import FLAW_SENTENCES, USABLE, measured
from tinymorph.ui.panel.words import rich_label
from tinymorph.ui.safety.moments import moment_in_words
from tinymorph.ui.theme import Theme

COLUMN_PX = 250


@dataclass(frozen=True, slots=True)
class Alternative:
    """One column."""

    title: str
    suggestion: Suggestion
    receipt: str
    hunks: tuple[HunkView, ...] = ()
    """As they stand in the page now; empty for those of before."""
    can_accept: bool = False


@dataclass(frozen=True, slots=True)
class AskingShown:
    """One line of the list, and what stands beside it."""

    title: str
    source: str
    alternatives: tuple[Alternative, ...]


class SideBySide(QDialog):
    """A list of askings, the newest first, and the alternatives of the chosen one in columns."""

    accept_asked = Signal(int)
    copied = Signal(str)
    """The receipt of words that were put on the clipboard."""

    def __init__(self, askings: Sequence[AskingShown], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._askings, self._theme = tuple(askings), theme
        self.setWindowTitle("Suggestions side by side")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(min(theme.px(1080), parent.width()), min(theme.px(640), parent.height()))
        self.list = QListWidget()
        self.list.setObjectName("versions")
        self.list.setAccessibleName("Askings for this document, newest first")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.addItems([asking.title for asking in self._askings])
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._empty = text_label(
            "Nothing was suggested for this document yet. Ask with Ctrl+Enter.", "hint"
        )
        close = QPushButton("Close")
        close.clicked.connect(self.reject)
        self._arrange(close)
        self.list.currentRowChanged.connect(self.show_row)
        self.list.setCurrentRow(0)

    @property
    def columns(self) -> tuple[QFrame, ...]:
        """Return the columns on show: the writer's own words, then the alternatives."""
        holder = self._scroll.widget()
        return tuple(holder.findChildren(QFrame, "card")) if holder is not None else ()

    def show_row(self, row: int) -> None:
        """Show the alternatives of one asking."""
        if not 0 <= row < len(self._askings):
            return
        asking = self._askings[row]
        holder = QWidget()
        holder.setObjectName("cards")
        columns = QHBoxLayout(holder)
        columns.setContentsMargins(0, 0, 0, self._theme.px(8))
        columns.setSpacing(self._theme.px(10))
        columns.addWidget(self._column("Your words", plain_html(asking.source), (), ()))
        for alternative in asking.alternatives:
            for column in self._columns_of(asking.source, alternative):
                columns.addWidget(column)
        columns.addStretch(1)
        self._scroll.setWidget(holder)

    def _columns_of(self, source: str, alternative: Alternative) -> list[QFrame]:
        one = alternative.suggestion
        outcome = diff_of(alternative.hunks).after if alternative.hunks else one.text
        said = [FLAW_SENTENCES[one.flaw]] if one.flaw is not None else []
        if one.flaw in USABLE:
            said.append(measured(measure(source, outcome)))
        copy = QPushButton("Copy")
        copy.setAccessibleName(f"Copy {alternative.title.lower()}")
        copy.clicked.connect(lambda: self._copy(one.text, alternative.receipt))
        buttons = [copy]
        if alternative.can_accept:
            accept = QPushButton("Accept")
            accept.setAccessibleName(f"Accept {alternative.title.lower()}")
            accept.clicked.connect(lambda: self._accept(one.index))
            buttons.insert(0, accept)
        words = diff_html(diff_words(source, one.text), self._theme)
        if alternative.hunks:
            words = hunks_html(alternative.hunks, self._theme, links=False)
        columns = [self._column(alternative.title, words, said, buttons)]
        if one.twin is not None and one.plan.active_terms:
            twin = diff_html(diff_words(source, one.twin), self._theme)
            said = ["The same seed without the rack: what differs is what steering did."]
            columns.append(self._column(f"{alternative.title}, unsteered", twin, said, ()))
        return columns

    def _column(
        self, title: str, words: str, said: Sequence[str], buttons: Sequence[QPushButton]
    ) -> QFrame:
        px = self._theme.px
        column = QFrame()
        column.setObjectName("card")
        column.setFixedWidth(px(COLUMN_PX))
        column.setAccessibleName(title)
        rows = QVBoxLayout(column)
        rows.setContentsMargins(px(12), px(10), px(12), px(10))
        rows.setSpacing(px(8))
        rows.addWidget(text_label(title, "title"))
        label = rich_label("words")
        label.setText(words)
        label.setAccessibleName(title)
        rows.addWidget(label)
        for sentence in said:
            rows.addWidget(text_label(sentence, "soft"))
        row = QHBoxLayout()
        for button in buttons:
            row.addWidget(button)
        row.addStretch(1)
        rows.addLayout(row)
        rows.addStretch(1)
        return column

    def _copy(self, words: str, receipt: str) -> None:
        QGuiApplication.clipboard().setMimeData(mime_of(words, receipt))
        self.copied.emit(receipt)

    def _accept(self, index: int) -> None:
        self.accept_asked.emit(index)
        self.accept()

    def _arrange(self, close: QPushButton) -> None:
        px = self._theme.px
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.list)
        split.addWidget(self._scroll)
        split.setStretchFactor(1, 1)
        split.setSizes([px(230), px(820)])
        split.setVisible(bool(self._askings))
        self._empty.setVisible(not self._askings)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(px(16), px(14), px(16), px(12))
        rows.setSpacing(px(10))
        rows.addWidget(split, 1)
        rows.addWidget(self._empty, 1)
        rows.addLayout(foot)


def title_of(asked_at: str, task: str, source: str) -> str:
    """Return how the list names an asking: when, what for, and its first words."""
    first = " ".join(source.split()[:6])
    when = moment_in_words(datetime.fromisoformat(asked_at))
    return f"{when}\n{task.replace('_', ' ')}: {first}\u2026"
