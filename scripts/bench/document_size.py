#!/usr/bin/env python3
"""Measure documents of 10,000 to a million words beside a bare QTextEdit, by turns in one run.

    .venv/bin/python scripts/bench/document_size.py [--quick] [--json]

Each turn is a process of its own, without a screen: it opens the document, waits for the first paint, presses a
key, waits for the rest and for the layout, types in the middle, and saves while typing goes on.
The bare widget reads by `setMarkdown` and saves by `toMarkdown`, in one go each; it stands there twice,
as Qt makes it and with the font and the column of ours, for more lines are more work.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QTextEdit

from tinymorph.app import Workplace
from tinymorph.errors import TinymorphError
from tinymorph.features.library import EmptyCards
from tinymorph.session.worker import Engine, Report
from tinymorph.settings.model import Settings
from tinymorph.settings.store import SettingsStore
from tinymorph.ui.editor.page import Editor
from tinymorph.ui.theme import load_theme

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (10_000, 100_000)
TURNS, QUICK_TURNS = 3, 1
KEYS, QUICK_KEYS = 300, 100
WORDS_IN_PARAGRAPH, PARAGRAPHS_IN_CHAPTER = 80, 25
PULSE_MS = 5
LIMIT_S = 300.0
PROSE = "the rain had stopped as we came back to an old house by the water"
Figures = dict[str, dict[str, list[float]]]
MEGABYTE = 2**20
WORDS = tuple(f"{PROSE} again".split())


def prose(words: int) -> str:
    """Return Markdown of so many words: two marked words a paragraph, a heading every 25."""
    parts: list[str] = []
    for number in range(words // WORDS_IN_PARAGRAPH):
        if number % PARAGRAPHS_IN_CHAPTER == 0:
            parts.append(f"## Chapter {number // PARAGRAPHS_IN_CHAPTER + 1}")
        chosen = [WORDS[(number * 7 + i * 3 + i // 5) % len(WORDS)] for i in range(78)]
        parts.append(f"{' '.join(chosen[:40])} *slowly* {' '.join(chosen[40:])} **there**.")
    return "\n\n".join(parts) + "\n"


class Pulse(QObject):
    """Notice how long the event loop is ever held up."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.longest_ms = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(PULSE_MS)

    def begin(self) -> None:
        """Count from now."""
        self.longest_ms, self._last = 0.0, time.perf_counter()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest_ms = max(self.longest_ms, (now - self._last) * 1000 - PULSE_MS)
        self._last = now


class PaintWatch(QObject):
    """Know when a page has been painted."""

    def __init__(self, page: QTextEdit) -> None:
        super().__init__(page)
        self.count = 0
        page.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Count paints; take nothing away."""
        del watched
        if event.type() == QEvent.Type.Paint:
            self.count += 1
        return False


class Turn:
    """One page with one document: what a writer waits for."""

    def __init__(self, page: QTextEdit, keys: int) -> None:
        self.page, self._keys = page, keys
        self._paints = PaintWatch(page)
        self.pulse = Pulse(page)

    def wait(self, is_done: Callable[[], bool]) -> None:
        """Let the page live until something is so."""
        end = time.monotonic() + LIMIT_S
        while not is_done():
            if time.monotonic() > end:
                sys.exit("The bench waited too long.")
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)

    def until_painted(self, act: Callable[[], object]) -> tuple[float, float]:
        """Do something; return wall milliseconds and the UI thread's own until it was painted."""
        before, wall, processor = self._paints.count, time.perf_counter(), time.thread_time()
        act()
        self.wait(lambda: self._paints.count > before)
        return (time.perf_counter() - wall) * 1000, (time.thread_time() - processor) * 1000

    def press(self, letter: str = "e") -> None:
        """Press one key."""
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            key = Qt.Key(ord(letter.upper()))
            event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, letter)
            QApplication.sendEvent(self.page, event)

    def type_in_the_middle(self) -> dict[str, float]:
        """Press keys in the middle; each must be painted before the next."""
        middle = self.page.document().findBlockByNumber(self.page.document().blockCount() // 2)
        self.until_painted(lambda: self._go_to(middle.position() + 20))
        pairs = [self.until_painted(self.press) for _ in range(self._keys)]
        wall, processor = (sorted(values) for values in zip(*pairs, strict=True))
        return {
            "key_wall_p50_ms": percentile(wall, 0.5),
            "key_wall_p99_ms": percentile(wall, 0.99),
            "key_cpu_p50_ms": percentile(processor, 0.5),
            "key_cpu_p99_ms": percentile(processor, 0.99),
        }

    def save(self, begin: Callable[[], object], is_done: Callable[[], bool]) -> dict[str, float]:
        """Save, go on typing, and see how long a key ever took."""
        slowest, start = 0.0, time.perf_counter()
        begin()
        blocked = time.perf_counter() - start
        while not is_done():
            slowest = max(slowest, self.until_painted(self.press)[0])
        return {
            "save_ms": (time.perf_counter() - start) * 1000,
            "save_blocks_ms": max(blocked * 1000, slowest),
        }

    def _go_to(self, position: int) -> None:
        cursor = self.page.textCursor()
        cursor.setPosition(position)
        self.page.setTextCursor(cursor)
        self.page.ensureCursorVisible()


def percentile(ordered: list[float], share: float) -> float:
    """Return a value of a sorted row."""
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def memory() -> float:
    """Return the megabytes that this process holds."""
    return psutil.Process().memory_info().rss / MEGABYTE


def bare_turn(path: Path, keys: int, *, has_our_column: bool) -> dict[str, float]:
    """Take one turn with Qt's own widget."""
    page = QTextEdit()
    page.resize(1000, 800)
    if has_our_column:
        own = Editor(load_theme("light"))
        own.resize(1000, 800)
        own.show()
        page.setFont(own.font())
        page.resize(own.viewport().width(), 800)
        own.close()
    page.show()
    turn = Turn(page, keys)
    turn.until_painted(page.viewport().update)
    before = memory()
    opened, _ = turn.until_painted(lambda: page.setMarkdown(path.read_text(encoding="utf-8")))
    first_key, _ = turn.until_painted(turn.press)
    page.document().size()
    result = {"first_page_ms": opened, "all_ms": opened, "stall_ms": opened}
    result |= {"first_key_ms": first_key, "memory_mb": memory() - before}
    result |= turn.type_in_the_middle()
    page.moveCursor(QTextCursor.MoveOperation.Start)
    saving = turn.save(
        lambda: path.write_text(page.document().toMarkdown(), encoding="utf-8"), lambda: True
    )
    return result | saving


def own_turn(path: Path, keys: int, folder: Path) -> dict[str, float]:
    """Take one turn with the whole window of ours, without a model."""
    store = SettingsStore(folder / "settings.toml")
    place = Workplace(Settings(), store, folder, _no_model, EmptyCards())
    empty = folder / "empty.md"
    empty.write_text("", encoding="utf-8")
    place.show([empty])
    window, page = place.window, place.window.editor
    window.resize(1420, 900)
    turn = Turn(page, keys)
    turn.until_painted(page.viewport().update)
    turn.wait(lambda: bool(place.session.status.sentence))
    before, start = memory(), time.perf_counter()
    opened, _ = turn.until_painted(lambda: window.desk.open_path(path))
    turn.pulse.begin()
    first_key, _ = turn.until_painted(turn.press)
    turn.wait(lambda: not window.desk.is_loading)
    whole = (time.perf_counter() - start) * 1000
    stall = turn.pulse.longest_ms
    page.document().size()
    result = {"first_page_ms": opened, "all_ms": whole, "stall_ms": stall}
    result |= {"first_key_ms": first_key, "memory_mb": memory() - before}
    result |= turn.type_in_the_middle()
    result |= turn.save(window.desk.save, lambda: not window.desk.is_saving)
    page.document().setModified(False)
    window.close()
    place.close()
    return result


def _no_model(_: Report) -> Engine:
    raise TinymorphError("This bench has no model.")


def take_turn(who: str, words: int, keys: int) -> dict[str, float]:
    """Take one turn in a process of its own."""
    command = [sys.executable, __file__, "--turn", who, str(words), str(keys)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def one_turn(who: str, words: int, keys: int) -> dict[str, float]:
    """Do in this process what `take_turn` asked for."""
    app = QApplication([])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_STATE_HOME"] = os.environ["XDG_DATA_HOME"] = str(folder)
        path = folder / "document.md"
        path.write_text(prose(words), encoding="utf-8")
        if who == "ours":
            result = own_turn(path, keys, folder)
        else:
            result = bare_turn(path, keys, has_our_column=who == "column")
    app.processEvents()
    return {name: round(value, 2) for name, value in result.items()}


def report(turns: dict[str, list[dict[str, float]]]) -> Figures:
    """Return min, median and max of each figure, and the ratios of the medians of ours."""
    result: Figures = {}
    for name in turns["ours"][0]:
        rows = {who: spread([turn[name] for turn in taken]) for who, taken in turns.items()}
        own = rows["ours"][1]
        rows["ratios"] = [round(own / max(rows[who][1], 1e-3), 2) for who in ("bare", "column")]
        result[name] = rows
    return result


def spread(values: list[float]) -> list[float]:
    """Return the least, the middle and the largest."""
    return [min(values), statistics.median(values), max(values)]


def main() -> int:
    """Run the bench."""
    parser = argparse.ArgumentParser(description="Measure documents of up to a million words")
    parser.add_argument("--quick", action="store_true", help="up to 100,000 words, one turn each")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    parser.add_argument("--turn", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.turn:
        who, words, keys = options.turn
        print(json.dumps(one_turn(who, int(words), int(keys))))
        return 0
    keys, turns = (QUICK_KEYS, QUICK_TURNS) if options.quick else (KEYS, TURNS)
    figures: dict[str, Figures] = {}
    load = os.getloadavg()[0]
    for words in QUICK_SIZES if options.quick else SIZES:
        taken: dict[str, list[dict[str, float]]] = {"ours": [], "bare": [], "column": []}
        for _ in range(turns):
            for who, results in taken.items():
                results.append(take_turn(who, words, keys))
        figures[f"{words} words"] = report(taken)
    if options.json:
        print(json.dumps({"load_average": load, **figures}, indent=2))
        return 0
    print(f"load average {load:.1f}; min, median and max of each")
    for title, rows in figures.items():
        print(f"\n{title}")
        for name, row in rows.items():
            cells = (f"{who} " + " ".join(f"{v:9.2f}" for v in row[who]) for who in row)
            print(f"  {name:16} {'   '.join(cells)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
