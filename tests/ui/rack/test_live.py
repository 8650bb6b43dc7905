"""A slider in motion: the newest place wins, one request runs, and its first words are seen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from helpers.live import Watch, drag
from tinymorph.schema.feature import FeatureRef
from tinymorph.ui.rack.slider import HIGHEST, LOWEST

TEXT = "The old house stood by the water and nobody had lived in it for many years."
CONTROL = Qt.KeyboardModifier.ControlModifier
FIRST = FeatureRef(sae_id="0", feature_index=0)


@pytest.fixture
def place(workplace, qtbot):
    """The window with suggestions on show and one slider."""
    window = workplace.window
    with qtbot.waitActive(window):
        window.activateWindow()
    window.editor.setFocus()
    qtbot.keyClicks(window.editor, TEXT)
    qtbot.keyClick(window.editor, Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: workplace.session.is_writing)
    qtbot.waitUntil(lambda: not workplace.session.is_writing)
    window.conductor.add_to_rack(FIRST)
    qtbot.waitUntil(lambda: not workplace.session.is_writing)
    return workplace


def test_a_dragged_slider_leaves_one_request_and_the_words_of_its_last_place(
    place, qtbot, rewriter, monkeypatch
):
    rewriter.delay_s = 0.02
    watch = Watch(place, monkeypatch)
    slider = place.window.side.rack.rows[0].slider
    drag(qtbot, slider, 2.5)
    last = slider.coefficient
    assert LOWEST < last < HIGHEST
    assert watch.most_open <= 2, "one that runs or is being stopped, and the newest"
    assert rewriter.hooks <= 1
    qtbot.waitUntil(lambda: not place.session.is_writing, timeout=20_000)
    assert watch.open == set()
    assert rewriter.hooks == 0
    assert place.session.suggestion_request.plan.terms[0].coefficient == last
    cards = place.window.side.suggestions.cards
    assert all(f"at {last:g}" in card.view.text for card in cards)
    assert len(watch.submitted) > 8, "it did follow the slider"
    assert len(watch.words) >= 0.8 * len(watch.submitted), "what was asked for was seen, too"


def test_keys_held_down_end_with_the_words_of_the_last_place(place, qtbot, rewriter, monkeypatch):
    rewriter.delay_s = 0.02
    watch = Watch(place, monkeypatch)
    slider = place.window.side.rack.rows[0].slider
    assert QApplication.focusWidget() is slider
    for _ in range(12):
        QTest.keyPress(slider, Qt.Key.Key_Left)
        qtbot.wait(30)
    assert slider.coefficient == -2.0
    qtbot.waitUntil(lambda: place.session.suggestion_request.plan.terms[0].coefficient == -2.0)
    qtbot.waitUntil(lambda: not place.session.is_writing, timeout=20_000)
    assert len(watch.submitted) < 12, "places that went by in an instant were passed over"
    assert "at -2" in place.window.side.suggestions.cards[0].view.text
    assert watch.most_open <= 2


def test_the_rack_before_is_heard_without_asking_the_engine_again(place, qtbot, monkeypatch):
    qtbot.keyClick(place.window.side.rack.rows[0].slider, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: place.session.rack.due_in is None and not place.session.is_writing)
    changed = [card.view.text for card in place.window.side.suggestions.cards]
    watch = Watch(place, monkeypatch)
    for wanted in ("at 1", "at 1.25"):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_F8)
        assert not place.session.is_writing
        assert place.window.side.suggestions.cards[0].view.text.endswith(wanted)
    assert [card.view.text for card in place.window.side.suggestions.cards] == changed
    assert watch.submitted == {}
