"""The suggestions: what to ask for, the alternatives as cards, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from tinymorph.schema.events import ErrorNote
from tinymorph.session.session import WritingSession
from tinymorph.session.views import EngineState, SuggestionView
from tinymorph.ui.labels import FeatureLibrary, text_label
from tinymorph.ui.panel.card import SuggestionCard
from tinymorph.ui.panel.wording import STALE
from tinymorph.ui.theme import Theme

ASK_WIDTH_PX = 82
"""Wide enough for both of its words, so that nothing jumps."""
EMPTY = (
    "Put the cursor in a paragraph, or select a part of it, and press Ctrl+Enter.\n\n"
    "Other wordings appear here beside yours. Nothing in the page changes until you accept one."
)
LOADING = "The model is still being loaded. You can write meanwhile."
NO_MODEL = "There is no model, so there are no suggestions. Writing works as ever."


@dataclass(frozen=True, slots=True)
class PanelView:
    """All that the panel shows of a session."""

    cards: tuple[SuggestionView, ...]
    trouble: ErrorNote | None
    state: EngineState
    is_writing: bool
    tasks: tuple[str, ...]
    task: str
    with_twin: bool
    notice: str = ""
    """What stands in place of cards when there is news of them."""


def panel_view(session: WritingSession, notice: str = "") -> PanelView:
    """Take from the session what the panel shows."""
    return PanelView(
        cards=session.suggestions if session.suggestion_trouble is None else (),
        trouble=session.suggestion_trouble,
        state=session.status.state,
        is_writing=session.is_writing,
        tasks=session.model.tasks if session.model is not None else (),
        task=session.options.task,
        with_twin=session.options.with_twin,
        notice=notice,
    )


class SuggestionPanel(QWidget):
    """Show a `PanelView` and pass on what the writer asks for."""

    suggest_asked = Signal()
    others_asked = Signal()
    cancel_asked = Signal()
    accept_asked = Signal(int)
    dismiss_asked = Signal(int)
    task_chosen = Signal(str)
    twin_chosen = Signal(bool)

    def __init__(
        self, library: FeatureLibrary, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._library, self._theme = library, theme
        self._view: PanelView | None = None
        self._cards: dict[int, SuggestionCard] = {}
        self.setObjectName("suggestions")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._task = QComboBox()
        self._task.setAccessibleName("What to do with the paragraph")
        self._task.setToolTip("What the model is asked to do")
        self._task.setMinimumContentsLength(10)
        self._ask = QPushButton("Suggest")
        self._ask.setProperty("kind", "primary")
        self._others = QPushButton("Others")
        self._others.setToolTip("Ask again with other seeds (Ctrl+Shift+Enter)")
        self._twin = QCheckBox("Show unsteered twin")
        self._twin.setToolTip("Also rewrite without the rack, with the same seeds, to compare")
        self._message = text_label(EMPTY, "hint")
        self._stale = text_label(STALE, "warning")
        self._holder = QWidget()
        self._holder.setObjectName("cards")
        self._column = QVBoxLayout(self._holder)
        self._scroll = QScrollArea()
        self._arrange()
        self._connect()

    @property
    def cards(self) -> tuple[SuggestionCard, ...]:
        """Return the cards on show, first to last."""
        return tuple(self._cards[index] for index in sorted(self._cards))

    @property
    def message(self) -> str:
        """Return what stands in place of cards; empty if there are any."""
        return "" if self._message.isHidden() else self._message.text()

    def show_view(self, view: PanelView) -> None:
        """Show the session's suggestions as they are now."""
        was_writing = self._view is not None and self._view.is_writing
        self._view = view
        self._show_options(view)
        self._show_cards(view, was_writing=was_writing)
        self._show_message(view)
        is_stale = any(card.is_stale for card in view.cards)
        self._stale.setVisible(is_stale and not view.is_writing)

    def show_library(self, library: FeatureLibrary) -> None:
        """Take feature names from this catalogue from now on."""
        self._library = library

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
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
        target: QWidget = cards[0] if cards else self._ask
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show_options(self, view: PanelView) -> None:
        shown = tuple(self._task.itemData(number) for number in range(self._task.count()))
        if shown != view.tasks:
            self._task.blockSignals(True)
            self._task.clear()
            for task in view.tasks:
                self._task.addItem(task.replace("_", " ").capitalize(), task)
            self._task.blockSignals(False)
        self._task.setEnabled(bool(view.tasks))
        if view.task in view.tasks:
            self._task.setCurrentIndex(view.tasks.index(view.task))
        self._twin.setChecked(view.with_twin)
        self._ask.setText("Stop" if view.is_writing else "Suggest")
        self._ask.setMinimumWidth(self._theme.px(ASK_WIDTH_PX))
        keys = "Esc" if view.is_writing else "Ctrl+Enter"
        self._ask.setToolTip(f"{self._ask.text()} ({keys})")
        self._ask.setEnabled(view.state is not EngineState.FAILED)
        self._others.setVisible(bool(view.cards))
        self._others.setEnabled(not view.is_writing)

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

    def _show_message(self, view: PanelView) -> None:
        self._message.setVisible(not view.cards)
        if view.trouble is not None:
            self._message.setText(f"{view.trouble.title}\n\n{view.trouble.hint}".strip())
        elif view.notice:
            self._message.setText(view.notice)
        elif view.state is EngineState.FAILED:
            self._message.setText(NO_MODEL)
        elif view.state in {EngineState.STARTING, EngineState.LOADING}:
            self._message.setText(f"{EMPTY}\n\n{LOADING}")
        else:
            self._message.setText(EMPTY)

    def _make_card(self, index: int) -> SuggestionCard:
        card = SuggestionCard(index, self._theme, self._holder)
        card.accept_asked.connect(self.accept_asked)
        card.dismiss_asked.connect(self.dismiss_asked)
        self._cards[index] = card
        return card

    def _connect(self) -> None:
        self._ask.clicked.connect(self._pressed)
        self._others.clicked.connect(self.others_asked)
        self._twin.toggled.connect(self.twin_chosen)
        self._task.currentIndexChanged.connect(self._choose_task)

    def _pressed(self) -> None:
        if self._view is not None and self._view.is_writing:
            self.cancel_asked.emit()
        else:
            self.suggest_asked.emit()

    def _choose_task(self) -> None:
        task = self._task.currentData()
        if task:
            self.task_chosen.emit(task)

    def _arrange(self) -> None:
        self._top = QHBoxLayout()
        self._top.addWidget(self._task, 1)
        self._top.addWidget(self._others)
        self._top.addWidget(self._ask)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._holder)
        self._scroll.hide()
        self._column.addStretch(1)
        self._stale.hide()
        self._outer = QVBoxLayout(self)
        self._outer.addLayout(self._top)
        self._outer.addWidget(self._twin)
        self._outer.addWidget(self._stale)
        self._outer.addWidget(self._message)
        self._outer.addWidget(self._scroll, 1)
        self._outer.addStretch(0)
        self._set_margins()

    def _set_margins(self) -> None:
        px = self._theme.px
        self._outer.setContentsMargins(px(16), px(12), px(16), px(8))
        self._outer.setSpacing(px(8))
        self._top.setSpacing(px(8))
        self._column.setContentsMargins(0, 0, px(4), px(4))
        self._column.setSpacing(px(10))
