"""A slider dragged with the mouse, and what the engine and the cards made of it."""

from __future__ import annotations

import itertools
import time

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

LAST = {"finished", "inspected", "cancelled", "failed"}
LEFT = Qt.MouseButton.LeftButton
MIDDLE_Y = 12
MOVE_MS = 16
STEP_PX = 3


class Watch:
    """Count the requests that wait or run, and note what the first card showed, and when."""

    def __init__(self, place, monkeypatch):
        self.open, self.most_open = set(), 0
        self.submitted, self.ended, self.words = {}, {}, {}
        """By the id of a request: when it was asked, was over, and showed its first words."""
        self._place = place
        submit = place.client.submit
        monkeypatch.setattr(place.client, "submit", lambda request: self._note(request, submit))
        place.bridge.arrived.connect(self._over, Qt.ConnectionType.DirectConnection)
        place.bridge.arrived.connect(self._shown)

    def first_words_s(self):
        """Return for each request that showed words how long they took."""
        return [at - self.submitted[name] for name, at in self.words.items()]

    def stopping_s(self):
        """Return for each request that was displaced how long it took to stop."""
        names = list(self.submitted)
        pairs = itertools.pairwise(names)
        took = [self.ended[old] - self.submitted[new] for old, new in pairs if old in self.ended]
        return [seconds for seconds in took if seconds > 0]

    def _note(self, request, submit):
        self.submitted[request.request_id] = time.perf_counter()
        self.open.add(request.request_id)
        submit(request)
        self.most_open = max(self.most_open, len(self.open))

    def _over(self, event):
        """Take note at once, on whatever thread it is said."""
        if event.kind in LAST and event.request_id in self.submitted:
            self.ended[event.request_id] = time.perf_counter()
            self.open.discard(event.request_id)

    def _shown(self, _event):
        """Take note of what is on screen after an event."""
        cards = self._place.window.side.suggestions.cards
        request = self._place.session.suggestion_request
        if request is not None and cards and cards[0].view.text:
            self.words.setdefault(request.request_id, time.perf_counter())


def drag(qtbot, slider, seconds):
    """Drag from end to end and back, some sixty moves a second, and let go near an end."""
    end = time.monotonic() + seconds
    width = slider.width()
    x, step = width // 2, STEP_PX
    QTest.mousePress(slider, LEFT, pos=QPoint(x, MIDDLE_Y))
    while time.monotonic() < end:
        x += step
        if not MIDDLE_Y < x < width - MIDDLE_Y:
            step = -step
        QTest.mouseMove(slider, QPoint(x, MIDDLE_Y))
        qtbot.wait(MOVE_MS)
    x = round(width * 0.8)
    QTest.mouseMove(slider, QPoint(x, MIDDLE_Y))
    QTest.mouseRelease(slider, LEFT, pos=QPoint(x, MIDDLE_Y))
