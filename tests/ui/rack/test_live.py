"""A slider in motion: the newest place wins, one request runs, and its first words are seen."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tinymorph.schema.feature import FeatureRef
from tinymorph.ui.rack.slider import HIGHEST, LOWEST

TEXT = "The old house stood by the water and nobody had lived in it for many years."
CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton
FIRST = FeatureRef(sae_id="0", feature_index=0)
LAST = {"finished", "inspected", "cancelled", "failed"}


class Watch:
    """Count the requests that wait or run, and note what the first card showed and when."""

    def __init__(self, place, monkeypatch):
        self.open, self.most_open, self.submitted = set(), 0, []
        self.shown, self._place = [], place
        submit = place.client.submit
        monkeypatch.setattr(place.client, "submit", lambda request: self._note(request, submit))
        place.bridge.arrived.connect(self._ended, Qt.ConnectionType.DirectConnection)
        place.bridge.arrived.connect(self._arrived)

    def _note(self, request, submit):
        self.submitted.append((time.perf_counter(), request))
        self.open.add(request.request_id)
        submit(request)
        self.most_open = max(self.most_open, len(self.open))

    def _ended(self, event):
        """Take note at once, on whatever thread it is said."""
        if event.kind in LAST:
            self.open.discard(event.request_id)

    def _arrived(self, event):
        del event
        views = self._place.session.suggestions
        if views and views[0].text:
            entry = (self._place.session.suggestion_request.request_id, views[0].text)
            if not self.shown or self.shown[-1][1:] != entry:
                self.shown.append((time.perf_counter(), *entry))


def drag(qtbot, slider, seconds):
    """Drag from end to end and back with the mouse, and let go in the middle; 60 moves a second."""
    end = time.monotonic() + seconds
    y, width = 12, slider.width()
    QTest.mousePress(slider, LEFT, pos=QPoint(width // 2, y))
    x, step = width // 2, 3
    while time.monotonic() < end:
        x += step
        if not 12 < x < width - 12:
            step = -step
        QTest.mouseMove(slider, QPoint(x, y))
        qtbot.wait(16)
    QTest.mouseMove(slider, QPoint(round(width * 0.8), y))
    QTest.mouseRelease(slider, LEFT, pos=QPoint(round(width * 0.8), y))


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
    assert watch.submitted[-1][1].plan.terms[0].coefficient == last
    cards = place.window.side.suggestions.cards
    assert all(f"at {last:g}" in card.view.text for card in cards)
    shown = {request_id for _, request_id, _ in watch.shown}
    asked = {request.request_id for _, request in watch.submitted}
    assert len(asked) > 8, "it did follow the slider"
    assert len(asked & shown) >= 0.8 * len(asked), "what was asked for was seen, too"


def test_keys_held_down_end_with_the_words_of_the_last_place(place, qtbot, rewriter, monkeypatch):
    rewriter.delay_s = 0.02
    watch = Watch(place, monkeypatch)
    slider = place.window.side.rack.rows[0].slider
    assert QApplication.focusWidget() is slider
    for _ in range(12):
        QTest.keyPress(slider, Qt.Key.Key_Left)
        qtbot.wait(30)
    assert slider.coefficient == -2.0
    qtbot.waitUntil(lambda: watch.submitted[-1][1].plan.terms[0].coefficient == -2.0)
    qtbot.waitUntil(lambda: not place.session.is_writing, timeout=20_000)
    assert len(watch.submitted) < 12, "places that went by in an instant were passed over"
    assert "at -2" in place.window.side.suggestions.cards[0].view.text
    assert watch.most_open <= 2
