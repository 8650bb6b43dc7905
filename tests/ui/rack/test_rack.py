"""The rack on a stand-in engine: everything by keyboard, everything undone, everything said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tinymorph.schema.feature import FeatureRef, SteeringBand
from tinymorph.schema.steering import Condition, SteeringMode
from tinymorph.ui.rack.condition import ConditionDialog
from tinymorph.ui.rack.player import REDONE, UNDONE
from tinymorph.ui.rack.rack import HEARS_OTHER
from tinymorph.ui.rack.wording import MODES, NOT_MEASURED

TEXT = "The old house stood by the water and nobody had lived in it for many years."
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
FIRST, SECOND = (FeatureRef(sae_id=str(n % 2), feature_index=n) for n in range(2))


@pytest.fixture
def window(workplace, qtbot):
    window = workplace.window
    with qtbot.waitActive(window):  # shortcuts are heard in the active window alone
        window.activateWindow()
    window.editor.setFocus()
    qtbot.keyClicks(window.editor, TEXT)
    return window


@pytest.fixture
def rack(window):
    window.conductor.add_to_rack(FIRST)
    window.conductor.add_to_rack(SECOND)
    return window.side.rack


def press(key, modifier=Qt.KeyboardModifier.NoModifier):
    """Press a key wherever the focus is."""
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key, modifier)


def terms(workplace):
    return workplace.session.rack.terms


def test_every_mode_is_reached_by_one_key_and_says_what_it_does(rack, workplace):
    row = rack.rows[1]
    seen = []
    for _ in MODES:
        seen.append(terms(workplace)[1].mode)
        assert row.term.mode is seen[-1]
        assert QApplication.focusWidget() is row.slider, "the focus stays, whatever the mode"
        press(Qt.Key.Key_M)
    assert set(seen) == set(SteeringMode)
    assert terms(workplace)[1].mode is seen[0]


def test_a_mode_without_a_level_does_not_let_the_slider_move(rack, workplace):
    workplace.window.conductor.rack.do(lambda r: r.set_mode(SECOND, SteeringMode.ORTHOGONAL))
    before = terms(workplace)[1].coefficient
    press(Qt.Key.Key_Right)
    assert terms(workplace)[1].coefficient == before
    description = rack.rows[1].slider.accessibleDescription()
    assert description == "This way of steering has no level."


def test_solo_bypass_and_fading_have_a_key_each(rack, workplace):
    press(Qt.Key.Key_S)
    assert [term.ref for term in workplace.session.rack.plan.active_terms] == [SECOND]
    assert rack.rows[1].view.is_solo
    press(Qt.Key.Key_S)
    press(Qt.Key.Key_B)
    assert terms(workplace)[1].is_bypassed
    assert not rack.rows[1].view.is_heard
    press(Qt.Key.Key_F)
    assert terms(workplace)[1].decay == pytest.approx(0.5 ** (1 / 80))
    assert "Halved after 80 tokens." in rack.rows[1].view.facts
    for _ in range(4):
        press(Qt.Key.Key_F)
    assert terms(workplace)[1].decay == 1.0


def test_arrows_move_in_steps_with_shift_in_small_ones_and_zero_is_zero(rack, workplace):
    press(Qt.Key.Key_Right)
    assert terms(workplace)[1].coefficient == 1.25
    press(Qt.Key.Key_Right, SHIFT)
    assert terms(workplace)[1].coefficient == 1.3
    press(Qt.Key.Key_PageDown)
    assert terms(workplace)[1].coefficient == 0.3
    press(Qt.Key.Key_0)
    assert terms(workplace)[1].coefficient == 0
    press(Qt.Key.Key_End)
    assert terms(workplace)[1].coefficient == 4.0


def test_ctrl_up_and_down_go_from_slider_to_slider(rack):
    press(Qt.Key.Key_Up, CONTROL)
    assert QApplication.focusWidget() is rack.rows[0].slider
    press(Qt.Key.Key_Down, CONTROL)
    press(Qt.Key.Key_Down, CONTROL)
    assert QApplication.focusWidget() is rack.rows[1].slider


def test_ctrl_z_on_the_rack_undoes_the_rack_and_on_the_page_the_page(rack, window, workplace):
    press(Qt.Key.Key_M)
    press(Qt.Key.Key_Delete)
    assert [term.ref for term in terms(workplace)] == [FIRST]
    assert QApplication.focusWidget() is rack.rows[0].slider
    press(Qt.Key.Key_Z, CONTROL)
    press(Qt.Key.Key_Z, CONTROL)
    assert [(t.ref, t.mode) for t in terms(workplace)][1] == (SECOND, SteeringMode.ADD)
    press(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert terms(workplace)[1].mode is SteeringMode.CLAMP
    assert window.editor.toPlainText() == TEXT
    window.editor.setFocus()
    press(Qt.Key.Key_Z, CONTROL)
    assert window.editor.toPlainText() != TEXT
    assert terms(workplace)[1].mode is SteeringMode.CLAMP


def test_nothing_left_to_undo_is_said(window, workplace, rack):
    for _ in range(3):
        press(Qt.Key.Key_Z, CONTROL)
    rack.focus_first()
    workplace.window.conductor.rack.undo()
    assert "no change of the rack" in window.status.sentence


def test_f8_lets_the_rack_before_be_heard_and_again_goes_back(rack, window, workplace, qtbot):
    press(Qt.Key.Key_B)
    window.editor.setFocus()
    press(Qt.Key.Key_F8)
    assert not terms(workplace)[1].is_bypassed
    assert workplace.session.rack.hears_other
    press(Qt.Key.Key_F8)
    assert terms(workplace)[1].is_bypassed
    assert not workplace.session.rack.hears_other


def test_a_band_nobody_measured_is_called_so_and_a_measured_one_is_said(rack, window, monkeypatch):
    assert NOT_MEASURED in rack.rows[0].view.facts
    assert NOT_MEASURED in rack.rows[0].slider.accessibleDescription()
    card = rack.library.card(FIRST).model_copy(
        update={"band": SteeringBand(first_effect=0.5, collapse=2.5)}
    )
    monkeypatch.setattr(rack.library, "card", lambda _ref: card)
    window.conductor.rack.do(lambda r: r.set_coefficient(FIRST, 2.5))
    assert "breaks words from +2.50" in rack.rows[0].view.facts
    assert "broken words" in rack.rows[0].view.warning


def test_the_effect_is_told_from_the_alternatives_on_show(rack, window, workplace, qtbot):
    window.editor.setFocus()
    press(Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: not workplace.session.is_writing)
    facts = rack.rows[0].view.facts
    assert "Rose to 22 % of its peak, 2.0 % in your words." in facts
    workplace.session.set_options(replace(workplace.session.options, with_twin=True))
    window.editor.setFocus()
    press(Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: not workplace.session.is_writing)
    assert "2.0 % unsteered." in rack.rows[0].view.facts


def test_a_screen_reader_finds_name_role_and_value_of_a_slider(rack, workplace):
    slider = rack.rows[0].slider
    seen = QAccessible.queryAccessibleInterface(slider)
    assert seen.role() is QAccessible.Role.Slider
    assert "first person, remembering" in seen.text(QAccessible.Text.Name)
    value = seen.valueInterface()
    assert (value.minimumValue(), value.maximumValue()) == (-200, 400)
    assert value.currentValue() == 100
    value.setCurrentValue(150)
    assert terms(workplace)[0].coefficient == 1.5


def test_the_wheel_scrolls_and_moves_no_slider(rack, workplace):
    slider, before = rack.rows[1].slider, terms(workplace)
    centre = QPointF(slider.rect().center())
    event = QWheelEvent(
        centre,
        slider.mapToGlobal(centre),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(slider, event)
    assert terms(workplace) == before


def dialog_of(window, qtbot):
    qtbot.waitUntil(lambda: bool(window.findChildren(ConditionDialog)))
    dialog = window.findChildren(ConditionDialog)[0]
    dialog.activateWindow()
    qtbot.waitUntil(lambda: dialog.isAncestorOf(QApplication.focusWidget()))
    return dialog


def test_a_condition_is_found_by_words_and_set_by_keys_alone(rack, window, workplace, qtbot):
    press(Qt.Key.Key_C)
    dialog = dialog_of(window, qtbot)
    assert FIRST in dialog.refs, "what is on the rack is at hand"
    for letter in "hedging":
        press(letter)
    qtbot.waitUntil(lambda: len(dialog.refs) == 1)
    press(Qt.Key.Key_Return)
    window.activateWindow()  # which is what a window manager does
    qtbot.waitUntil(lambda: QApplication.focusWidget() is rack.rows[1].slider)
    condition = terms(workplace)[1].condition
    assert condition == Condition(ref=FeatureRef(sae_id="1", feature_index=3))
    assert "Only where \u201chedging\u201d is active" in rack.rows[1].view.facts
    press(Qt.Key.Key_Z, CONTROL)
    assert terms(workplace)[1].condition is None


def test_a_feature_that_is_read_above_the_term_is_no_condition_for_it(rack, window, qtbot):
    press(Qt.Key.Key_Up, CONTROL)
    press(Qt.Key.Key_C)
    dialog = dialog_of(window, qtbot)
    assert FIRST in dialog.refs
    assert SECOND not in dialog.refs, "layer 1 is above layer 0"
    for letter in "hedging":
        press(letter)
    qtbot.waitUntil(lambda: not dialog.refs)
    press(Qt.Key.Key_Return)
    assert dialog.isVisible()
    press(Qt.Key.Key_Escape)


def test_a_feature_that_overlaps_another_is_warned_of_while_both_are_heard(rack, window, qtbot):
    third = FeatureRef(sae_id="0", feature_index=2)
    window.conductor.add_to_rack(third)
    qtbot.waitUntil(lambda: "Overlaps" in rack.rows[0].view.warning)
    assert "\u201cweather and light\u201d (cosine 0.62)" in rack.rows[0].view.warning
    assert rack.rows[1].view.warning == ""
    press(Qt.Key.Key_B)
    assert rack.rows[0].view.warning == ""


def test_what_changes_by_itself_is_said_to_who_listens(rack, monkeypatch):
    said = []
    for module in ("rack", "player"):
        monkeypatch.setattr(
            f"tinymorph.ui.rack.{module}.announce", lambda _widget, words, **_: said.append(words)
        )
    press(Qt.Key.Key_B)
    press(Qt.Key.Key_F8)
    press(Qt.Key.Key_F8)
    press(Qt.Key.Key_Z, CONTROL)
    press(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert said == [HEARS_OTHER, UNDONE, REDONE]
