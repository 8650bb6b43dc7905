"""The scene "Inspect" on the bundled model, by keys alone: from a passage to its features and back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication

from helpers.silent_questions import SilentQuestions
from tinymorph.app import Workplace, loader_of
from tinymorph.settings.model import Settings
from tinymorph.settings.paths import resource
from tinymorph.settings.store import SettingsStore
from tinymorph.ui import inspecting

CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
MODEL_MS, READING_MS = 300_000, 60_000


@pytest.fixture
def place(qtbot, tmp_path):
    """The window with the bundled model and the sample letter."""
    bundle = resource("assets/bundle")
    store = SettingsStore(tmp_path / "settings.toml")
    made = Workplace(Settings(), store, bundle, loader_of(bundle), questions=SilentQuestions())
    made.show([])
    qtbot.waitExposed(made.window)
    with qtbot.waitActive(made.window):
        made.window.activateWindow()
    made.window.editor.setFocus()
    qtbot.waitUntil(lambda: made.session.model is not None, timeout=MODEL_MS)
    yield made
    made.window.editor.document().setModified(False)
    made.close()
    made.window.deleteLater()
    qtbot.wait(0)


@pytest.fixture
def said(monkeypatch):
    """What a screen reader is told."""
    words: list[str] = []
    monkeypatch.setattr(inspecting, "announce", lambda _, spoken: words.append(spoken))
    return words


def press(qtbot, key, modifiers=Qt.KeyboardModifier.NoModifier):
    """Press a key wherever the focus is."""
    qtbot.keyClick(QApplication.focusWidget(), key, modifiers)


def read(place, qtbot):
    """Wait until what was asked is read and shown."""
    session = place.session
    qtbot.waitUntil(
        lambda: not session.is_reading and not session.surveys.is_reading, timeout=READING_MS
    )
    qtbot.wait(350)


def go_to(place, block):
    """Put the caret into a paragraph."""
    editor = place.window.editor
    editor.setFocus()
    editor.setTextCursor(QTextCursor(editor.document().findBlockByNumber(block)))


@pytest.mark.timeout(600)
def test_a_passage_is_inspected_contrasted_mapped_searched_and_its_feature_named(
    place, qtbot, said
):
    inspect_a_paragraph_and_a_word(place, qtbot, said)
    map_the_document(place, qtbot)
    contrast_two_paragraphs(place, qtbot)
    search_and_name(place, qtbot)


def inspect_a_paragraph_and_a_word(place, qtbot, said):
    inspector, editor = place.window.side.inspector, place.window.editor
    go_to(place, 2)
    press(qtbot, Qt.Key.Key_F2)
    read(place, qtbot)
    rows = inspector.features.rows
    assert len(rows) == 24
    assert max(inspector.library.density(row.ref) for row in rows) <= 0.1
    assert all(any(value > 0 for value in row.cells[1].values) for row in rows)
    assert editor.heat.is_shown
    assert said[-1].startswith("24 features; the first is ")
    press(qtbot, Qt.Key.Key_F4)
    assert editor.heat.at == 0
    press(qtbot, Qt.Key.Key_F2, SHIFT)
    read(place, qtbot)
    assert inspector.features.rows[0].cells[1].marked is not None


def map_the_document(place, qtbot):
    inspector = place.window.side.inspector
    press(qtbot, Qt.Key.Key_M, CONTROL | ALT)
    read(place, qtbot)
    page = inspector.map_page
    assert page.model.columnCount() == place.session.surveys.progress[1] >= 10
    page.table.setFocus()
    page.table.setCurrentIndex(page.model.index(0, 0))
    press(qtbot, Qt.Key.Key_Right)
    press(qtbot, Qt.Key.Key_Return)
    assert place.window.editor.hasFocus()
    qtbot.waitUntil(lambda: inspector.card.neighbours.rows != (), timeout=READING_MS)
    assert inspector.card.places.rows


def contrast_two_paragraphs(place, qtbot):
    for block, key in ((2, Qt.Key.Key_A), (3, Qt.Key.Key_B)):
        go_to(place, block)
        press(qtbot, key, CONTROL | ALT)
    read(place, qtbot)
    rows = place.window.side.inspector.contrast_page.table.rows
    sides = {row.cells[0].below.split(" \u00b7 ")[0] for row in rows}
    assert sides == {"stronger in A", "stronger in B"}


def search_and_name(place, qtbot):
    inspector = place.window.side.inspector
    press(qtbot, Qt.Key.Key_L, CONTROL | ALT)
    read(place, qtbot)
    assert inspector.features.rows
    qtbot.waitUntil(lambda: inspector.library.is_indexed, timeout=READING_MS)
    press(qtbot, Qt.Key.Key_F, CONTROL | SHIFT)
    qtbot.keyClicks(inspector.search_field, "rain")
    qtbot.waitUntil(lambda: bool(inspector.features.rows) and not inspector.features_page._is_like)
    found = inspector.features.rows[0].ref
    labels = [row.label for row in inspector.features.rows]
    assert any("rain" not in label for label in labels), "some are found by examples or logits"
    inspector.list_view.setFocus()
    press(qtbot, Qt.Key.Key_N)
    qtbot.keyClicks(inspector.card.notes.label, "my rain")
    press(qtbot, Qt.Key.Key_Return)
    assert inspector.library.label(found) == "my rain"
