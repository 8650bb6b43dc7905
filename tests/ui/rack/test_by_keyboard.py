"""Ten tasks with rack and suggestions, by keys alone: the mouse is not touched once."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tinymorph.schema.feature import FeatureRef
from tinymorph.schema.steering import Condition, SteeringMode
from tinymorph.ui.rack.condition import ConditionDialog
from tinymorph.ui.rack.dialogs import NameDialog

TEXT = "The old house stood by the water and nobody had lived in it for many years."
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
FIRST, SECOND = (FeatureRef(sae_id=str(n % 2), feature_index=n) for n in range(2))


class Writer:
    """Somebody at a keyboard; looks at the session, and touches nothing but keys."""

    def __init__(self, place, qtbot):
        self.place, self.qtbot, self.window = place, qtbot, place.window
        self.session = place.session

    def press(self, key, modifier=Qt.KeyboardModifier.NoModifier):
        """Press a key, which goes where the system would send it."""
        target = QApplication.activePopupWidget() or QApplication.focusWidget()
        assert target is not None, "the focus was lost"
        QTest.keyClick(target, key, modifier)

    def write(self, words):
        for letter in words:
            self.press(letter)

    def wait(self):
        """Wait for the engine to be at rest."""
        self.qtbot.waitUntil(lambda: self.session.rack.due_in is None)
        self.qtbot.waitUntil(lambda: not (self.session.is_writing or self.session.is_reading))

    def ask(self):
        self.press(Qt.Key.Key_Return, CONTROL)
        self.wait()

    def steer_by(self, places):
        """Inspect the passage and put the features at these places of the list on the rack."""
        self.go_to(self.window.editor)
        self.press(Qt.Key.Key_F2)
        self.wait()
        for place in places:
            self.go_to(self.window.side.inspector)
            self.press(Qt.Key.Key_Home)
            for _ in range(place):
                self.press(Qt.Key.Key_Down)
            self.press(Qt.Key.Key_R, CONTROL)

    def go_to(self, pane):
        """Go from pane to pane until the focus is there."""
        for _ in range(5):
            focus = QApplication.focusWidget()
            if focus is pane or pane.isAncestorOf(focus):
                return
            self.press(Qt.Key.Key_F6)
        pytest.fail(f"F6 does not lead to {pane.objectName()}")

    def come_back(self):
        """Let the window be active again after a dialog, as a window manager does."""
        self.window.activateWindow()
        self.qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)

    @property
    def terms(self):
        return self.session.rack.terms

    @property
    def words(self):
        return [card.view.text for card in self.window.side.suggestions.cards]

    @property
    def page(self):
        return self.window.editor.toPlainText()


@pytest.fixture
def writer(workplace, qtbot):
    window = workplace.window
    with qtbot.waitActive(window):  # shortcuts are heard in the active window alone
        window.activateWindow()
    window.editor.setFocus()
    somebody = Writer(workplace, qtbot)
    somebody.write(TEXT)
    return somebody


def test_1_a_feature_of_the_passage_gets_a_slider(writer):
    writer.steer_by([1])
    assert [term.ref for term in writer.terms] == [SECOND]
    assert QApplication.focusWidget() is writer.window.side.rack.rows[0].slider


def test_2_a_steered_rewrite_is_accepted_and_taken_back(writer):
    writer.ask()
    writer.steer_by([0])
    writer.press(Qt.Key.Key_Right)
    writer.wait()
    assert all("steered by 0:0 at 1.25" in words for words in writer.words)
    wanted = writer.words[1]
    writer.press("2", ALT)
    assert writer.page == wanted
    writer.press(Qt.Key.Key_Z, CONTROL)
    assert writer.page == TEXT


def test_3_a_feature_is_turned_down_below_zero(writer):
    writer.ask()
    writer.steer_by([0])
    writer.press(Qt.Key.Key_0)
    writer.press(Qt.Key.Key_Left)
    writer.press(Qt.Key.Key_Left, SHIFT)
    writer.wait()
    assert "steered by 0:0 at -0.3" in writer.words[0]


def test_4_another_way_of_steering_is_tried_and_compared_with_the_one_before(writer):
    writer.ask()
    writer.steer_by([0])
    writer.press(Qt.Key.Key_M)
    writer.wait()
    assert writer.session.suggestion_request.plan.terms[0].mode is SteeringMode.CLAMP
    writer.press(Qt.Key.Key_F8)
    writer.wait()
    assert writer.session.suggestion_request.plan.terms[0].mode is SteeringMode.ADD
    writer.press(Qt.Key.Key_F8)
    writer.wait()
    assert writer.session.suggestion_request.plan.terms[0].mode is SteeringMode.CLAMP


def test_5_one_of_two_features_is_heard_alone(writer):
    writer.ask()
    writer.steer_by([0, 1])
    writer.press(Qt.Key.Key_Up, CONTROL)
    writer.press(Qt.Key.Key_S)
    writer.wait()
    assert "steered by 0:0" in writer.words[0]
    assert "steered by 1:1" not in writer.words[0]
    writer.press(Qt.Key.Key_S)
    writer.wait()
    assert "steered by 1:1" in writer.words[0]


def test_6_a_feature_fades_and_acts_only_where_another_is_active(writer):
    writer.steer_by([0, 1])
    writer.press(Qt.Key.Key_F)
    writer.press(Qt.Key.Key_C)
    find = writer.window.findChildren
    writer.qtbot.waitUntil(lambda: bool(find(ConditionDialog)))
    dialog = find(ConditionDialog)[0]
    dialog.activateWindow()
    writer.qtbot.waitUntil(lambda: dialog.isAncestorOf(QApplication.focusWidget()))
    writer.write("first person")
    writer.press(Qt.Key.Key_Down)
    writer.press(Qt.Key.Key_Return)
    writer.come_back()
    assert writer.terms[1].decay < 1
    assert writer.terms[1].condition == Condition(ref=FIRST)


def test_7_changes_of_the_rack_are_taken_back_and_made_again(writer):
    writer.steer_by([0])
    writer.press(Qt.Key.Key_B)
    writer.press(Qt.Key.Key_M)
    changed = writer.terms
    for _ in range(3):
        writer.press(Qt.Key.Key_Z, CONTROL)
    assert writer.terms == ()
    writer.go_to(writer.window.side.rack)
    for _ in range(3):
        writer.press(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert writer.terms == changed
    assert writer.page == TEXT


def save_as(writer, name):
    """Save the rack by its menu and the dialog that asks for the name."""

    def type_name():
        dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, NameDialog))
        field: QWidget = dialog.focusWidget()
        QTest.keyClicks(field, name)
        QTest.keyClick(field, Qt.Key.Key_Return)

    writer.press(Qt.Key.Key_R, CONTROL | SHIFT)
    QTimer.singleShot(300, writer.window, type_name)
    writer.press(Qt.Key.Key_S)
    writer.come_back()


def test_8_a_rack_is_saved_under_a_name(writer):
    writer.steer_by([0, 1])
    save_as(writer, "Calmer")
    (file,) = writer.place.shelf.presets.saved()
    assert (file.name, file.terms) == ("Calmer", writer.terms)


def test_9_the_rack_is_cleared_and_a_saved_one_taken_from_the_menu(writer):
    writer.steer_by([0, 1])
    saved = writer.terms
    save_as(writer, "Calmer")
    writer.press(Qt.Key.Key_R, CONTROL | SHIFT)
    writer.press(Qt.Key.Key_C)
    assert writer.terms == ()
    writer.press(Qt.Key.Key_R, CONTROL | SHIFT)
    menu = writer.window.side.rack.menu
    for _ in range(len(menu.actions())):
        writer.press(Qt.Key.Key_Down)
        if menu.activeAction().text() == "Calmer":
            break
    writer.press(Qt.Key.Key_Return)
    assert writer.terms == saved


def test_10_the_engine_is_stopped_a_feature_taken_off_and_writing_goes_on(writer, rewriter):
    writer.ask()
    writer.steer_by([0, 1])
    writer.wait()
    rewriter.delay_s = 0.05
    writer.press(Qt.Key.Key_Right)
    assert writer.session.is_writing
    writer.press(Qt.Key.Key_Escape)
    assert not writer.session.is_writing
    writer.qtbot.waitUntil(lambda: rewriter.hooks == 0)
    rewriter.delay_s = 0
    writer.press(Qt.Key.Key_Delete)
    assert [term.ref for term in writer.terms] == [FIRST]
    writer.go_to(writer.window.editor)
    writer.press(Qt.Key.Key_End, CONTROL)
    writer.write(" Still.")
    assert writer.page == f"{TEXT} Still."


def test_whatever_takes_the_focus_on_the_rack_has_a_name_and_a_role(writer):
    writer.steer_by([0, 1])
    writer.press(Qt.Key.Key_Up, CONTROL)
    rack, seen = writer.window.side.rack, []
    while (focus := QApplication.focusWidget()) is not None and rack.isAncestorOf(focus):
        described = QAccessible.queryAccessibleInterface(focus)
        assert described.text(QAccessible.Text.Name).strip(), focus
        seen.append(described.role())
        writer.press(Qt.Key.Key_Tab)
    roles = QAccessible.Role
    row = [roles.Slider, roles.ComboBox, roles.CheckBox, roles.CheckBox]
    assert seen == 2 * [*row, roles.ButtonMenu, roles.Button], "row by row, from left to right"
