"""What else can be done with a card: see it in the page, copy it, ask for other words for its."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from tinymorph.session.views import SuggestionView
from tinymorph.ui.icons import themed_icon
from tinymorph.ui.panel.carry import mime_of
from tinymorph.ui.panel.wording import USABLE
from tinymorph.ui.theme import Theme


class CardMenu(QObject):
    """The button with three dots on a card, and what it opens."""

    more_asked = Signal(int)
    preview_asked = Signal(int)
    copied = Signal(str)
    """The receipt of words that were put on the clipboard."""

    def __init__(self, index: int, card: QWidget) -> None:
        super().__init__(card)
        self._index, self._text, self._receipt = index, "", ""
        self.button = QToolButton(card)
        self.button.setAccessibleName(f"More for alternative {index + 1}")
        self.button.setToolTip("Preview, copy, other words for these")
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self.button)
        self._menu.addAction("Preview in the page\tP", self.preview)
        self._menu.addAction("Copy its words\tCtrl+C", self.copy)
        self._menu.addAction("Other words for these\tM", self.more)
        self.button.setMenu(self._menu)

    def show_view(self, view: SuggestionView, theme: Theme) -> None:
        """Offer it for what is finished."""
        self._text, self._receipt = view.text, view.receipt
        self.button.setIcon(themed_icon("more", theme))
        self.button.setIconSize(QSize(theme.px(16), theme.px(16)))
        self.button.setVisible(view.is_finished and view.flaw in USABLE)

    def copy(self) -> None:
        """Put the words of the card on the clipboard."""
        if self._text:
            QGuiApplication.clipboard().setMimeData(mime_of(self._text, self._receipt))
            self.copied.emit(self._receipt)

    def more(self) -> None:
        """Ask for other words for those of the card."""
        self.more_asked.emit(self._index)

    def preview(self) -> None:
        """Show the card's words in the page, or no more."""
        self.preview_asked.emit(self._index)
