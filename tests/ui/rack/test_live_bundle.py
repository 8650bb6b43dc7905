"""A slider dragged for ten seconds over the bundled model's own rewrites."""

from __future__ import annotations

import statistics

import pytest
from PySide6.QtCore import Qt

from helpers.live import Watch, drag
from helpers.silent_questions import SilentQuestions
from tinymorph.app import Workplace, loader_of
from tinymorph.settings.model import Settings
from tinymorph.settings.paths import resource
from tinymorph.settings.store import SettingsStore

CONTROL = Qt.KeyboardModifier.ControlModifier
PARAGRAPH = "The rooms were cold and dark, so I lit a fire and sat by the window."
MODEL_MS, REWRITE_MS = 300_000, 120_000
DRAG_S = 10.0
MOST_STOPPING_S = 0.3


@pytest.fixture
def place(qtbot, tmp_path):
    """The window on the bundled model, with suggestions on show and a slider."""
    bundle = resource("assets/bundle")
    store = SettingsStore(tmp_path / "settings.toml")
    made = Workplace(Settings(), store, bundle, loader_of(bundle), questions=SilentQuestions())
    empty = tmp_path / "empty.md"
    empty.write_text("", encoding="utf-8")
    made.show([empty])
    qtbot.waitExposed(made.window)
    with qtbot.waitActive(made.window):
        made.window.activateWindow()
    made.window.editor.setFocus()
    qtbot.waitUntil(lambda: made.session.model is not None, timeout=MODEL_MS)
    qtbot.keyClicks(made.window.editor, PARAGRAPH)
    yield made
    made.window.editor.document().setModified(False)
    made.close()
    made.window.deleteLater()
    qtbot.wait(0)


@pytest.mark.timeout(600)
def test_ten_seconds_of_dragging_end_with_one_request_and_the_words_of_the_last_place(
    place, qtbot, monkeypatch
):
    window, session = place.window, place.session
    window.conductor.inspecting.inspect_passage()
    qtbot.waitUntil(lambda: session.reading is not None, timeout=REWRITE_MS)
    qtbot.keyClick(window.editor, Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: not session.is_writing, timeout=REWRITE_MS)
    window.conductor.add_to_rack(session.reading.reading.top[0].ref)
    qtbot.waitUntil(lambda: not session.is_writing, timeout=REWRITE_MS)
    watch = Watch(place, monkeypatch)
    slider = window.side.rack.rows[0].slider

    drag(qtbot, slider, DRAG_S)
    assert watch.most_open <= 2, "one that runs or is being stopped, and the newest"
    qtbot.waitUntil(lambda: not session.is_writing, timeout=REWRITE_MS)
    assert watch.open == set()
    request = session.suggestion_request
    assert [term.coefficient for term in request.plan.terms] == [slider.coefficient]
    live = {view.index: view.text for view in session.suggestions}

    for index in live:
        session.dismiss(index)
    place.answers.forget()
    window.conductor.suggest()
    assert session.is_writing
    qtbot.waitUntil(lambda: not session.is_writing, timeout=REWRITE_MS)
    assert {view.index: view.text for view in session.suggestions} == live, "as if asked once"

    first_words, stops = watch.first_words_s(), watch.stopping_s()
    print(f"{len(watch.submitted)} requests; ms to first words and to stopping:")
    print(*(sorted(round(1000 * found) for found in times) for times in (first_words, stops)))
    assert statistics.median(stops) < MOST_STOPPING_S
    assert len(first_words) >= len(watch.submitted) / 3, "many places were seen, busy or not"
