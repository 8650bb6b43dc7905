"""What the panel says in each of its states."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from helpers.fake_library import FakeLibrary
from helpers.fake_rewriter import FAKE_MODEL
from tinymorph.schema.events import ErrorNote
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.schema.steering import SteeringPlan
from tinymorph.schema.suggestion import Flaw, Suggestion
from tinymorph.session.options import AskingOptions
from tinymorph.session.views import (
    EngineState,
    EngineStatus,
    SuggestionView,
    WritingProgress,
)
from tinymorph.ui.panel.suggestions import SuggestionPanel
from tinymorph.ui.panel.view import PanelDeed, PanelState, PanelView, said_of

TEXT = "The old house stood on a hill."
REQUEST = SuggestionRequest(
    request_id="r",
    paragraph=ParagraphSnapshot(paragraph_id="p", revision=0, text=TEXT),
    span=Span(start=0, end=len(TEXT)),
    task="shorten",
    seed=3,
)
READY = PanelView(
    cards=(),
    trouble=None,
    status=EngineStatus(EngineState.READY, "fake-model is ready."),
    is_writing=False,
    model=FAKE_MODEL,
    options=AskingOptions(),
    request=REQUEST,
)
CARD = SuggestionView(
    index=0,
    text="Short.",
    twin_text="",
    before=TEXT,
    is_finished=True,
    is_stale=False,
    diff=None,
    suggestion=None,
)


def flawed(flaw):
    suggestion = Suggestion(
        request_id="r",
        base_revision=0,
        index=0,
        text=TEXT,
        seed=3,
        plan=SteeringPlan(),
        flaw=flaw,
        tokens_per_second=1.0,
    )
    return replace(CARD, suggestion=suggestion)


FAILED = EngineStatus(EngineState.FAILED, "The model folder is incomplete.")
LOADING = EngineStatus(EngineState.LOADING, "Loading the model: reading the features.")
STATES = [
    (replace(READY, status=FAILED, model=None), PanelState.NO_MODEL, "model folder", ""),
    (replace(READY, status=LOADING, model=None), PanelState.LOADING, "reading the features", ""),
    (READY, PanelState.EMPTY, "Ctrl+Enter", ""),
    (replace(READY, notice="It is in the page."), PanelState.NEWS, "in the page", ""),
    (
        replace(READY, status=LOADING, model=None, is_writing=True),
        PanelState.WAITING,
        "as soon as the model is there",
        "",
    ),
    (
        replace(READY, is_writing=True, writing=WritingProgress(1234, 56.4), cards=(CARD,)),
        PanelState.THINKING,
        "Writing 3 rewrites of 7 words: shorten, seeds 3 to 5\n1,234 tokens so far, 56 a second.",
        "",
    ),
    (
        replace(READY, is_writing=True, also_waiting=("the features of a passage",)),
        PanelState.THINKING,
        "Then: the features of a passage.",
        "",
    ),
    (
        replace(READY, trouble=ErrorNote(code="X", title="It broke.", hint="Try less.")),
        PanelState.FAILED,
        "It broke.\nTry less.",
        "Ask again",
    ),
    (
        replace(READY, cards=(flawed(Flaw.ECHO), flawed(Flaw.LOOP))),
        PanelState.NOTHING_BETTER,
        "Nothing better was found",
        "Try others",
    ),
    (
        replace(READY, cards=(replace(CARD, is_stale=True),)),
        PanelState.OUT_OF_DATE,
        "You changed these words since",
        "Ask again",
    ),
]


@pytest.fixture
def panel(qtbot, theme):
    made = SuggestionPanel(FakeLibrary(), theme)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize(("view", "state", "words", "deed"), STATES)
def test_each_state_says_what_it_is_and_what_can_be_done(panel, qtbot, view, state, words, deed):
    assert view.state is state
    panel.show_view(view)
    assert words in panel.message
    said = said_of(view)
    assert said is not None
    assert str(said.deed) == deed
    assert panel.note.accessibleName() == said.title
    assert panel.asking.ask.isEnabled() == (state is not PanelState.NO_MODEL)
    if deed:
        wanted = {
            PanelDeed.ASK: panel.suggest_asked,
            PanelDeed.OTHERS: panel.others_asked,
        }[said.deed]
        with qtbot.waitSignal(wanted):
            qtbot.keyClick(panel.note.button, Qt.Key.Key_Space)


def test_every_state_but_that_of_cards_is_tried_here():
    assert {state for _, state, _, _ in STATES} == set(PanelState) - {PanelState.CARDS}
    good = replace(READY, cards=(CARD, flawed(Flaw.LOOP)))
    assert good.state is PanelState.CARDS
    assert said_of(good) is None


def test_a_new_state_is_read_out_and_a_new_number_is_not(panel, monkeypatch):
    heard = []
    monkeypatch.setattr("tinymorph.ui.panel.state.announce", lambda _, words: heard.append(words))
    panel.show_view(READY)
    panel.show_view(replace(READY, is_writing=True))
    for tokens in (10, 20, 30):
        panel.show_view(replace(READY, is_writing=True, writing=WritingProgress(tokens, 5.0)))
    assert len(heard) == 1
    assert heard[0].startswith("Writing 3 rewrites")


def test_fields_that_the_model_would_refuse_are_not_there(panel):
    panel.show_view(READY)
    asking = panel.asking
    assert asking.instruction.isHidden()
    asking.unfold.setChecked(True)
    assert not asking.style_field.isVisible()
    assert not asking.style_choice.isVisible()
    chat = FAKE_MODEL.model_copy(update={"takes_instruction": True, "takes_any_style": True})
    panel.show_view(replace(READY, model=chat))
    assert asking.instruction.isVisible()
    assert asking.style_field.isVisible()
    taught = FAKE_MODEL.model_copy(update={"styles": ("archaic", "sparse")})
    panel.show_view(replace(READY, model=taught))
    assert asking.style_choice.isVisible()
    assert asking.instruction.isHidden()


def test_what_is_chosen_becomes_the_options_of_the_next_asking(panel, qtbot):
    chat = FAKE_MODEL.model_copy(update={"takes_instruction": True, "takes_any_style": True})
    panel.show_view(replace(READY, model=chat))
    chosen = []
    panel.options_chosen.connect(chosen.append)
    asking = panel.asking
    asking.unfold.setChecked(True)
    asking.seed.setValue(41)
    assert chosen[-1].seed == 41
    asking.kinds["quotation"].setChecked(False)
    assert chosen[-1].protect == {"name", "number"}
    qtbot.keyClicks(asking.instruction, "As a telegram.")
    with qtbot.waitSignal(panel.suggest_asked):
        qtbot.keyClick(asking.instruction, Qt.Key.Key_Return)
    assert chosen[-1].instruction == "As a telegram."
    qtbot.keyClicks(asking.style_field, "archaic, sparse")
    qtbot.keyClick(asking.style_field, Qt.Key.Key_Return)
    assert chosen[-1].like == ("archaic", "sparse")


def test_options_that_another_model_would_refuse_are_dropped():
    options = AskingOptions(task="fill", instruction="Shout.", like=("archaic", "odd"))
    taught = FAKE_MODEL.model_copy(update={"styles": ("archaic",)})
    fitted = options.fit_for(taught)
    assert (fitted.task, fitted.instruction, fitted.like) == ("paraphrase", "", ("archaic",))
