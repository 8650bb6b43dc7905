#!/usr/bin/env python3
"""Measure typing: from the moment a key is due until the page is painted, idle and busy.

    .venv/bin/python scripts/bench/typing_latency.py [--quick] [--json]

Keys are due every 100 ms. A key that has to wait because the page is held up counts from when
it was due, so a stall is not hidden. "Busy" means that the model writes without a pause.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QApplication

from tinymorph.app import Workplace, loader_of
from tinymorph.schema.events import Cancelled, EngineEvent, Failed, Finished
from tinymorph.schema.paragraph import ParagraphSnapshot
from tinymorph.schema.request import Sampling, SuggestionRequest
from tinymorph.schema.span import Span
from tinymorph.settings.model import Settings
from tinymorph.settings.paths import resource
from tinymorph.settings.store import SettingsStore
from tinymorph.ui.editor.page import Editor

PROSE = "It was late in the evening and the rain had just stopped when I came back to the house. "
BUSY_SOURCE = PROSE * 2
KEYS, QUICK_KEYS = 300, 60
RUNS, QUICK_RUNS = 3, 1
INTERVAL_MS = 100


@dataclass(frozen=True, slots=True)
class Latency:
    """How long keys took in one run, in milliseconds."""

    keys: int
    p50: float
    p99: float
    max: float


class KeyStroker(QObject):
    """Type into a page at a fixed rate and take the time until each key is painted."""

    def __init__(self, editor: Editor, keys: int, interval_ms: int = INTERVAL_MS) -> None:
        super().__init__(editor)
        self._editor, self._keys, self._interval_s = editor, keys, interval_ms / 1000
        self._due: list[float] = []
        self._waiting: list[float] = []
        self.latencies_ms: list[float] = []
        self._loop = QEventLoop()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._press)

    def run(self) -> list[float]:
        """Type all keys; return one latency a key."""
        begin = time.perf_counter() + self._interval_s
        self._due = [begin + number * self._interval_s for number in range(self._keys)]
        self._schedule()
        self._editor.painted.connect(self._note_painted)
        self._loop.exec()
        self._editor.painted.disconnect(self._note_painted)
        return self.latencies_ms

    def _schedule(self) -> None:
        if self._due:
            wait = self._due[0] - time.perf_counter()
            self._timer.start(max(0, round(wait * 1000)))

    def _press(self) -> None:
        if time.perf_counter() < self._due[0]:
            self._timer.start(0)
            return
        number = self._keys - len(self._due)
        self._waiting.append(self._due.pop(0))
        letter = PROSE[number % len(PROSE)]
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            key = Qt.Key(ord(letter.upper()))
            event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, letter)
            QApplication.sendEvent(self._editor, event)
        self._schedule()

    def _note_painted(self) -> None:
        """Take the time right after the paint that shows a key."""
        now = time.perf_counter()
        self.latencies_ms += [(now - due) * 1000 for due in self._waiting]
        self._waiting.clear()
        if not self._due:
            self._loop.quit()


class BusyEngine(QObject):
    """Keep the model writing: every answer is followed by the next request."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self._place, self._number, self.answered = place, 0, 0
        self._is_on = False

    def start(self) -> None:
        """Begin to ask."""
        self._is_on = True
        self._place.bridge.arrived.connect(self._take)
        self._ask()

    def stop(self) -> None:
        """Ask no more, and withdraw what is asked."""
        self._is_on = False
        self._place.bridge.arrived.disconnect(self._take)
        self._place.client.cancel(f"busy-{self._number}")

    def _ask(self) -> None:
        self._number += 1
        paragraph = ParagraphSnapshot(paragraph_id="busy", revision=0, text=BUSY_SOURCE)
        request = SuggestionRequest(
            request_id=f"busy-{self._number}",
            paragraph=paragraph,
            span=Span(start=0, end=len(BUSY_SOURCE)),
            task=self._place.session.options.task,
            seed=self._number,
            sampling=Sampling(temperature=1.0, max_new_tokens=256),
        )
        self._place.client.submit(request)

    def _take(self, event: EngineEvent) -> None:
        is_mine = isinstance(event, Finished | Failed | Cancelled) and (
            event.request_id == f"busy-{self._number}"
        )
        if is_mine and self._is_on:
            self.answered += 1
            self._ask()


def summary(latencies_ms: list[float]) -> Latency:
    """Return the figures that matter of one run."""
    ordered = sorted(latencies_ms)
    p99 = ordered[min(len(ordered) - 1, round(0.99 * (len(ordered) - 1)))]
    return Latency(
        keys=len(ordered),
        p50=round(statistics.median(ordered), 2),
        p99=round(p99, 2),
        max=round(ordered[-1], 2),
    )


def measure(place: Workplace, keys: int, *, is_busy: bool) -> Latency:
    """Type once into the window, with the model idle or writing."""
    engine = BusyEngine(place)
    if is_busy:
        engine.start()
    place.window.editor.moveCursor(QTextCursor.MoveOperation.End)
    try:
        return summary(KeyStroker(place.window.editor, keys).run())
    finally:
        if is_busy:
            engine.stop()
        engine.deleteLater()


def wait_for_model(place: Workplace, limit_s: float = 300.0) -> None:
    """Let the window live until the model is loaded."""
    end = time.monotonic() + limit_s
    while place.session.model is None and time.monotonic() < end:
        loop = QEventLoop()
        QTimer.singleShot(50, loop.quit)
        loop.exec()
    if place.session.model is None:
        sys.exit(f"The model was not loaded: {place.session.status.sentence}")


def spread(runs: list[Latency], field: str) -> dict[str, float]:
    """Return the least, the middle and the largest of a figure over runs."""
    values = sorted(float(getattr(run, field)) for run in runs)
    return {"min": values[0], "median": statistics.median(values), "max": values[-1]}


def report(idle: list[Latency], busy: list[Latency], load: float) -> dict[str, object]:
    """Return all figures; the ratios compare busy with idle."""
    result: dict[str, object] = {"unit": "ms", "cores": os.cpu_count(), "load_average": load}
    result["runs"] = {"idle": [asdict(r) for r in idle], "busy": [asdict(r) for r in busy]}
    for name in ("p50", "p99", "max"):
        low, high = spread(idle, name), spread(busy, name)
        ratio = round(high["median"] / low["median"], 2) if low["median"] else None
        result[name] = {"idle": low, "busy": high, "busy_to_idle": ratio}
    return result


def main() -> int:
    """Run the bench and print what it found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short run of each kind")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    keys, runs = (QUICK_KEYS, QUICK_RUNS) if options.quick else (KEYS, RUNS)
    app = QApplication(sys.argv[:1])
    bundle = resource("assets/bundle")
    with tempfile.TemporaryDirectory() as folder:
        store = SettingsStore(Path(folder) / "settings.toml")
        place = Workplace(Settings(), store, bundle, loader_of(bundle))
        try:
            place.show([])
            wait_for_model(place)
            idle, busy = [], []
            for _ in range(runs):
                idle.append(measure(place, keys, is_busy=False))
                busy.append(measure(place, keys, is_busy=True))
        finally:
            place.window.editor.document().setModified(False)
            place.close()
    app.quit()
    found = report(idle, busy, round(os.getloadavg()[0], 2))
    print(json.dumps(found, indent=None if options.json else 2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
