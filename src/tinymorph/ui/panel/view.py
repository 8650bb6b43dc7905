"""All that the suggestion panel shows of a session, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tinymorph.schema.events import ErrorNote, ModelInfo
from tinymorph.schema.request import SuggestionRequest
from tinymorph.session.options import AskingOptions
from tinymorph.session.session import WritingSession
from tinymorph.session.views import EngineState, EngineStatus, SuggestionView, WritingProgress
from tinymorph.ui.panel.wording import asked_of, is_usable, speed_of


class PanelState(StrEnum):
    """What the panel is there for at the moment."""

    NO_MODEL = "no model"
    LOADING = "loading"
    EMPTY = "ready"
    NEWS = "news"
    """Something happened in place of cards: one was accepted, or there was nothing to ask for."""
    FAILED = "failed"
    WAITING = "waiting"
    """Asked before the model was there."""
    THINKING = "thinking"
    NOTHING_BETTER = "nothing better found"
    OUT_OF_DATE = "out of date"
    CARDS = "cards"


class PanelDeed(StrEnum):
    """What a state offers to do."""

    NONE = ""
    ASK = "Ask again"
    OTHERS = "Try others"


@dataclass(frozen=True, slots=True)
class Said:
    """What the panel says of its state."""

    title: str
    hint: str = ""
    deed: PanelDeed = PanelDeed.NONE
    is_busy: bool = False


@dataclass(frozen=True, slots=True)
class PanelView:
    """All that the panel shows of a session."""

    cards: tuple[SuggestionView, ...]
    trouble: ErrorNote | None
    status: EngineStatus
    is_writing: bool
    model: ModelInfo | None
    options: AskingOptions
    request: SuggestionRequest | None = None
    writing: WritingProgress | None = None
    is_of_card: bool = False
    """Whether the words that are rewritten are those of a card."""
    also_waiting: tuple[str, ...] = ()
    """What else the engine was asked, in the order in which it is served."""
    notice: str = ""
    """What stands in place of cards when there is news of them."""

    @property
    def state(self) -> PanelState:
        """Say what the panel is there for at the moment."""
        if self.status.state is EngineState.FAILED:
            return PanelState.NO_MODEL
        if self.is_writing:
            return PanelState.WAITING if self.model is None else PanelState.THINKING
        if self.trouble is not None:
            return PanelState.FAILED
        if not self.cards:
            if self.notice:
                return PanelState.NEWS
            return PanelState.LOADING if self.model is None else PanelState.EMPTY
        finished = [card for card in self.cards if card.is_finished]
        if finished and not any(map(is_usable, finished)):
            return PanelState.NOTHING_BETTER
        if finished and all(card.is_stale for card in finished):
            return PanelState.OUT_OF_DATE
        return PanelState.CARDS


EMPTY = (
    "Put the cursor in a paragraph, or select a part of it, and press Ctrl+Enter. Other wordings "
    "appear here beside yours. Nothing in the page changes until you accept one."
)
_BETTER = (
    "Your words may be the best of these. Other seeds, another task or a weaker slider may help."
)
_GONE = "What is here can still be read and copied. Nothing of it is put into the page any more."


def said_of(view: PanelView) -> Said | None:
    """Return what the panel says of its state; None where the cards speak for themselves."""
    match view.state:
        case PanelState.NO_MODEL:
            return Said("There is no model", f"{view.status.sentence} Writing works as ever.")
        case PanelState.LOADING:
            words = f"{view.status.sentence} You can write meanwhile, and ask already."
            return Said("The model is being loaded", words, is_busy=True)
        case PanelState.WAITING:
            words = "Your request is kept and begins as soon as the model is there."
            return Said("Waiting for the model", words, is_busy=True)
        case PanelState.EMPTY:
            return Said("Other words for yours", EMPTY)
        case PanelState.NEWS:
            return Said(view.notice)
        case PanelState.FAILED if view.trouble is not None:
            hint = view.trouble.hint or "Your text is untouched."
            return Said(view.trouble.title, hint, PanelDeed.ASK)
        case PanelState.THINKING:
            return Said(
                asked_of(view.request, is_of_card=view.is_of_card),
                _thinking(view),
                is_busy=True,
            )
        case PanelState.NOTHING_BETTER:
            return Said("Nothing better was found", _BETTER, PanelDeed.OTHERS)
        case PanelState.OUT_OF_DATE:
            return Said("You changed these words since", _GONE, PanelDeed.ASK)
        case _:
            return None


def _thinking(view: PanelView) -> str:
    lines = [speed_of(view.writing)]
    if view.also_waiting:
        lines.append(f"Then: {', '.join(view.also_waiting)}.")
    return " ".join(lines)


def panel_view(session: WritingSession, notice: str = "") -> PanelView:
    """Take from the session what the panel shows."""
    asked = session.asked
    return PanelView(
        cards=session.suggestions if session.suggestion_trouble is None else (),
        trouble=session.suggestion_trouble,
        status=session.status,
        is_writing=session.is_writing,
        model=session.model,
        options=session.options,
        request=session.suggestion_request,
        writing=asked.progress if asked is not None else None,
        is_of_card=asked is not None and asked.is_of_card,
        also_waiting=_also_waiting(session),
        notice=notice,
    )


def _also_waiting(session: WritingSession) -> tuple[str, ...]:
    waiting: list[str] = []
    if session.is_reading:
        waiting.append("the features of a passage")
    if session.surveys.is_reading:
        read, parts = session.surveys.progress
        waiting.append(f"the features of {parts - read:,} more paragraphs")
    return tuple(waiting)
