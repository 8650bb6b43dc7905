"""The suggestions: what to ask for, the alternatives as cards, or why there are none."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from tinymorph.ui.announce import announce
from tinymorph.ui.labels import FeatureLibrary
from tinymorph.ui.panel.asking import AskingBar
from tinymorph.ui.panel.card import SuggestionCard
from tinymorph.ui.panel.state import StateNote
from tinymorph.ui.panel.view import PanelDeed, PanelState, PanelView, said_of
from tinymorph.ui.theme import Theme


class SuggestionPanel(QWidget):
    """Show a `PanelView` and pass on what the writer asks for."""

    suggest_asked = Signal()
    others_asked = Signal()
    cancel_asked = Signal()
    options_chosen = Signal(object)
    """The `AskingOptions` of the next asking."""
    accept_asked = Signal(int)
    dismiss_asked = Signal(int)
    hunk_accept_asked = Signal(int, int)
    hunk_refuse_asked = Signal(int, int)
    more_asked = Signal(int)
    preview_asked = Signal(int)
    copied = Signal(str)
    """The receipt of words that left a card by clipboard or mouse."""
    all_asked = Signal()
    """See all that was suggested for the document, side by side."""
    theme_changed = Signal(object)
    """The `Theme` that all is drawn in now."""
    news = Signal(str)

    def __init__(
        self, library: FeatureLibrary, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._library, self._theme = library, theme
        self._view: PanelView | None = None
        self._cards: dict[int, SuggestionCard] = {}
        self.setObjectName("suggestions")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.asking = AskingBar(theme)
        self.note = StateNote(theme)
        self.all = QPushButton("Side by side, and earlier")
        self.all.setProperty("kind", "quiet")
        self.all.setToolTip("All that was suggested for this document (Ctrl+Shift+L)")
        self._holder = QWidget()
        self._holder.setObjectName("cards")
        self._column = QVBoxLayout(self._holder)
        self._scroll = QScrollArea()
        self._arrange()
        self._connect()

    @property
    def theme(self) -> Theme:
        """Return the theme that all is drawn in."""
        return self._theme

    @property
    def cards(self) -> tuple[SuggestionCard, ...]:
        """Return the cards on show, first to last."""
        return tuple(self._cards[index] for index in sorted(self._cards))

    @property
    def message(self) -> str:
        """Return what is said beside the cards or in their place; empty if nothing."""
        return self.note.words

    def show_view(self, view: PanelView) -> None:
        """Show the session's suggestions as they are now."""
        old, self._view = self._view, view
        was_writing = old is not None and old.is_writing
        self.asking.show_options(
            view.options,
            view.model,
            can_ask=view.state is not PanelState.NO_MODEL,
            is_writing=view.is_writing,
            has_cards=bool(view.cards),
        )
        self._show_cards(view, was_writing=was_writing)
        self.note.show_said(said_of(view))
        finished = [card for card in view.cards if card.is_finished]
        if was_writing and not view.is_writing and finished:
            count = "One suggestion" if len(finished) == 1 else f"{len(finished)} suggestions"
            announce(self, f"{count} ready. F6 goes to them.")

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.theme_changed.emit(theme)
        self.asking.set_theme(theme)
        self.note.set_theme(theme)
        self._set_margins()
        for card in self._cards.values():
            card.deleteLater()
            self._column.removeWidget(card)
        self._cards.clear()
        if self._view is not None:
            self.show_view(self._view)

    def focus_first(self) -> None:
        """Put the focus on the first card, or on the button that asks."""
        cards = self.cards
        if cards:
            cards[0].setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.asking.focus_ask()

    def _show_cards(self, view: PanelView, *, was_writing: bool) -> None:
        wanted = {card.index for card in view.cards}
        for index in [index for index in self._cards if index not in wanted]:
            gone = self._cards.pop(index)
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, card_view in enumerate(view.cards):
            card = self._cards.get(card_view.index)
            if card is None:
                card = self._make_card(card_view.index)
                self._column.insertWidget(place, card)
            if card.view != card_view or was_writing != view.is_writing:
                card.show_view(card_view, self._library, self._theme, is_writing=view.is_writing)
        self._scroll.setVisible(bool(view.cards))

    def _make_card(self, index: int) -> SuggestionCard:
        card = SuggestionCard(index, self._theme, self._holder)
        card.accept_asked.connect(self.accept_asked)
        card.dismiss_asked.connect(self.dismiss_asked)
        card.hunk_accept_asked.connect(self.hunk_accept_asked)
        card.hunk_refuse_asked.connect(self.hunk_refuse_asked)
        card.neighbour_asked.connect(self._go_to_neighbour)
        card.menu.more_asked.connect(self.more_asked)
        card.menu.preview_asked.connect(self.preview_asked)
        card.menu.copied.connect(self._tell_copied)
        card.tag.carried.connect(self.copied)
        self._cards[index] = card
        return card

    def _go_to_neighbour(self, index: int, step: int) -> None:
        indexes = sorted(self._cards)
        place = indexes.index(index) + step
        if 0 <= place < len(indexes):
            card = self._cards[indexes[place]]
            card.setFocus(Qt.FocusReason.TabFocusReason)
            self._scroll.ensureWidgetVisible(card)

    def _tell_copied(self, receipt: str) -> None:
        self.copied.emit(receipt)
        self.news.emit("The words of the suggestion are on the clipboard.")

    def _do(self, deed: PanelDeed) -> None:
        match deed:
            case PanelDeed.ASK:
                self.suggest_asked.emit()
            case PanelDeed.OTHERS:
                self.others_asked.emit()
            case PanelDeed.NONE:
                pass

    def _connect(self) -> None:
        self.asking.suggest_asked.connect(self.suggest_asked)
        self.asking.others_asked.connect(self.others_asked)
        self.asking.cancel_asked.connect(self.cancel_asked)
        self.asking.options_chosen.connect(self.options_chosen)
        self.note.deed_asked.connect(self._do)
        self.all.clicked.connect(self.all_asked)

    def _arrange(self) -> None:
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._holder)
        self._scroll.hide()
        self._column.addStretch(1)
        self._outer = QVBoxLayout(self)
        for widget in (self.asking, self.note):
            self._outer.addWidget(widget)
        self._outer.addWidget(self._scroll, 1)
        self._outer.addWidget(self.all, 0, Qt.AlignmentFlag.AlignLeft)
        self._outer.addStretch(0)
        self._set_margins()

    def _set_margins(self) -> None:
        px = self._theme.px
        self._outer.setContentsMargins(px(16), px(12), px(16), px(8))
        self._outer.setSpacing(px(8))
        self._column.setContentsMargins(0, 0, px(4), px(4))
        self._column.setSpacing(px(10))
