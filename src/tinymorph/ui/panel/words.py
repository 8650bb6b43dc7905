"""The words of a card: its changes can be clicked, and walked with the arrow keys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLabel

from tinymorph.session.views import HunkView
from tinymorph.ui.labels import text_label
from tinymorph.ui.panel.diff_view import hunks_html
from tinymorph.ui.panel.wording import deed_of
from tinymorph.ui.theme import Theme


def rich_label(role: str) -> QLabel:
    """Return a label for rich text that can be selected and copied."""
    label = text_label("", role)
    label.setTextFormat(Qt.TextFormat.RichText)
    flags = Qt.TextInteractionFlag
    label.setTextInteractionFlags(flags.TextSelectableByMouse | flags.LinksAccessibleByMouse)
    return label


class CardWords(QObject):
    """Show a rewrite in a label; know which of its changes the keys act on."""

    current_changed = Signal()

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._hunks: tuple[HunkView, ...] = ()
        self._current: int | None = None
        self.label = rich_label("words")
        self.label.linkActivated.connect(self._clicked)
        self.label.linkHovered.connect(self._hovered)

    @property
    def current(self) -> HunkView | None:
        """Return the change that the keys act on."""
        return next((hunk for hunk in self._hunks if hunk.index == self._current), None)

    def show_hunks(self, hunks: Sequence[HunkView], theme: Theme) -> None:
        """Show the hunks as they stand now; the current one stays if it is still there."""
        self._hunks, self._theme = tuple(hunks), theme
        if self.current is None:
            self._current = None
        self._draw()

    def show_html(self, text: str) -> None:
        """Show words without changes to walk."""
        self._hunks, self._current = (), None
        self.label.setText(text)

    def walk(self, step: int) -> bool:
        """Go to the next change, or the one before; past the ends to none. False if there is none."""
        indexes = [hunk.index for hunk in self._hunks if hunk.is_change]
        if not indexes:
            return False
        if self._current is None:
            self._go_to(indexes[0 if step > 0 else -1])
            return True
        place = indexes.index(self._current) + step
        self._go_to(indexes[place] if 0 <= place < len(indexes) else None)
        return True

    def leave(self) -> bool:
        """Act on no single change any more; say whether there was one."""
        had_one = self._current is not None
        if had_one:
            self._go_to(None)
        return had_one

    def _go_to(self, index: int | None) -> None:
        self._current = index
        self._draw()
        self.current_changed.emit()

    def _draw(self) -> None:
        self.label.setText(hunks_html(self._hunks, self._theme, current=self._current))

    def _clicked(self, link: str) -> None:
        index = int(link.removeprefix("hunk:"))
        self._go_to(None if index == self._current else index)

    def _hovered(self, link: str) -> None:
        hunk = next((one for one in self._hunks if link == f"hunk:{one.index}"), None)
        self.label.setToolTip("" if hunk is None else deed_of(hunk))
