"""Suggestions with the bundled model, by keyboard: stop, walk, accept in part, protect, preview."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tinymorph.app import Workplace, loader_of
from tinymorph.settings.model import Settings
from tinymorph.settings.paths import resource
from tinymorph.settings.store import SettingsStore

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
PARAGRAPH = (
    "I came back to the old house on Monday, late in the evening, when the rain had just stopped. "
    "The rooms were cold and dark, so I lit a fire, made some tea, and sat by the window with "
    "Anna for 20 minutes. Everything was quiet, and I was glad to be home again."
)
STOPPED_WITHIN_S = 0.3


@pytest.fixture
def place(qtbot, tmp_path):
    bundle = resource("assets/bundle")
    made = Workplace(Settings(), SettingsStore(tmp_path / "s.toml"), bundle, loader_of(bundle))
    empty = tmp_path / "empty.md"
    empty.write_text(PARAGRAPH + "\n", encoding="utf-8")
    made.show([empty])
    qtbot.waitExposed(made.window)
    with qtbot.waitActive(made.window):
        made.window.activateWindow()
    qtbot.waitUntil(lambda: made.session.model is not None, timeout=300_000)
    made.window.editor.setFocus()
    yield made
    made.window.editor.document().setModified(False)
    made.close()
    made.window.deleteLater()
    qtbot.wait(0)


def press(qtbot, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(QApplication.focusWidget(), key, modifier)


def stopped_after(place, qtbot, tokens):
    """Ask, wait for so many tokens, press Esc; return the seconds until the engine had stopped."""
    ends = []

    def note(event):
        if event.kind in {"cancelled", "finished"}:
            ends.append((event.kind, time.perf_counter()))

    place.bridge.arrived.connect(note)
    try:
        press(qtbot, Qt.Key.Key_Return, CONTROL)
        asked = place.session.asked
        qtbot.waitUntil(lambda: asked.progress.tokens >= tokens, timeout=60_000)
        begun = time.perf_counter()
        press(qtbot, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: bool(ends), timeout=60_000)
    finally:
        place.bridge.arrived.disconnect(note)
    kind, at = ends[0]
    assert kind == "cancelled"
    return at - begun


@pytest.mark.timeout(600)
def test_esc_stops_the_engine_within_300_ms_whenever_it_is_pressed(place, qtbot):
    delays = [stopped_after(place, qtbot, tokens) for tokens in (0, 0, 1, 3, 10, 20, 40)]
    print("stopped after ms:", [round(1000 * delay, 1) for delay in delays])
    assert max(delays) < STOPPED_WITHIN_S
    assert place.window.editor.document_value().blocks[0].text == PARAGRAPH


@pytest.mark.timeout(600)
def test_a_rewrite_is_walked_accepted_in_part_and_taken_back(place, qtbot):
    window, panel = place.window, place.window.side.suggestions
    seen, usable = set(), []
    for _ in range(5):
        press(qtbot, Qt.Key.Key_Return, CONTROL | SHIFT)
        qtbot.waitUntil(
            lambda: seen.add(said(panel)) or not place.session.is_writing, timeout=60_000
        )
        usable = [card for card in panel.cards if len(open_changes(card)) >= 2]
        if usable:
            break
        window.editor.setFocus()
    card = usable[0]
    assert any("a second" in words for words in seen), "speed must be seen while it writes"
    for kept in ("Monday", "Anna", "20"):
        for change in card.view.changes:
            assert kept not in change.before or change.state == "kept"

    press(qtbot, Qt.Key.Key_F6)
    while QApplication.focusWidget() is not card:
        press(qtbot, Qt.Key.Key_Down)
    press(qtbot, Qt.Key.Key_P)
    assert window.conductor.cards.is_previewing
    press(qtbot, Qt.Key.Key_Escape)
    first = open_changes(card)[0]
    while card.current is None or card.current.index != first.index:
        press(qtbot, Qt.Key.Key_Right)
    press(qtbot, Qt.Key.Key_Return)
    text = window.editor.document_value().blocks[0].text
    assert text == PARAGRAPH[: first.span.start] + first.after + PARAGRAPH[first.span.end :]
    press(qtbot, Qt.Key.Key_Escape)
    press(qtbot, Qt.Key.Key_Return)
    whole = window.editor.document_value().blocks[0].text
    assert whole not in {text, PARAGRAPH}
    assert all(kept in whole for kept in ("Monday", "Anna", "20"))
    assert panel.message.startswith("Alternative")
    press(qtbot, Qt.Key.Key_Z, CONTROL)
    assert window.editor.document_value().blocks[0].text == text
    press(qtbot, Qt.Key.Key_Z, CONTROL)
    assert window.editor.document_value().blocks[0].text == PARAGRAPH


def open_changes(card):
    return [change for change in card.view.changes if change.state == "open"]


def said(panel):
    return panel.message
