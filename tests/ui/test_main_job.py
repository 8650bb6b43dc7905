"""The main job with the bundled model, by keyboard: write, ask, steer, accept, undo, save."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from helpers.silent_questions import SilentQuestions
from tinymorph.app import Workplace, loader_of
from tinymorph.settings.model import Settings
from tinymorph.settings.paths import resource
from tinymorph.settings.store import SettingsStore
from tinymorph.ui.editor.characters import LINE_SEPARATOR, page_text

CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
PARAGRAPH = (
    "I came back to the old house late in the evening, when the rain had just stopped. "
    "The rooms were cold and dark, so I lit a fire and sat by the window."
)
MODEL_MS, REWRITE_MS = 300_000, 120_000


@pytest.fixture
def questions():
    return SilentQuestions()


@pytest.fixture
def place(qtbot, tmp_path, questions):
    """The window as it starts, with the bundled model and an empty page."""
    bundle = resource("assets/bundle")
    store = SettingsStore(tmp_path / "settings.toml")
    made = Workplace(Settings(), store, bundle, loader_of(bundle), questions=questions)
    empty = tmp_path / "empty.md"
    empty.write_text("", encoding="utf-8")
    made.show([empty])
    qtbot.waitExposed(made.window)
    with qtbot.waitActive(made.window):  # shortcuts are heard in the active window alone
        made.window.activateWindow()
    made.window.editor.setFocus()
    yield made
    made.window.editor.document().setModified(False)
    made.close()
    made.window.deleteLater()
    qtbot.wait(0)


def press(qtbot, key, modifier=Qt.KeyboardModifier.NoModifier):
    """Press a key wherever the focus is."""
    qtbot.keyClick(QApplication.focusWidget(), key, modifier)


def ask_and_wait(place, qtbot):
    press(qtbot, Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: not place.session.is_writing, timeout=REWRITE_MS)


def usable_card(place, qtbot):
    """Ask until one of the alternatives can be accepted: small models do not always manage."""
    ask_and_wait(place, qtbot)
    for _ in range(4):
        for card in place.window.side.suggestions.cards:
            view = card.view
            if view.is_finished and view.text.strip() and view.text != view.before:
                return view
        press(qtbot, Qt.Key.Key_Return, CONTROL | Qt.KeyboardModifier.ShiftModifier)
        qtbot.waitUntil(lambda: not place.session.is_writing, timeout=REWRITE_MS)
    trouble, views = place.session.suggestion_trouble, place.session.suggestions
    flaws = [(view.flaw, view.text[:40]) for view in views]
    pytest.fail(f"the bundled model gave no rewrite at all: {trouble or flaws}")


def text_of(place):
    return place.window.editor.document_value().blocks[0].text


@pytest.mark.timeout(900)
def test_a_paragraph_is_written_steered_accepted_undone_saved_and_read_again(
    place, qtbot, questions, tmp_path
):
    window, side = place.window, place.window.side
    assert place.session.model is None, "the page must be there before the model"
    qtbot.keyClicks(window.editor, PARAGRAPH)
    assert text_of(place) == PARAGRAPH
    qtbot.waitUntil(lambda: place.session.model is not None, timeout=MODEL_MS)

    before = usable_card(place, qtbot)

    press(qtbot, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: place.session.reading is not None, timeout=REWRITE_MS)
    assert side.inspector.features.rows
    assert window.editor.heat.is_shown, "the chosen feature must show in the page"
    side.inspector.focus_first()
    press(qtbot, Qt.Key.Key_R)
    row = side.rack.rows[0]
    assert QApplication.focusWidget() is row.slider

    press(qtbot, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: place.session.is_writing, timeout=5000)
    qtbot.waitUntil(lambda: not place.session.is_writing, timeout=REWRITE_MS)
    request = place.session.suggestion_request
    assert [term.coefficient for term in request.plan.terms] == [2.0]
    steered = {view.index: view.text for view in place.session.suggestions}
    assert steered.get(before.index) != before.text, "two units of a feature must show"

    press(qtbot, Qt.Key.Key_Left)
    press(qtbot, Qt.Key.Key_Left)
    qtbot.waitUntil(
        lambda: (
            place.session.suggestion_request.plan.terms[0].coefficient == 1.5
            and not place.session.is_writing
        ),
        timeout=REWRITE_MS,
    )
    wanted = usable_card(place, qtbot)

    press(qtbot, str(wanted.index + 1), ALT)
    accepted = page_text(wanted.text).replace(LINE_SEPARATOR, "\n")
    assert text_of(place) == accepted
    window.editor.setFocus()
    press(qtbot, Qt.Key.Key_Z, CONTROL)
    assert text_of(place) == PARAGRAPH
    press(qtbot, Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert text_of(place) == accepted

    path = tmp_path / "empty.md"
    press(qtbot, Qt.Key.Key_S, CONTROL)
    qtbot.waitUntil(lambda: not window.desk.is_dirty)
    saved = path.read_text(encoding="utf-8")
    assert saved.strip()
    press(qtbot, Qt.Key.Key_N, CONTROL)
    assert text_of(place) == ""
    questions.open_from = path
    press(qtbot, Qt.Key.Key_O, CONTROL)
    assert text_of(place).split() == accepted.split()
    assert questions.troubles == []
